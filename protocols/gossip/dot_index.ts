/**
 * Which key an event was about, for events that some member may still miss, whether they left
 * something or are superseded. Anti-entropy finds by it the keys to send for the dots that another's
 * clock misses. What every member has taken in is dropped.
 *
 * @module
 */
import { NodeClock } from "./clock.ts";
import type { Dot, ReplicaId } from "./dot.ts";

/** Dots to keys, and keys to dots. */
export class DotIndex {
  readonly #keys = new Map<ReplicaId, Map<number, string>>();
  readonly #dots = new Map<string, Dot[]>();
  readonly #dropped = new NodeClock();
  #unstable = new NodeClock();
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
  record(dot: Dot, key: string): void {
    let keys = this.#keys.get(dot.replica);
    if (keys === undefined) this.#keys.set(dot.replica, keys = new Map());
    if (keys.has(dot.n)) return;
    keys.set(dot.n, key);
    this.#size++;
    const dots = this.#dots.get(key);
    if (dots === undefined) this.#dots.set(key, [dot]);
    else dots.push(dot);
  }

  /** The key of an event; `undefined` if the event was dropped or is not known. */
  keyOf(dot: Dot): string | undefined {
    return this.#keys.get(dot.replica)?.get(dot.n);
  }

  /** The events of a key, in no order. */
  dotsOf(key: string): readonly Dot[] {
    return this.#dots.get(key) ?? [];
  }

  /** Drops the events that every member has; returns how many. */
  prune(stable: NodeClock): number {
    this.#unstable = this.#unstable.minus(stable);
    const doomed: Dot[] = [];
    for (const [replica, keys] of this.#keys) {
      const top = stable.top(replica);
      for (const n of keys.keys()) {
        // They were added nearly in order: what is behind this one can wait for the next time.
        if (n > top) break;
        if (stable.has({ replica, n })) doomed.push({ replica, n });
      }
    }
    this.#drop(doomed);
    return doomed.length;
  }

  /** Drops the oldest events of the replicas that have most, until `sizeMax` are left. */
  trim(sizeMax: number): void {
    if (this.#size <= sizeMax) return;
    const share = Math.floor(sizeMax / this.#keys.size);
    const doomed: Dot[] = [];
    for (const [replica, keys] of this.#keys) {
      let excess = keys.size - share;
      for (const n of keys.keys()) {
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

  /** Every event and its key, as they are now. */
  list(): readonly (readonly [Dot, string])[] {
    const list: (readonly [Dot, string])[] = [];
    for (const [replica, keys] of this.#keys) {
      for (const [n, key] of keys) list.push([{ replica, n }, key]);
    }
    return list;
  }

  #drop(doomed: readonly Dot[]): void {
    const touched = new Set<string>();
    for (const dot of doomed) {
      const keys = this.#keys.get(dot.replica)!;
      touched.add(keys.get(dot.n)!);
      keys.delete(dot.n);
      this.#dropped.add(dot);
      if (keys.size === 0) this.#keys.delete(dot.replica);
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
