import type { Ref } from "../../actors/ref.ts";
import type { JournalRequest } from "../journal.ts";
import type { SwimCommand } from "../swim/swim.ts";
import type { HybridClockOptions } from "./hybrid_clock.ts";
import type { CoordinatorMessage } from "./coordinator_messages.ts";
import type { PeerMessage, ReplicaRequest } from "./messages.ts";
import type { Strategies } from "./strategies.ts";

/** How a replica spreads, repairs and forgets. All members of a cluster should have the same. */
export interface GossipTuning {
  /**
   * Up to how many members a write is mailed to all of them at once: `members - 1` messages, one hop, and nobody
   * passes it on. With more members it goes to `fanout` at random, who pass it on. Higher spreads faster in
   * large clusters, and has every writer pay for all.
   *
   * @default {16}
   */
  readonly mailAllMax?: number;
  /**
   * To how many members a write is mailed, and passed on by whom it is new to, in a cluster of more than
   * `mailAllMax`; it is passed on for `ceil(log(members) / log(fanout)) + 1` hops. A share of about
   * `e^-fanout` of the members is missed, and repaired by anti-entropy. Higher misses fewer; it costs up to
   * `members * fanout` messages.
   *
   * @default {3}
   */
  readonly fanout?: number;
  /**
   * After which time what was mailed to a living member, and not answered, is mailed again, in milliseconds; it
   * doubles each time in vain, up to 16 times this. Well above a round trip and a sync of the disk. Lower mends
   * loss sooner, and repeats what is only slow. The digests find what is missing, too.
   *
   * @default {250}
   */
  readonly mailRetryMs?: number;
  /**
   * The most events kept for one member that has not answered: its hints. They are mailed when it is back. Higher
   * bears longer absences; beyond it the oldest are dropped, and anti-entropy repairs them instead.
   *
   * @default {10_000}
   */
  readonly hintsMax?: number;
  /**
   * The most bytes of hints for one member. Memory: `members * hintsBytesMax` at the worst, less what they share.
   *
   * @default {16_777_216}
   */
  readonly hintsBytesMax?: number;
  /**
   * How long hints are kept, in milliseconds: whoever was away for longer gets everything by anti-entropy, which
   * does not repeat what was overwritten meanwhile.
   *
   * @default {10_800_000}
   */
  readonly hintsMaxAgeMs?: number;
  /**
   * Between two rounds of anti-entropy that a replica begins, in milliseconds. What mail has missed is repaired
   * within about `intervalMs * log2(members)`. Lower repairs sooner, finds tombstones to drop sooner, and costs
   * `2 * syncFanout` messages a round, of about 30 bytes a member each.
   *
   * @default {1_000}
   */
  readonly intervalMs?: number;
  /**
   * The share of `intervalMs` that is drawn at random, so that rounds of members do not fall together: a round
   * follows after `intervalMs * (1 ± jitter)`.
   *
   * @default {0.2}
   */
  readonly jitter?: number;
  /**
   * With how many members, drawn at random, each round is made. All of them, if there are no more. Higher
   * repairs sooner and more evenly, and repeats more.
   *
   * @default {3}
   */
  readonly syncFanout?: number;
  /**
   * Bytes of a repair, about: what is more follows when it is asked for. Higher takes fewer round trips to catch
   * up; at 8 MiB frames are full.
   *
   * @default {262_144}
   */
  readonly repairBytes?: number;
  /**
   * Between two comparisons of what is shown with some other member, in milliseconds. They cost nothing unless
   * they fail; then something is broken.
   *
   * @default {300_000}
   */
  readonly scrubMs?: number;
  /**
   * Events whose keys are remembered at most. Those are that some member is not known to have. When a member
   * is away for more events than this, it needs the whole state. An event takes about 100 bytes, and its key.
   *
   * @default {1_000_000}
   */
  readonly indexMax?: number;
  /**
   * Tombstones that are dropped in one go, once all members are known to be past them. Higher drops faster, and
   * holds up others for longer.
   *
   * @default {10_000}
   */
  readonly collectMax?: number;
  /**
   * Clients whose newest write is remembered to answer a retry; those that wrote longest ago are forgotten.
   *
   * @default {65_536}
   */
  readonly requestersMax?: number;
  /**
   * Requests that wait at once: for a level, for a session, or for a sync. More are refused as overload.
   *
   * @default {16_384}
   */
  readonly waitingMax?: number;
  /**
   * After which time what joins or copies a state asks again, in milliseconds.
   *
   * @default {500}
   */
  readonly retryMs?: number;
  /**
   * How much log gathers before a snapshot is taken, in bytes. Higher snapshots less often, and restarts more
   * slowly.
   *
   * @default {67_108_864}
   */
  readonly snapshotLogBytes?: number;
  /**
   * Between two looks at what has been waiting too long, in milliseconds: how exact timeouts are.
   *
   * @default {20}
   */
  readonly tickMs?: number;
}

