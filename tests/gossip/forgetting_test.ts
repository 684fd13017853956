/**
 * Goal: what all members have is forgotten, tombstones included, and nothing that was deleted ever comes back, however
 * long a member was away.
 */
import { assert, assertEquals } from "@std/assert";
import { expectReply, GossipCluster } from "./cluster.ts";

const tombstones = (cluster: GossipCluster) =>
  cluster.nodes.map(({ replica }) => replica!.data.store.tombstones);

Deno.test("tombstones are dropped once all members are past them", () => {
  const cluster = GossipCluster.of(3);
  cluster.put(0, "k", "v");
  cluster.converge();
  cluster.delete(1, "k");
  cluster.run(10);
  assert(tombstones(cluster).some((count) => count > 0));
  cluster.run(15_000);
  assertEquals(tombstones(cluster), [0, 0, 0]);
  assertEquals(cluster.get(2, "k"), "-");
});

Deno.test("a member that is away holds tombstones, for as long as it takes; nothing comes back with it", () => {
  const cluster = GossipCluster.of(3);
  cluster.put(2, "k", "v", { level: "all" });
  cluster.isolate(2);
  cluster.put(2, "k", "kept by the one that is away");
  cluster.run(100);
  cluster.delete(0, "k");
  cluster.run(200_000);
  assertEquals(tombstones(cluster).slice(0, 2), [1, 1]);
  const holders = cluster.node(0).figures!.members.filter(({ isHoldingCut }) => isHoldingCut);
  assertEquals(holders.map(({ node }) => node), [2]);
  cluster.heal();
  cluster.converge(60_000);
  assertEquals([0, 1, 2].map((node) => cluster.get(node, "k")), ["-", "-", "-"]);
  cluster.run(20_000);
  assertEquals(tombstones(cluster), [0, 0, 0]);
});

Deno.test("a member that was removed does not hold tombstones, and brings nothing back", () => {
  const cluster = GossipCluster.of(3);
  cluster.put(0, "k", "v", { level: "all" });
  cluster.isolate(2);
  cluster.put(2, "k", "unheard of");
  cluster.run(30_000);
  cluster.answer(cluster.ask(0, { type: "remove", node: 2 }));
  cluster.delete(0, "k");
  cluster.run(15_000);
  assertEquals(tombstones(cluster).slice(0, 2), [0, 0]);
  cluster.heal();
  cluster.converge(60_000);
  assertEquals([0, 1, 2].map((node) => cluster.get(node, "k")), ["-", "-", "-"]);
});

Deno.test("what all members have is dropped from the index", () => {
  const cluster = GossipCluster.of(3);
  for (let n = 0; n < 50; n++) cluster.put(n % 3, `k${n}`, "v");
  cluster.run(10_000);
  assertEquals(cluster.nodes.map(({ replica }) => replica!.data.store.index.size), [0, 0, 0]);
});

Deno.test("an event whose stamp is far ahead is refused until the clocks agree", () => {
  const cluster = GossipCluster.of(2, { skewMs: (node) => node === 1 ? 70_000 : 0 });
  cluster.put(1, "k", "from the future");
  cluster.run(5_000);
  assertEquals(cluster.get(0, "k"), "-");
  assert(cluster.replica(0).counts.drifted > 0);
  cluster.run(10_000);
  assertEquals(cluster.get(0, "k"), "from the future");
});

Deno.test("a write whose stamp has to wait for a durable bound waits for it", () => {
  const cluster = GossipCluster.of(1);
  cluster.node(0).disk.holdNext("sync");
  cluster.run(20_000);
  cluster.node(0).disk.release();
  assertEquals(cluster.put(0, "k", "v").type, "written");
});

Deno.test("siblings written on both sides of a cut are shown together, and one write decides", () => {
  const cluster = GossipCluster.of(2);
  cluster.cut(0, 1);
  cluster.put(0, "siblings/k", "a");
  cluster.put(1, "siblings/k", "b");
  cluster.heal();
  cluster.converge(60_000);
  const reply = cluster.read(1, "siblings/k");
  assert(reply.type === "found");
  assertEquals(cluster.get(1, "siblings/k"), "a|b");
  cluster.put(0, "siblings/k", "c", { context: reply.context });
  cluster.converge();
  assertEquals(cluster.get(1, "siblings/k"), "c");
});

Deno.test("writes go on in all of three parts of a cluster, and all are there after it is healed", () => {
  const cluster = GossipCluster.of(6);
  const part = (node: number) => Math.floor(node / 2);
  for (let a = 0; a < 6; a++) {
    for (let b = a + 1; b < 6; b++) if (part(a) !== part(b)) cluster.cut(a, b);
  }
  cluster.run(20_000);
  const one = { type: "increment", by: 1n } as const;
  for (let n = 0; n < 60; n++) {
    assertEquals(cluster.write(n % 6, "counter/k", one).type, "written");
    cluster.put(n % 6, `k${n}`, String(n));
  }
  cluster.heal();
  cluster.converge(60_000);
  for (let node = 0; node < 6; node++) assertEquals(cluster.get(node, "counter/k"), "60");
  for (let n = 0; n < 60; n++) assertEquals(cluster.get((n + 3) % 6, `k${n}`), String(n));
  assertEquals(cluster.failures, []);
});

Deno.test("a tombstone is kept until nobody listens any more to a member that was removed here", () => {
  const cluster = GossipCluster.of(3);
  cluster.isolate(2);
  cluster.put(2, "k", "old");
  cluster.run(5_000);
  // Node 1 is heard by node 0, and does not hear it.
  const undo = cluster.onMessage(({ type }, from, to) =>
    from === 0 && to === 1 && type !== "serve" ? { copies: 0 } : undefined
  );
  cluster.put(0, "k", "new");
  cluster.delete(0, "k");
  cluster.until(() => !cluster.replica(0).living.has(2), 20_000, "a failure");
  expectReply(cluster.answer(cluster.ask(0, { type: "remove", node: 2 })), "removed");
  cluster.run(10_000);
  cluster.heal();
  cluster.cut(0, 2);
  const { id } = cluster.replica(2);
  const hasHeard = () => cluster.replica(1).data.store.clock.top(id) > 0;
  cluster.until(hasHeard, 20_000, "the old value at node 1");
  undo();
  cluster.run(10_000);
  assertEquals([0, 1].map((node) => cluster.get(node, "k")), ["-", "-"]);
});
