import type { Cluster } from "../nodes/cluster.ts";
import { pause } from "../../tests/cluster/until.ts";
import { ask } from "../nodes/ask.ts";
import { respCommand } from "../nodes/resp.ts";
import { keyOf } from "./resp_load.ts";
import { hasKeys, type System } from "./systems.ts";

/** How long starting takes with so much data, in milliseconds. */
export interface StartFigures {
  readonly system: string;
  readonly keys: number;
  /** A node that is no leader, from its process's start until it is ready. */
  readonly nodeStoppedMs: number;
  readonly nodeKilledMs: number;
  /** All nodes at once, from then until the first write succeeds. */
  readonly clusterStoppedMs: number;
  readonly clusterKilledMs: number;
  /** A node whose disk was lost, until it has everything again; `null` where that takes an operator. */
  readonly recoveredMs: number | null;
}

const POLL_MS = 5;
/** The key that shows that writes succeed; one of those that are there. */
const KEY = keyOf(0);

/** Measures starts of one cluster with ever more keys; at least one. */
export async function* measureStarts(
  system: System,
  directory: string,
  sizes: readonly number[],
): AsyncGenerator<StartFigures> {
  await using cluster = system.cluster(directory);
  await cluster.start();
  let loaded = 0;
  for (const keys of sizes) {
    await cluster.whole();
    await system.load(cluster, loaded, keys - loaded);
    await hasKeys(system, cluster, keys);
    loaded = keys;
    const nodeStoppedMs = await restartOne(cluster, "stop");
    const nodeKilledMs = await restartOne(cluster, "kill");
    const clusterStoppedMs = await restartAll(system, cluster, "stop");
    const clusterKilledMs = await restartAll(system, cluster, "kill");
    const recoveredMs = system.id === "etcd" ? null : await loseDisk(system, cluster, keys);
    yield {
      system: system.id,
      keys,
      nodeStoppedMs,
      nodeKilledMs,
      clusterStoppedMs,
      clusterKilledMs,
      recoveredMs,
    };
  }
}

async function restartOne(cluster: Cluster, how: "stop" | "kill"): Promise<number> {
  const node = (await cluster.leader() + 1) % cluster.servers.length;
  await cluster.servers[node]![how]();
  const startedAt = performance.now();
  cluster.servers[node]!.start();
  await cluster.nodeReady(node);
  const tookMs = performance.now() - startedAt;
  await cluster.whole();
  return tookMs;
}

async function restartAll(
  system: System,
  cluster: Cluster,
  how: "stop" | "kill",
): Promise<number> {
  await Promise.all(cluster.servers.map((server) => server[how]()));
  const startedAt = performance.now();
  for (const server of cluster.servers) server.start();
  for (let node = 0; !await writes(system, cluster, node); node++) await pause(POLL_MS);
  const tookMs = performance.now() - startedAt;
  await cluster.whole();
  return tookMs;
}

/** Whether a write of a key that is there already succeeds, at the node whose turn it is. */
async function writes(system: System, cluster: Cluster, turn: number): Promise<boolean> {
  // A replica of Redis takes none.
  const node = system.id === "redis" ? 0 : turn % cluster.servers.length;
  if (system.id === "etcd") {
    const body = JSON.stringify({ key: btoa(KEY), value: btoa("again") });
    return (await ask(`${cluster.urls[node]}/v3/kv/put`, { method: "POST", body }))?.ok ?? false;
  }
  return await respCommand(cluster.respPorts[node]!, "SET", KEY, "again") === "+OK";
}

async function loseDisk(system: System, cluster: Cluster, keys: number): Promise<number> {
  const node = (await cluster.leader() + 1) % cluster.servers.length;
  await cluster.servers[node]!.kill();
  const path = cluster.directories[node]!;
  await Deno.remove(path, { recursive: true });
  if (system.id === "redis") await Deno.mkdir(path);
  const startedAt = performance.now();
  cluster.servers[node]!.start();
  await cluster.nodeReady(node);
  await cluster.whole();
  await hasKeys(system, cluster, keys);
  return performance.now() - startedAt;
}
