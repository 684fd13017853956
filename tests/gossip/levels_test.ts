/**
 * Goal: a level is reached, or it is said who has acknowledged; a write that did not reach it is there all the same,
 * and is done once however often it is retried.
 */
import { assert, assertEquals } from "@std/assert";
import { expectReply, GossipCluster, show } from "./cluster.ts";
import { bytesOf } from "./support.ts";

Deno.test("a write at quorum is acknowledged by more than half of the members", () => {
  const cluster = GossipCluster.of(5);
  const { acknowledged } = expectReply(cluster.put(0, "k", "v", { level: "quorum" }), "written");
  assert(acknowledged.length >= 3);
  for (const node of acknowledged) assertEquals(cluster.get(node, "k"), "v");
});

Deno.test("a write at all is at every member when it is acknowledged", () => {
  const cluster = GossipCluster.of(3);
  const reply = expectReply(cluster.put(1, "k", "v", { level: "all" }), "written");
  assertEquals(reply.acknowledged, [0, 1, 2]);
});

Deno.test("a write that does not reach its level says who has it, and spreads on", () => {
  const cluster = GossipCluster.of(3);
  cluster.crash(2);
  const reply = cluster.put(0, "k", "v", { level: "all", timeoutMs: 500 });
  const { acknowledged, needed } = expectReply(reply, "insufficientWrite");
  assertEquals([acknowledged, needed], [[0, 1], 3]);
  cluster.start(2);
  cluster.converge();
  assertEquals(cluster.get(2, "k"), "v");
});

Deno.test("a member that is dead, and was not removed, still counts", () => {
  const cluster = GossipCluster.of(3);
  cluster.crash(1);
  cluster.crash(2);
  cluster.run(30_000);
  const reply = cluster.put(0, "k", "v", { level: "quorum", timeoutMs: 300 });
  assertEquals(expectReply(reply, "insufficientWrite").needed, 2);
  assertEquals(cluster.put(0, "k", "v", { level: "one" }).type, "written");
});

Deno.test("a write at local is acknowledged by a node that is alone", () => {
  const cluster = GossipCluster.of(3);
  cluster.isolate(0);
  assertEquals(cluster.put(0, "k", "v").type, "written");
});

Deno.test("a read at quorum shows what the node asked has missed, and repairs it", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6 } });
  const undo = cluster.onMessage(({ type }, _from, to) =>
    type === "mail" && to === 2 ? { copies: 0 } : undefined
  );
  cluster.put(0, "k", "v", { level: "quorum" });
  assertEquals(cluster.get(2, "k"), "-");
  assertEquals(cluster.get(2, "k", { level: "all" }), "v");
  assertEquals(cluster.get(2, "k"), "v");
  undo();
});

Deno.test("a read at all repairs the other members, too", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6, mailRetryMs: 1e6 } });
  cluster.drop("mail");
  cluster.put(0, "k", "v");
  assertEquals(cluster.get(1, "k", { level: "all" }), "v");
  cluster.run(50);
  assertEquals(cluster.get(2, "k"), "v");
});

Deno.test("a read joins siblings of several members", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6, mailRetryMs: 1e6 } });
  cluster.drop("mail");
  for (const node of [0, 1, 2]) cluster.put(node, "siblings/k", `v${node}`);
  assertEquals(cluster.get(0, "siblings/k"), "v0");
  assertEquals(cluster.get(0, "siblings/k", { level: "all" }), "v0|v1|v2");
});

Deno.test("a read that does not reach its level shows what is known, and says so", () => {
  const cluster = GossipCluster.of(3);
  cluster.put(0, "k", "v");
  cluster.run(100);
  cluster.isolate(0);
  const reply = cluster.read(0, "k", { level: "quorum", timeoutMs: 300 });
  const { answered, needed } = expectReply(reply, "insufficientRead");
  assertEquals([answered, needed, show(reply)], [[0], 2, "v"]);
});

Deno.test("level one falls over to a member that serves, level local does not", () => {
  const cluster = new GossipCluster({ nodes: 2, spares: 1 });
  cluster.start(0);
  cluster.start(1);
  cluster.until(() => cluster.isReady(0) && cluster.isReady(1), 20_000, "readiness");
  const undo = cluster.drop("offer");
  cluster.start(2);
  cluster.run(3_000);
  assertEquals(cluster.put(2, "k", "v").type, "unavailable");
  const reply = cluster.put(2, "k", "v", { level: "one" });
  assert(!expectReply(reply, "written").acknowledged.includes(2));
  undo();
});

