/**
 * Logical timestamps (Hermes 3.1 and 3.6), with one change to the paper.
 *
 * In the paper a write has the version of what it began from plus two, a read-modify-write (RMW) that plus
 * one. That orders the two only if they began from the same state. Of two writes that ran at once, (4,A)
 * and (4,B), let (4,A) be committed and valid at C, while the INV of (4,B) is on its way there. An RMW of C
 * begins from (4,A) and gets (5,C), above (4,B): nobody refuses either of them, (4,B) may be read in
 * between, and its value is lost in the RMW's, which was computed from (4,A).
 *
 * Here an RMW comes right after the very update that it began from: it is the next step of it. So (4,B) is
 * above the RMW, as any write is that ran beside it, and whoever holds (4,B) refuses the RMW. Between a
 * committed RMW and its base there is nothing.
 *
 * An id is 16 bits: 4 that are drawn for each update, so that no node always wins (the virtual node ids
 * of 3.3, O2); 3 for the node; and 9 that count the lives of the replica, so that one that has forgotten an
 * update never gives its timestamp to another.
 *
 * @module
 */
import { type Infer, struct, u32, u53 } from "../../actors/schema.ts";

const NODE_BITS = 3;
const LIFE_BITS = 9;
const CID_COUNT = 2 ** 16;
/** Lives of a replica that its ids tell apart. */
export const LIVES: number = 2 ** LIFE_BITS;
/** Virtual ids of each node, at most. */
export const VIRTUAL_IDS_MAX = 16;
/** Updates of one object, one after the other, at most: beyond them a revision would be no safe integer. */
export const UPDATES_OF_OBJECT_MAX = 2 ** 37 - 1;

/** A logical timestamp: a write, and a number of RMWs that followed one another from it. */
export const timestamp = struct({
  version: u53,
  /** Who coordinated the write. */
  cid: u32,
  step: u53,
  /** Who coordinated the last of the steps; 0 if there was none. */
  stepCid: u32,
});
/** A logical timestamp. */
export type Timestamp = Infer<typeof timestamp>;

/** That of an object that was never written. */
export const ORIGIN: Timestamp = { version: 0, cid: 0, step: 0, stepCid: 0 };

/** That of a write that begins from `base`: above every RMW that begins from it. */
export function nextWrite(base: Timestamp, cid: number): Timestamp {
  return { version: base.version + base.step + 1, cid, step: 0, stepCid: 0 };
}

/** That of an RMW that begins from `base`: right after it. */
export function nextRmw({ version, cid, step }: Timestamp, stepCid: number): Timestamp {
  return { version, cid, step: step + 1, stepCid };
}

/** Negative if `a` is lower than `b`, positive if it is higher, 0 if they are the same. */
export function compare(a: Timestamp, b: Timestamp): number {
  return a.version - b.version || a.cid - b.cid || a.step - b.step || a.stepCid - b.stepCid;
}

/** The id of a coordinator. */
export function cidOf(node: number, life: number, virtual: number): number {
  return (virtual << (NODE_BITS + LIFE_BITS)) | (node << LIFE_BITS) | (life % LIVES);
}

/** The node of a coordinator. */
export function coordinatorOf(cid: number): number {
  return (cid >> LIFE_BITS) % 2 ** NODE_BITS;
}

/**
 * What a client sees of a timestamp: one number. Of the committed updates of an object each has another
 * one, and a higher one has a greater one.
 */
export function revisionOf({ version, cid, step, stepCid }: Timestamp): number {
  return (version + step) * CID_COUNT + (step === 0 ? cid : stepCid);
}
