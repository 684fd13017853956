/** Repair of damaged entries from peers (reference/vr.md, erratum E19). */
import { assert, assertEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { encode } from "../../actors/schema.ts";
import type { JournalReply } from "../../protocols/journal.ts";
import type { Entry } from "../../protocols/entry.ts";
import { snapshotBase } from "../../protocols/log_wire.ts";
import { Checker } from "./checker.ts";
import { Clients } from "./client.ts";
import { Cluster } from "./cluster.ts";
import { chain, LoneReplica } from "./lone_replica.ts";
import { bytesOf } from "./machine.ts";

const LOG = chain([0, 1, 3, 3, 3]);

/** Replica 2, a backup of view 3, that cannot read what is in these entries. */
function damaged(...opNumbers: number[]): LoneReplica {
  const lone = LoneReplica.normal(2, 3, LOG);
  for (const opNumber of opNumbers) lone.spoil(LOG[opNumber - 1]!);
  lone.crash();
  lone.forget();
  lone.run(20);
  return lone;
}

function asked(lone: LoneReplica): number[][] {
  return lone.sentOf("getEntry").map(({ to, opNumber }) => [to, opNumber]).sort();
}

function got(entry: Entry, replica = 0) {
  return { type: "gotEntry", entry, replica } as const;
}

Deno.test("onGotEntry() goes on as if nothing had happened once all entries are there", () => {
  const lone = damaged(2);
  assertEquals(lone.figures!.status, "recovering");
  assertEquals(asked(lone), [[0, 2], [1, 2]]);
  assertEquals(lone.sentOf("getEntry")[0]!.checksum, LOG[1]!.checksum);
  lone.forget();
  lone.receive(got(LOG[1]!));
  assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 5]);
  assertEquals(lone.sentOf("prepareOk").map(({ to, opNumber }) => [to, opNumber]), [[0, 5]]);
  lone.crash();
  lone.run(20);
  assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 5]);
  assertEquals(lone.load().damage, undefined);
  assertEquals(lone.failures, []);
});

Deno.test("askForEntries() asks for the last lost entry of several in a row first: it names the one before", () => {
  const lone = damaged(1, 2, 4);
  const askedOf0 = () => asked(lone).filter(([to]) => to === 0).map(([, opNumber]) => opNumber);
  assertEquals(askedOf0(), [2, 4]);
  lone.forget();
  lone.receive(got(LOG[1]!));
  assertEquals(askedOf0(), [1, 4]);
  lone.receive(got(LOG[3]!), got(LOG[3]!, 1));
  assertEquals(lone.figures!.status, "recovering");
  lone.receive(got(LOG[0]!));
  assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 5]);
});

Deno.test("onGotEntry() takes no other entry than the one that was lost", () => {
  const lone = damaged(2);
  const [other] = chain([2], { after: LOG[0]!, label: "other" });
  lone.receive(got(other!), got(LOG[0]!), got(LOG[4]!), got(chain([3], { after: LOG[4]! })[0]!));
  assertEquals(lone.figures!.status, "recovering");
  lone.run(600);
  assertEquals(asked(lone).length, 4, "and asks again");
  lone.receive(got(LOG[1]!, 1));
  assertEquals(lone.figures!.status, "normal");
});

Deno.test("onGotEntry() reveals nothing before the repaired log is durable", () => {
  for (let operations = 0; operations < 12; operations++) {
    const lone = damaged(2);
    lone.forget();
    lone.disk.stopAfter(operations);
    lone.receive(got(LOG[1]!));
    lone.run(50);
    const hasSpoken = lone.sentOf("prepareOk").length > 0;
    lone.crash();
    lone.run(20);
    const { status, opNumber } = lone.figures!;
    assert(status === "recovering" || (status === "normal" && opNumber === 5));
    if (hasSpoken) assertEquals(status, "normal");
    lone.receive(got(LOG[1]!));
    assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 5]);
  }
});

/** Replica 2, whose log of seven entries has been replaced, from the third on, by one of four. */
function replaced(): {
  readonly lone: LoneReplica;
  readonly dropped: Entry;
  readonly fresh: Entry[];
} {
  const log = chain([0, 1, 3, 3, 3, 3, 3]);
  const lone = LoneReplica.normal(2, 3, log);
  const [, second] = log;
  const fresh = chain([4, 4], { after: second!, label: "new" });
  const end = { opNumber: 2, head: second!.checksum, commitNumber: 0 };
  lone.receive({ type: "startView", view: 4, ...end, replica: 1 });
  for (const entry of fresh) lone.receive({ type: "prepare", view: 4, commitNumber: 0, entry });
  return { lone, dropped: log[6]!, fresh };
}

Deno.test("takeRemnant() asks for nothing if only an entry is lost that was replaced later", () => {
  const { lone, dropped } = replaced();
  lone.spoil(dropped);
  lone.crash();
  lone.forget();
  lone.run(20);
  assertEquals(asked(lone), []);
  assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 4]);
  assertEquals(lone.load().damage, undefined);
});

Deno.test("onGotEntry() repairs a log that ends before the first place that could not be read", () => {
  const { lone, dropped, fresh } = replaced();
  lone.spoil(dropped);
  lone.spoil(fresh[0]!);
  lone.crash();
  lone.run(20);
  assertEquals(lone.figures!.status, "recovering");
  lone.receive(got(fresh[0]!));
  assertEquals(lone.failures, []);
  const { status, opNumber, durableOp } = lone.figures!;
  assertEquals([status, opNumber, durableOp], ["normal", 4, 4]);
});

