/**
 * Goal: what a replica says of itself is true, and stays true whatever happens next: that it has something, that it is
 * in step, that it can serve. Method: a process that ends, or a message that comes, at the worst moment.
 */
import { assert, assertEquals } from "@std/assert";
import type { PeerMessageOf } from "../../protocols/gossip/messages.ts";
import { GossipCluster, newClient, show } from "./cluster.ts";
import { bytesOf } from "./support.ts";

Deno.test("what anti-entropy has brought is durable before the replica's clock says that it is there", () => {
  const cluster = GossipCluster.of(2, { diskMs: 20 });
  cluster.drop("mail");
  cluster.put(0, "k", "v");
  const dot = cluster.replica(0).data.store.entries("k")[0]!.dot;
  let isSaid = false;
  let digest: PeerMessageOf<"digest"> | undefined;
  cluster.onMessage((message, from) => {
    if (message.type !== "digest") return undefined;
    if (from === 0) digest = message;
    else isSaid ||= message.report.clock.has(dot);
    return undefined;
  });
  const { replica } = cluster.node(1);
  cluster.until(() => replica!.data.store.clock.has(dot));
  // Has it answered at once.
  replica!.receive({ ...digest!, answers: null });
  cluster.until(() => isSaid);
  cluster.isolate(1);
  cluster.restart(1);
  assertEquals(cluster.get(1, "k"), "v");
});

Deno.test("what is not durable yet is not shown, however often the cluster has agreed on it", () => {
  const cluster = GossipCluster.of(1);
  cluster.put(0, "k", "old");
  cluster.node(0).disk.holdNext("sync");
  cluster.begin(0, "k", { type: "put", value: bytesOf("new"), context: null });
  cluster.run(5_000);
  const common = { level: "local", session: null, maxStalenessMs: null, timeoutMs: 1_000 } as const;
  const read = cluster.ask(0, { type: "read", key: "k", ...common });
  cluster.run(100);
  assertEquals(read.replies, []);
  cluster.node(0).disk.release();
  assertEquals(show(cluster.answer(read)), "new");
});

Deno.test("while the journal of a node takes no writes nothing gathers there, and others take them", () => {
  const cluster = GossipCluster.of(3);
  const { disk } = cluster.node(0);
  disk.limit(disk.files.reduce((bytes, name) => bytes + disk.contents(name)!.length, 0));
  cluster.put(0, "k", "unknown");
  cluster.until(() => cluster.replica(0).stalled !== null, 5_000, "a full disk");
  assertEquals(cluster.put(0, "l", "refused").type, "unavailable");
  assertEquals(cluster.put(0, "l", "elsewhere", { level: "one" }).type, "written");
  const waiting = () =>
    cluster.replica(0).flushing.owed.reduce((count, { then }) => count + then.length, 0);
  cluster.run(2_000);
  const before = waiting();
  cluster.run(30_000);
  assert(waiting() <= before + 10, `${waiting()} messages wait, after ${before}`);
  disk.limit(Infinity);
  cluster.converge();
  assertEquals([1, 2].map((node) => cluster.get(node, "k")), ["unknown", "unknown"]);
  assertEquals(cluster.get(0, "l"), "elsewhere");
});

Deno.test("a replica serves nothing before it has a whole state, durably", () => {
  const cluster = new GossipCluster({ nodes: 2, spares: 1, diskMs: 20 });
  for (const node of [0, 1]) cluster.start(node);
  cluster.until(() => cluster.isReady(0) && cluster.isReady(1), 20_000, "readiness");
  cluster.put(0, "k", "v");
  const undo = cluster.drop("state");
  cluster.start(2);
  cluster.until(() => cluster.node(2).replica?.transfer.active !== undefined, 20_000, "a copy");
  cluster.run(3_000);
  assertEquals([cluster.get(2, "k"), cluster.put(2, "l", "w").type], [
    "unavailable",
    "unavailable",
  ]);
  assertEquals(cluster.get(2, "k", { level: "one" }), "v");
  undo();
  cluster.until(() => cluster.replica(2).transfer.isAdopting, 20_000, "an adoption");
  assertEquals([cluster.replica(2).state, cluster.replica(2).isRecorded], ["joining", false]);
  const read = cluster.ask(2, {
    type: "read",
    key: "k",
    level: "local",
    session: null,
    maxStalenessMs: null,
    timeoutMs: 1_000,
  });
  assertEquals(cluster.answer(read).type, "unavailable");
  cluster.until(() => cluster.isReady(2), 20_000, "readiness of node 2");
  assertEquals(cluster.get(2, "k"), "v");
});

Deno.test("a replica that crashes while it takes in a whole state does not pass for one that has it", () => {
  for (let afterMs = 5; afterMs < 250; afterMs += 15) {
    const cluster = new GossipCluster({ nodes: 2, spares: 1, diskMs: 20 });
    for (const node of [0, 1]) cluster.start(node);
    cluster.until(() => cluster.isReady(0) && cluster.isReady(1), 20_000, "readiness");
    cluster.put(0, "k", "v");
    cluster.start(2);
    const isAdopting = () => cluster.node(2).replica?.transfer.isAdopting === true;
    cluster.until(isAdopting, 20_000, "an adoption");
    cluster.run(afterMs);
    cluster.isolate(2);
    cluster.crash(2);
    cluster.start(2);
    cluster.run(2_000);
    assertEquals(cluster.get(2, "k"), cluster.isReady(2) ? "v" : "unavailable");
    cluster.heal();
    cluster.converge();
    assertEquals(cluster.get(2, "k"), "v");
  }
});

