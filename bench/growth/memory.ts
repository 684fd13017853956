import type { Cluster } from "../nodes/cluster.ts";
import { pause } from "../../tests/cluster/until.ts";
import { directoryOf, residentOf } from "./processes.ts";
import { hasKeys, type System } from "./systems.ts";

/** After the load, until what is only garbage has mostly gone, in milliseconds. */
const SETTLE_MS = 5_000;

/** What so many keys cost a system. */
export interface MemoryFigures {
  readonly system: string;
  readonly keys: number;
  /** How long it took to write them all, in seconds. */
  readonly seconds: number;
  /** What each node's process has in memory before the load and after it, in bytes. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** What each node has on its disk after it, in bytes. */
  readonly disk: readonly number[];
}

/** Loads keys into a fresh cluster, and sees what its processes grow by. */
export async function measureMemory(
  system: System,
  directory: string,
  keys: number,
): Promise<MemoryFigures> {
  await using cluster: Cluster = system.cluster(directory);
  await cluster.start();
  await cluster.whole();
  const before = residentOf(cluster);
  const startedAt = performance.now();
  await system.load(cluster, 0, keys);
  const seconds = (performance.now() - startedAt) / 1_000;
  await hasKeys(system, cluster, keys);
  await pause(SETTLE_MS);
  const after = residentOf(cluster);
  const disk = cluster.directories.map((path) => directoryOf(path).bytes);
  return { system: system.id, keys, seconds, before, after, disk };
}

/** Bytes that each key costs each node, averaged over the nodes. */
export function bytesPerKey({ before, after, keys }: MemoryFigures): number {
  const grown = after.map((bytes, node) => bytes - before[node]!);
  return grown.reduce((sum, bytes) => sum + bytes, 0) / grown.length / keys;
}
