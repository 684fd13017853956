import { freeBasePort } from "../peers/ports.ts";
import { hasReplicas } from "../peers/systems/redis.ts";
import { Cluster, NODES } from "./cluster.ts";
import { respCommand } from "./resp.ts";
import { Server } from "./server.ts";

/**
 * A primary of Debian's redis-server and two replicas, with every write in a file that is synced before it is
 * acknowledged; none of them runs yet.
 */
export function redis(directory: string): Cluster {
  const nodes = Array.from({ length: NODES }, (_, node) => node);
  const base = freeBasePort(nodes);
  const directories = nodes.map((node) => `${directory}/redis-${node}`);
  for (const path of directories) Deno.mkdirSync(path);
  const command = (node: number) =>
    [
      "redis-server",
      ...["--port", String(base + node), "--bind", "127.0.0.1", "--dir", directories[node]!],
      ...["--save", "", "--appendonly", "yes", "--appendfsync", "always"],
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
