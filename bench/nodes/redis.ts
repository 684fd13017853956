import { Cluster, NODES } from "./cluster.ts";
import { freeBasePort } from "./ports.ts";
import { respCommand } from "./resp.ts";
import { Server } from "./server.ts";

/** Every write is in a file that is synced before it is acknowledged. */
export const SYNCED = ["--appendonly", "yes", "--appendfsync", "always"];

/**
 * A primary of Debian's redis-server and two replicas; none of them runs yet.
 *
 * @param persistence What is kept on disk, as options. @default {SYNCED}
 */
export function redis(directory: string, persistence: readonly string[] = SYNCED): Cluster {
  const nodes = Array.from({ length: NODES }, (_, node) => node);
  const base = freeBasePort(nodes);
  const directories = nodes.map((node) => `${directory}/redis-${node}`);
  for (const path of directories) Deno.mkdirSync(path);
  const command = (node: number) =>
    [
      "redis-server",
      ...["--port", String(base + node), "--bind", "127.0.0.1", "--dir", directories[node]!],
      ...["--save", "", ...persistence],
      ...(node === 0 ? [] : ["--replicaof", "127.0.0.1", String(base)]),
    ] as const;
  return new Cluster({
    name: "Redis",
    servers: nodes.map((node) => new Server(`node ${node} of Redis`, command(node))),
    directories,
    urls: [],
    respPorts: nodes.map((node) => base + node),
    isReady: async (node) => await respCommand(base + node, "PING") === "+PONG",
    isWhole: async () =>
      hasReplicas(await respCommand(base, "INFO", "replication") ?? "", NODES - 1),
    leader: () => Promise.resolve(0),
  });
}

/** Whether a primary says that so many replicas have all that it has, and go on with it. */
export function hasReplicas(info: string, count: number): boolean {
  const online = [...info.matchAll(/^slave\d+:.*state=online/gm)].length;
  return new RegExp(`^connected_slaves:${count}\\r?$`, "m").test(info) && online === count;
}