/** The defaults of {@linkcode GossipTuning}. */
export const GOSSIP_DEFAULTS = {
  mailAllMax: 16,
  fanout: 3,
  mailRetryMs: 250,
  hintsMax: 10_000,
  hintsBytesMax: 16 * 1024 * 1024,
  hintsMaxAgeMs: 3 * 3_600_000,
  intervalMs: 1_000,
  jitter: 0.2,
  syncFanout: 3,
  repairBytes: 256 * 1024,
  scrubMs: 300_000,
  indexMax: 1_000_000,
  collectMax: 10_000,
  requestersMax: 65_536,
  waitingMax: 16_384,
  retryMs: 500,
  snapshotLogBytes: 64 * 1024 * 1024,
  tickMs: 20,
} as const;

/** Tuning for a cluster whose members are processes of one machine. */
export const GOSSIP_LOCAL: GossipTuning = { intervalMs: 200, mailRetryMs: 100, retryMs: 200 };

/** Tuning for members that are far apart: slower to repeat, and rarer to compare. */
export const GOSSIP_WAN: GossipTuning = { intervalMs: 5_000, mailRetryMs: 2_000, retryMs: 3_000 };

/**
 * Tuning by the size of a cluster: of up to 16 members the defaults; of more, a fanout that misses less than one
 * member in 1000 (`e^-fanout * members < 1` up to 1000 members needs 7; anti-entropy repairs the rest), and rounds
 * with fewer, so that the load of each member stays the same.
 *
 * @param members How many there will be.
 */
export function tuningFor(members: number): GossipTuning {
  if (members <= GOSSIP_DEFAULTS.mailAllMax) return {};
  return { fanout: Math.max(3, Math.ceil(Math.log(members))), syncFanout: 2 };
}

/** How a replica is set up. */
export interface GossipOptions extends GossipTuning {
  /** The name of the cluster: tokens of one are not taken by another. The same at all nodes. */
  readonly cluster: string;
  /**
   * The nodes by which the cluster is found, and which found it: the lowest of them, once all of them have said
   * that they are new, too. The same at all nodes; empty for a node that is alone. Give two at least, if there are
   * to be more nodes: the only seed of a cluster, when it has lost its disk, knows nobody to ask, and founds another.
   */
  readonly seeds: readonly number[];
  /** How conflicts are resolved, by key. The same at all nodes. */
  readonly strategies: Strategies;
  /** How the node is reached, for others to be told; empty if everyone knows. At most 100 bytes. */
  readonly address: string;
  /** The bounds of the hybrid clock. */
  readonly hybridClock?: HybridClockOptions;
  /** The replica of a node. */
  readonly peer: (node: number) => Ref<PeerMessage | ReplicaRequest>;
  /** Where events become durable; or do not, in memory. */
  readonly journal: Ref<JournalRequest>;
  /** Who speaks to clients. */
  readonly coordinator: Ref<CoordinatorMessage>;
  /** Who knows which nodes live. */
  readonly swim: Ref<SwimCommand>;
}

/** How a coordinator works. */
export interface CoordinatorTuning {
  /**
   * Whose replica performs what clients ask: the node's own, or those of all living members in turn. In turn
   * spreads the load of clients that all ask one node, and costs a round trip; the session token hides it.
   *
   * @default {"local"}
   */
  readonly spread?: "local" | "round-robin";
  /**
   * Requests under way at once. More are refused as overload.
   *
   * @default {16_384}
   */
  readonly requestsMax?: number;
}

/** The defaults of {@linkcode CoordinatorTuning}. */
export const COORDINATOR_DEFAULTS = { spread: "local", requestsMax: 16_384 } as const;