Deno.test("spread round-robin has all members perform what one node is asked", () => {
  const cluster = GossipCluster.of(3, { coordinator: { spread: "round-robin" } });
  for (let n = 0; n < 9; n++) cluster.put(0, `k${n}`, "v", { level: "one" });
  assertEquals(cluster.nodes.map(({ replica }) => replica!.counts.written), [3, 3, 3]);
});

Deno.test("a retry with the same ids is answered, and not done again", () => {
  const cluster = GossipCluster.of(3);
  const requester = { client: 7, number: 1 };
  const increment = { type: "increment", by: 1n } as const;
  const first = cluster.write(0, "counter/k", increment, { requester });
  assertEquals(expectReply(first, "written").isRepeat, false);
  cluster.run(100);
  for (const node of [0, 1, 2]) {
    const again = cluster.write(node, "counter/k", increment, { requester, level: "all" });
    const { isRepeat, acknowledged } = expectReply(again, "written");
    assertEquals([isRepeat, acknowledged], [true, [0, 1, 2]]);
  }
  assertEquals(cluster.get(1, "counter/k"), "1");
});

Deno.test("a retry is known where the event came by anti-entropy, and after a restart", () => {
  const cluster = GossipCluster.of(3);
  const undo = cluster.drop("mail");
  const requester = { client: 7, number: 1 };
  const increment = { type: "increment", by: 1n } as const;
  cluster.write(0, "counter/k", increment, { requester });
  cluster.converge();
  cluster.run(50);
  undo();
  cluster.restart(2);
  const again = cluster.write(2, "counter/k", increment, { requester });
  assertEquals(expectReply(again, "written").isRepeat, true);
  cluster.converge();
  assertEquals(cluster.get(0, "counter/k"), "1");
});

Deno.test("a write that was followed by a later one of the client is refused", () => {
  const cluster = GossipCluster.of(1);
  cluster.put(0, "k", "b", { requester: { client: 7, number: 2 } });
  const reply = cluster.put(0, "k", "a", { requester: { client: 7, number: 1 } });
  assertEquals(expectReply(reply, "refused").code, "superseded");
  assertEquals(cluster.get(0, "k"), "b");
});

Deno.test("an operation that makes no sense is refused by a stable code", () => {
  const cluster = GossipCluster.of(1);
  const reply = cluster.write(0, "k", { type: "increment", by: 1n });
  assertEquals(expectReply(reply, "refused").code, "wrong_operation");
  const token = cluster.put(0, "k", "v", { context: "nonsense" });
  assertEquals(expectReply(token, "refused").code, "token_damaged");
});

Deno.test("a retry is known where the event came by a read", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6 } });
  const undo = cluster.drop("mail");
  const requester = { client: 7, number: 1 };
  const five = { type: "increment", by: 5n } as const;
  cluster.write(0, "counter", five, { requester });
  assertEquals(cluster.get(1, "counter", { level: "all" }), "5");
  undo();
  cluster.run(2_000);
  const reply = expectReply(cluster.write(1, "counter", five, { requester }), "written");
  assertEquals([reply.isRepeat, cluster.get(1, "counter", { level: "all" })], [true, "5"]);
});

Deno.test("a retry at the same node goes to the same member, though writes are spread", () => {
  const cluster = GossipCluster.of(3, {
    tuning: { intervalMs: 1e6 },
    coordinator: { spread: "round-robin" },
  });
  cluster.drop("mail");
  const requester = { client: 7, number: 1 };
  const five = { type: "increment", by: 5n } as const;
  for (let n = 0; n < 3; n++) cluster.write(0, "counter", five, { requester, level: "one" });
  assertEquals(cluster.get(0, "counter", { level: "all" }), "5");
});

Deno.test("a removal that finds nothing to remove says that others may not know of the one before", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6 } });
  const red = { element: bytesOf("red") };
  const all = { level: "all", timeoutMs: 500 } as const;
  cluster.write(0, "set", { type: "add", ...red });
  cluster.converge();
  const undo = cluster.drop("mail");
  cluster.write(0, "set", { type: "remove", ...red });
  const reply = expectReply(
    cluster.write(0, "set", { type: "remove", ...red }, all),
    "insufficientWrite",
  );
  assertEquals([reply.acknowledged, reply.needed], [[0], 3]);
  undo();
  // Of what was never there nobody has to be told.
  expectReply(cluster.write(0, "other", { type: "delete", context: null }, all), "written");
});
