import { assert, assertEquals } from "@std/assert";
import { show } from "../protocols/member_cluster.ts";
import { ChainCluster } from "./cluster.ts";

/** What a node has last held against a neighbour; `undefined` if it never did. */
function accused(cluster: ChainCluster, index: number): number | null | undefined {
  return cluster.node(index).toldOf("deaf").at(-1)?.node;
}

Deno.test("a successor that takes nothing is held up as deaf, until it takes something", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  const undo = cluster.onMessage(({ type }, from) =>
    type === "update" && from === 0 ? { copies: 0 } : undefined
  );
  const attempt = cluster.submit(0, client, 1, "x=1");
  cluster.run(1_900);
  assertEquals(accused(cluster, 0), undefined);
  cluster.run(300);
  assertEquals([accused(cluster, 0), cluster.node(0).replica!.deaf], [1, 1]);
  undo();
  cluster.run(300);
  assertEquals([accused(cluster, 0), attempt.replies.map(show)], [null, ["1"]]);
  assertEquals([accused(cluster, 1), accused(cluster, 2)], [undefined, undefined]);
});

Deno.test("a successor that is owed nothing is not deaf, however long nothing happens", () => {
  const cluster = ChainCluster.of(3);
  cluster.run(20_000);
  assertEquals([0, 1, 2].map((node) => accused(cluster, node)), Array(3).fill(undefined));
});

Deno.test("what is held against a successor outlives a change of the chain elsewhere", () => {
  const cluster = ChainCluster.of(4);
  cluster.settle();
  cluster.onMessage((_message, from, to) => from === 0 && to === 1 ? { copies: 0 } : undefined);
  cluster.submit(0, 1, 1, "x=1");
  cluster.run(2_300);
  assertEquals(accused(cluster, 0), 1);
  cluster.assign([0, 1, 2]);
  cluster.run(1_000);
  assertEquals(accused(cluster, 0), 1);
  cluster.assign([0, 2]);
  cluster.run(1_000);
  assertEquals(accused(cluster, 0), null);
});

Deno.test("a predecessor that gives signs of life, but of another epoch, is held up as deaf", () => {
  const cluster = ChainCluster.of(3);
  cluster.settle();
  // The head sends, and hears nothing: it cannot learn of the new epoch.
  for (const other of [1, 2]) cluster.network.cut(other, 0);
  cluster.assign([0, 1], {}, [1, 2]);
  cluster.run(2_300);
  assertEquals(accused(cluster, 1), 0);
  cluster.assign([1], {}, [1]);
  cluster.run(100);
  assertEquals(accused(cluster, 1), null);
});

Deno.test("a predecessor that sends, and hears nothing, is held up as deaf by its successor", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.run(5_000);
  assertEquals(accused(cluster, 1), undefined);
  for (const other of [1, 2]) cluster.network.cut(other, 0);
  // As long as there is nothing to hear, nobody can tell.
  cluster.run(3_000);
  assertEquals(accused(cluster, 1), undefined);
  assertEquals(show(cluster.answer(cluster.submit(0, client, 2, "x=2"))), "2");
  cluster.run(2_300);
  assertEquals(accused(cluster, 1), 0);
  cluster.heal();
  cluster.run(300);
  assertEquals(accused(cluster, 1), null);
});

Deno.test("a replica whose own process stood still holds that against nobody", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  // Nothing reaches node 1, its own timers included, as if it were stopped for five seconds.
  const { system } = cluster.node(1);
  let isStopped = true;
  const held: (() => void)[] = [];
  const { environment } = system!;
  const after = environment.after.bind(environment);
  environment.after = (delayMs, run) =>
    after(delayMs, () => isStopped ? void held.push(run) : run());
  cluster.run(100);
  cluster.submit(0, client, 1, "x=1");
  cluster.run(5_000);
  isStopped = false;
  for (const run of held.splice(0)) run();
  cluster.run(500);
  assertEquals(accused(cluster, 1), undefined);
  assertEquals(accused(cluster, 0), null);
});

Deno.test("a replica whose disk takes no writes says so, acknowledges nothing, and goes on when it does", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.execute(client, 1, ["x=1"]);
  cluster.settle();
  const { disk } = cluster.node(1);
  disk.limit(0);
  const attempt = cluster.submit(0, client, 2, "x=2");
  cluster.run(500);
  assertEquals(cluster.node(1).toldOf("stalled").at(-1)?.isStalled, true);
  assert(cluster.node(1).replica!.stalled !== null);
  assertEquals(attempt.replies, []);
  // Reads need no disk.
  assertEquals(cluster.read(1, "y"), "");
  disk.limit(Infinity);
  cluster.run(3_000);
  assertEquals(cluster.node(1).toldOf("stalled").at(-1)?.isStalled, false);
  assertEquals(attempt.replies.map(show), ["2"]);
  cluster.settle();
  assertEquals(cluster.nodes.map(({ machine }) => machine.applied.length), [2, 2, 2]);
  assertEquals(cluster.failures, []);
});

Deno.test("a membership that starts anew is told who the replica is, and what it holds against whom", () => {
  const cluster = ChainCluster.of(3);
  const client = cluster.session();
  cluster.settle();
  cluster.node(0).disk.limit(0);
  cluster.onMessage(({ type }, from) => type === "ack" && from === 1 ? { copies: 0 } : undefined);
  cluster.submit(0, client, 1, "x=1");
  cluster.run(1_000);
  const node = cluster.node(0);
  const { ready } = node;
  node.told = [];
  cluster.deliver(0, { type: "membership-started" });
  cluster.run(1);
  assertEquals(node.told.map(({ type }) => type), ["ready", "stalled"]);
  assertEquals(node.birth, ready!.birth);
});

Deno.test("a replica publishes where it stands", () => {
  const cluster = ChainCluster.of(4);
  cluster.assign([0, 1], { joining: 2 });
  cluster.lease(0, 12_345);
  cluster.run(100);
  const figures = cluster.nodes.map((node) => node.replica!);
  assertEquals(figures.map(({ role }) => role), ["head", "tail", "joining", "spare"]);
  const { epoch, members, joining, leaseUntil, writable } = figures[0]!;
  assertEquals([epoch, members, joining, leaseUntil, writable], [2, [0, 1], 2, 12_345, true]);
  assertEquals(figures[1]!.frozen, true);
});
