import { assertEquals } from "@std/assert";
import type { Policy } from "../../cli/offline/entries.ts";
import { GossipNodes } from "./gossip_nodes.ts";
import { bytes, Device, outcomes, shared } from "./support.ts";

const store = (cluster: GossipNodes) => shared(cluster, { timeoutMs: 50 });

Deno.test("coalesce() merges values, counters and sets into a gossip cluster", async () => {
  const cluster = new GossipNodes(1);
  const device = await Device.start();
  await device.put("k", "1");
  await device.put("k", "2");
  await device.put("siblings/k", "1");
  await device.put("siblings/k", "2");
  await device.log.increment("counter/n", 40n);
  await device.log.increment("counter/n", 2n);
  await device.log.add("set/s", bytes("a"));
  await device.log.add("set/s", bytes("b"));
  await device.log.remove("set/s", bytes("a"));
  await device.put("gone", "1");
  await device.log.delete("gone");
  const report = await device.merge(await store(cluster));
  assertEquals([report.stopped, [...new Set(report.lines.map(({ outcome }) => outcome))]], [
    null,
    ["done"],
  ]);
  const [hand] = cluster.nodes.map(({ hand }) => hand);
  const shown = ["k", "siblings/k", "counter/n", "set/s", "gone"].map((key) => hand!.show(key));
  assertEquals(shown, [["2"], ["2"], 42n, ["b"], []]);
});

async function conflicts(policy: Policy) {
  const cluster = new GossipNodes(1);
  const hand = cluster.hand(0);
  hand.put("k", "base");
  hand.put("siblings/k", "base");
  const device = await Device.start();
  const shared = await store(cluster);
  await device.fetch(shared, "k", "siblings/k");
  await device.put("k", "mine");
  await device.put("siblings/k", "mine 1");
  await device.put("siblings/k", "mine 2");
  hand.put("k", "theirs");
  hand.put("siblings/k", "theirs", hand.context("siblings/k"));
  const report = await device.merge(shared, { policy });
  const copy = `k.offline-${device.log.name}-1`;
  return { report, device, shown: ["k", copy, "siblings/k"].map((key) => hand.show(key)) };
}

Deno.test("Conflicts in a gossip cluster are decided by policy, with siblings where there are some", async () => {
  const mine = await conflicts("mine");
  assertEquals(outcomes(mine.report), [
    "1 k overwrote",
    "2 siblings/k overwrote",
    "3 siblings/k done",
  ]);
  assertEquals(mine.shown, [["mine"], [], ["mine 2"]]);
  const theirs = await conflicts("theirs");
  assertEquals(theirs.report.lines.map(({ outcome }) => outcome), Array(3).fill("kept_theirs"));
  assertEquals(theirs.shown, [["theirs"], [], ["theirs"]]);
  const both = await conflicts("keep-both");
  assertEquals(both.report.lines.map(({ outcome }) => outcome), Array(3).fill("kept_both"));
  assertEquals(both.shown, [["theirs"], ["mine"], ["theirs", "mine 2"]]);
  const fail = await conflicts("fail");
  assertEquals(fail.report.stopped, { type: "conflict", number: 1, key: "k" });
});

Deno.test("A sibling that others have put beside what was fetched is a conflict", async () => {
  const cluster = new GossipNodes(1);
  const device = await Device.start();
  const shared = await store(cluster);
  cluster.hand(0).put("siblings/k", "base");
  await device.fetch(shared, "siblings/k");
  await device.put("siblings/k", "mine");
  cluster.hand(0).put("siblings/k", "theirs");
  assertEquals((await device.merge(shared)).stopped?.type, "conflict");
  assertEquals(cluster.hand(0).show("siblings/k"), ["base", "theirs"]);
});

Deno.test("Siblings that were fetched, and are the same still, are no conflict", async () => {
  const cluster = new GossipNodes(1);
  const device = await Device.start();
  const shared = await store(cluster);
  cluster.hand(0).put("siblings/k", "one");
  cluster.hand(0).put("siblings/k", "two");
  await device.fetch(shared, "siblings/k");
  await device.put("siblings/k", "both");
  assertEquals(outcomes(await device.merge(shared)), ["1 siblings/k done"]);
  assertEquals(cluster.hand(0).show("siblings/k"), ["both"]);
});

