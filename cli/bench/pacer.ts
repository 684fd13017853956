import type { Clock } from "../clock.ts";

/** When a run ends, and how fast it goes. */
export interface PacerOptions {
  readonly clock: Clock;
  /** Requests a second, evenly spaced; without it, as many as the clients can have answered. */
  readonly rate?: number;
  /** How long requests are sent, in milliseconds. */
  readonly durationMs: number;
  /** How many requests are sent at most. @default {Infinity} */
  readonly requestsMax?: number;
  /** Told how late, in milliseconds, a request was sent although a client was free to send it. */
  readonly onLag?: (lagMs: number) => void;
}

/** A client that waits for its next request to be due. */
interface Waiting {
  readonly since: number;
  readonly resolve: (start: number | null) => void;
}

/**
 * Hands out the right to send a request, and says from when its latency counts.
 *
 * Without a rate (closed loop) that is now: a client sends its next request when the last one is
 * answered. A slow server is then sent less, and what would have waited meanwhile is never measured
 * (coordinated omission).
 *
 * With a rate (open loop) request `i` is due at `start + i / rate`, whatever the server does. One that had to
 * wait because every client was busy counts from when it was due. One for which a client
 * was free, and which is late only because a timer of this process was, counts from when it is sent; how
 * late such requests are is reported apart.
 */
export class Pacer {
  readonly #options: PacerOptions;
  readonly #start: number;
  readonly #end: number;
  readonly #waiting: Waiting[] = [];
  #sent = 0;
  #stopped = false;
  #cancelTimer: (() => void) | null = null;

  constructor(options: PacerOptions) {
    this.#options = options;
    this.#start = options.clock.now();
    this.#end = this.#start + options.durationMs;
  }

  /** From when the caller's next request counts, once it may be sent; `null` when the run is over. */
  next(): number | null | Promise<number | null> {
    const now = this.#options.clock.now();
    if (this.#isOver(now)) return null;
    if (this.#options.rate === undefined) return this.#send(now);
    const due = this.#dueAt(this.#sent);
    if (due <= now) {
      const idleSince = this.#waiting[0]?.since ?? now;
      return this.#sendDue(due, now, idleSince);
    }
    return new Promise((resolve) => {
      this.#waiting.push({ since: now, resolve });
      this.#setTimer(now);
    });
  }

  /** Ends the run early. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** How many requests were due by the end of the run, and never sent because no client was free. */
  unsent(): number {
    const { rate, requestsMax = Infinity } = this.#options;
    if (rate === undefined || this.#stopped) return 0;
    const until = Math.min(this.#options.clock.now(), this.#end);
    const due = Math.ceil((until - this.#start) * rate / 1_000);
    return Math.max(0, Math.min(due, requestsMax) - this.#sent);
  }

  #dueAt(index: number): number {
    return this.#start + index * 1_000 / this.#options.rate!;
  }

  #isOver(now: number): boolean {
    return this.#stopped || now >= this.#end ||
      this.#sent >= (this.#options.requestsMax ?? Infinity);
  }

  #send(start: number): number {
    this.#sent++;
    // The others that wait would wait for ever.
    if (this.#sent >= (this.#options.requestsMax ?? Infinity)) this.#release();
    return start;
  }

  /** @param idleSince Since when a client has been free to send. */
  #sendDue(due: number, now: number, idleSince: number): number {
    if (idleSince > due) return this.#send(due);
    this.#options.onLag?.(now - due);
    return this.#send(now);
  }

  #wake(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const now = this.#options.clock.now();
    if (this.#isOver(now)) return this.#release();
    while (this.#waiting.length > 0) {
      const due = this.#dueAt(this.#sent);
      if (due > now || this.#isOver(now)) break;
      const { since, resolve } = this.#waiting.shift()!;
      resolve(this.#sendDue(due, now, since));
    }
    if (this.#waiting.length > 0) this.#setTimer(now);
  }

  #setTimer(now: number): void {
    if (this.#cancelTimer !== null) return;
    const until = Math.min(this.#dueAt(this.#sent), this.#end);
    this.#cancelTimer = this.#options.clock.after(until - now, () => this.#wake());
  }

  #release(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    for (const { resolve } of this.#waiting.splice(0)) resolve(null);
  }
}
