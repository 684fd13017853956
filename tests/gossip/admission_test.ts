/**
 * Goal: a life of a node is ended by nothing but its own end, and whoever is left over from one that has ended is found
 * out. Method: messages that come late, partitions, and crashes in memory mode, in virtual time.
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import { nodeOf, type ReplicaId } from "../../protocols/gossip/dot.ts";
import type { PeerMessageOf } from "../../protocols/gossip/messages.ts";
import { GossipCluster } from "./cluster.ts";

/** Two members without disks, and a third node. */
function pairAndSpare(): GossipCluster {
  const cluster = new GossipCluster({ nodes: 2, spares: 1, isInMemory: true });
  for (const node of [0, 1]) cluster.start(node);
  cluster.until(() => cluster.isReady(0) && cluster.isReady(1), 20_000, "readiness");
  cluster.run(1_000);
  return cluster;
}

/** Node 2 begins to join by node 1, and dies: what it has asked for is still on its way. */
function joinInVain(cluster: GossipCluster) {
  const late: (PeerMessageOf<"join"> | PeerMessageOf<"getState">)[] = [];
  const undo = cluster.onMessage((message, from, to) => {
    if (message.type === "offer" && from === 0) return { copies: 0 };
    if (from !== 2 || to !== 1) return undefined;
    if (message.type === "join") late.push(message);
    if (message.type !== "getState") return undefined;
    late.push(message);
    return { copies: 0 };
  });
  cluster.start(2);
  cluster.until(() => late.some(({ type }) => type === "getState"), 5_000, "a question");
  undo();
  cluster.crash(2);
  return late;
}

/** Node 2 joins by node 0, and everybody knows. */
function joinByOther(cluster: GossipCluster): ReplicaId {
  const undo = cluster.onMessage(({ type }, from) =>
    type === "offer" && from === 1 ? { copies: 0 } : undefined
  );
  cluster.start(2);
  cluster.until(() => cluster.isReady(2), 1_500, "readiness of node 2");
  undo();
  return cluster.replica(2).id;
}

function membersOf(cluster: GossipCluster, node: number): number[] {
  return cluster.node(node).figures!.members.map((member) => member.node);
}

Deno.test("what a life that has ended had asked for does not end the one that followed it", () => {
  const cluster = pairAndSpare();
  const late = joinInVain(cluster);
  const id = joinByOther(cluster);
  cluster.replica(1).receive(late.at(-1)!);
  cluster.run(2_000);
  assertEquals(cluster.replica(2).id, id);
});

Deno.test("nor if it is offered anew, since it had asked twice", () => {
  const cluster = pairAndSpare();
  const late = joinInVain(cluster);
  const id = joinByOther(cluster);
  for (const message of late) cluster.replica(1).receive(message);
  cluster.run(2_000);
  assertEquals(cluster.replica(2).id, id);
});

Deno.test("of two lives of a node that are members the one that lives closes the other", () => {
  const cluster = pairAndSpare();
  const late = joinInVain(cluster);
  cluster.isolate(1);
  cluster.start(2);
  cluster.until(() => cluster.replica(2).isRecorded, 1_500, "the state of node 0");
  const { id } = cluster.replica(2);
  cluster.replica(1).receive(late.at(-1)!);
  assertEquals([...cluster.replica(1).members].map(nodeOf).sort(), [0, 1, 2]);
  cluster.heal();
  cluster.converge();
  cluster.run(5_000);
  assertEquals([0, 1, 2].map((node) => membersOf(cluster, node)), Array(3).fill([0, 1, 2]));
  assertEquals(cluster.replica(2).id, id);
});

Deno.test("whom only a life knew that is gone is told so by the next life of that node", () => {
  const cluster = new GossipCluster({ nodes: 3, spares: 1, isInMemory: true });
  for (const node of [0, 1, 2]) cluster.start(node);
  cluster.until(() => [0, 1, 2].every((node) => cluster.isReady(node)), 20_000, "readiness");
  cluster.put(0, "k", "v", { level: "all" });
  // Node 2 hears of nothing; node 0 admits a life of node 1, and that one node 3.
  cluster.isolate(2);
  cluster.run(20_000);
  cluster.restart(1);
  const admitter = cluster.replica(1).id;
  cluster.cut(0, 3);
  const undo = cluster.onMessage(({ type }, _, to) =>
    type === "digest" && to === 0 ? { copies: 0 } : undefined
  );
  cluster.start(3);
  cluster.until(() => cluster.replica(3).isRecorded, 20_000, "the state of node 1");
  const { id } = cluster.replica(3);
  assertEquals(cluster.replica(3).admitters[0], admitter);
  for (const node of [0, 1]) cluster.crash(node);
  undo();
  cluster.heal();
  cluster.isolate(3);
  for (const node of [0, 1]) cluster.start(node);
  cluster.until(() => [0, 1, 2].every((node) => cluster.isReady(node)), 60_000, "readiness again");
  assertEquals(cluster.replica(2).closed.has(admitter), false);
  cluster.heal();
  cluster.until(() => cluster.replica(2).members.has(cluster.replica(3).id), 60_000, "news of 3");
  cluster.converge();
  assertNotEquals(cluster.replica(3).id, id);
  assertEquals(cluster.get(3, "k"), "v");
});

