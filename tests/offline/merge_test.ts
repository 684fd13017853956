import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Policy } from "../../cli/offline/entries.ts";
import { OtherCluster } from "../../cli/offline/errors.ts";
import { FakeCluster } from "../cli/fake_cluster.ts";
import { bytes, Device, outcomes, shared } from "./support.ts";

Deno.test("coalesce() appends the operations in order, with ids of one session", async () => {
  const cluster = new FakeCluster();
  const device = await Device.start();
  await device.put("a", "1");
  await device.log.increment("n", 3n);
  await device.put("a", "2");
  await device.log.delete("a");
  await device.put("b", "3");
  const report = await device.merge(await shared(cluster));
  assertEquals(report.stopped, null);
  assertEquals(outcomes(report), ["1 a done", "2 n done", "3 a done", "4 a done", "5 b done"]);
  const ids = cluster.calls.filter(({ ids }) => ids !== null).map(({ ids }) => ids);
  assertEquals([...new Set(ids)], ["17/1", "17/2", "17/3", "17/4", "17/5"]);
  assertEquals(["a", "n", "b"].map((key) => cluster.store.text(key)), [undefined, "3", "3"]);
  assertEquals([device.log.state.pendingCount, report.waiting], [0, 0]);
});

Deno.test("A key that nobody else wrote is no conflict, offline and merged again and again", async () => {
  const cluster = new FakeCluster();
  const device = await Device.start();
  const store = await shared(cluster);
  for (let round = 1; round <= 3; round++) {
    await device.put("k", `round ${round}`);
    await device.log.increment("n", 1n);
    assertEquals((await device.merge(store)).stopped, null);
    await device.restart();
  }
  assertEquals([cluster.store.text("k"), cluster.store.text("n")], ["round 3", "3"]);
});

Deno.test("What was fetched and then written by nobody else is no conflict", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("k", "before");
  cluster.store.set("gone", "before");
  const device = await Device.start();
  const store = await shared(cluster);
  await device.fetch(store, "k", "gone", "absent");
  await device.put("k", "after");
  await device.log.delete("gone");
  await device.put("absent", "new");
  const report = await device.merge(store);
  assertEquals(outcomes(report), ["1 k done", "2 gone done", "3 absent done"]);
  assertEquals(["k", "gone", "absent"].map((key) => cluster.store.text(key)), [
    "after",
    undefined,
    "new",
  ]);
});

/** A put that builds upon another, a deletion, and a put that knew nothing: all in conflict. */
async function conflicts(policy: Policy) {
  const cluster = new FakeCluster();
  cluster.store.set("k", "base");
  cluster.store.set("d", "base");
  const device = await Device.start();
  const store = await shared(cluster);
  await device.fetch(store, "k", "d");
  await device.put("free", "mine");
  await device.put("k", "mine 1");
  await device.put("k", "mine 2");
  await device.log.delete("d");
  await device.put("blind", "mine");
  cluster.store.set("k", "theirs");
  cluster.store.set("d", "theirs");
  cluster.store.set("blind", "theirs");
  const report = await device.merge(store, { policy });
  const there = (key: string) => cluster.store.text(key);
  return { cluster, device, store, report, there };
}

Deno.test("Policy mine writes over what others wrote, and says so", async () => {
  const { report, there, device } = await conflicts("mine");
  assertEquals(outcomes(report), [
    "1 free done",
    "2 k overwrote",
    "3 k done",
    "4 d overwrote",
    "5 blind overwrote",
  ]);
  assertEquals([there("k"), there("d"), there("blind")], ["mine 2", undefined, "mine"]);
  assertEquals(device.show("k"), "mine 2");
});

Deno.test("Policy theirs drops what is in conflict, and what builds upon it", async () => {
  const { report, there, device, cluster } = await conflicts("theirs");
  assertEquals(outcomes(report), [
    "1 free done",
    "2 k kept_theirs",
    "3 k kept_theirs",
    "4 d kept_theirs",
    "5 blind kept_theirs",
  ]);
  assertEquals([there("k"), there("d"), there("blind")], ["theirs", "theirs", "theirs"]);
  assertEquals([device.show("k"), device.show("d")], ["theirs", "theirs"]);
  assertEquals(cluster.store.executed, 1);
});

Deno.test("Policy keep-both puts values beside, under keys that tell whose they are", async () => {
  const { report, there, device } = await conflicts("keep-both");
  const { name } = device.log;
  assertEquals(outcomes(report), [
    "1 free done",
    `2 k kept_both k.offline-${name}-2`,
    `3 k done k.offline-${name}-2`,
    "4 d kept_theirs",
    `5 blind kept_both blind.offline-${name}-5`,
  ]);
  assertEquals(
    ["k", "d", "blind", `k.offline-${name}-2`, `blind.offline-${name}-5`].map(there),
    ["theirs", "theirs", "theirs", "mine 2", "mine"],
  );
  assertEquals(device.show("k"), "theirs");
});

