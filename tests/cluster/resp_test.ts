/** Clients of Redis at clusters of real processes, with every protocol. */
import { assert, assertEquals } from "@std/assert";
import type { Redis } from "ioredis";
import { ioredis, MAY_USE_NODE } from "../resp/node_clients.ts";
import { MAY_RUN_CLUSTERS, ProcessCluster } from "./processes.ts";

const MAY_RUN = MAY_RUN_CLUSTERS && MAY_USE_NODE;

/** A client of every node; without retries of its own, which would hide what a server does. */
async function clientsOf(cluster: ProcessCluster): Promise<Redis[]> {
  const Redis = await ioredis();
  return cluster.nodes.map((_, index) => {
    const client = new Redis({
      ...{ host: "127.0.0.1", port: cluster.respPort(index) },
      ...{ maxRetriesPerRequest: 0, retryStrategy: () => null },
    });
    client.on("error", () => {}); // Of a node that is killed; commands to it fail by themselves.
    return client;
  });
}

function clusterTest(
  name: string,
  config: string,
  fn: (cluster: ProcessCluster, clients: Redis[]) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: !MAY_RUN,
    async fn() {
      await using cluster = await ProcessCluster.start({ config, resp: true });
      const clients = await clientsOf(cluster);
      try {
        await fn(cluster, clients);
      } finally {
        for (const client of clients) client.disconnect();
      }
    },
  });
}

/** With each of them, how many other nodes have what was acknowledged, at least. */
const PROTOCOLS = {
  "protocol: vr": 1,
  "protocol: chain\nchain: {volumes: 2}": 2,
  "protocol: hermes": 2,
  "protocol: vr\nresp_order: key": 1,
} as const;

for (const [config, replicas] of Object.entries(PROTOCOLS)) {
  clusterTest(
    `A cluster with "${config.replace("\n", "; ")}" serves clients of Redis at every node`,
    config,
    async (_, clients) => {
      const [first, second, third] = clients as [Redis, Redis, Redis];
      assertEquals(await first.set("greeting", "hello"), "OK");
      assertEquals(await second.get("greeting"), "hello");
      assertEquals(await third.set("greeting", "no", "NX"), null);
      assertEquals(await second.getset("greeting", "bye"), "hello");
      assertEquals(await third.getdel("greeting"), "bye");
      assertEquals(await first.wait(1, 0), replicas);
      const sums = await Promise.all(
        clients.flatMap((client) => Array.from({ length: 100 }, () => client.incr("sum"))),
      );
      assertEquals(sums.toSorted((a, b) => a - b), Array.from({ length: 300 }, (_, i) => i + 1));
      await Promise.all(
        clients.flatMap((client) => Array.from({ length: 20 }, () => client.append("text", "x"))),
      );
      assertEquals(await second.strlen("text"), 60);
      await Promise.all(
        Array.from({ length: 120 }, (_, index) => clients[index % 3]!.set(`k${index}`, `${index}`)),
      );
      assertEquals((await third.keys("k*")).length, 120);
      assertEquals(await first.dbsize(), 122);
      const found = new Set<string>();
      for await (const some of second.scanStream({ match: "k*", count: 7 })) {
        for (const key of some) found.add(key);
      }
      assertEquals(found.size, 120);
      assertEquals(await second.mget("k1", "k2", "none"), ["1", "2", null]);
      assertEquals(await third.call("READONLY"), "OK");
      assert((await third.mget("k1", "k2")).length === 2, "whatever this node has");
    },
  );
}

clusterTest(
  "A cluster that loses its primary serves clients of Redis at the other nodes",
  "protocol: vr",
  async (cluster, clients) => {
    await clients[0]!.set("before", "1");
    const primary = await cluster.primary();
    const left = clients.filter((_, index) => index !== primary.index);
    await primary.kill();
    assertEquals(await left[0]!.get("before"), "1");
    assertEquals(await left[1]!.incr("before"), 2);
  },
);

clusterTest(
  "A gossip cluster serves clients of Redis what it can",
  "protocol: gossip\ngossip: {strategies: {'hits/': counter}}",
  async (cluster, clients) => {
    const [first, second] = clients as [Redis, Redis, Redis];
    assertEquals(await first.set("k", "v"), "OK");
    await cluster.until("the second node has it", async () => await second.get("k") === "v");
    assertEquals(await first.incrby("hits/a", 5), 5);
    assertEquals(await first.mget("k", "hits/a", "none"), ["v", "5", null]);
    assertEquals(await first.keys("*"), ["hits/a", "k"]);
    assertEquals(await first.dbsize(), 2);
    assertEquals(await first.wait(1, 0), 0);
    assertEquals(await first.del("k", "none"), 1);
    assertEquals(await first.get("k"), null);
    const refusal = await first.set("k", "v", "NX").then(() => "", String);
    assert(refusal.includes("cannot compare and set"), refusal);
    const number = await first.incr("k").then(() => "", String);
    assert(number !== "", "lww keys are no counters");
  },
);
