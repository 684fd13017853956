/** What was said in an earlier view, or in an earlier life, counts for nothing, however late it comes. */
import { assert, assertEquals } from "@std/assert";
import type { PlainMessage, VrMessage } from "../../protocols/vr/messages.ts";
import type { VrOptions } from "../../protocols/vr/options.ts";
import { BIRTHS, chain, headOf, LoneReplica } from "./lone_replica.ts";
import { bytesOf } from "./machine.ts";

const EMPTY = { opNumber: 0, commitNumber: 0, head: headOf([]) };
const FIVE: Partial<VrOptions> = { replicaCount: 5, requestsMax: 1 };

function vote(view: number, lastNormalView: number, replica: number): PlainMessage {
  return { type: "doViewChange", view, lastNormalView, ...EMPTY, replica };
}

function ok(view: number, opNumber: number, replica: number): PlainMessage {
  return { type: "prepareOk", view, opNumber, replica };
}

function stamped(message: PlainMessage & { replica: number }, vector: number[]): VrMessage {
  return { type: "stamped", vector, message, replica: message.replica };
}

function executed(lone: LoneReplica): number[] {
  return lone.told.flatMap((event) => event.type === "execute" ? [event.opNumber] : []);
}

Deno.test("onPrepare() takes no entry of an earlier view, even one that fits", () => {
  const log = chain([0, 0, 0]);
  const lone = LoneReplica.normal(1, 3, log.slice(0, 2));
  lone.forget();
  lone.receive({ type: "prepare", view: 0, commitNumber: 0, entry: log[2]! });
  lone.run(60);
  assertEquals(lone.figures!.opNumber, 2);
  assertEquals(lone.sentOf("prepareOk"), []);
});

Deno.test("beginView() counts no acknowledgements of an earlier view in which it led", () => {
  const lone = LoneReplica.normal(0, 4, [], FIVE);
  lone.receive(vote(5, 4, 1), vote(5, 4, 2));
  assert(lone.figures!.leading);
  lone.receive({ type: "order", request: bytesOf("a") });
  lone.receive(ok(5, 1, 1));
  // A view without that entry, which nobody else has, and then another that is ours.
  lone.receive({ type: "startView", view: 6, ...EMPTY, replica: 1 });
  lone.receive(vote(10, 6, 2), vote(10, 6, 3));
  assert(lone.figures!.leading && lone.figures!.view === 10);
  lone.receive({ type: "order", request: bytesOf("b") });
  lone.receive(ok(10, 1, 2));
  assertEquals(executed(lone), []);
  lone.receive(ok(10, 1, 3));
  assertEquals(executed(lone), [1]);
});

Deno.test("adoptLog() counts nothing as durable that it has dropped while it was being written", () => {
  const lone = LoneReplica.normal(2, 0);
  lone.disk.holdNext("sync");
  lone.receive({ type: "prepare", view: 0, commitNumber: 0, entry: chain([0])[0]! });
  lone.receive({ type: "startView", view: 1, ...EMPTY, replica: 1 });
  lone.disk.release();
  lone.run(20);
  assertEquals(lone.failures, []);
  assertEquals(lone.figures!.status, "normal");
  const acknowledged = lone.sentOf("prepareOk").map(({ view, opNumber }) => [view, opNumber]);
  assert(
    acknowledged.every(([view, opNumber]) => view === 0 || opNumber === 0),
    acknowledged.join(),
  );
});

Deno.test("onRecoveryResponse() waits for f + 1, even if the first is the primary of its view", () => {
  const lone = new LoneReplica(0, undefined);
  lone.run(20);
  const births = BIRTHS.slice(0, 3);
  lone.receive({ type: "probed", round: 0, birth: 12, formatted: true, births, replica: 1 });
  const { nonce } = lone.sentOf("recovery").at(-1)!;
  lone.receive({ type: "recoveryResponse", view: 1, nonce, replica: 1 });
  assertEquals(lone.sentOf("getState"), []);
  lone.receive({ type: "recoveryResponse", view: 1, nonce, replica: 2 });
  assertEquals(lone.sentOf("getState").map(({ to, view }) => [to, view]), [[1, 1]]);
});

Deno.test("forget() takes back what an earlier life has acknowledged (E1 fix B)", () => {
  const lone = LoneReplica.normal(0, 4, [], { ...FIVE, durability: "memory" });
  const first = [0, 0, 0, 0, 0];
  for (const replica of [1, 2]) {
    lone.receive(
      stamped({ type: "doViewChange", view: 5, lastNormalView: 4, ...EMPTY, replica }, first),
    );
  }
  assert(lone.figures!.leading);
  lone.receive({ type: "order", request: bytesOf("a") });
  const acknowledge = (replica: number, vector: number[]) =>
    lone.receive(stamped({ type: "prepareOk", view: 5, opNumber: 1, replica }, vector));
  acknowledge(1, first);
  // Replica 2 knows of a later life of replica 1, which has forgotten the entry.
  acknowledge(2, [0, 1, 0, 0, 0]);
  assertEquals(executed(lone), []);
  acknowledge(3, [0, 1, 0, 0, 0]);
  assertEquals(executed(lone), [1]);
});

Deno.test("forget() takes back what an earlier life has said of where the group stands (E1 fix B)", () => {
  const lone = new LoneReplica(0, undefined, { durability: "memory" });
  lone.run(20);
  const births = BIRTHS.slice(0, 3);
  const known = (replica: number, round: number) =>
    stamped({ type: "probed", round, birth: 12, formatted: true, births, replica }, [0, 0, 0]);
  const roundOf = () =>
    lone.sent.flatMap(({ message }) =>
      message.type === "stamped" && message.message.type === "probe" ? [message.message.round] : []
    ).at(-1)!;
  lone.receive(known(1, roundOf()));
  const round = roundOf();
  lone.receive(known(1, round), known(2, round));
  const asked = lone.sent.flatMap(({ message }) => message.type === "stamped" ? [message] : []);
  const recovery = asked.findLast(({ message }) => message.type === "recovery")!;
  assert(recovery.message.type === "recovery");
  const { nonce } = recovery.message;
  const [life] = recovery.vector;
  const answer = (replica: number, vector: number[]) =>
    lone.receive(stamped({ type: "recoveryResponse", view: 2, nonce, replica }, vector));
  const fetches = () =>
    lone.sent.filter(({ message }) =>
      message.type === "stamped" && message.message.type === "getState"
    ).length;
  answer(1, [life!, 0, 0]);
  answer(2, [life!, 1, 0]);
  assertEquals(fetches(), 0, "replica 1 has crashed since it answered");
  answer(1, [life!, 1, 0]);
  assertEquals(fetches(), 1);
});
