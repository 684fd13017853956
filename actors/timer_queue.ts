import type { Cancel } from "./actor.ts";

interface Timer {
  readonly at: number;
  readonly sequence: number;
  run: (() => void) | undefined;
}

/**
 * What is due when: a binary heap ordered by (time, sequence), so that of two timers due at the same
 * time the one set first fires first. Cancelled timers leave the heap when they come up, or all at
 * once when they are the majority.
 */
export class TimerQueue {
  #heap: Timer[] = [];
  #sequence = 0;
  #cancelled = 0;

  /** Timers that will fire. */
  get length(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** When the next timer is due; `undefined` if there is none. */
  get nextAt(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  /**
   * Adds a timer.
   *
   * @throws {RangeError} if `at` is not a number: it would break the order of all the others.
   */
  add(at: number, run: () => void): Cancel {
    if (Number.isNaN(at)) throw new RangeError("Cannot set a timer: its time is NaN");
    const timer: Timer = { at, sequence: this.#sequence++, run };
    this.#heap.push(timer);
    this.#siftUp(this.#heap.length - 1);
    return () => this.#cancel(timer);
  }

  /** Takes the next timer if it is due at `now`. */
  takeDue(now: number): (() => void) | undefined {
    this.#dropCancelled();
    const timer = this.#heap[0];
    if (timer === undefined || timer.at > now) return undefined;
    this.#removeFirst();
    const { run } = timer;
    timer.run = undefined;
    return run;
  }

  #cancel(timer: Timer): void {
    if (timer.run === undefined) return;
    timer.run = undefined;
    this.#cancelled++;
    if (this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.length) this.#rebuild();
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]!.run === undefined) {
      this.#removeFirst();
      this.#cancelled--;
    }
  }

  #rebuild(): void {
    this.#heap = this.#heap.filter((timer) => timer.run !== undefined);
    this.#heap.sort((a, b) => isBefore(a, b) ? -1 : 1);
    this.#cancelled = 0;
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown(0);
  }

  #siftUp(index: number): void {
    const heap = this.#heap;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index]!, heap[parent]!)) return;
      [heap[index], heap[parent]] = [heap[parent]!, heap[index]!];
      index = parent;
    }
  }

  #siftDown(index: number): void {
    const heap = this.#heap;
    while (true) {
      const left = index * 2 + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const child = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left;
      if (!isBefore(heap[child]!, heap[index]!)) return;
      [heap[index], heap[child]] = [heap[child]!, heap[index]!];
      index = child;
    }
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
