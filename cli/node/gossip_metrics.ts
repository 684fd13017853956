import type { GossipFigures, MemberFigures } from "../../protocols/gossip/figures.ts";
import type { Metric } from "../../transport/service.ts";
import type { GossipObserver } from "./gossip_observer.ts";
import { eventsOf } from "./gossip_status.ts";

interface Figure<F> {
  readonly name: string;
  readonly help: string;
  readonly value: (figures: F) => number;
}

const GAUGES: readonly Figure<GossipFigures>[] = [
  {
    name: "is_ready",
    help: "Whether the replica serves",
    value: (f) => f.state === "ready" ? 1 : 0,
  },
  { name: "members", help: "Members, this node included", value: (f) => f.members.length },
  { name: "closed_replicas", help: "Replicas that are closed for ever", value: (f) => f.closed },
  { name: "events", help: "Events that are known", value: eventsOf },
  { name: "keys", help: "Keys that have a value", value: (f) => f.keys },
  {
    name: "tombstones",
    help: "Removals remembered until all members are past them",
    value: (f) => f.tombstones,
  },
  { name: "index_events", help: "Events whose keys are remembered", value: (f) => f.index },
  {
    name: "clock_ahead_ms",
    help: "How far the hybrid clock is ahead of the node's own",
    value: (f) => f.clockAheadMs,
  },
  { name: "waiting_requests", help: "Requests that wait", value: (f) => f.waiting },
  {
    name: "is_diverged",
    help: "Whether a difference is not mended",
    value: (f) => f.isDiverged ? 1 : 0,
  },
  {
    name: "misconfigured_members",
    help: "Members that have other strategies",
    value: (f) => f.misconfigured.length,
  },
  {
    name: "journal_stalled",
    help: "Whether the disk refuses writes",
    value: (f) => f.stalled === null ? 0 : 1,
  },
];

const COUNTERS: readonly Figure<GossipFigures>[] = [
  { name: "written_total", help: "Events made here", value: (f) => f.written },
  { name: "mailed_total", help: "Events mailed, for each receiver", value: (f) => f.mailed },
  { name: "remailed_total", help: "Events mailed again", value: (f) => f.remailed },
  { name: "received_total", help: "Events received by mail", value: (f) => f.received },
  { name: "duplicates_total", help: "Of these, known before", value: (f) => f.duplicates },
  { name: "relayed_total", help: "Events passed on, for each receiver", value: (f) => f.relayed },
  { name: "digests_total", help: "Digests sent", value: (f) => f.digests },
  { name: "repairs_sent_total", help: "Repairs sent", value: (f) => f.repairsSent },
  { name: "repairs_taken_total", help: "Repairs taken in", value: (f) => f.repairsTaken },
  { name: "resets_total", help: "Whole states taken in", value: (f) => f.resets },
  { name: "hints_dropped_total", help: "Hints dropped for a bound", value: (f) => f.hintsDropped },
  { name: "drifted_total", help: "Events refused for their stamp", value: (f) => f.drifted },
  { name: "collected_total", help: "Tombstones dropped", value: (f) => f.collected },
  { name: "scrubs_total", help: "Comparisons at equal clocks", value: (f) => f.scrubs },
  { name: "divergences_total", help: "Of these, with a difference", value: (f) => f.divergences },
];

const OF_MEMBERS: readonly Figure<MemberFigures>[] = [
  { name: "member_is_living", help: "Whether the member lives", value: (m) => m.isLiving ? 1 : 0 },
  {
    name: "member_lacks_events",
    help: "Events that it was not known to have",
    value: (m) => m.lacks,
  },
  { name: "member_ahead_events", help: "Events of it not known here", value: (m) => m.ahead },
  { name: "member_hints", help: "Events kept for it", value: (m) => m.hints },
  { name: "member_hints_bytes", help: "Bytes of these", value: (m) => m.hintsBytes },
  {
    name: "member_is_holding_cut",
    help: "Whether tombstones wait for it",
    value: (m) => m.isHoldingCut ? 1 : 0,
  },
  {
    name: "member_synced_ms_ago",
    help: "Since when it was last synced with; -1 if never",
    value: (m) => m.syncedMsAgo ?? -1,
  },
];

/** Figures of a node of a gossip cluster, for `/metrics`. */
export function gossipMetrics({ replica, healthScore, others }: GossipObserver): Metric[] {
  const living = others.filter(({ state }) => state === "alive" || state === "suspect").length;
  return [
    ...GAUGES.map((figure) => metricOf("gauge", figure, replica)),
    ...COUNTERS.map((figure) => metricOf("counter", figure, replica)),
    ...OF_MEMBERS.flatMap((figure) =>
      replica.members.filter(({ node }) => node !== replica.node).map((member): Metric => ({
        ...metricOf("gauge", figure, member),
        labels: { member: String(member.node) },
      }))
    ),
    gauge("swim_health_score", "How ill the node believes itself to be", healthScore),
    gauge("swim_living_members", "Members that live, this node included", living + 1),
  ];
}

function metricOf<F>(type: Metric["type"], { name, help, value }: Figure<F>, figures: F): Metric {
  return { name: `troupe_gossip_${name}`, help, type, value: value(figures) };
}

function gauge(name: string, help: string, value: number): Metric {
  return { name: `troupe_${name}`, help, type: "gauge", value };
}
