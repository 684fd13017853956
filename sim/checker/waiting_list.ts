import type { Problem } from "./problem.ts";
import type { Operation } from "./operation.ts";

/**
 * The events of the operations that have not taken effect yet, in the order of time: a doubly linked
 * list from which an operation is lifted when it takes effect, and into which it is put back, in the
 * reverse order, when the search takes that back (Wing and Gong).
 */
export class WaitingList {
  /** Stands before the first event and after the last one. */
  readonly end: number;
  readonly #size: number;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  constructor({ size, events }: Problem<unknown, Operation>) {
    this.#size = size;
    this.end = 2 * size;
    this.#next = new Int32Array(2 * size + 1);
    this.#previous = new Int32Array(2 * size + 1);
    let last = this.end;
    for (const event of events) {
      this.#link(last, event);
      last = event;
    }
    this.#link(last, this.end);
  }

  /** The event after another, or after the end, which stands before the first. */
  after(event: number): number {
    return this.#next[event]!;
  }

  /** The event before another. */
  before(event: number): number {
    return this.#previous[event]!;
  }

  /** Takes an operation out; `isDue` is whether it has a return. */
  lift(op: number, isDue: boolean): void {
    this.#link(this.#previous[op]!, this.#next[op]!);
    if (!isDue) return;
    const returns = this.#size + op;
    this.#link(this.#previous[returns]!, this.#next[returns]!);
  }

  /** Puts back the operation that was lifted last, of those still out. */
  putBack(op: number, isDue: boolean): void {
    if (isDue) this.#insert(this.#size + op);
    this.#insert(op);
  }

  /** An event that is out still knows its neighbours. */
  #insert(event: number): void {
    this.#next[this.#previous[event]!] = event;
    this.#previous[this.#next[event]!] = event;
  }

  #link(before: number, after: number): void {
    this.#next[before] = after;
    this.#previous[after] = before;
  }
}
