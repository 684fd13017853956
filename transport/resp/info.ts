import type { Means } from "./command.ts";
import { replicasBesides } from "./replicas.ts";
import { COMPATIBLE_VERSION } from "./version.ts";

type Section = readonly (readonly [name: string, value: string | number])[];

/** The text of `INFO`: all sections, or those that are named. */
export function infoText(means: Means, wanted: readonly string[]): string {
  const isAll = wanted.length === 0 ||
    wanted.some((name) => ["all", "default", "everything"].includes(name));
  const texts: string[] = [];
  for (const [name, section] of Object.entries(sections(means))) {
    if (!isAll && !wanted.includes(name)) continue;
    const title = name[0]!.toUpperCase() + name.slice(1);
    const lines = section.map(([field, value]) => `${field}:${value}\r\n`);
    texts.push(`# ${title}\r\n${lines.join("")}`);
  }
  return texts.join("\r\n");
}

/** What clients look for in the places where they look, and what there is to say beside it. */
function sections(means: Means): Readonly<Record<string, Section>> {
  const status = means.status();
  const { figures, limits } = means;
  const seconds = Math.floor(status.uptimeMs / 1_000);
  return {
    server: [
      ["redis_version", COMPATIBLE_VERSION],
      ["redis_mode", "standalone"],
      ["server_name", "troupe"],
      ["process_id", status.pid],
      ["tcp_port", limits.port],
      ["uptime_in_seconds", seconds],
      ["uptime_in_days", Math.floor(seconds / 86_400)],
    ],
    clients: [
      ["connected_clients", [...means.clients()].length],
      ["maxclients", limits.connectionsMax],
      ["blocked_clients", 0],
    ],
    memory: memory(),
    // Clients wait with their commands for as long as a server says that it is loading.
    persistence: [["loading", 0]],
    stats: [
      ["total_connections_received", figures.connections],
      ["rejected_connections", figures.refused],
      ["total_commands_processed", figures.commands],
      ["total_error_replies", figures.errors],
      ["total_net_input_bytes", figures.received],
      ["total_net_output_bytes", figures.sent],
    ],
    // A node takes writes, whoever orders them: to a client it is a master.
    replication: [
      ["role", "master"],
      ["connected_slaves", 0],
      ["min_replicas_with_acknowledged_writes", replicasBesides(status)],
    ],
    troupe: [
      ["cluster", status.cluster],
      ["node", status.node],
      ["protocol", status.protocol],
      ["node_role", status.role],
      ["node_status", status.status],
      ["view", status.view],
      ["primary", status.primary ?? ""],
      ["commit_number", status.commitNumber],
    ],
    cluster: [["cluster_enabled", 0]],
  };
}

/** Those of the whole process of the node. */
function memory(): Section {
  const { rss, heapUsed, external } = Deno.memoryUsage();
  const used = heapUsed + external;
  return [
    ["used_memory", used],
    ["used_memory_human", `${(used / 2 ** 20).toFixed(2)}M`],
    ["used_memory_rss", rss],
    ["maxmemory", 0],
    ["maxmemory_policy", "noeviction"],
  ];
}
