import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { compare } from "../../protocols/hermes/timestamp.ts";
import { show } from "../protocols/member_cluster.ts";
import { bytesOf } from "../vr/machine.ts";
import { HermesCluster } from "./cluster.ts";
import { heldOf, type LoneOptions, LoneReplica } from "./lone.ts";

const CLIENT = 8;

Deno.test("nothing is acknowledged before it is durable, in whatever state", () => {
  const lone = new LoneReplica();
  lone.disk.holdNext("sync");
  const update = lone.update("x", "1");
  lone.inv(1, update);
  lone.run(50);
  lone.inv(2, update);
  lone.run(50);
  assertEquals([lone.state("x"), lone.look()], ["I 1", []]);
  lone.disk.release();
  lone.run(5);
  assertEquals(lone.look(), ["1 ack x", "2 ack x"]);
});

Deno.test("an earlier write is acknowledged when the later one, and its request, are durable", () => {
  const lone = new LoneReplica();
  const base = { version: 5, cid: 1, step: 0, stepCid: 0 };
  lone.settle(lone.update("x", "later", { base }));
  lone.disk.holdNext("sync");
  const requester = { clientId: 9, requestNumber: 1, result: new Uint8Array(), resultBytes: 0 };
  lone.inv(2, lone.update("x", "early", { requester }));
  lone.run(50);
  assertEquals(lone.look(), []);
  lone.disk.release();
  lone.run(5);
  assertEquals(lone.look(), ["2 ack x"]);
});

Deno.test("INVs leave before the coordinator's own sync, but nothing is committed before it", () => {
  const lone = new LoneReplica();
  lone.execute(CLIENT, 1, "y=1");
  for (const node of [1, 2]) lone.ack(node, "y", lone.ts("y"));
  lone.look();
  lone.disk.holdNext("sync");
  lone.execute(CLIENT, 2, "x=1");
  assertEquals(lone.look(), ["1 inv x", "2 inv x"]);
  for (const node of [1, 2]) lone.ack(node, "x", lone.ts("x"));
  lone.run(20);
  assertEquals([lone.state("x"), lone.answers.length], ["W 1", 1]);
  lone.disk.release();
  lone.run(5);
  assertEquals([lone.state("x"), lone.answers.length], ["V 1", 2]);
});

Deno.test("after a restart an object is valid only if the disk says that its newest update is committed", () => {
  const lone = new LoneReplica();
  const committed = lone.update("committed", "1");
  lone.settle(committed);
  lone.inv(1, lone.update("unknown", "2"));
  lone.inv(1, lone.update("overtaken", "3"));
  lone.val(1, "overtaken", lone.ts("overtaken"));
  lone.inv(1, lone.update("overtaken", "4", { base: lone.ts("overtaken") }));
  const { life, birth } = lone.replica;
  lone.restart();
  assertEquals(
    ["committed", "unknown", "overtaken"].map((object) => lone.state(object)),
    ["V 1", "I 2", "I 4"],
  );
  assertEquals([lone.replica.life, lone.replica.birth], [life + 1, birth]);
  assertEquals(lone.failures, []);
});

Deno.test("what is invalid after a restart is replayed, and keeps who asked for it", () => {
  const lone = new LoneReplica();
  const requester = { clientId: 9, requestNumber: 4, result: new Uint8Array([7]), resultBytes: 1 };
  const update = lone.update("x", "1", { isRmw: true, requester });
  lone.inv(1, update);
  lone.restart();
  lone.read("x");
  lone.run(400);
  assertEquals(lone.state("x"), "R 1");
  assertEquals(lone.invsTo(1)[0], update);
});

Deno.test("an update that was not synced is forgotten, and its timestamp is not given out again", () => {
  const lone = new LoneReplica({ virtualIds: 1 });
  lone.settle(lone.update("x", "base"));
  lone.execute(CLIENT, 1, "y=1");
  for (const node of [1, 2]) lone.ack(node, "y", lone.ts("y"));
  lone.disk.holdNext("sync");
  lone.execute(CLIENT, 2, "x=lost");
  const lost = lone.ts("x");
  lone.restart();
  assertEquals(lone.state("x"), "V base");
  lone.execute(CLIENT, 3, "x=next");
  assertEquals(lone.state("x"), "W next");
  assertEquals(lone.ts("x").version, lost.version);
  assertNotEquals(compare(lone.ts("x"), lost), 0);
});