/** Replica 2, a backup of view 3, with a snapshot as well, and all that it stands for. */
function withSnapshot(op: number): LoneReplica {
  const lone = LoneReplica.normal(2, 3, LOG);
  const { checksum, time } = LOG[op - 1]!;
  const base = encode(snapshotBase, { checksum, time });
  const replyTo = refTo<JournalReply>(2, "detector");
  const commit = { ticket: 2, op, base, retain: 100, reset: false, replyTo };
  lone.tellJournal({ type: "snapshot-begin", op });
  lone.tellJournal({ type: "snapshot-chunk", ticket: 1, op, bytes: bytesOf("state"), replyTo });
  lone.tellJournal({ type: "snapshot-commit", ...commit });
  lone.run(20);
  return lone;
}

for (const op of [3, 5]) {
  Deno.test(`takeRemnant() asks for nothing if a snapshot at ${op} of 5 stands for what is lost`, () => {
    const lone = withSnapshot(op);
    lone.spoil(LOG[1]!);
    lone.crash();
    lone.forget();
    lone.run(20);
    assertEquals(asked(lone), []);
    assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 5]);
    const { damage, first, entries } = lone.load();
    assertEquals([damage, first, entries.length], [undefined, op + 1, 5 - op]);
    const [next] = chain([3], { after: LOG[4]! });
    lone.receive({ type: "prepare", view: 3, commitNumber: 5, entry: next! });
    lone.crash();
    lone.run(20);
    assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 6]);
  });
}

Deno.test("onGetEntry() gives an entry away in whatever status, if it is just the one", () => {
  const lone = LoneReplica.normal(1, 3, LOG);
  lone.receive({ type: "startViewChange", view: 8, replica: 2 });
  assertEquals(lone.figures!.status, "view-change");
  lone.receive(
    { type: "getEntry", opNumber: 2, checksum: LOG[1]!.checksum, replica: 2 },
    { type: "getEntry", opNumber: 2, checksum: LOG[2]!.checksum, replica: 2 },
    { type: "getEntry", opNumber: 9, checksum: LOG[2]!.checksum, replica: 2 },
  );
  assertEquals(lone.sentOf("gotEntry").map(({ to, entry }) => [to, entry.opNumber]), [[2, 2]]);
  // One that is being repaired itself has the entries behind its own gap.
  const other = damaged(2);
  other.receive({ type: "getEntry", opNumber: 4, checksum: LOG[3]!.checksum, replica: 1 });
  assertEquals(other.sentOf("gotEntry").map(({ to, entry }) => [to, entry.opNumber]), [[1, 4]]);
});

Deno.test("A replica that recovers from the present view needs its own log no more", () => {
  const lone = damaged(2);
  const nonce = lone.sentOf("recovery").at(-1)!.nonce;
  lone.receive(
    { type: "recoveryResponse", view: 4, nonce, replica: 0 },
    { type: "recoveryResponse", view: 4, nonce, replica: 1 },
  );
  assertEquals(lone.sentOf("getState").map(({ to, view }) => [to, view]), [[1, 4]]);
  lone.receive(got(LOG[1]!));
  assertEquals(lone.figures!.status, "recovering");
  const state = { view: 4, after: 0, entries: LOG.slice(0, 4), commitNumber: 4, replica: 1 };
  lone.receive({ type: "newState", ...state, opNumber: 4, head: LOG[3]!.checksum });
  assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 4]);
  // One that was asked before comes late.
  lone.receive(got(LOG[1]!));
  assertEquals(lone.failures, []);
  assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 4]);
  lone.receive({ type: "getEntry", opNumber: 5, checksum: LOG[4]!.checksum, replica: 1 });
  assertEquals(lone.sentOf("gotEntry"), []);
  lone.crash();
  lone.run(20);
  assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 4]);
});

Deno.test("onGotEntry() ends a recovery that is just about to begin", () => {
  const lone = damaged(2);
  const nonce = lone.sentOf("recovery").at(-1)!.nonce;
  lone.receive(
    { type: "recoveryResponse", view: 4, nonce, replica: 0 },
    { type: "recoveryResponse", view: 4, nonce, replica: 1 },
    got(LOG[1]!),
  );
  assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 5]);
  lone.crash();
  lone.run(20);
  assertEquals([lone.figures!.status, lone.figures!.opNumber], ["normal", 5]);
});

for (const K of [3, 5]) {
  Deno.test(`As few of ${K} as may serve do so after a power failure, though one log is damaged`, () => {
    const cluster = Cluster.formed({ replicaCount: K });
    const checker = new Checker(cluster);
    const clients = new Clients(cluster);
    clients.executeMany(20, "a");
    cluster.untilConverged();
    for (const { index } of cluster.nodes) cluster.crash(index);
    const up = cluster.nodes.slice((K - 1) / 2);
    const [hurt] = up;
    const { disk } = hurt!;
    const name = disk.files.findLast((file) => file.startsWith("log-"))!;
    const contents = disk.contents(name)!;
    // The content of an entry, not its header.
    contents[(contents.length >> 1) | 1]! ^= 0x40;
    disk.plant(name, contents);
    for (const { index } of up) cluster.start(index);
    cluster.until(() => cluster.primary !== undefined, 10_000, "a primary");
    clients.executeMany(5, "b");
    checker.check();
    assertEquals(checker.violations, []);
    const lines = cluster.log.filter(({ text }) => text.startsWith("repaired the log"));
    assertEquals(lines.map(({ node }) => node), [hurt!.index]);
    cluster.startAll();
    cluster.untilConverged();
    assertEquals(clients.read(0), 25);
  });
}
