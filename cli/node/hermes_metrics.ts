import type { HermesFigures } from "../../protocols/hermes/figures.ts";
import type { Metric } from "../../transport/service.ts";
import type { HermesObserver } from "./hermes_observer.ts";
import { type PerVolume, volumeMetrics } from "./volume_metrics.ts";

const STATES = ["valid", "invalid", "write", "replay", "trans"] as const;

const FIGURES: readonly PerVolume<HermesFigures>[] = [
  {
    name: "epoch",
    help: "The configuration that the replica is in",
    value: ({ replica }) => replica.epoch,
  },
  {
    name: "members",
    help: "How many replicas the volume has",
    value: ({ replica }) => replica.members.length,
  },
  {
    name: "is_member",
    help: "Whether this node has the data",
    value: ({ replica }) => replica.role === "member" || replica.role === "leaving" ? 1 : 0,
  },
  {
    name: "is_joining",
    help: "Whether this node copies the data",
    value: ({ replica }) => replica.role === "joining" ? 1 : 0,
  },
  { name: "objects", help: "Objects that exist", value: ({ replica }) => replica.objects },
  {
    name: "tombstones",
    help: "Objects that are absent and remembered for their timestamp",
    value: ({ replica }) => replica.tombstones,
  },
  ...STATES.map((state): PerVolume<HermesFigures> => ({
    name: `${state}_objects`,
    help: `Objects in the state ${state}`,
    value: ({ replica }) => replica[state],
  })),
  {
    name: "updates_in_flight",
    help: "Updates that wait for their object or for acknowledgements",
    value: ({ replica }) => replica.updates,
  },
  {
    name: "reads_in_flight",
    help: "Reads that wait for their object",
    value: ({ replica }) => replica.waitingReads,
  },
  {
    name: "committed_total",
    help: "Updates committed here as their coordinator",
    type: "counter",
    value: ({ replica }) => replica.committed,
  },
  {
    name: "replays_total",
    help: "Updates of others that were finished here",
    type: "counter",
    value: ({ replica }) => replica.replays,
  },
  {
    name: "resent_total",
    help: "Updates sent again since acknowledgements were missing",
    type: "counter",
    value: ({ replica }) => replica.resent,
  },
  {
    name: "aborts_total",
    help: "Read-modify-writes that were overtaken and tried again",
    type: "counter",
    value: ({ replica }) => replica.aborts,
  },
  {
    name: "stalled_reads_total",
    help: "Reads that had to wait for their object",
    type: "counter",
    value: ({ replica }) => replica.stalledReads,
  },
  {
    name: "copied_objects",
    help: "Objects copied so far while joining",
    value: ({ replica }) => replica.copied,
  },
  {
    name: "journal_stalled",
    help: "Whether the disk refuses writes",
    value: ({ replica }) => replica.stalled ? 1 : 0,
  },
  {
    name: "sessions",
    help: "Client sessions that the volume remembers",
    value: ({ replica }) => replica.sessions,
  },
];

/** Figures of a node of a Hermes cluster, for `/metrics`. */
export function hermesMetrics(observer: HermesObserver): Metric[] {
  return volumeMetrics("hermes", observer, FIGURES);
}