/** Node 3 was admitted by a life of node 1 that only node 0 knew; both are dead, and node 2 has heard of neither. */
function lastOfThree(): GossipCluster {
  const cluster = new GossipCluster({ nodes: 3, spares: 1 });
  for (const node of [0, 1, 2]) cluster.start(node);
  cluster.until(() => [0, 1, 2].every((node) => cluster.isReady(node)), 20_000, "readiness");
  cluster.isolate(2);
  cluster.run(20_000);
  cluster.wipe(1);
  cluster.start(1);
  cluster.until(() => cluster.isReady(1), 20_000, "readiness of node 1");
  cluster.cut(0, 3);
  const undo = cluster.onMessage(({ type }, _, to) =>
    type === "digest" && to === 0 ? { copies: 0 } : undefined
  );
  cluster.start(3);
  cluster.until(() => cluster.replica(3).isRecorded, 20_000, "the state of node 1");
  for (const node of [0, 1]) cluster.crash(node);
  undo();
  cluster.until(() => cluster.isReady(3), 60_000, "readiness of node 3");
  cluster.put(3, "k", "v");
  return cluster;
}

Deno.test("whose admitter is not known is admitted if the one that admitted that is a member", () => {
  const cluster = lastOfThree();
  const { id } = cluster.replica(3);
  cluster.heal();
  cluster.until(() => cluster.replica(2).members.has(id), 60_000, "news of node 3");
  cluster.converge();
  assertEquals(cluster.get(2, "k"), "v");
  for (const node of [0, 1]) cluster.start(node);
  cluster.converge(60_000);
  assertEquals([cluster.replica(3).id, cluster.get(0, "k")], [id, "v"]);
});

Deno.test("and begins another life if that one is closed: nobody has counted it", () => {
  const cluster = lastOfThree();
  const { id } = cluster.replica(3);
  assertEquals(cluster.answer(cluster.ask(2, { type: "remove", node: 0 })).type, "removed");
  cluster.heal();
  cluster.until(
    () => cluster.replica(2).members.has(cluster.replica(3).id),
    60_000,
    "another life",
  );
  cluster.converge();
  assertNotEquals(cluster.replica(3).id, id);
});

Deno.test("two that only each other know begin other lives if nobody has counted them", () => {
  const cluster = new GossipCluster({ nodes: 2, spares: 2 });
  for (const node of [0, 1]) cluster.start(node);
  cluster.until(() => cluster.isReady(0) && cluster.isReady(1), 20_000, "readiness");
  cluster.isolate(1);
  cluster.run(20_000);
  for (const node of [2, 3]) cluster.start(node);
  cluster.until(() => cluster.isReady(2) && cluster.isReady(3), 20_000, "readiness of 2 and 3");
  cluster.run(3_000);
  cluster.crash(0);
  assertEquals(cluster.answer(cluster.ask(1, { type: "remove", node: 0 })).type, "removed");
  cluster.heal();
  cluster.until(() => membersOf(cluster, 1).join() === "1,2,3", 60_000, "one cluster");
  cluster.converge();
});

Deno.test("a node that crashes after it has said that it leaves comes back as another, at once", () => {
  const cluster = GossipCluster.of(3);
  const { id } = cluster.replica(2);
  const undo = cluster.onMessage(({ type }, _, to) =>
    type === "digest" && to === 2 ? { copies: 0 } : undefined
  );
  cluster.ask(2, { type: "leave", timeoutMs: 5_000 });
  cluster.until(() => cluster.replica(0).closed.has(id), 5_000, "news of the departure");
  cluster.run(200);
  assertEquals(cluster.replica(2).state, "leaving");
  cluster.crash(2);
  undo();
  cluster.start(2);
  cluster.until(() => cluster.isReady(2), 20_000, "readiness");
  assertNotEquals(cluster.replica(2).id, id);
  cluster.converge();
  assertEquals(membersOf(cluster, 0), [0, 1, 2]);
  assertEquals(cluster.failures, []);
});