Deno.test("what came with a whole state is acknowledged when that is durable", () => {
  const cluster = GossipCluster.of(2, { diskMs: 20, tuning: { indexMax: 5, hintsMax: 1 } });
  cluster.crash(1);
  cluster.run(10_000);
  for (let n = 0; n < 50; n++) cluster.put(0, `k${n}`, "v");
  cluster.run(3_000);
  const isAdopting = () => cluster.node(1).replica?.transfer.isAdopting === true;
  const dot = cluster.replica(0).data.store.entries("k25")[0]!.dot;
  const undo = cluster.drop("mail");
  let isStored = false;
  cluster.onMessage((message, from) => {
    if (message.type === "stored" && from === 1) isStored ||= message.dots.has(dot);
    return undefined;
  });
  cluster.start(1);
  cluster.until(isAdopting, 20_000, "an adoption");
  const { id } = cluster.replica(0);
  cluster.replica(1).receive({ type: "confirm", from: id, key: "k25", dot });
  cluster.until(() => isStored, 20_000, "an answer");
  cluster.isolate(1);
  cluster.restart(1);
  assertEquals(cluster.get(1, "k25"), "v");
  undo();
});

Deno.test("a write that has waited is not taken by a node that is leaving", () => {
  const cluster = GossipCluster.of(3);
  const client = newClient();
  cluster.onMessage(({ type }, _from, to) =>
    to === 2 && type !== "serve" ? { copies: 0 } : undefined
  );
  cluster.put(0, "k", "v", { client });
  const operation = { type: "put", value: new Uint8Array(1), context: null } as const;
  const write = cluster.begin(2, "l", operation, { client, timeoutMs: 10_000 });
  cluster.run(100);
  cluster.ask(2, { type: "leave", timeoutMs: 5_000 });
  cluster.run(200);
  assertEquals(write.replies.map(({ type }) => type), ["staleReplica"]);
});

Deno.test("a replica that was restarted is in step with nobody before it has heard of anybody", () => {
  const cluster = GossipCluster.of(3);
  cluster.put(0, "k", "old");
  cluster.converge();
  cluster.crash(1);
  cluster.put(0, "k", "new");
  cluster.isolate(1);
  cluster.start(1);
  cluster.until(() => cluster.isReady(1), 20_000, "readiness");
  const options = { maxStalenessMs: 10_000, timeoutMs: 300 };
  assertEquals(cluster.get(1, "k", options), "tooStale");
  cluster.heal();
  cluster.until(() => cluster.get(1, "k", options) === "new");
});

Deno.test("an answer to a digest of an earlier process puts nobody in step", () => {
  const cluster = GossipCluster.of(2);
  const answers: PeerMessageOf<"digest">[] = [];
  cluster.onMessage((message, from) => {
    if (message.type === "digest" && from === 0 && message.answers !== null) answers.push(message);
    return undefined;
  });
  cluster.until(() => answers.length > 0);
  cluster.restart(1);
  cluster.isolate(1);
  cluster.run(100);
  const { syncedAt } = cluster.replica(1).sync;
  syncedAt.clear();
  // A process counts its time from its own beginning: that of another may seem to be yet to come.
  const [answer] = answers;
  for (const offset of [0, 1e9]) {
    cluster.replica(1).receive({ ...answer!, answers: answer!.answers! + offset });
  }
  assertEquals(syncedAt.size, 0);
});

Deno.test("a new replica does not take over the clock of a member whose clock is wrong", () => {
  const hourMs = 3_600_000;
  const cluster = GossipCluster.of(3, { skewMs: (node) => node === 1 ? hourMs : 0 });
  cluster.wipe(2);
  const undo = cluster.onMessage(({ type }, from) =>
    type === "offer" && from === 0 ? { copies: 0 } : undefined
  );
  cluster.start(2);
  cluster.run(5_000);
  undo();
  cluster.until(() => cluster.isReady(2), 60_000, "readiness");
  const { hybridClock, wallMs } = cluster.replica(2);
  assert(hybridClock.latestMs - wallMs < hourMs / 2);
  assertEquals(cluster.put(2, "k", "v", { level: "quorum" }).type, "written");
});

Deno.test("offers that nobody takes up are forgotten", () => {
  const cluster = GossipCluster.of(2, { isInMemory: true });
  cluster.drop("offer");
  for (let life = 0; life < 5; life++) {
    cluster.crash(1);
    cluster.start(1);
    cluster.run(5_000);
  }
  assert(cluster.replica(0).admission.offers.size <= 2);
});

Deno.test("a cluster that has had as many lives as clocks can name admits no more, and goes on", () => {
  const cluster = GossipCluster.of(3);
  const livesOf = (node: number) => cluster.replica(node);
  for (const node of [0, 1]) {
    for (let life = 1; life <= 3_600; life++) livesOf(node).closed.add(2 * 2 ** 32 + life);
  }
  cluster.wipe(2);
  cluster.start(2);
  cluster.run(20_000);
  assertEquals(cluster.isReady(2), false);
  assertEquals(cluster.put(0, "k", "v").type, "written");
  cluster.run(3_000);
  assertEquals([cluster.get(1, "k"), cluster.failures], ["v", []]);
});
