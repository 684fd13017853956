import type { Timestamp } from "../../protocols/hermes/timestamp.ts";
import { isOrigin, order } from "./stamp.ts";

type Held = Map<string, Timestamp>;

/** What one replica holds, and what it has asked its journal to keep. */
interface Replica {
  birth: number | undefined;
  /** The highest timestamp of each object that survives any crash. */
  held: Held;
  /** What it held before it forgot everything; it may turn out that it was another one by then. */
  before: Held | undefined;
  /** By ticket: what becomes durable with it. */
  readonly tickets: Map<number, readonly Kept[]>;
}

/** An object that a replica keeps, with its timestamp. */
export interface Kept {
  readonly object: string;
  readonly ts: Timestamp;
}

/**
 * What the replicas of a volume hold durably: for each, and each birth of its disk, the highest timestamp of
 * every object. What one held on a disk that is gone it has held: who counted on that did so rightly.
 */
export class Holdings {
  readonly #replicas = new Map<number, Replica>();
  /** By node and birth: disks that there are no more. */
  readonly #past = new Map<string, Held>();
  /** By node and birth: what was held before everything was forgotten. */
  readonly #forgotten = new Map<string, Held>();

  /** Whether a replica holds a timestamp of an object, or a later one; or did, on a disk of that birth. */
  holds(node: number, birth: number, object: string, ts: Timestamp): boolean {
    if (isOrigin(ts)) return true;
    const replica = this.#replica(node);
    const held = replica.birth === birth ? replica.held : this.#past.get(`${node}/${birth}`);
    return isAtLeast(held?.get(object), ts);
  }

  /** Whether a replica holds it, or ever held it on a disk of that birth, before it forgot everything. */
  held(node: number, birth: number, object: string, ts: Timestamp): boolean {
    const earlier = this.#forgotten.get(`${node}/${birth}`);
    return isAtLeast(earlier?.get(object), ts) || this.holds(node, birth, object, ts);
  }

  /** The highest timestamp of an object that a replica holds. */
  newest(node: number, object: string): Timestamp | undefined {
    return this.#replica(node).held.get(object);
  }

  /** Whether a replica holds a timestamp of an object, or a later one, on its present disk. */
  holdsNow(node: number, object: string, ts: Timestamp): boolean {
    return isOrigin(ts) || isAtLeast(this.#replica(node).held.get(object), ts);
  }

  /** A replica asks its journal to keep something. */
  asked(node: number, ticket: number, kept: readonly Kept[]): void {
    this.#replica(node).tickets.set(ticket, kept);
  }

  /** What was asked for with a ticket is durable. */
  durable(node: number, ticket: number): void {
    const replica = this.#replica(node);
    for (const each of replica.tickets.get(ticket) ?? []) keep(replica.held, each);
    replica.tickets.delete(ticket);
  }

  /** A replica has read its log, and this is in it. */
  loaded(node: number, kept: readonly Kept[]): void {
    const replica = this.#replica(node);
    replica.tickets.clear();
    for (const each of kept) keep(replica.held, each);
  }

  /** A replica forgets everything, as one that joins anew does. */
  wiped(node: number): void {
    const replica = this.#replica(node);
    replica.before ??= replica.held;
    const key = `${node}/${replica.birth}`;
    const forgotten = this.#forgotten.get(key) ?? new Map();
    this.#forgotten.set(key, forgotten);
    for (const [object, ts] of replica.held) keep(forgotten, { object, ts });
    replica.held = new Map();
    replica.tickets.clear();
  }

  /** A replica says how its disk was born: with another birth it is another disk. Returns whether it is. */
  born(node: number, birth: number): boolean {
    const replica = this.#replica(node);
    const { before } = replica;
    replica.before = undefined;
    if (replica.birth === birth) return false;
    if (before !== undefined) replica.held = before;
    if (replica.birth !== undefined) this.lost(node);
    this.#replica(node).birth = birth;
    return true;
  }

  /** The disk of a replica is gone. */
  lost(node: number): void {
    const replica = this.#replica(node);
    if (replica.birth !== undefined) this.#past.set(`${node}/${replica.birth}`, replica.held);
    this.#replicas.delete(node);
    this.#replica(node);
  }

  #replica(node: number): Replica {
    let replica = this.#replicas.get(node);
    if (replica === undefined) {
      replica = { birth: undefined, held: new Map(), before: undefined, tickets: new Map() };
      this.#replicas.set(node, replica);
    }
    return replica;
  }
}

function keep(held: Held, { object, ts }: Kept): void {
  if (!isAtLeast(held.get(object), ts)) held.set(object, ts);
}

function isAtLeast(held: Timestamp | undefined, ts: Timestamp): boolean {
  return held !== undefined && order(held, ts) >= 0;
}
