import { assert, assertEquals } from "@std/assert";
import type { SessionRecord } from "../../protocols/hermes/messages.ts";
import { ORIGIN } from "../../protocols/hermes/timestamp.ts";
import { bytesOf } from "../vr/machine.ts";
import { show } from "../protocols/member_cluster.ts";
import { HermesCluster } from "./cluster.ts";
import { LoneReplica } from "./lone.ts";

const CLIENT = 8;

/** Whom the replica has accused, one after the other. */
function accused(lone: LoneReplica): (number | null)[] {
  return lone.told.flatMap((each) => each.type === "deaf" ? [each.node] : []);
}

Deno.test("a node that owes an ACK, though others gave theirs, is held up as deaf until it gives it", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "x=1");
  lone.ack(1, "x", lone.ts("x"));
  lone.run(1_900);
  assertEquals(accused(lone), []);
  lone.run(200);
  assertEquals(accused(lone), [2]);
  lone.ack(2, "x", lone.ts("x"));
  lone.run(100);
  assertEquals(accused(lone), [2, null]);
});

Deno.test("if all others owe an ACK it may be us who hears nothing: nobody is held up", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "x=1");
  lone.run(5_000);
  assertEquals(accused(lone), []);
});

Deno.test("whose own disk is slow blames nobody", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "y=1");
  for (const node of [1, 2]) lone.ack(node, "y", lone.ts("y"));
  lone.disk.holdNext("sync");
  lone.execute(CLIENT, 2, "x=1");
  lone.ack(1, "x", lone.ts("x"));
  lone.run(5_000);
  assertEquals(accused(lone), []);
});

Deno.test("a new epoch gives everybody their full time again", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "x=1");
  lone.ack(1, "x", lone.ts("x"));
  lone.run(1_500);
  lone.assign(2, [0, 1, 2]);
  lone.ack(1, "x", lone.ts("x"));
  lone.run(1_500);
  assertEquals(accused(lone), []);
  lone.run(700);
  assertEquals(accused(lone), [2]);
});

Deno.test("a disk that takes no writes is told of, and so is its recovery", () => {
  const lone = new LoneReplica();
  lone.post({ type: "stalled", reason: "no space" });
  lone.run();
  lone.post({ type: "membership-started" });
  lone.run();
  lone.post({ type: "resumed" });
  lone.run();
  const told = lone.told.flatMap((each) => each.type === "stalled" ? [each.isStalled] : []);
  assertEquals(told, [true, true, false]);
});

Deno.test("whoever asks again and again while the journal makes no progress leaves nothing behind", () => {
  const lone = new LoneReplica();
  lone.disk.holdNext("sync");
  lone.execute(CLIENT, 1, "x=1");
  lone.post({ type: "stalled", reason: "no space left" });
  const from = { epoch: 1, node: 1, life: 1 };
  const record: SessionRecord = {
    ...{ clientId: 16, requestNumber: 1, object: "y", ts: ORIGIN, isRmw: true },
    ...{ result: bytesOf("no"), resultBytes: 2, fate: "unchanged" },
  };
  for (let time = 0; time < 50; time++) {
    lone.post({ type: "note", ...from, record });
    lone.post({ type: "recall", ...from, ticket: time, clientId: 16 });
    lone.run(1);
  }
  const { flushing, epochs } = lone.replica;
  assertEquals(flushing.then.length + flushing.owed.flatMap(({ then }) => then).length, 0);
  assertEquals(epochs.remembering.size, 0);
  lone.disk.release();
  lone.post({ type: "resumed" });
  lone.run(5);
  lone.post({ type: "note", ...from, record });
  lone.run(5);
  assertEquals(lone.sent.filter(({ message }) => message.type === "noted").length, 1);
});

Deno.test("the figures count objects by their state", () => {
  const cluster = HermesCluster.of(3);
  const client = cluster.session(0);
  cluster.execute(client, 1, ["x=1", "y=1", "y!"]);
  cluster.settle();
  const { valid, invalid, write, objects, tombstones, sessions, committed } = cluster.node(0)
    .replica!;
  assertEquals({ valid, invalid, write, objects, tombstones, sessions, committed }, {
    valid: 2,
    invalid: 0,
    write: 0,
    objects: 1,
    tombstones: 1,
    sessions: 1,
    committed: 4,
  });
  cluster.isolate(0);
  cluster.submit(0, client, 4, "x=2");
  cluster.run(100);
  assertEquals([cluster.node(0).replica!.write, cluster.node(0).replica!.updates], [1, 1]);
});

Deno.test("more updates than may be under way are refused, and those that are go on", () => {
  const lone = new LoneReplica({ updatesMax: 2 });
  for (const client of [8, 16, 24]) lone.execute(client, 1, `x=${client}`);
  assertEquals(lone.answers, ["24:1 overloaded"]);
  for (let round = 0; round < 2; round++) {
    for (const node of [1, 2]) lone.ack(node, "x", lone.ts("x"));
  }
  assertEquals(lone.answers, ["24:1 overloaded", "8:1 ok", "16:1 ok"]);
});

Deno.test("commands of several objects are unsupported; those that make no sense are refused by the machine", () => {
  const cluster = HermesCluster.of(3);
  const client = cluster.session(0);
  assertEquals(show(cluster.answer(cluster.submit(0, client, 1, "x,y"))), "unsupported");
  assertEquals(show(cluster.answer(cluster.submit(0, client, 2, "?"))), "nonsense");
});

Deno.test("what was removed keeps its timestamp: a delayed INV does not bring it back", () => {
  const lone = new LoneReplica();
  const first = lone.update("x", "first");
  lone.settle(first);
  lone.settle(lone.update("x", null, { base: first.ts }));
  lone.inv(1, first);
  lone.val(1, "x", first.ts);
  assertEquals(lone.state("x"), "V -");
  assert(lone.ts("x").version > first.ts.version);
});

Deno.test("an object that was only asked for is not remembered", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "x?1:2");
  for (let index = 0; index < 3; index++) lone.run(20);
  assertEquals(lone.replica.objects.get("x"), undefined);
});
