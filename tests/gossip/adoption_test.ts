import { assert } from "@std/assert";
import { type Client, expectReply, GossipCluster, newClient, show } from "./cluster.ts";

/** Node 1 returns after a long time: what it missed comes as a whole state, slowly, and is not durable yet. */
function adopting(write: (cluster: GossipCluster) => void): GossipCluster {
  const cluster = GossipCluster.of(2, {
    diskMs: 100,
    tuning: { indexMax: 5, hintsMax: 1, intervalMs: 200 },
    maybe: (label) => label === "gossip/small-snapshot-piece",
  });
  cluster.crash(1);
  cluster.run(10_000);
  write(cluster);
  for (let n = 0; n < 50; n++) cluster.put(0, `k${n}`, "v".repeat(20_000));
  cluster.run(3_000);
  cluster.drop("mail");
  cluster.start(1);
  cluster.until(() => isAdopting(cluster), 20_000, "an adoption");
  return cluster;
}

function isAdopting(cluster: GossipCluster): boolean {
  return cluster.node(1).replica?.transfer.isAdopting === true;
}

/** Node 1 crashes, and comes back alone with what it has on its disk. */
function showAlone(cluster: GossipCluster, client?: Client): string {
  cluster.isolate(1);
  cluster.restart(1);
  return show(cluster.read(1, "mine", { ...(client && { client }), timeoutMs: 300 }));
}

Deno.test("what a whole state has brought counts as known to all when it is durable", () => {
  const client = newClient();
  const cluster = adopting((cluster) => void cluster.put(0, "mine", "v", { client }));
  const dot = cluster.replica(0).data.store.entries("mine")[0]!.dot;
  cluster.clock.runUntil(
    () => !isAdopting(cluster) || cluster.replica(1).stable.has(dot),
    20_000,
  );
  // Its token would be emptied of what all have.
  cluster.get(1, "mine", { client });
  const shown = showAlone(cluster, client);
  assert(["v", "staleReplica"].includes(shown), shown);
});

Deno.test("a retry is answered of what a whole state has brought when that is durable", () => {
  const requester = { client: 7, number: 1 };
  const cluster = adopting((cluster) => void cluster.put(0, "mine", "v", { requester }));
  const reply = expectReply(
    cluster.put(1, "mine", "v", { requester, timeoutMs: 9_000 }),
    "written",
  );
  assert(reply.isRepeat && reply.acknowledged.includes(1));
  const shown = showAlone(cluster);
  assert(shown === "v", shown);
});

Deno.test("a retry that is given up within an adoption is passed on to nobody, who would count it again", () => {
  const requester = { client: 7, number: 1 };
  const cluster = adopting((cluster) => void cluster.put(0, "mine", "v", { requester }));
  const reply = cluster.put(1, "mine", "v", { requester, level: "one", timeoutMs: 100 });
  assert(reply.type === "unknown", reply.type);
});