Deno.test("a snapshot and the log after it are what was there", () => {
  const lone = new LoneReplica({ snapshotLogBytes: 20_000 });
  const requester = { clientId: 9, requestNumber: 4, result: new Uint8Array([7]), resultBytes: 1 };
  for (let index = 0; index < 400; index++) {
    lone.settle(lone.update(`k${index % 50}`, `${index}`, {
      base: lone.ts(`k${index % 50}`),
      requester: { ...requester, requestNumber: index + 1 },
    }));
  }
  lone.settle(lone.update("gone", null));
  lone.run(200);
  assert(lone.replica.snapshots.newest > 0, "a snapshot was taken");
  lone.inv(1, lone.update("after", "1"));
  const before = describe(lone);
  lone.restart();
  assertEquals(describe(lone), before);
  assertEquals([lone.state("gone"), lone.state("after")], ["V -", "I 1"]);
  assertEquals(lone.failures, []);
});

Deno.test("a snapshot in many pieces, while updates go on, loses none of them", () => {
  const lone = new LoneReplica({
    snapshotLogBytes: 10_000,
    maybe: (label) => label === "hermes/small-snapshot-piece",
  });
  for (let index = 0; index < 300; index++) {
    const object = `k${(index * 7) % 40}`;
    const update = lone.update(object, `${index}`, { base: lone.ts(object) });
    lone.post({ type: "inv", epoch: 1, node: 1, life: 1, updates: [update] });
    lone.run(0.7);
    if (index % 3 > 0) lone.post({ type: "val", epoch: 1, node: 1, life: 1, vals: [update] });
    lone.run(0.3);
  }
  lone.run(100);
  // What is known to be committed is written with the next update.
  lone.inv(1, lone.update("last", "1"));
  assert(lone.replica.snapshots.newest > 0, "a snapshot was taken");
  const before = describe(lone);
  lone.restart();
  assertEquals(describe(lone), before);
});

Deno.test("a snapshot in many pieces has the sessions in use, though one of a greater id was evicted", () => {
  const lone = new LoneReplica({
    snapshotLogBytes: 5_000,
    sessionsMax: 2,
    maybe: (label) => label === "hermes/small-snapshot-piece",
  });
  const asked = (clientId: number, requestNumber: number) => {
    const requester = { clientId, requestNumber, result: new Uint8Array([7]), resultBytes: 1 };
    lone.settle(lone.update("x", "1", { base: lone.ts("x"), requester }));
  };
  asked(9, 1);
  asked(10, 1);
  asked(9, 2);
  asked(11, 1);
  for (let number = 3; number < 100; number++) asked(9, number);
  lone.run(200);
  assert(lone.replica.snapshots.newest > 0, "a snapshot was taken");
  lone.restart();
  const { sessions } = lone.replica;
  assertEquals([sessions.recordOf(9)?.requestNumber, sessions.isForgotten(10)], [99, true]);
  assertEquals(lone.failures, []);
});

Deno.test("an object that was not valid brings back no session that was evicted, out of a snapshot", () => {
  const lone = new LoneReplica({ snapshotLogBytes: 1_500, sessionsMax: 2 });
  const by = (clientId: number, requestNumber: number) => ({
    requester: { clientId, requestNumber, result: new Uint8Array([7]), resultBytes: 1 },
  });
  const settled = (object: string, clientId: number, requestNumber: number) =>
    lone.settle(
      lone.update(object, "1", { base: lone.ts(object), ...by(clientId, requestNumber) }),
    );
  // It is committed, and its VAL is lost.
  lone.inv(1, lone.update("x", "1", by(8, 1)));
  settled("y", 8, 2);
  settled("z", 16, 1);
  settled("z", 24, 1);
  assertEquals([lone.replica.sessions.isForgotten(8), lone.state("x")], [true, "I 1"]);
  for (let number = 2; number < 30; number++) settled("z", 16, number);
  lone.run(100);
  assert(lone.replica.snapshots.newest > 0, "a snapshot was taken");
  lone.restart();
  lone.assign(2, [0]);
  lone.run(2_000);
  lone.execute(8, 2, "y+2");
  lone.run(200);
  assertEquals([lone.answers, lone.state("y")], [["8:2 noSession"], "V 1"]);
});

