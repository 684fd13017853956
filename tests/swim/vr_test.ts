import { assertEquals } from "@std/assert";
import { refTo } from "../../actors/ref.ts";
import { swimMessage } from "../../protocols/swim/messages.ts";
import { SWIM_LOCAL } from "../../protocols/swim/options.ts";
import { swim } from "../../protocols/swim/swim.ts";
import { Cluster } from "../vr/cluster.ts";

/** Puts SWIM in the place of a node's failure detector. */
function observeBySwim(cluster: Cluster, index: number): void {
  const system = cluster.node(index).system!;
  system.stop(refTo<never>(index, "detector"));
  system.expose("detector", swimMessage);
  const member = swim({
    node: index,
    meta: new Uint8Array(),
    seeds: [0, 1, 2],
    peer: (other) => refTo(other, "detector", swimMessage),
    subscriber: refTo(index, "replica"),
    tuning: { ...SWIM_LOCAL, probeIntervalMs: 200, probeTimeoutMs: 50, gossipIntervalMs: 20 },
  });
  system.spawn("detector", member);
}

Deno.test("swim() serves a group of replicas as its failure detector", () => {
  const cluster = Cluster.formed();
  for (const { index } of cluster.nodes) observeBySwim(cluster, index);
  cluster.run(5_000);
  const first = cluster.primary!.index;
  const view = cluster.primary!.replica!.view;
  cluster.run(60_000);
  assertEquals(cluster.primary!.replica!.view, view, "nobody is suspected who is there");
  cluster.crash(first);
  cluster.untilReplaced(first, 2_000);
  cluster.start(first);
  observeBySwim(cluster, first);
  cluster.untilConverged();
  const second = cluster.primary!.index;
  cluster.crash(second);
  cluster.untilReplaced(second, 2_000);
  assertEquals(cluster.failures, []);
});
