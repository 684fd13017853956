/**
 * Every command at every node of a cluster of real processes, with every protocol: while all is well, while
 * a node is gone, and after all of them were killed at once.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { KvClient, PreconditionFailed } from "../../cli/client.ts";
import { membersOf } from "../../transport/status.ts";
import type { NodeProcess } from "./node_process.ts";
import { MAY_RUN_CLUSTERS, ProcessCluster, type ProcessClusterOptions } from "./processes.ts";
import { withLogs } from "./scenarios/scenario.ts";
import { DEADLINE_MS } from "./until.ts";

const SPREAD: ProcessClusterOptions = {
  config: "protocol: hermes\nhermes: { replicas: 3, volumes: 8 }",
  nodes: 5,
  replicas: 3,
};

const CLUSTERS: Readonly<Record<string, ProcessClusterOptions>> = {
  "VR": { config: "protocol: vr" },
  "a chain": { config: "protocol: chain" },
  "Hermes": { config: "protocol: hermes" },
  "Hermes on five nodes with three replicas": SPREAD,
};

/** A client of one node, which has to pass on what it does not take itself. */
function clientOf(node: NodeProcess): KvClient {
  return new KvClient({ endpoints: [node.url], preferPrimary: false, timeoutMs: DEADLINE_MS });
}

/** Every command, once; what is there in the end has the value that is returned. */
async function everything(node: NodeProcess, round: string): Promise<[string, string]> {
  const kv = clientOf(node);
  const key = `${round}/${node.index}`;
  const put = await kv.put(key, "one");
  assert(put.created);
  assertEquals((await kv.get(key)).modRevision, put.modRevision);
  const set = await kv.cas(key, { revision: put.modRevision }, "two");
  assertEquals([set.created, set.version, set.createRevision], [false, 2, put.modRevision]);
  await assertRejects(() => kv.cas(key, { revision: put.modRevision }, "x"), PreconditionFailed);
  await assertRejects(() => kv.cas(key, { absent: true }, "x"), PreconditionFailed);
  await kv.cas(key, { value: "two" }, "three");
  assertEquals((await kv.increment(`${key}/number`, 5)).value, 5n);
  assertEquals((await kv.increment(`${key}/number`, -7)).value, -2n);
  assertEquals((await kv.delete(`${key}/number`)).deleted, true);
  assertEquals((await kv.delete(`${key}/number`)).deleted, false);
  assertEquals(await kv.find(`${key}/number`), null);
  assertEquals(await kv.size({ prefix: `${key}` }), 1);
  return [key, "three"];
}

/** What a node answers that all begins with, in the order of a scan. */
async function scanned(node: NodeProcess, prefix: string): Promise<[string, string][]> {
  return await Array.fromAsync(
    clientOf(node).scan({ prefix, pageSize: 2 }),
    (entry): [string, string] => [entry.key, entry.text()],
  );
}

async function play(cluster: ProcessCluster): Promise<void> {
  const { nodes } = cluster;
  const expected: [string, string][] = [];
  for (const node of nodes) expected.push(await everything(node, "a/whole"));
  for (const node of nodes) assertEquals(await scanned(node, "a/"), expected);

  const [victim, ...others] = nodes as [NodeProcess, ...NodeProcess[]];
  await victim.kill();
  for (const node of others) expected.push(await everything(node, "a/without one"));
  expected.sort(([a], [b]) => a < b ? -1 : 1);
  for (const node of others) assertEquals(await scanned(node, "a/"), expected);

  victim.start();
  await cluster.whole();
  assertEquals(await scanned(victim, "a/"), expected);

  await Promise.all(nodes.map((node) => node.kill()));
  for (const node of nodes) node.start();
  await cluster.whole();
  for (const node of nodes) assertEquals(await scanned(node, "a/"), expected);
  for (const node of nodes) {
    await everything(node, "b/again");
    assertEquals((await node.readiness())?.ready, true);
  }
}

for (const [name, options] of Object.entries(CLUSTERS)) {
  Deno.test({
    name: `every node of ${name} takes every command, over the loss of one and of all`,
    ignore: !MAY_RUN_CLUSTERS,
    fn: async () => {
      await using cluster = await ProcessCluster.start(options);
      await withLogs(cluster, () => play(cluster));
    },
  });
}

Deno.test({
  name: "a node without a replica of a key names those that have one, or redirects to one of them",
  ignore: !MAY_RUN_CLUSTERS,
  fn: async () => {
    await using cluster = await ProcessCluster.start(SPREAD);
    await withLogs(cluster, async () => {
      const path = "/v1/kv/somewhere";
      await clientOf(cluster.nodes[0]!).put("somewhere", "value");
      const answers = await Promise.all(cluster.nodes.map(async ({ url }) => {
        const response = await fetch(`${url}${path}?forward=false`);
        return { status: response.status, body: await response.text() };
      }));
      assertEquals(answers.map(({ status }) => status).sort(), [200, 200, 200, 421, 421]);
      const servers = cluster.nodes.filter((_, index) => answers[index]!.status === 200);
      const outsider = answers.findIndex(({ status }) => status === 421);
      const { code, nodes } = JSON.parse(answers[outsider]!.body);
      assertEquals(code, "not_responsible");
      const named = (nodes as { http: string }[]).map(({ http }) => http).sort();
      assertEquals(named, servers.map(({ url }) => url).sort());

      const target = `${cluster.nodes[outsider]!.url}${path}?redirect`;
      const redirected = await fetch(target, { redirect: "manual" });
      await redirected.body?.cancel();
      assertEquals(redirected.status, 307);
      const location = redirected.headers.get("location")!;
      assert(named.some((url) => location === `${url}${path}?redirect`), location);
      assertEquals(await (await fetch(target)).text(), "value");
    });
  },
});

Deno.test({
  name: "every node coordinates writes of the keys that it replicates, sessions' volume or not",
  ignore: !MAY_RUN_CLUSTERS,
  fn: async () => {
    await using cluster = await ProcessCluster.start(SPREAD);
    await withLogs(cluster, async () => {
      const [volume] = (await cluster.survey())[0]!.status.volumes!;
      const outsiders = cluster.nodes.filter(({ index }) => !membersOf(volume!).includes(index));
      assertEquals(outsiders.length, 2);
      for (const node of outsiders) {
        const kv = clientOf(node);
        for (let count = 0; count < 40; count++) await kv.put(`from/${node.index}/${count}`, "x");
      }
      // Some three of five keys are on a node; the others are passed on.
      for (const node of outsiders) {
        await cluster.until(`node ${node.index} has coordinated what it replicates`, async () => {
          return ((await node.status())?.commitNumber ?? 0) > 5;
        });
      }
    });
  },
});