Deno.test("Policy fail stops before the first conflict, and another policy goes on from there", async () => {
  const { report, there, device, store, cluster } = await conflicts("fail");
  assertEquals(report.stopped, { type: "conflict", number: 2, key: "k" });
  assertEquals([outcomes(report), report.waiting], [["1 free done"], 4]);
  assertEquals([there("free"), there("k")], ["mine", "theirs"]);
  await device.restart();
  const rest = await device.merge(store, { policy: "theirs" });
  assertEquals([rest.stopped, rest.lines.length, cluster.store.executed], [null, 5, 1]);
});

Deno.test("The same value on both sides is no conflict, nor is the same deletion", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("d", "base");
  const device = await Device.start();
  const store = await shared(cluster);
  await device.fetch(store, "d");
  await device.put("k", "same");
  await device.log.delete("d");
  cluster.store.set("k", "same");
  cluster.store.items.delete("d");
  assertEquals(outcomes(await device.merge(store)), ["1 k already", "2 d already"]);
  assertEquals(cluster.store.executed, 0);
});

Deno.test("Increments add up with those of others, whatever the policy", async () => {
  for (const policy of ["mine", "theirs", "keep-both", "fail"] as const) {
    const cluster = new FakeCluster();
    cluster.store.set("n", "10");
    const device = await Device.start();
    const store = await shared(cluster);
    await device.fetch(store, "n");
    await device.log.increment("n", 1n);
    await device.log.increment("n", 1n);
    assertEquals(device.show("n"), "12");
    cluster.store.set("n", "20");
    assertEquals(outcomes(await device.merge(store, { policy })), ["1 n done", "2 n done"]);
    assertEquals([cluster.store.text("n"), device.show("n")], ["22", "22"]);
  }
});

Deno.test("A put after an increment is in conflict if others added, too, and else is not", async () => {
  for (const others of [false, true]) {
    const cluster = new FakeCluster();
    cluster.store.set("n", "10");
    const device = await Device.start();
    const store = await shared(cluster);
    await device.fetch(store, "n");
    await device.log.increment("n", 1n);
    await device.put("n", "0");
    if (others) cluster.store.set("n", "20");
    const report = await device.merge(store);
    assertEquals(report.stopped?.type, others ? "conflict" : undefined);
    assertEquals(cluster.store.text("n"), others ? "21" : "0");
  }
});

Deno.test("An increment of a value that was dropped is dropped with it", async () => {
  const cluster = new FakeCluster();
  const device = await Device.start();
  await device.put("n", "100");
  await device.log.increment("n", 1n);
  cluster.store.set("n", "7");
  const report = await device.merge(await shared(cluster), { policy: "theirs" });
  assertEquals(outcomes(report), ["1 n kept_theirs", "2 n kept_theirs"]);
  assertEquals(cluster.store.text("n"), "7");
});

Deno.test("What the shared store would never take is refused, and the rest goes on", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("n", "text");
  const device = await Device.start();
  await device.log.increment("n", 1n);
  await device.log.add("s", bytes("element"));
  await device.put("k", "v");
  const report = await device.merge(await shared(cluster));
  assertEquals(outcomes(report), ["1 n refused", "2 s refused", "3 k done"]);
  assertStringIncludes(report.lines[0]!.note, "not_a_number");
  assertStringIncludes(report.lines[1]!.note, "has no sets");
  assertEquals(device.show("n"), "text");
});

Deno.test("A write by others between look and write is seen, and decided about anew", async () => {
  const cluster = new FakeCluster();
  const device = await Device.start();
  await device.put("k", "mine");
  let interfered = false;
  const fetch: FakeCluster["fetch"] = (input, init) => {
    if (init.method === "PUT" && !interfered) {
      interfered = true;
      cluster.store.set("k", "theirs");
    }
    return cluster.fetch(input, init);
  };
  const store = await shared({ endpoints: cluster.endpoints, fetch });
  const report = await device.merge(store, { policy: "theirs" });
  assertEquals(outcomes(report), ["1 k kept_theirs"]);
  assertEquals(cluster.store.text("k"), "theirs");
});

Deno.test("A log merges into the cluster that it knows, and no other", async () => {
  const cluster = new FakeCluster();
  const device = await Device.start();
  await device.put("k", "v");
  const store = await shared(cluster);
  await device.merge(store);
  const other = Object.assign(Object.create(store), { cluster: "other" });
  const error = await assertRejects(() => device.merge(other), OtherCluster);
  assertStringIncludes(error.message, 'cluster "other" (vr)');
});
