/**
 * The clock of a node: the set of all events that it has taken in, one clock for all keys.
 *
 * Source: Gonçalves, Almeida, Baquero, Fonte: "DottedDB: Anti-Entropy without Merkle Trees, Deletes
 * without Tombstones" (server-wide clocks).
 *
 * @module
 */
import { array, type Schema, SchemaError, struct, u53 } from "../../actors/schema.ts";
import { type Dot, type ReplicaId, replicaSchema } from "./dot.ts";
import {
  countOf,
  includes,
  insert,
  insertSplits,
  intersect,
  type Intervals,
  malformation,
  subtract,
  unite,
} from "./intervals.ts";

/** Events of one replica, from one number to another, both included. */
export interface DotRange {
  /** Whose they are. */
  readonly replica: ReplicaId;
  /** The first. */
  readonly from: number;
  /** The last. */
  readonly to: number;
}

/** A set of dots. */
export class NodeClock {
  readonly #sets = new Map<ReplicaId, number[]>();

  /** A clock of these dots. */
  static of(dots: Iterable<Dot>): NodeClock {
    const clock = new NodeClock();
    for (const dot of dots) clock.add(dot);
    return clock;
  }

  /** Whether it has a dot. */
  has(dot: Dot): boolean {
    const set = this.#sets.get(dot.replica);
    return set !== undefined && includes(set, dot.n);
  }

  /** Adds a dot; false if it was there. */
  add(dot: Dot): boolean {
    const set = this.#sets.get(dot.replica);
    if (set !== undefined) return insert(set, dot.n);
    this.#sets.set(dot.replica, [dot.n, dot.n]);
    return true;
  }

  /** Whether adding a dot would make one more interval of its replica: a gap where none was. */
  opensGap(dot: Dot): boolean {
    return insertSplits(this.intervals(dot.replica), dot.n);
  }

  /** The greatest number that it has of a replica, 0 if none. */
  top(replica: ReplicaId): number {
    return this.#sets.get(replica)?.at(-1) ?? 0;
  }

  /** What it has of a replica. */
  intervals(replica: ReplicaId): Intervals {
    return this.#sets.get(replica) ?? [];
  }

  /** Every replica of which it has something, in order. */
  replicas(): ReplicaId[] {
    return [...this.#sets.keys()].sort((left, right) => left - right);
  }

  /** Whether it has no dot. */
  get isEmpty(): boolean {
    return this.#sets.size === 0;
  }

  /** How many dots it has. */
  get count(): number {
    let count = 0;
    for (const set of this.#sets.values()) count += countOf(set);
    return count;
  }

  /** How many intervals it consists of. */
  get intervalCount(): number {
    let count = 0;
    for (const set of this.#sets.values()) count += set.length / 2;
    return count;
  }

  /** How many bytes it takes on the wire. */
  get bytes(): number {
    let bytes = LENGTH_BYTES;
    for (const set of this.#sets.values()) {
      bytes += REPLICA_BYTES + LENGTH_BYTES + NUMBER_BYTES * set.length;
    }
    return bytes;
  }

  /** Adds all that another has. */
  join(other: NodeClock): void {
    for (const [replica, set] of other.#sets) {
      const own = this.#sets.get(replica);
      this.#sets.set(replica, own === undefined ? set.slice() : unite(own, set));
    }
  }

  /** What both have. */
  meet(other: NodeClock): NodeClock {
    return this.#combine((replica, set) => intersect(set, other.intervals(replica)));
  }

  /** What it has and another has not. */
  minus(other: NodeClock): NodeClock {
    return this.#combine((replica, set) => subtract(set, other.intervals(replica)));
  }

  /** Whether it has all that another has. */
  dominates(other: NodeClock): boolean {
    for (const replica of other.#sets.keys()) {
      if (!this.dominatesAt(replica, other)) return false;
    }
    return true;
  }

  /** Whether it has all that another has of one replica. */
  dominatesAt(replica: ReplicaId, other: NodeClock): boolean {
    return subtract(other.intervals(replica), this.intervals(replica)).length === 0;
  }

  /** Whether both have the same dots. */
  equals(other: NodeClock): boolean {
    return this.dominates(other) && other.dominates(this);
  }

  /** The dots, as ranges in order. */
  *ranges(): Generator<DotRange> {
    for (const replica of this.replicas()) {
      const set = this.intervals(replica);
      for (let index = 0; index < set.length; index += 2) {
        yield { replica, from: set[index]!, to: set[index + 1]! };
      }
    }
  }

  /** The dots, one after another. */
  *dots(): Generator<Dot> {
    for (const { replica, from, to } of this.ranges()) {
      for (let n = from; n <= to; n++) yield { replica, n };
    }
  }

  /** A clock of its own with the same dots. */
  clone(): NodeClock {
    return this.#combine((_, set) => set.slice());
  }

  /** Takes the intervals of a replica as they were read. */
  static fromIntervals(sets: Iterable<readonly [ReplicaId, Intervals]>): NodeClock {
    const clock = new NodeClock();
    for (const [replica, set] of sets) clock.#sets.set(replica, set.slice());
    return clock;
  }

  #combine(make: (replica: ReplicaId, set: Intervals) => number[]): NodeClock {
    const combined = new NodeClock();
    for (const [replica, set] of this.#sets) {
      const made = make(replica, set);
      if (made.length > 0) combined.#sets.set(replica, made);
    }
    return combined;
  }
}

const LENGTH_BYTES = 4;
const REPLICA_BYTES = 5;
const NUMBER_BYTES = 8;
/** The most replicas of one clock: every node in every life it had. */
export const REPLICAS_MAX = 4_096;
/** The most intervals of one replica. */
export const INTERVALS_MAX = 65_536;

const rows = array(
  struct({ replica: replicaSchema, set: array(u53, INTERVALS_MAX * 2) }),
  REPLICAS_MAX,
);

/** A clock on the wire, in one form: replicas in order, none empty, none twice. */
export const clockSchema: Schema<NodeClock> = {
  write: (writer, clock) =>
    rows.write(
      writer,
      clock.replicas().map((replica) => ({ replica, set: clock.intervals(replica) })),
    ),
  read: (reader) => {
    const list = rows.read(reader);
    list.forEach(({ replica, set }, index) => {
      const wrong = set.length === 0 ? "it has nothing of a replica" : malformation(set);
      if (wrong !== undefined) throw new SchemaError(`Not a clock: ${wrong}`);
      if (index > 0 && list[index - 1]!.replica >= replica) {
        throw new SchemaError("Not a clock: its replicas are not in order");
      }
    });
    return NodeClock.fromIntervals(list.map(({ replica, set }) => [replica, set] as const));
  },
};
