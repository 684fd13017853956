import { assertEquals } from "@std/assert";
import { show } from "../protocols/member_cluster.ts";
import type { HermesCluster } from "./cluster.ts";
import { clusterOf, isWhole, join, sentOf } from "./joining.ts";
import { heldOf, LoneReplica } from "./lone.ts";

/** A session that is in use, though one of a greater id was evicted: that of a client which asked nothing. */
function evictOneAfter(cluster: HermesCluster, client: number, first: number): number {
  for (let number = first; number < first + 3; number++) {
    cluster.session(0);
    cluster.execute(client, number, ["a+."]);
  }
  return first + 3;
}

Deno.test("one that joins knows of a session in use, though one of a greater id was evicted", () => {
  const maybe = (label: string) => label === "hermes/small-chunk";
  const { cluster, client } = clusterOf({ sessionsMax: 3, maybe });
  const number = evictOneAfter(cluster, client, 7);
  join(cluster);
  for (const node of [0, 1]) cluster.crash(node);
  cluster.assign([2]);
  assertEquals(show(cluster.answer(cluster.submit(2, client, number, "a+!"))), "1...!");
});

Deno.test("what comes late to one that joins, of a session that was evicted, does not bring that back", () => {
  const maybe = (label: string) => label === "hermes/small-chunk";
  const { cluster, client } = clusterOf({ sessionsMax: 3, maybe });
  const sent = sentOf(cluster, "inv");
  cluster.execute(client, 7, ["a=1", "a=2"]);
  const [{ message: first }] = sent as [typeof sent[0]];
  for (let count = 0; count < 3; count++) cluster.session(0);
  cluster.settle();
  // A replay by node 0, which has not heard that it was committed long ago, between two copied sessions.
  const chunks = sentOf(cluster, "chunk");
  const isAmid = () => chunks.filter(({ message }) => message.sessions.length > 0).length === 2;
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(isAmid);
  cluster.deliver(2, { ...first, epoch: cluster.configuration!.epoch });
  cluster.until(() => isWhole(cluster), 5_000, "a whole copy");
  cluster.assign([0, 1, 2]);
  cluster.settle();
  for (const node of [0, 1]) cluster.crash(node);
  cluster.assign([2]);
  assertEquals(cluster.answer(cluster.submit(2, client, 8, "a=2")).type, "noSession");
  assertEquals(cluster.read(2, "a"), "2");
});

const hasAll = (lone: LoneReplica) => lone.told.some(({ type }) => type === "extended");

/** Its process starts anew while it joins in epoch 2. */
function restartJoining(lone: LoneReplica): void {
  lone.crash();
  lone.told = [];
  lone.start();
  lone.assign(2, [1, 2], 0);
  lone.run(50);
}

Deno.test("one that restarts when it has joined, and is a member then, evicts sessions again", () => {
  const lone = new LoneReplica({ sessionsMax: 3 });
  lone.assign(2, [1, 2], 0);
  lone.run(50);
  lone.chunk([1, 2, 3].map((client) => heldOf(client, client)), 0);
  lone.run(20);
  assertEquals(hasAll(lone), true);
  restartJoining(lone);
  // The master has heard of that.
  lone.assign(3, [0, 1, 2]);
  lone.run(50);
  for (let client = 10; client < 20; client++) lone.asked(client, 1);
  assertEquals(lone.replica.sessions.count, 3);
});

Deno.test("one that restarts while it joins still knows who asked meanwhile, and forgets nobody before it has all", () => {
  const lone = new LoneReplica({ sessionsMax: 3 });
  const copied = [5, 7, 9].map((client) => heldOf(client, 1_000 + client));
  lone.assign(2, [1, 2], 0);
  lone.run(50);
  lone.asked(100, 1);
  // What is known to be committed is written with the next update.
  lone.inv(1, lone.update("last", "1"));
  restartJoining(lone);
  lone.chunk(copied, 0, 11);
  lone.inv(1, lone.update("last", "2", { base: lone.ts("last") }));
  restartJoining(lone);
  assertEquals([lone.replica.sessions.count, lone.replica.sessions.evicted], [4, 0]);
  lone.chunk(copied, 0);
  lone.run(20);
  assertEquals(hasAll(lone), true);
  const isForgotten = [5, 7, 9, 100].map((client) => lone.replica.sessions.isForgotten(client));
  assertEquals(isForgotten, [true, false, false, false]);
});

