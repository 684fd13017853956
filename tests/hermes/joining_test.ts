import { assertEquals } from "@std/assert";
import { show } from "../protocols/member_cluster.ts";
import { clusterOf, isWhole, join, sentOf } from "./joining.ts";

Deno.test("one that joins copies everything, and serves when it is a member", () => {
  const { cluster } = clusterOf();
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(() => isWhole(cluster), 5_000, "a whole copy");
  assertEquals(cluster.node(2).replica?.role, "joining");
  const passed = cluster.query(2, "a");
  assertEquals([show(cluster.answer(passed)), passed.from.includes(2)], ["1", false]);
  cluster.assign([0, 1, 2]);
  const read = cluster.query(2, "*");
  assertEquals([show(cluster.answer(read)), read.from], ["a=1 b=1 c=1 e=1", [2]]);
  assertEquals(cluster.failures, []);
});

Deno.test("nothing is copied before every member is in the epoch", () => {
  const { cluster } = clusterOf();
  const asked = sentOf(cluster, "getChunk");
  // Node 1 has not heard of the epoch.
  cluster.assign([0, 1], { joining: 2 }, [0, 2]);
  cluster.run(500);
  assertEquals(asked, []);
  cluster.tell(1);
  cluster.until(() => isWhole(cluster), 1_000, "a whole copy");
});

Deno.test("what is written while one joins needs its acknowledgement, and is not undone by what it copies", () => {
  const { cluster, client } = clusterOf({ chunkBytes: 1 });
  const late = cluster.onMessage(({ type }) => type === "chunk" ? { delayMs: 20 } : undefined);
  cluster.assign([0, 1], { joining: 2 });
  cluster.run(5);
  const undo = cluster.onMessage(({ type }, from) =>
    type === "ack" && from === 2 ? { copies: 0 } : undefined
  );
  const write = cluster.submit(0, client, 7, "c=2");
  cluster.run(30);
  assertEquals(write.replies, []);
  undo();
  assertEquals(show(cluster.answer(write)), "ok");
  cluster.execute(client, 8, ["e!", "f=1"]);
  cluster.until(() => isWhole(cluster), 5_000, "a whole copy");
  late();
  cluster.assign([0, 1, 2]);
  assertEquals(cluster.read(2, "*"), "a=1 b=1 c=2 f=1");
});

Deno.test("one joins under load, in small pieces, and has everything that was answered", () => {
  const { cluster } = clusterOf({ chunkBytes: 50, latencyMs: (random) => 0.5 + random() });
  const clients = [0, 1, 0, 1].map((node) => cluster.session(node));
  const values = [0, 0, 0, 0];
  let underWay = clients.map((_, index) => put(index));
  function put(index: number) {
    const value = ++values[index]!;
    return cluster.submit(index % 2, clients[index]!, value, `k${index}=${value}`);
  }
  const step = () => {
    cluster.run(0.5);
    underWay = underWay.map((attempt, index) => attempt.replies.length > 0 ? put(index) : attempt);
  };
  cluster.assign([0, 1], { joining: 2 });
  for (let count = 0; count < 2_000 && !isWhole(cluster); count++) step();
  assertEquals(isWhole(cluster), true);
  for (let count = 0; count < 50; count++) step();
  cluster.assign([0, 1, 2]);
  for (const attempt of underWay) cluster.answer(attempt);
  const expected = ["a=1 b=1 c=1 e=1", ...values.map((value, index) => `k${index}=${value}`)];
  for (const node of [0, 1, 2]) assertEquals(cluster.read(node, "*"), expected.join(" "));
  assertEquals(values.every((value) => value > 5), true, `${values}`);
});

Deno.test("a join goes on with another member when the one that is copied from is silent", () => {
  const { cluster } = clusterOf({ chunkBytes: 1 });
  const donors = sentOf(cluster, "getChunk");
  let first: number | undefined;
  cluster.onMessage(({ type }, from, to) => {
    if (type === "getChunk") first ??= to;
    return type === "chunk" && from === first ? { copies: 0 } : undefined;
  });
  join(cluster);
  assertEquals(new Set(donors.map(({ to }) => to)), new Set([0, 1]));
  assertEquals(cluster.read(2, "*"), "a=1 b=1 c=1 e=1");
});

Deno.test("when the member that is copied from fails, one joins anew with those that are left", () => {
  const { cluster } = clusterOf({ chunkBytes: 1 });
  const donors = sentOf(cluster, "getChunk");
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(() => donors.length > 3, 1_000, "a copy under way");
  const donor = donors[0]!.to;
  cluster.crash(donor);
  join(cluster, [1 - donor]);
  assertEquals(cluster.read(2, "*"), "a=1 b=1 c=1 e=1");
  assertEquals(cluster.failures, []);
});

Deno.test("a member that restarts is copied from again", () => {
  const { cluster } = clusterOf({ chunkBytes: 1 });
  const donors = sentOf(cluster, "getChunk");
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(() => donors.length > 2, 1_000, "a copy under way");
  cluster.restart(donors[0]!.to);
  cluster.until(() => isWhole(cluster), 5_000, "a whole copy");
  cluster.assign([0, 1, 2]);
  assertEquals(cluster.read(2, "*"), "a=1 b=1 c=1 e=1");
});

