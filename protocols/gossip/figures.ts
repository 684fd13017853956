/** How a replica stands with another member. */
export interface MemberFigures {
  /** The index of the node. */
  readonly node: number;
  /** Which of the node's lives it is. */
  readonly incarnation: number;
  /** Whether SWIM holds the node to be alive, suspected or not; of the node itself, true. */
  readonly isLiving: boolean;
  /** Events known here that the member's last report did not have; 0 of the node itself. */
  readonly lacks: number;
  /** Events of the member's last report that are not known here. */
  readonly ahead: number;
  /** Milliseconds since this replica was last known to have all that the member had; `null` if it never was. */
  readonly syncedMsAgo: number | null;
  /** Events mailed, or kept for it, that it has not answered: hints. */
  readonly hints: number;
  /** Bytes of these. */
  readonly hintsBytes: number;
  /** Whether no tombstone can be dropped before it reports. */
  readonly isHoldingCut: boolean;
}

/** What a replica publishes under the topic `gossip`, for status pages, metrics and observers of a world. */
export interface GossipFigures {
  /** The index of the node. */
  readonly node: number;
  /** The replica's incarnation; 0 before the disk was read. */
  readonly incarnation: number;
  /**
   * `starting`: the disk is read. `joining`: nothing is known yet that could be served. `ready`: serves clients.
   * `leaving`: hands over. `left`: is no member any more.
   */
  readonly state: "starting" | "joining" | "ready" | "leaving" | "left";
  /** Members that have not left and were not removed, the replica itself among them, by node. */
  readonly members: readonly MemberFigures[];
  /** Replicas that are closed for ever: earlier lives, and those that left or were removed. */
  readonly closed: number;
  /** Events known, of each replica: node, incarnation, and how many. */
  readonly clock: readonly (readonly [node: number, incarnation: number, events: number])[];
  /** Keys that have a value. */
  readonly keys: number;
  /** Removals that are remembered until all members are past them. */
  readonly tombstones: number;
  /** Events whose keys are remembered. */
  readonly index: number;
  /** A hash of what is shown: equal at replicas whose clocks are equal. Hexadecimal. */
  readonly fingerprint: string;
  /** How many milliseconds the hybrid clock is ahead of the node's own. */
  readonly clockAheadMs: number;
  /** Requests that wait: for a level, a session or a sync. */
  readonly waiting: number;
  /** Since the replica started: events made here. */
  readonly written: number;
  /** Since then: events mailed, counted for each receiver. */
  readonly mailed: number;
  /** Since then: events mailed again. */
  readonly remailed: number;
  /** Since then: events received by mail. */
  readonly received: number;
  /** Since then: events received by mail that were known before. */
  readonly duplicates: number;
  /** Since then: events that were passed on, counted for each receiver. */
  readonly relayed: number;
  /** Since then: digests sent. */
  readonly digests: number;
  /** Since then: repairs sent. */
  readonly repairsSent: number;
  /** Since then: repairs taken in. */
  readonly repairsTaken: number;
  /** Since then: whole states taken in. */
  readonly resets: number;
  /** Since then: hints that were dropped for a bound. */
  readonly hintsDropped: number;
  /** Since then: events refused because their stamp was too far ahead. */
  readonly drifted: number;
  /** Since then: tombstones dropped. */
  readonly collected: number;
  /** Since then: comparisons at equal clocks. */
  readonly scrubs: number;
  /** Since then: comparisons that have found a difference. */
  readonly divergences: number;
  /** Whether a difference was found that is not mended yet. */
  readonly isDiverged: boolean;
  /** Members that have other strategies configured. */
  readonly misconfigured: readonly number[];
  /** Why the journal makes no progress; `null` if it does. */
  readonly stalled: string | null;
}