Deno.test("what comes late to one that joins, and is evicted there, does not come back when it is a member", () => {
  let isSnapshotDue = false;
  const lone = new LoneReplica({
    sessionsMax: 3,
    maybe: (label) => label === "hermes/snapshot-now" && isSnapshotDue,
  });
  lone.assign(2, [1, 2], 0);
  lone.run(100);
  // A replay: client 8 has made its request 5 in an earlier epoch.
  lone.asked(8, 4, "x");
  lone.asked(5, 1, "y");
  lone.asked(7, 1, "z");
  isSnapshotDue = true;
  lone.run(60);
  isSnapshotDue = false;
  assertEquals(lone.replica.snapshots.newest > 0, true, "a snapshot");
  lone.asked(9, 1, "w");
  lone.chunk([5, 7, 9].map((client) => heldOf(client, client)), 8);
  lone.run(20);
  assertEquals([hasAll(lone), lone.replica.sessions.isForgotten(8)], [true, true]);
  lone.assign(3, [0, 1, 2]);
  lone.restart();
  lone.assign(4, [0]);
  lone.run(1_000);
  lone.execute(8, 5, "v+5");
  lone.run(100);
  assertEquals(lone.answers, ["8:5 noSession"]);
});

Deno.test("one that joins, and changes its donor amid the sessions, knows those that came after an earlier copy", () => {
  const maybe = (label: string) => label === "hermes/small-chunk";
  const { cluster } = clusterOf({ maybe });
  for (const id of [cluster.session(0), cluster.session(0)]) cluster.execute(id, 1, ["a=."]);
  cluster.settle();
  const chunks = sentOf(cluster, "chunk");
  const donorsOf = () =>
    chunks.filter(({ message }) => message.sessions.length > 0).map(({ from }) => from);
  // Copies that are given up when some sessions have come, until either member has been asked for one.
  const asked = new Set<number>();
  while (asked.size < 2) {
    chunks.length = 0;
    cluster.assign([0, 1], { joining: 2 });
    cluster.until(() => donorsOf().length > 0, 5_000, "a session");
    asked.add(donorsOf()[0]!);
    cluster.assign([0, 1]);
    cluster.settle();
  }
  const client = cluster.session(0);
  assertEquals(cluster.execute(client, 1, ["a+x"]), [".x"]);
  cluster.settle();
  // The donor of the next copy falls silent amid the sessions.
  chunks.length = 0;
  const undo = cluster.onMessage(({ type }, from) =>
    type === "chunk" && donorsOf().length > 1 && from === donorsOf()[0] ? { copies: 0 } : undefined
  );
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(() => isWhole(cluster), 10_000, "a whole copy");
  undo();
  assertEquals(new Set(donorsOf()).size, 2);
  cluster.assign([0, 1, 2]);
  cluster.settle();
  for (const node of [0, 1]) cluster.crash(node);
  cluster.assign([2]);
  assertEquals(show(cluster.answer(cluster.submit(2, client, 1, "a+x"))), ".x");
  assertEquals(cluster.read(2, "a"), ".x");
});

Deno.test("one that joins forgets no session in use, during its copy and after it", () => {
  const maybe = (label: string) => label === "hermes/small-chunk";
  const { cluster, client } = clusterOf({ maybe, sessionsMax: 4 });
  for (let count = 0; count < 3; count++) cluster.session(0);
  let number = 7;
  const ask = () => cluster.execute(client, number++, ["a+."]);
  ask();
  cluster.settle();
  const chunks = sentOf(cluster, "chunk");
  cluster.assign([0, 1], { joining: 2 });
  const isAmid = () => chunks.filter(({ message }) => message.sessions.length > 0).length === 2;
  cluster.until(isAmid, 5_000, "sessions");
  cluster.session(0);
  cluster.until(() => isWhole(cluster), 5_000, "a whole copy");
  cluster.assign([0, 1, 2]);
  cluster.settle();
  ask();
  cluster.session(0);
  cluster.settle();
  ask();
  // Its home asks all others about it.
  cluster.restart(0);
  cluster.settle();
  assertEquals(ask(), ["1...."]);
});

Deno.test("a request whose end is not known is handed to one that joins when it is", () => {
  const { cluster, client } = clusterOf();
  cluster.settle();
  const undo = cluster.onMessage(({ type }) => type === "val" ? { copies: 0 } : undefined);
  assertEquals(cluster.execute(client, 7, ["a+2"]), ["12"]);
  const chunks = sentOf(cluster, "chunk");
  cluster.assign([0, 1], { joining: 2 });
  cluster.until(() => isWhole(cluster), 5_000, "a whole copy");
  undo();
  const records = chunks.flatMap(({ message }) => message.sessions);
  assertEquals(records.some(({ record }) => record.fate === "pending"), false);
  for (const node of [0, 1]) cluster.crash(node);
  cluster.assign([2]);
  assertEquals(show(cluster.answer(cluster.submit(2, client, 7, "a+2"))), "12");
  assertEquals(cluster.read(2, "a"), "12");
});
