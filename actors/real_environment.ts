import type { Cancel, LogLevel } from "./actor.ts";
import type { Environment } from "./environment.ts";
import { type RandomStream, randomStream } from "./random.ts";
import { TimerQueue } from "./timer_queue.ts";

/** The longest delay that `setTimeout` takes without firing at once, in milliseconds. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** How a real environment writes its log. */
export interface RealEnvironmentOptions {
  /** Takes the log lines. */
  readonly onLog: (level: LogLevel, source: string, text: string) => void;
}

/**
 * The machine: its clocks, its event loop, its randomness. All timers share one `setTimeout`, which
 * is armed for the earliest of them.
 */
export class RealEnvironment implements Environment {
  readonly #options: RealEnvironmentOptions;
  readonly #seed = crypto.getRandomValues(new BigUint64Array(1))[0]!;
  readonly #timers = new TimerQueue();
  #handle: ReturnType<typeof setTimeout> | undefined;
  #handleAt = Infinity;

  /** Makes an environment with random streams of its own. */
  constructor(options: RealEnvironmentOptions) {
    this.#options = options;
  }

  now(): number {
    return performance.now();
  }

  wallTime(): number {
    return Date.now();
  }

  random(stream: string): RandomStream {
    return randomStream(this.#seed, stream);
  }

  defer(run: () => void): void {
    setImmediate(run);
  }

  after(delayMs: number, run: () => void): Cancel {
    const cancel = this.#timers.add(this.now() + Math.max(0, delayMs), run);
    this.#arm();
    return () => {
      cancel();
      // A process whose last timer was cancelled must be able to end.
      if (this.#timers.length === 0) this.#disarm();
    };
  }

  pick(_count: number): number {
    return 0;
  }

  log(level: LogLevel, source: string, text: string): void {
    try {
      this.#options.onLog(level, source, text);
    } catch {
      // A log that cannot be written, a closed pipe say, must not fail what it tells of.
    }
  }

  maybe(_label: string): boolean {
    return false;
  }

  #arm(): void {
    const at = this.#timers.nextAt;
    if (at === undefined || at >= this.#handleAt) return;
    this.#disarm();
    this.#handleAt = at;
    const delayMs = Math.min(Math.max(0, Math.ceil(at - this.now())), DELAY_MS_MAX);
    this.#handle = setTimeout(() => this.#fire(), delayMs);
  }

  #disarm(): void {
    if (this.#handle !== undefined) clearTimeout(this.#handle);
    this.#handle = undefined;
    this.#handleAt = Infinity;
  }

  #fire(): void {
    this.#disarm();
    const now = this.now();
    try {
      for (let run = this.#timers.takeDue(now); run; run = this.#timers.takeDue(now)) run();
    } finally {
      this.#arm();
    }
  }
}
