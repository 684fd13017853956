import { assertEquals } from "@std/assert";
import { KvStore } from "../../protocols/kv/store.ts";
import type { PlainMessage } from "../../protocols/vr/messages.ts";
import { Oracle } from "../../sim/oracle.ts";
import { Quorums } from "../../sim/quorums.ts";

const HEAD = new Uint8Array(16);

/** What is complained of after these messages in a group of so many. */
function complaintsOf(
  replicaCount: number,
  sent: readonly (readonly [replica: number, message: PlainMessage, to?: number])[],
): string[] {
  const oracle = new Oracle(() => new KvStore(), () => 0);
  const quorums = new Quorums(oracle, replicaCount);
  for (const [replica, message, to = 0] of sent) quorums.sent(replica, message, to);
  return oracle.violations.map((text) => text.replace(/^.*? ms: /, ""));
}

function acknowledge(replica: number, view: number, opNumber: number) {
  return [replica, { type: "prepareOk", view, opNumber, replica }] as const;
}

function commit(replica: number, view: number, commitNumber: number) {
  const opNumber = commitNumber;
  return [replica, { type: "commit", view, commitNumber, opNumber, replica }] as const;
}

function vote(replica: number, view: number, lastNormalView: number) {
  const log = { opNumber: 0, commitNumber: 0, head: HEAD };
  return [replica, { type: "doViewChange", view, lastNormalView, ...log, replica }] as const;
}

function start(replica: number, view: number, opNumber: number) {
  return [
    replica,
    { type: "startView", view, opNumber, commitNumber: 0, head: HEAD, replica },
  ] as const;
}

Deno.test("Quorums.sent() complains of a commit that no quorum of one view has acknowledged", () => {
  const acknowledged = [acknowledge(1, 0, 4), acknowledge(2, 0, 3), acknowledge(2, 5, 4)];
  assertEquals(complaintsOf(5, [...acknowledged, commit(0, 0, 3)]), []);
  assertEquals(complaintsOf(5, [...acknowledged, commit(0, 0, 4)]), [
    "replica 0 takes 4 to be committed, which no quorum has acknowledged",
  ]);
});

Deno.test("Quorums.sent() does not count the primary's own acknowledgement twice", () => {
  assertEquals(complaintsOf(3, [acknowledge(0, 0, 1), commit(0, 0, 1)]).length, 1);
});

Deno.test("Quorums.sent() complains of a view that begins with too few logs", () => {
  assertEquals(complaintsOf(5, [vote(2, 1, 0), vote(3, 1, 0), start(1, 1, 0)]), []);
  assertEquals(complaintsOf(5, [vote(2, 1, 0), vote(1, 1, 0), vote(3, 2, 0), start(1, 1, 0)]), [
    "view 1 begins with the logs of 2 replicas",
  ]);
});

Deno.test("Quorums.sent() counts who abstains, but not for a log", () => {
  const abstain = (replica: number) => [replica, { type: "abstain", view: 1, replica }] as const;
  assertEquals(complaintsOf(4, [vote(2, 1, 0), abstain(3), start(1, 1, 0)]), []);
  assertEquals(complaintsOf(4, [abstain(2), abstain(3), start(1, 1, 0)]).length, 1);
  assertEquals(complaintsOf(4, [vote(2, 1, 0), abstain(2), start(1, 1, 0)]).length, 1);
});

Deno.test("Quorums.sent() complains of a view that begins with less than earlier ones committed", () => {
  const begun = [acknowledge(2, 3, 7), commit(0, 3, 7), vote(0, 4, 3)];
  assertEquals(complaintsOf(3, [...begun, start(1, 4, 7)]), []);
  assertEquals(complaintsOf(3, [...begun, start(1, 4, 6)]), [
    "view 4 begins with a log up to 6, though view 3 has committed 7",
  ]);
  // An earlier view that begins late may lack it: nobody is left who would acknowledge anything in it.
  assertEquals(complaintsOf(3, [...begun, vote(1, 2, 0), start(2, 2, 6)]), []);
});

Deno.test("Quorums.sent() complains of a vote with a log of an earlier view than its last normal one", () => {
  assertEquals(complaintsOf(3, [acknowledge(2, 3, 0), vote(2, 4, 3)]), []);
  assertEquals(complaintsOf(3, [acknowledge(2, 3, 0), vote(2, 4, 2)]), [
    "replica 2 votes with a log of view 2, though it was normal in 3",
  ]);
});

Deno.test("Quorums.sent() complains of a vote with less than was acknowledged", () => {
  assertEquals(complaintsOf(3, [acknowledge(2, 3, 0), vote(2, 4, 3)]), []);
  assertEquals(complaintsOf(3, [acknowledge(2, 2, 1), acknowledge(2, 3, 0), vote(2, 4, 3)]), []);
  assertEquals(complaintsOf(3, [acknowledge(2, 3, 1), vote(2, 4, 3)]), [
    "replica 2 votes with a log up to 0, though it acknowledged 1",
  ]);
});

Deno.test("Quorums.sent() lets a replica drop what the log of a later view does not have", () => {
  const begun = [acknowledge(2, 1, 1), vote(0, 3, 1), vote(1, 3, 1)];
  const complaint = "replica 2 votes with a log up to 0, though it acknowledged 1";
  assertEquals(complaintsOf(3, [...begun, [...start(0, 3, 0), 2], vote(2, 4, 1)]), []);
  assertEquals(complaintsOf(3, [...begun, [...start(0, 3, 0), 1], vote(2, 4, 1)]), [complaint]);
  // That of the very view in which it was acknowledged takes nothing away.
  assertEquals(
    complaintsOf(3, [...begun, [...start(1, 1, 0), 2], vote(2, 4, 1)]).at(-1),
    complaint,
  );
});