Deno.test("one that restarts while it joins keeps what it has acknowledged, and copies the rest again", () => {
  const { cluster, client } = clusterOf({ chunkBytes: 1 });
  const undo = cluster.onMessage(({ type }) => type === "chunk" ? { copies: 0 } : undefined);
  cluster.assign([0, 1], { joining: 2 });
  cluster.run(50);
  cluster.execute(client, 7, ["c=2", "f=1"]);
  // What it has acknowledged in this epoch is nobody's to copy any more, for all that it knows.
  cluster.restart(2);
  cluster.run(60);
  assertEquals([cluster.node(2).replica!.role, cluster.node(2).replica!.objects], ["joining", 2]);
  undo();
  cluster.until(() => isWhole(cluster), 5_000, "a whole copy");
  cluster.assign([0, 1, 2]);
  assertEquals(cluster.read(2, "*"), "a=1 b=1 c=2 e=1 f=1");
});

Deno.test("one that joins has forgotten what it held before, once in each epoch", () => {
  const { cluster, client } = clusterOf();
  join(cluster);
  // It begins a write that nobody hears of, and is expelled.
  const other = cluster.session(2);
  cluster.execute(other, 1, ["a=3"], 2);
  cluster.settle();
  cluster.isolate(2);
  cluster.submit(2, other, 2, "a=4");
  cluster.run(20);
  cluster.assign([0, 1]);
  assertEquals(cluster.execute(client, 7, ["a+5"]), ["35"]);
  cluster.heal();
  cluster.run(500);
  join(cluster);
  assertEquals([0, 1, 2].map((node) => cluster.read(node, "a")), ["35", "35", "35"]);
  // The write was never committed: its client may have it executed now.
  assertEquals(show(cluster.answer(cluster.submit(2, other, 2, "a=4"))), "ok");
  assertEquals(cluster.read(0, "a"), "4");
});

Deno.test("one that joins anew begins another life: what it has forgotten gives nobody its timestamp (sim seed 41001060)", () => {
  const { cluster } = clusterOf();
  join(cluster);
  const lives = () => [0, 1, 2].map((node) => cluster.node(node).replica!.life);
  const before = lives();
  cluster.assign([0, 1]);
  cluster.run(100);
  assertEquals(lives(), before);
  join(cluster);
  assertEquals(lives(), [before[0]!, before[1]!, before[2]! + 1]);
});

Deno.test("a new epoch while one joins begins the copy anew", () => {
  const { cluster, client } = clusterOf({ chunkBytes: 1 });
  const asked = sentOf(cluster, "getChunk");
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(() => asked.length > 3, 1_000, "a copy under way");
  cluster.assign([0, 1], { joining: 2 });
  cluster.run(1.5);
  assertEquals(cluster.node(2).replica!.objects, 0);
  cluster.execute(client, 7, ["c=2"]);
  cluster.until(() => isWhole(cluster), 5_000, "a whole copy");
  assertEquals(cluster.node(2).toldOf("extended")[0]!.epoch, cluster.configuration!.epoch);
  cluster.assign([0, 1, 2]);
  assertEquals(cluster.read(2, "*"), "a=1 b=1 c=2 e=1");
});

Deno.test("a deleted object stays deleted: what was sent before its deletion comes too late for one that has joined since", () => {
  const { cluster, client } = clusterOf();
  // An INV of an earlier write is on its way for long.
  const old = sentOf(cluster, "inv");
  cluster.execute(client, 7, ["g=1"]);
  const { updates } = old.find(({ message }) => message.updates[0]?.object === "g")!.message;
  cluster.execute(client, 8, ["g!"]);
  join(cluster);
  assertEquals(cluster.node(2).replica?.tombstones, cluster.node(0).replica?.tombstones);
  const { life } = cluster.node(0).replica!;
  const { epoch } = cluster.configuration!;
  cluster.deliver(2, { type: "inv", epoch, node: 0, life, updates });
  cluster.deliver(2, { type: "val", epoch, node: 0, life, vals: updates });
  cluster.run(5);
  assertEquals(cluster.read(2, "g"), "-");
});

Deno.test("what is not known to be committed is copied as that, and is read when it is", () => {
  const { cluster, client } = clusterOf();
  const undo = cluster.onMessage(({ type }) => type === "val" ? { copies: 0 } : undefined);
  cluster.execute(client, 7, ["a=2"]);
  const chunks = sentOf(cluster, "chunk");
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(() => isWhole(cluster), 5_000, "a whole copy");
  cluster.crash(0);
  cluster.assign([1, 2]);
  undo();
  assertEquals(cluster.read(2, "a"), "2");
  assertEquals(chunks.length > 0, true);
});

Deno.test("one that has joined knows what was executed before", () => {
  const { cluster, client } = clusterOf();
  assertEquals(cluster.execute(client, 7, ["a+2", "a?1:2"]), ["12", "12"]);
  join(cluster);
  for (const node of [0, 1]) cluster.crash(node);
  cluster.assign([2]);
  assertEquals(cluster.answer(cluster.submit(2, client, 7, "a+2")), {
    type: "superseded",
    newest: 8,
  });
  assertEquals(show(cluster.answer(cluster.submit(2, client, 8, "a?1:2"))), "12");
  assertEquals(show(cluster.answer(cluster.submit(2, client, 9, "a+3"))), "123");
  assertEquals(cluster.answer(cluster.submit(2, 8_000, 1, "a+3")), { type: "noSession" });
});

Deno.test("one that joins with a new disk is copied to as any other", () => {
  const { cluster } = clusterOf();
  join(cluster);
  cluster.wipe(2);
  cluster.start(2);
  cluster.until(() => cluster.node(2).ready !== undefined, 1_000, "readiness");
  cluster.assign([0, 1]);
  join(cluster);
  assertEquals(cluster.read(2, "*"), "a=1 b=1 c=1 e=1");
});
