/**
 * What a replica says to its journal, and hears from it. The journal makes bytes durable and knows
 * nothing of their meaning; every protocol shares it.
 *
 * Requests take effect in the order in which they arrive, and are answered in that order, each once,
 * with its ticket, when it is durable. An entry or a record is written only after everything asked
 * for before it is durable, so "log first, then the record that claims it" is a matter of asking in
 * that order.
 *
 * @module
 */
import type { Ref } from "../actors/ref.ts";

/** A request to the journal. */
export type JournalRequest =
  | LoadLog
  | AppendEntries
  | TruncateLog
  | WriteRecord
  | BeginSnapshot
  | SnapshotChunk
  | CommitSnapshot
  | AbandonSnapshot
  | ReadSnapshot
  | JournalInternal;

/** Asks for everything that is durable: the record, the newest snapshot and the log after it. */
export interface LoadLog {
  readonly type: "load";
  readonly replyTo: Ref<JournalReply>;
}

/**
 * Appends consecutive entries, the first of them at op-number `first`. Entries at `first` and later
 * that are there already are replaced: what comes last counts, also after a restart.
 */
export interface AppendEntries {
  readonly type: "append";
  readonly ticket: number;
  readonly first: number;
  readonly entries: readonly Uint8Array[];
  readonly replyTo: Ref<JournalReply>;
}

/**
 * Removes every entry after op-number `last`. A log that ends before `last` (it was damaged before the
 * point that the snapshot stands for) is forgotten whole, and goes on after `last`.
 */
export interface TruncateLog {
  readonly type: "truncate";
  readonly ticket: number;
  readonly last: number;
  readonly replyTo: Ref<JournalReply>;
}

/** Replaces the small durable record: views, promises, identity. At most 2 KiB. */
export interface WriteRecord {
  readonly type: "record";
  readonly ticket: number;
  readonly record: Uint8Array;
  readonly replyTo: Ref<JournalReply>;
}

/** Starts to write a snapshot of the state at op-number `op`. One at a time: an older one is dropped. */
export interface BeginSnapshot {
  readonly type: "snapshot-begin";
  readonly op: number;
}

/** The next piece of the snapshot that is being written; answered, so that the writer can pace itself. */
export interface SnapshotChunk {
  readonly type: "snapshot-chunk";
  readonly ticket: number;
  readonly op: number;
  readonly bytes: Uint8Array;
  readonly replyTo: Ref<JournalReply>;
}

/**
 * Makes the snapshot durable (file synced, renamed, directory synced) and then forgets log entries
 * up to its op-number, except the newest `retain` of them.
 *
 * With `reset` the log is forgotten whole and starts anew after the snapshot: it came from a peer.
 */
export interface CommitSnapshot {
  readonly type: "snapshot-commit";
  readonly ticket: number;
  readonly op: number;
  /** A few bytes kept with the snapshot for the replica: the checksum of its last entry, say. */
  readonly base: Uint8Array;
  readonly retain: number;
  readonly reset: boolean;
  readonly replyTo: Ref<JournalReply>;
}

/** Drops the snapshot that is being written. */
export interface AbandonSnapshot {
  readonly type: "snapshot-abandon";
}

/** Reads a piece of the newest durable snapshot; pieces of one reply are at most `length` bytes. */
export interface ReadSnapshot {
  readonly type: "snapshot-read";
  readonly ticket: number;
  readonly op: number;
  readonly offset: number;
  readonly length: number;
  readonly replyTo: Ref<JournalReply>;
}

/** What the journal posts to itself. */
export interface JournalInternal {
  readonly type: "internal";
  readonly event: unknown;
}

/** An answer of the journal. */
export type JournalReply =
  | LogLoaded
  | Durable
  | SnapshotPiece
  | SnapshotGone
  | JournalStalled
  | JournalResumed;

/** Everything that is durable. */
export interface LogLoaded {
  readonly type: "loaded";
  /** The newest record, absent on a fresh disk. */
  readonly record?: Uint8Array;
  /** The newest snapshot, absent if none was ever committed. */
  readonly snapshot?: { readonly op: number; readonly base: Uint8Array; readonly bytes: number };
  /** The op-number of the first entry; one more than the last entry's if there is none. */
  readonly first: number;
  /** The entries, consecutive; those retained from before the snapshot included. */
  readonly entries: readonly Uint8Array[];
  /**
   * Absent if the log is whole. `head` says that the last record is unreadable and may have been
   * acknowledged; `middle`, that an earlier one is, with readable ones after it. `entries` ends
   * before the damage. A torn tail (a write that never finished, hence never acknowledged) is cut and
   * is no damage.
   */
  readonly damage?: {
    readonly kind: "head" | "middle";
    readonly file: string;
    readonly offset: number;
  };
  /**
   * With damage of which it is certain that it hides no more than the content of some entries: the log
   * from op-number `first` on, consecutive, `undefined` for those entries. The last one is readable. It
   * takes the place of what `entries` has at `first` and later. Empty, if nothing that counts is lost.
   */
  readonly remnant?: {
    readonly first: number;
    readonly entries: readonly (Uint8Array | undefined)[];
  };
}

/** The request with this ticket is durable. */
export interface Durable {
  readonly type: "durable";
  readonly ticket: number;
}

/** A piece of a snapshot. */
export interface SnapshotPiece {
  readonly type: "snapshot-piece";
  readonly ticket: number;
  readonly op: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly total: number;
  readonly base: Uint8Array;
}

/** The snapshot asked for is not, or no longer, there. */
export interface SnapshotGone {
  readonly type: "snapshot-gone";
  readonly ticket: number;
}

/**
 * The disk refuses writes (it is full, say): nothing becomes durable until `resumed`. What was asked
 * for is kept and tried again. Sent to everyone with a request waiting.
 */
export interface JournalStalled {
  readonly type: "stalled";
  readonly reason: string;
}

/** The disk takes writes again. */
export interface JournalResumed {
  readonly type: "resumed";
}