/** Has a snapshot begin, and some of its many pieces be written. */
function lonelyWithSnapshot(options: LoneOptions) {
  let isDue = false;
  const lone = new LoneReplica({
    ...options,
    maybe: (label) =>
      label === "hermes/small-snapshot-piece" || (isDue && label === "hermes/snapshot-now"),
  });
  const begin = () => {
    isDue = true;
    until(lone, () => lone.replica.snapshots.taking !== 0);
    isDue = false;
    lone.run(0.8);
  };
  const end = () => {
    assert(lone.replica.snapshots.taking !== 0, "the snapshot is under way");
    until(lone, () => lone.replica.snapshots.newest > 0);
  };
  return { lone, begin, end };
}

function until(lone: LoneReplica, holds: () => boolean): void {
  for (let count = 0; count < 5_000 && !holds(); count++) lone.run(0.05);
  assert(holds());
}

Deno.test("a snapshot has, with the log after it, the sessions that came while it was taken", () => {
  const { lone, begin, end } = lonelyWithSnapshot({ sessionsMax: 40 });
  for (let client = 101; client <= 140; client++) lone.asked(client, 1);
  begin();
  const requester = { clientId: 50, requestNumber: 1, result: bytesOf("ok"), resultBytes: 2 };
  const update = lone.update("z", "1", { requester });
  lone.post({ type: "inv", epoch: 1, node: 1, life: 1, updates: [update] });
  lone.post({ type: "val", epoch: 1, node: 1, life: 1, vals: [update] });
  lone.run(0.2);
  end();
  const { evicted } = lone.replica.sessions;
  assertEquals([evicted > 100, lone.replica.sessions.isForgotten(50)], [true, false]);
  lone.restart();
  assertEquals(lone.replica.sessions.isForgotten(50), false);
});

Deno.test("a snapshot under way when a copy is completed has, with the log after it, all that was copied", () => {
  const { lone, begin, end } = lonelyWithSnapshot({});
  const held = (client: number) => heldOf(client, client);
  lone.assign(2, [1, 2], 0);
  lone.run(50);
  lone.chunk(Array.from({ length: 40 }, (_, index) => held(index + 1)), 1_000, 41);
  lone.run(5);
  begin();
  lone.chunk([held(41), held(42)], 1_000);
  lone.run(1);
  end();
  until(lone, () => lone.told.some(({ type }) => type === "extended"));
  lone.assign(3, [0, 1, 2]);
  lone.run(50);
  lone.restart();
  const isForgotten = [40, 41, 42, 43].map((client) => lone.replica.sessions.isForgotten(client));
  assertEquals(isForgotten, [false, false, false, true]);
});

Deno.test("a session in whose favour one of a greater id was evicted is there after a restart", () => {
  const lone = new LoneReplica({ sessionsMax: 2 });
  for (const client of [101, 102, 50]) lone.asked(client, 1);
  for (let number = 2; number < 5; number++) lone.asked(50, number);
  lone.run(20);
  lone.restart();
  const isForgotten = [50, 101, 102].map((client) => lone.replica.sessions.isForgotten(client));
  assertEquals(isForgotten, [false, true, false]);
});

for (const hasSnapshot of [false, true]) {
  const source = hasSnapshot ? "a snapshot" : "the log";
  Deno.test(`after a restart from ${source} it is known who asked least recently`, () => {
    const snapshotLogBytes = hasSnapshot ? 1_000 : 1e9;
    const lone = new LoneReplica({ snapshotLogBytes, sessionsMax: 3 });
    for (const client of [8, 16, 24]) lone.asked(client, 1);
    for (let number = 2; number < 100; number++) lone.asked(8, number);
    lone.run(500);
    assertEquals(lone.replica.snapshots.newest > 0, hasSnapshot);
    lone.restart();
    lone.asked(32, 1);
    const { sessions } = lone.replica;
    const isForgotten = [8, 16, 24, 32].map((client) => sessions.isForgotten(client));
    assertEquals(isForgotten, [false, true, false, false]);
  });
}

