/**
 * Logical timestamps (Hermes 3.1): a version, and the id of who coordinates the write.
 *
 * An id is 16 bits: 4 that are drawn for each write, so that no node always wins (the virtual node ids
 * of 3.3, O2); 9 that count the lives of the replica, so that one that has forgotten a write never gives the
 * same timestamp to another; and 3 for the node.
 *
 * @module
 */
import { type Infer, struct, u32, u53 } from "../../actors/schema.ts";

const NODE_BITS = 3;
const LIFE_BITS = 9;
/** Virtual ids of each node, at most. */
export const VIRTUAL_IDS_MAX = 16;
const CID_COUNT = 2 ** 16;
/** The greatest version: beyond it a revision would be no safe integer. */
export const VERSION_MAX = 2 ** 37 - 1;

/** A logical timestamp. */
export const timestamp = struct({ version: u53, cid: u32 });
/** A logical timestamp. */
export type Timestamp = Infer<typeof timestamp>;

/** That of an object that was never written. */
export const ORIGIN: Timestamp = { version: 0, cid: 0 };

/** Negative if `a` is lower than `b`, positive if it is higher, 0 if they are the same. */
export function compare(a: Timestamp, b: Timestamp): number {
  return a.version - b.version || a.cid - b.cid;
}

/** The id of a coordinator. */
export function cidOf(node: number, life: number, virtual: number): number {
  return (virtual << (LIFE_BITS + NODE_BITS)) | ((life % 2 ** LIFE_BITS) << NODE_BITS) | node;
}

/** What a client sees of a timestamp: one number, greater for a higher one. */
export function revisionOf({ version, cid }: Timestamp): number {
  return version * CID_COUNT + cid;
}
