/**
 * Which key an event was about, for events that some member may still miss, whether they left
 * something or are superseded. Anti-entropy finds by it the keys to send for the dots that another's
 * clock misses. With an event goes what the session that made it had seen: who is shown the event asks for
 * no less from then on. What every member has taken in is dropped.
 *
 * @module
 */
import { NodeClock } from "./clock.ts";
import type { Dot, ReplicaId } from "./dot.ts";

/** What is known of an event besides what it left. */
export interface EventRecord {
  /** The event. */
  readonly dot: Dot;
  /** What it was about. */
  readonly key: string;
  /** What its session had read and written before. */
  readonly after: NodeClock;
}

interface Row {
  readonly key: string;
  /** Left out of most: a session that has seen nothing new, or none at all. */
  readonly after: NodeClock | undefined;
}

/** Dots to keys, and keys to dots. */
export class DotIndex {
  readonly #rows = new Map<ReplicaId, Map<number, Row>>();
  readonly #dots = new Map<string, Dot[]>();
  readonly #dropped = new NodeClock();
  #unstable = new NodeClock();
  #awaited = new NodeClock();
  #size = 0;

  /** How many events it has. */
  get size(): number {
    return this.#size;
  }

  /** The events that were dropped. Who misses one of them needs the whole state. */
  get dropped(): NodeClock {
    return this.#dropped;
  }

  /** Whether events were dropped, to keep within a bound, that some member may not have. */
  get isTrimmed(): boolean {
    return this.#unstable.count > 0;
  }

  /** Adds an event. */
  record({ dot, key, after }: EventRecord): void {
    let rows = this.#rows.get(dot.replica);
    if (rows === undefined) this.#rows.set(dot.replica, rows = new Map());
    if (rows.has(dot.n)) return;
    rows.set(dot.n, { key, after: after.isEmpty ? undefined : after });
    this.#awaited.join(after);
    this.#size++;
    const dots = this.#dots.get(key);
    if (dots === undefined) this.#dots.set(key, [dot]);
    else dots.push(dot);
  }

  /** The key of an event; `undefined` if the event was dropped or is not known. */
  keyOf(dot: Dot): string | undefined {
    return this.#row(dot)?.key;
  }

  /** What the session that made an event had seen; `undefined` if nothing. */
  afterOf(dot: Dot): NodeClock | undefined {
    return this.#row(dot)?.after;
  }

  /** What the sessions of all events had seen, as far as some member may not have it. */
  get awaited(): NodeClock {
    return this.#awaited;
  }

  /** The events of a key, in no order. */
  dotsOf(key: string): readonly Dot[] {
    return this.#dots.get(key) ?? [];
  }

  /** Drops the events that every member has; returns how many. */
  prune(stable: NodeClock): number {
    this.#unstable = this.#unstable.minus(stable);
    this.#awaited = this.#awaited.minus(stable);
    const doomed: Dot[] = [];
    for (const [replica, rows] of this.#rows) {
      const top = stable.top(replica);
      for (const [n, { after }] of rows) {
        // They were added nearly in order: what is behind this one can wait for the next time.
        if (n > top) break;
        const isDone = after === undefined || stable.dominates(after);
        if (isDone && stable.has({ replica, n })) doomed.push({ replica, n });
      }
    }
    this.#drop(doomed);
    return doomed.length;
  }

  /** Drops the oldest events of the replicas that have most, until `sizeMax` are left. */
  trim(sizeMax: number): void {
    if (this.#size <= sizeMax) return;
    const share = Math.floor(sizeMax / this.#rows.size);
    const doomed: Dot[] = [];
    for (const [replica, rows] of this.#rows) {
      let excess = rows.size - share;
      for (const n of rows.keys()) {
        if (excess-- <= 0) break;
        doomed.push({ replica, n });
      }
    }
    for (const dot of doomed) this.#unstable.add(dot);
    this.#drop(doomed);
  }

  /** Counts events as dropped that a state brought without telling their keys. */
  markDropped(dropped: NodeClock): void {
    this.#dropped.join(dropped);
    this.#unstable.join(dropped);
  }

  /** Every event, as they are now. */
  list(): readonly EventRecord[] {
    const list: EventRecord[] = [];
    for (const [replica, rows] of this.#rows) {
      for (const [n, { key, after }] of rows) {
        list.push({ dot: { replica, n }, key, after: after ?? new NodeClock() });
      }
    }
    return list;
  }

  #row({ replica, n }: Dot): Row | undefined {
    return this.#rows.get(replica)?.get(n);
  }

  #drop(doomed: readonly Dot[]): void {
    const touched = new Set<string>();
    for (const dot of doomed) {
      const rows = this.#rows.get(dot.replica)!;
      touched.add(rows.get(dot.n)!.key);
      rows.delete(dot.n);
      this.#dropped.add(dot);
      if (rows.size === 0) this.#rows.delete(dot.replica);
    }
    this.#size -= doomed.length;
    for (const key of touched) this.#sweep(key);
  }

  #sweep(key: string): void {
    const left = this.#dots.get(key)!.filter((dot) => this.keyOf(dot) !== undefined);
    if (left.length === 0) this.#dots.delete(key);
    else this.#dots.set(key, left);
  }
}