Deno.test("an empty disk makes another replica, which takes no part before it has joined", () => {
  const cluster = HermesCluster.of(3);
  const client = cluster.session(0);
  assertEquals(cluster.execute(client, 1, ["x=1"]), ["ok"]);
  const { birth } = cluster.node(2);
  cluster.wipe(2);
  cluster.start(2);
  cluster.until(() => cluster.node(2).ready !== undefined, 500, "readiness");
  assertNotEquals(cluster.node(2).birth, birth);
  cluster.tell(2);
  cluster.settle();
  const attempt = cluster.submit(0, client, 2, "x=2");
  cluster.run(500);
  assertEquals(attempt.replies, []);
  cluster.assign([0, 1]);
  assertEquals(show(cluster.answer(attempt)), "ok");
});

/** Has done twenty updates, and lost some of them from the middle of its log. */
function damaged() {
  const lone = new LoneReplica();
  for (let index = 0; index < 20; index++) lone.settle(lone.update(`k${index}`, "text"));
  const { birth } = lone.replica;
  lone.crash();
  let names: readonly string[] = [];
  lone.disk.list()((outcome) => names = outcome.ok ? outcome.value : []);
  lone.run(1);
  const log = names.filter((name) => name.startsWith("log-"));
  assertEquals(log.length, 1);
  const bytes = lone.disk.contents(log[0]!)!.slice();
  bytes.fill(0xff, 2_000, 2_100);
  lone.disk.plant(log[0]!, bytes);
  return { lone, birth };
}

Deno.test("a disk that has lost something that was acknowledged makes another replica, which holds nothing", () => {
  const { lone, birth } = damaged();
  lone.start();
  assertNotEquals(lone.replica.birth, birth);
  assertEquals(lone.replica.objects.count, 0);
  lone.restart();
  assertEquals(lone.replica.objects.count, 0);
  assertEquals(lone.failures, []);
});

Deno.test("a disk that has lost something makes another replica, wherever the process fails while it finds out", () => {
  for (let operations = 0; operations < 60; operations++) {
    const { lone, birth } = damaged();
    lone.disk.stopAfter(operations);
    lone.start();
    lone.crash();
    lone.start();
    assertNotEquals(lone.replica.birth, birth, `after ${operations} disk operations`);
    assertEquals(lone.failures, []);
  }
});

Deno.test("all nodes at once lose nothing that was acknowledged", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const cluster = HermesCluster.of(3, { seed });
    const clients = [0, 1, 2].map((node) => cluster.session(node));
    const done: string[] = [];
    for (let round = 1; round <= 10; round++) {
      const attempts = clients.map((client, node) =>
        cluster.submit(node, client, round, `k${node}-${round}=${round}`)
      );
      attempts.forEach((attempt, node) => {
        if (round < 10 && show(cluster.answer(attempt)) === "ok") done.push(`k${node}-${round}`);
      });
    }
    for (const { index } of cluster.nodes) cluster.crash(index);
    for (const { index } of cluster.nodes) cluster.start(index);
    cluster.until(() => cluster.nodes.every((node) => node.ready !== undefined), 500, "readiness");
    for (const { index } of cluster.nodes) cluster.tell(index);
    assertEquals(done.length, 27);
    for (const object of done) {
      assertEquals(cluster.read(seed % 3, object), object.split("-")[1]!);
    }
    assertEquals(cluster.failures, []);
  }
});

Deno.test("a request that was answered is answered again after all nodes were gone, and not executed again", () => {
  const cluster = HermesCluster.of(3);
  const client = cluster.session(1);
  assertEquals(cluster.execute(client, 1, ["x+a", "x+b"], 1), ["a", "ab"]);
  for (const { index } of cluster.nodes) cluster.crash(index);
  for (const { index } of cluster.nodes) cluster.start(index);
  cluster.until(() => cluster.nodes.every((node) => node.ready !== undefined), 500, "readiness");
  for (const { index } of cluster.nodes) cluster.tell(index);
  assertEquals(show(cluster.answer(cluster.submit(2, client, 2, "x+b"))), "ab");
  assertEquals(cluster.read(0, "x"), "ab");
});

/** Everything that is held, in order. */
function describe({ replica }: LoneReplica): string[] {
  const held: unknown[] = [];
  replica.objects.ascend({ from: "", until: undefined }, (_name, record) => {
    held.push(record.held);
    return true;
  });
  const sessions = [...replica.sessions.heldFrom(0, 0)].map(({ record }) => record);
  return [...held, ...sessions].map((each) => JSON.stringify(each));
}
