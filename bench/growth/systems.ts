import type { Cluster } from "../nodes/cluster.ts";
import { etcd } from "../nodes/etcd.ts";
import { redis } from "../nodes/redis.ts";
import { respCommands } from "../nodes/resp.ts";
import { ask } from "../nodes/ask.ts";
import { type Protocol, troupe } from "../nodes/troupe.ts";
import { until } from "../../tests/cluster/until.ts";
import { loadEtcd } from "./etcd_load.ts";
import { loadResp } from "./resp_load.ts";

/** A system whose growth is measured. */
export interface System {
  readonly id: Protocol | "etcd" | "redis";
  /** A program that has to be installed. */
  readonly program?: string;
  /** Three nodes with their data in an empty directory, none of which runs yet. */
  cluster(directory: string, lines?: string): Cluster;
  /** Writes keys, as fast as the system takes them. */
  load(cluster: Cluster, from: number, count: number): Promise<void>;
  /** How many keys a node has, by its own account; `null` if it does not say. */
  size(cluster: Cluster, node: number): Promise<number | null>;
}

/** Pipelines are there to load many keys, and no key twice: their order does not matter. */
const LOAD_LINES = "resp_order: key\n";

/** What can be measured. */
export const SYSTEMS: readonly System[] = [
  ...(["vr", "chain", "hermes", "gossip"] as const).map((protocol): System => ({
    id: protocol,
    cluster: (directory, lines = "") => troupe(protocol, directory, LOAD_LINES + lines),
    load: loadLeader,
    size: respSize,
  })),
  {
    id: "etcd",
    program: "etcd",
    cluster: etcd,
    load: async (cluster, from, count) =>
      await loadEtcd(cluster.urls[await cluster.leader()]!, from, count),
    size: async ({ urls }, node) => {
      // All keys from the least one on: what is there, as this member has it.
      const body = JSON.stringify({
        key: "AA==",
        range_end: "AA==",
        count_only: true,
        serializable: true,
      });
      const answer = await ask(`${urls[node]}/v3/kv/range`, { method: "POST", body });
      return answer?.ok ? Number(JSON.parse(answer.text).count ?? 0) : null;
    },
  },
  {
    id: "redis",
    program: "redis-server",
    cluster: (directory) => redis(directory),
    load: loadLeader,
    size: respSize,
  },
];

/** Waits until every node has so many keys. */
export async function hasKeys(system: System, cluster: Cluster, count: number): Promise<void> {
  for (const [node] of cluster.servers.entries()) {
    await until(
      `node ${node} of ${system.id} has ${count} keys`,
      async () => await system.size(cluster, node) === count,
      async () => `it has ${await system.size(cluster, node)}`,
    );
  }
}

async function loadLeader(cluster: Cluster, from: number, count: number): Promise<void> {
  const port = cluster.respPorts[await cluster.leader()]!;
  await loadResp({ port, from, count });
}

async function respSize({ respPorts }: Cluster, node: number): Promise<number | null> {
  // Else the node might ask another one. Redis, whose replicas never do, does not know the command.
  const answers = await respCommands(respPorts[node]!, [["READONLY"], ["DBSIZE"]]);
  const answer = answers?.[1];
  return answer?.startsWith(":") ? Number(answer.slice(1)) : null;
}
