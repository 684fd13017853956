/**
 * Goal: a write reaches all members at once, whatever is lost on the way and whoever is away; and it costs what the
 * options say. Method: nodes in virtual time; messages between replicas are dropped and counted.
 */
import { assert, assertEquals } from "@std/assert";
import { GossipCluster } from "./cluster.ts";

Deno.test("mail shows a write everywhere after one hop", () => {
  const cluster = GossipCluster.of(5);
  cluster.put(3, "k", "v");
  cluster.run(3);
  for (let node = 0; node < 5; node++) assertEquals(cluster.get(node, "k"), "v");
});

Deno.test("mail to all costs members - 1 messages a write, and nobody passes it on", () => {
  const cluster = GossipCluster.of(5);
  const mails = cluster.count("mail");
  cluster.put(0, "k", "v");
  cluster.run(500);
  assertEquals(mails.count, 4);
});

Deno.test("writes of one turn go out in one mail for each member", () => {
  const cluster = GossipCluster.of(3, { diskMs: 2 });
  const mails = cluster.count("mail");
  const value = new TextEncoder().encode("v");
  const attempts = Array.from(
    { length: 50 },
    (_, n) => cluster.begin(0, `k${n}`, { type: "put", value, context: null }),
  );
  cluster.run(100);
  assert(attempts.every(({ replies }) => replies[0]?.type === "written"));
  assert(mails.count <= 12, `${mails.count} mails`);
});

Deno.test("lost mail is mailed again", () => {
  const cluster = GossipCluster.of(3, { tuning: { intervalMs: 1e6 } });
  const undo = cluster.drop("mail");
  cluster.put(0, "k", "v");
  cluster.run(20);
  assertEquals(cluster.get(1, "k"), "-");
  undo();
  cluster.run(500);
  assertEquals(cluster.get(1, "k"), "v");
});

Deno.test("lost mail is repaired by anti-entropy alone", () => {
  const cluster = GossipCluster.of(3);
  cluster.drop("mail");
  cluster.put(0, "k", "v");
  cluster.put(1, "l", "w");
  cluster.converge(5_000);
  assertEquals(cluster.get(2, "k"), "v");
  assertEquals(cluster.get(0, "l"), "w");
});

Deno.test("hints are mailed when a member is back, without anti-entropy", () => {
  const cluster = GossipCluster.of(3);
  cluster.drop("repair");
  cluster.crash(2);
  cluster.run(20_000);
  for (let n = 0; n < 100; n++) cluster.put(0, `k${n}`, `v${n}`);
  assertEquals(cluster.node(0).figures!.members[2]!.isLiving, false);
  cluster.run(2_000);
  assertEquals(cluster.node(0).figures!.members[2]!.hints, 100);
  cluster.start(2);
  cluster.converge();
  assertEquals(cluster.get(2, "k99"), "v99");
  cluster.run(2_000);
  assertEquals(cluster.node(0).figures!.members[2]!.hints, 0);
});

Deno.test("hints beyond their bound are dropped, and anti-entropy repairs what they were", () => {
  const cluster = GossipCluster.of(3, { tuning: { hintsMax: 10 } });
  cluster.crash(2);
  cluster.run(20_000);
  for (let n = 0; n < 30; n++) cluster.put(0, `k${n}`, "v");
  assertEquals(cluster.replica(0).counts.hintsDropped, 20);
  cluster.start(2);
  cluster.converge();
  assertEquals(cluster.get(2, "k0"), "v");
});

Deno.test("hints that are too old are dropped", () => {
  const cluster = GossipCluster.of(2, { tuning: { hintsMaxAgeMs: 1_000 } });
  cluster.crash(1);
  cluster.put(0, "k", "v");
  cluster.run(3_000);
  assertEquals(cluster.replica(0).counts.hintsDropped, 1);
});

Deno.test("in a large cluster a write spreads by rumor, at a bounded cost", () => {
  const nodes = 12;
  const cluster = GossipCluster.of(nodes, { tuning: { mailAllMax: 4, fanout: 3 } });
  const before = cluster.nodes.map(({ replica }) => replica!.counts.relayed);
  const mails = cluster.count("mail");
  cluster.put(0, "k", "v");
  cluster.run(100);
  const have = cluster.nodes.filter(({ index }) => cluster.get(index, "k") === "v").length;
  assert(have >= 9, `${have} have it`);
  assert(mails.count <= 3 * nodes, `${mails.count} mails`);
  assert(cluster.nodes.some(({ replica }, at) => replica!.counts.relayed > before[at]!));
  cluster.converge();
});

Deno.test("what is mailed to everybody in a large cluster, for a quorum, is not passed on", () => {
  const cluster = GossipCluster.of(8, { tuning: { mailAllMax: 4 } });
  const mails = cluster.count("mail");
  assertEquals(cluster.put(0, "k", "v", { level: "all" }).type, "written");
  cluster.run(300);
  assertEquals(mails.count, 7);
});

Deno.test("an event never leaves its node before it is durable", () => {
  const cluster = GossipCluster.of(3, { diskMs: 0.1 });
  cluster.node(0).disk.holdNext("sync");
  cluster.begin(0, "k", { type: "put", value: new Uint8Array([1]), context: null });
  cluster.run(3_000);
  assertEquals(cluster.get(1, "k"), "-");
  assertEquals(cluster.get(2, "k"), "-");
});

Deno.test("a read does not show an event of the node itself that is not durable", () => {
  const cluster = GossipCluster.of(1);
  cluster.node(0).disk.holdNext("sync");
  cluster.begin(0, "k", { type: "put", value: new Uint8Array([1]), context: null });
  cluster.run(10);
  const session = null;
  const read = { type: "read", key: "k", level: "local", session, maxStalenessMs: null } as const;
  const attempt = cluster.ask(0, { ...read, timeoutMs: 1_000 });
  cluster.run(100);
  assertEquals(attempt.replies, []);
});
