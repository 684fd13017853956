import type { Metric } from "../../transport/service.ts";
import type { ChainObserver, ObservedVolume } from "./chain_observer.ts";

type PerVolume = readonly [
  name: string,
  help: string,
  value: (observed: ObservedVolume) => number,
];

const PER_VOLUME: readonly PerVolume[] = [
  ["epoch", "The configuration that the replica is in", ({ replica }) => replica.epoch],
  ["members", "How long the chain is", ({ replica }) => replica.members.length],
  ["is_head", "Whether this node orders", ({ replica }) => isOneOf(replica.role, "head")],
  ["is_tail", "Whether this node commits", ({ replica }) => isOneOf(replica.role, "tail")],
  [
    "is_member",
    "Whether this node has the data",
    ({ replica }) => isOneOf(replica.role, "head", "middle", "tail"),
  ],
  ["writable", "Whether updates are taken", ({ replica }) => replica.writable ? 1 : 0],
  ["op_number", "The last entry of the log", ({ replica }) => replica.opNumber],
  ["applied_op_number", "The last entry that is durable here", ({ replica }) => replica.applied],
  [
    "acknowledged_op_number",
    "The last entry known to be committed",
    ({ replica }) => replica.acknowledged,
  ],
  ["sent_entries", "Entries not known to be committed", ({ replica }) => replica.sentLength],
  ["executed_op_number", "The last entry executed", ({ table }) => table.executed],
  ["log_bytes", "Bytes of log held in memory", ({ replica }) => replica.logBytes],
  ["journal_stalled", "Whether the disk refuses writes", ({ replica }) => replica.stalled ? 1 : 0],
  [
    "successor_deaf",
    "Whether the successor takes nothing of what it is sent",
    ({ replica }) => replica.deaf === null ? 0 : 1,
  ],
  ["sessions", "Client sessions that the volume remembers", ({ table }) => table.sessions],
  ["requests_in_flight", "Requests ordered and not executed", ({ table }) => table.inFlight],
  ["reads_in_flight", "Linearizable reads on their way", ({ table }) => table.reads],
];

/** Figures of a node of a chain cluster, for `/metrics`. */
export function chainMetrics(observer: ChainObserver): Metric[] {
  const { master, membership, volumes } = observer;
  return [
    ...PER_VOLUME.flatMap(([name, help, value]) =>
      volumes.map((observed): Metric => ({
        name: `troupe_chain_${name}`,
        help,
        type: "gauge",
        value: value(observed),
        labels: { volume: String(observed.volume) },
      }))
    ),
    {
      name: "troupe_chain_reconfigurations_total",
      help: "Configurations of volumes entered since the node started",
      type: "counter",
      value: observer.epochs,
    },
    gauge(
      "chain_lease_ms",
      "How long reads may be served without asking the master",
      observer.leaseMs,
    ),
    gauge("master_view", "The view that the master's replica is in", master.view),
    gauge(
      "master_commit_number",
      "The last entry of the master's log known to be committed",
      master.commitNumber,
    ),
    gauge("master_is_primary", "Whether this node orders for the master", master.leading ? 1 : 0),
    gauge(
      "master_is_normal",
      "Whether the master's replica is in status normal",
      master.status === "normal" ? 1 : 0,
    ),
    gauge(
      "master_version",
      "The newest configuration known",
      membership.configuration?.version ?? 0,
    ),
    gauge(
      "master_entered",
      "Whether the master knows of this node's replicas",
      membership.entered ? 1 : 0,
    ),
  ];
}

function gauge(name: string, help: string, value: number): Metric {
  return { name: `troupe_${name}`, help, type: "gauge", value };
}

/** A chain of one has its head and its tail in the same node. */
function isOneOf(role: string, ...roles: readonly string[]): number {
  return role === "single" || roles.includes(role) ? 1 : 0;
}
