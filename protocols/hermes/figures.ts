/** What a replica publishes under the topic `hermes`, for status pages, metrics and observers of a world. */
export interface HermesFigures {
  readonly volume: number;
  /** The birth of its disk; 0 before it was read. */
  readonly birth: number;
  /** How often the replica has started. */
  readonly life: number;
  readonly epoch: number;
  /** What the replica is in that epoch. */
  readonly role: "member" | "joining" | "leaving" | "spare" | "starting";
  readonly members: readonly number[];
  readonly joining: number | null;
  /** Until when reads may be served, by `Context.now()`; `null` without any lease. */
  readonly leaseUntil: number | null;
  /** The part of that which is left, in milliseconds. */
  readonly leaseMs: number;
  /** Objects of the machine by their state (Hermes 3.2); `valid` includes tombstones. */
  readonly valid: number;
  readonly invalid: number;
  readonly write: number;
  readonly replay: number;
  readonly trans: number;
  /** Objects that are absent and remembered for their timestamp. */
  readonly tombstones: number;
  /** Objects of the machine that exist. */
  readonly objects: number;
  readonly sessions: number;
  /** Reads that wait. */
  readonly waitingReads: number;
  /** Commands that wait for their object, or for acknowledgements. */
  readonly updates: number;
  /** Since the replica started: updates committed here as their coordinator, replays begun, updates
   * sent again, read-modify-writes that were overtaken and tried again, reads that had to wait. */
  readonly committed: number;
  readonly replays: number;
  readonly resent: number;
  readonly aborts: number;
  readonly stalledReads: number;
  /** While joining: objects copied so far. */
  readonly copied: number;
  /** Why the journal makes no progress; `null` if it does. */
  readonly stalled: string | null;
}
