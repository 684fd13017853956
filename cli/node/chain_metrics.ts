import type { ChainFigures } from "../../protocols/chain/replica.ts";
import type { Metric } from "../../transport/service.ts";
import type { ChainObserver } from "./chain_observer.ts";
import { type PerVolume, volumeMetrics } from "./volume_metrics.ts";

const FIGURES: readonly PerVolume<ChainFigures>[] = [
  {
    name: "epoch",
    help: "The configuration that the replica is in",
    value: ({ replica }) => replica.epoch,
  },
  {
    name: "members",
    help: "How long the chain is",
    value: ({ replica }) => replica.members.length,
  },
  {
    name: "is_head",
    help: "Whether this node orders",
    value: ({ replica }) => isOneOf(replica.role, "head"),
  },
  {
    name: "is_tail",
    help: "Whether this node commits",
    value: ({ replica }) => isOneOf(replica.role, "tail"),
  },
  {
    name: "is_member",
    help: "Whether this node has the data",
    value: ({ replica }) => isOneOf(replica.role, "head", "middle", "tail"),
  },
  {
    name: "writable",
    help: "Whether updates are taken",
    value: ({ replica }) => replica.writable ? 1 : 0,
  },
  {
    name: "op_number",
    help: "The last entry of the log",
    value: ({ replica }) => replica.opNumber,
  },
  {
    name: "applied_op_number",
    help: "The last entry that is durable here",
    value: ({ replica }) => replica.applied,
  },
  {
    name: "acknowledged_op_number",
    help: "The last entry known to be committed",
    value: ({ replica }) => replica.acknowledged,
  },
  {
    name: "sent_entries",
    help: "Entries not known to be committed",
    value: ({ replica }) => replica.sentLength,
  },
  {
    name: "executed_op_number",
    help: "The last entry executed",
    value: ({ table }) => table.executed,
  },
  {
    name: "log_bytes",
    help: "Bytes of log held in memory",
    value: ({ replica }) => replica.logBytes,
  },
  {
    name: "journal_stalled",
    help: "Whether the disk refuses writes",
    value: ({ replica }) => replica.stalled ? 1 : 0,
  },
  {
    name: "successor_deaf",
    help: "Whether the successor takes nothing of what it is sent",
    value: ({ replica }) => replica.deaf === null ? 0 : 1,
  },
  {
    name: "sessions",
    help: "Client sessions that the volume remembers",
    value: ({ table }) => table.sessions,
  },
  {
    name: "requests_in_flight",
    help: "Requests ordered and not executed",
    value: ({ table }) => table.inFlight,
  },
  {
    name: "reads_in_flight",
    help: "Linearizable reads on their way",
    value: ({ table }) => table.reads,
  },
];

/** Figures of a node of a chain cluster, for `/metrics`. */
export function chainMetrics(observer: ChainObserver): Metric[] {
  return volumeMetrics("chain", observer, FIGURES);
}

/** A chain of one has its head and its tail in the same node. */
function isOneOf(role: string, ...roles: readonly string[]): number {
  return role === "single" || roles.includes(role) ? 1 : 0;
}