Deno.test("A deletion of one's own sibling leaves those of others", async () => {
  const cluster = new GossipNodes(1);
  const device = await Device.start();
  await device.put("siblings/k", "mine");
  await device.log.delete("siblings/k");
  cluster.hand(0).put("siblings/k", "theirs");
  const report = await device.merge(await store(cluster), { policy: "keep-both" });
  assertEquals([report.stopped, cluster.hand(0).show("siblings/k")], [null, ["theirs"]]);
});

/** A merge of one operation that is cut off, before it was done at node 0 or after, and a restart. */
async function cutOff(run: (device: Device) => Promise<unknown>, cut: "before" | "after") {
  const cluster = new GossipNodes(2);
  const device = await Device.start();
  await run(device);
  const controller = new AbortController();
  cluster.cut = cut;
  cluster.onCut = () => controller.abort();
  const { signal } = controller;
  assertEquals((await device.merge(await store(cluster), { signal })).stopped?.type, "interrupted");
  cluster.cut = undefined;
  device.disk.crash();
  await device.restart();
  return { cluster, device, done: () => cluster.nodes.map(({ done }) => done) };
}

Deno.test("A merge that was cut off asks the same node again, which knows whether it has done it", async () => {
  for (const cut of ["before", "after"] as const) {
    const { cluster, device, done } = await cutOff(
      (device) => device.log.increment("counter/n", 5n),
      cut,
    );
    const report = await device.merge(await store(cluster));
    assertEquals([outcomes(report), done()], [["1 counter/n done"], [1, 0]]);
    cluster.gossip();
    assertEquals(cluster.hand(1).show("counter/n"), 5n);
  }
});

Deno.test("An operation waits for the node that may have done it; the user may decide otherwise", async () => {
  for (const cut of ["before", "after"] as const) {
    const { cluster, device, done } = await cutOff(
      (device) => device.log.increment("counter/n", 5n),
      cut,
    );
    cluster.down.add(0);
    assertEquals((await device.merge(await store(cluster))).stopped?.type, "interrupted");
    assertEquals(done(), [cut === "after" ? 1 : 0, 0]);
    const skipped = await device.merge(await store(cluster), { unresolved: "skip" });
    assertEquals(outcomes(skipped), ["1 counter/n unresolved"]);
    assertEquals(done(), [cut === "after" ? 1 : 0, 0]);
  }
  const { cluster, device } = await cutOff(
    (device) => device.log.increment("counter/n", 5n),
    "after",
  );
  cluster.down.add(0);
  await device.merge(await store(cluster), { unresolved: "repeat" });
  cluster.gossip();
  assertEquals(cluster.hand(0).show("counter/n"), 10n);
});

Deno.test("A put that is repeated at another node is one value all the same", async () => {
  for (const key of ["k", "siblings/k"]) {
    for (const cut of ["before", "after"] as const) {
      const { cluster, device } = await cutOff((device) => device.put(key, "v"), cut);
      cluster.down.add(0);
      const waits = await device.merge(await store(cluster));
      assertEquals([waits.stopped?.type, waits.waiting], ["interrupted", 1]);
      const report = await device.merge(await store(cluster), { unresolved: "repeat" });
      assertEquals(outcomes(report), [`1 ${key} done`]);
      cluster.gossip();
      assertEquals(cluster.nodes.map(({ hand }) => hand.show(key)), [["v"], ["v"]]);
    }
  }
});

Deno.test("What the gossip cluster's strategy does not have is refused, and the rest goes on", async () => {
  const cluster = new GossipNodes(1);
  const device = await Device.start();
  await device.log.increment("k", 1n);
  await device.put("counter/n", "1");
  await device.put("other", "1");
  assertEquals(outcomes(await device.merge(await store(cluster))), [
    "1 k refused",
    "2 counter/n refused",
    "3 other done",
  ]);
});
