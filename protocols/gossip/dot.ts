/**
 * Dots: the names of events. Every write takes one that no other write of the cluster ever has.
 *
 * Source: Almeida, Gonçalves, Preguiça, Fonte: "Scalable and Accurate Causality Tracking for
 * Eventually Consistent Stores" (dotted version vectors).
 *
 * @module
 */
import { array, type Schema, struct, u32, u53, u8 } from "../../actors/schema.ts";

/**
 * A replica in one of its lives, as one number: the node and its incarnation. A node whose memory of
 * its own dots is gone, or in doubt, takes a new incarnation, so that it never issues a dot again.
 */
export type ReplicaId = number;

const INCARNATIONS = 2 ** 32;

/**
 * The id of a node (0 to 255) in an incarnation (0 to 2^32 - 1).
 *
 * @throws {RangeError} if one is out of bounds.
 */
export function replicaId(node: number, incarnation: number): ReplicaId {
  if (!isWithin(node, 256) || !isWithin(incarnation, INCARNATIONS)) {
    throw new RangeError(`Cannot name incarnation ${incarnation} of node ${node}`);
  }
  return node * INCARNATIONS + incarnation;
}

function isWithin(value: number, count: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < count;
}

/** The node of a replica. */
export function nodeOf(replica: ReplicaId): number {
  return Math.floor(replica / INCARNATIONS);
}

/** Which of its node's lives a replica is. */
export function incarnationOf(replica: ReplicaId): number {
  return replica % INCARNATIONS;
}

/** An event: the `n`th write, from 1, that a replica took. */
export interface Dot {
  /** Who took it. */
  readonly replica: ReplicaId;
  /** Its number among those of the replica. */
  readonly n: number;
}

/** Orders dots by replica, then by number. The order is total, and means nothing. */
export function compareDots(left: Dot, right: Dot): number {
  return left.replica - right.replica || left.n - right.n;
}

/** A set of dots: in order, none twice. */
export type Dots = readonly Dot[];

/** Makes a set of dots in any order. */
export function dotSet(dots: Iterable<Dot>): Dots {
  const sorted = [...dots].sort(compareDots);
  return sorted.filter((dot, at) => at === 0 || compareDots(sorted[at - 1]!, dot) !== 0);
}

/** Whether a set has a dot. */
export function hasDot(dots: Dots, dot: Dot): boolean {
  let low = 0;
  let high = dots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareDots(dots[middle]!, dot);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}

/** The dots of either set. */
export function uniteDots(left: Dots, right: Dots): Dots {
  if (right.length === 0) return left;
  return left.length === 0 ? right : dotSet([...left, ...right]);
}

/** A replica on the wire: 5 bytes. */
export const replicaSchema: Schema<ReplicaId> = {
  write: (writer, value) => {
    u8.write(writer, nodeOf(value));
    u32.write(writer, incarnationOf(value));
  },
  read: (reader) => replicaId(u8.read(reader), u32.read(reader)),
};

/** A dot on the wire: 13 bytes. */
export const dotSchema: Schema<Dot> = struct({ replica: replicaSchema, n: u53 });

/** The most dots of one list. */
export const DOTS_MAX = 65_536;

/** A set of dots on the wire; one out of order is put in order. */
export const dotsSchema: Schema<Dots> = {
  write: (writer, value) => dotList.write(writer, value),
  read: (reader) => dotSet(dotList.read(reader)),
};

const dotList = array(dotSchema, DOTS_MAX);
