/** What a gossip cluster is asked and answers, as its client puts it. */

import type { CallOptions, WriteOptions } from "./types.ts";

/**
 * How many members must have a write durably, or answer a read: the node's own, any one, more than half, or
 * each of them.
 */
export type Level = "local" | "one" | "quorum" | "all";

/** What a session of a gossip cluster can guarantee, whichever nodes it speaks to. */
export type Guarantee =
  | "read-your-writes"
  | "monotonic-reads"
  | "monotonic-writes"
  | "writes-follow-reads";

/** What a key is. */
export type GossipValue =
  /** There is nothing, or nothing any more. */
  | { readonly type: "absent" }
  | { readonly type: "value"; readonly value: Uint8Array }
  /** Several values that nobody has decided between: put one with the context. */
  | { readonly type: "siblings"; readonly values: readonly Uint8Array[] }
  | { readonly type: "counter"; readonly total: bigint }
  | { readonly type: "set"; readonly elements: readonly Uint8Array[] };

/** A key, what it is, and the token to write it by. */
export interface GossipEntry {
  /** The key itself. */
  readonly key: string;
  /** What it is. */
  readonly value: GossipValue;
  /** What was seen, for the write that follows; `null` where the strategy of the key needs none. */
  readonly context: string | null;
}

/** What a write left. */
export interface GossipWritten {
  /** The key itself. */
  readonly key: string;
  /** The nodes that have it durably. */
  readonly acknowledged: readonly number[];
  /**
   * How many of them the level wants, if these are fewer: it is stored, spreads on, and cannot be taken
   * back. `null` if they are enough.
   */
  readonly needed: number | null;
  /** How many values stand side by side now. */
  readonly siblings: number;
  /** Whether an earlier attempt had done it already. */
  readonly repeated: boolean;
  /** For the next write of the key. */
  readonly context: string | null;
}

/** Options of a read of a gossip cluster. */
export interface GossipReadOptions extends CallOptions {
  /** How many members must answer. @default {"one"} */
  readonly level?: Level;
  /** Only from a replica that was synced with all living members within so long, in milliseconds. */
  readonly maxAgeMs?: number;
}

/** Options of a write to a gossip cluster. */
export interface GossipWriteOptions extends WriteOptions {
  /** How many members must have it durably. @default {"one"} */
  readonly level?: Level;
  /** The context of the answer that the write follows from. */
  readonly context?: string;
}

/** Which keys a scan of a gossip cluster visits. */
export interface GossipScanOptions extends CallOptions {
  /** Only keys that begin so. */
  readonly prefix?: string;
  /** The first key, included. */
  readonly start?: string;
  /** The last key, excluded. */
  readonly end?: string;
  /** At most so many keys. @default {all} */
  readonly limit?: number;
  /** As for reads. */
  readonly maxAgeMs?: number;
}
