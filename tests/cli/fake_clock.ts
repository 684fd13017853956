import type { Clock } from "../../cli/clock.ts";

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 1_000;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];
  #onTimer: () => void = () => {};

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.push(timer);
    this.#onTimer();
    return () => this.#timers = this.#timers.filter((other) => other !== timer);
  }

  /** Goes on by `ms`; timers due by then fire at its end, all of them late. */
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
  }

  /** Resolves when a timer is set that is due in `ms` from now. */
  timerAt(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onTimer = () => {
        if (this.#timers.some(({ at }) => at === this.#now + ms)) resolve();
      };
      this.#onTimer();
    });
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }
}
