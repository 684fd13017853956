import type { Cancel, LogLevel } from "./actor.ts";
import type { Environment } from "./environment.ts";
import { randomInteger, type RandomStream, randomStream } from "./random.ts";
import { TimerQueue } from "./timer_queue.ts";

/**
 * Time that passes only when told to. Events run in the order of (time, sequence), one after the
 * other, and nothing else makes anything happen: the same program with the same seed does the same.
 */
export class VirtualClock {
  #now = 0;
  readonly #timers = new TimerQueue();

  /** Milliseconds since the clock was made. */
  get now(): number {
    return this.#now;
  }

  /** Events that are waiting. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Runs something after `delayMs`; in the order of the calls if at the same time. */
  after(delayMs: number, run: () => void): Cancel {
    return this.#timers.add(this.#now + Math.max(0, delayMs), run);
  }

  /** Moves to the next event and runs it; `false` if there is none, or none until `limit`. */
  step(limit = Infinity): boolean {
    const at = this.#timers.nextAt;
    if (at === undefined || at > limit) return false;
    this.#now = Math.max(this.#now, at);
    this.#timers.takeDue(this.#now)!();
    return true;
  }

  /** Runs everything due within `durationMs`, and ends exactly that much later. */
  runFor(durationMs: number): void {
    const end = this.#now + durationMs;
    while (this.step(end));
    this.#now = end;
  }

  /** Runs until `condition` holds; `false` if it does not within `limitMs`. */
  runUntil(condition: () => boolean, limitMs: number): boolean {
    const end = this.#now + limitMs;
    while (!condition()) {
      if (!this.step(end)) {
        this.#now = end;
        return condition();
      }
    }
    return true;
  }
}

/** How a virtual environment differs from the plain one. */
export interface VirtualEnvironmentOptions {
  /** From which all random streams are drawn. */
  readonly seed: number | bigint;
  /** Set before the name of every stream, so that each node has streams of its own. */
  readonly name?: string;
  /** Takes the log lines; without it they are dropped. */
  readonly onLog?: (level: LogLevel, source: string, text: string, at: number) => void;
  /** Decides on the rare branches; without it they are never taken. */
  readonly maybe?: (label: string) => boolean;
  /** The wall clock when virtual time is 0, in milliseconds since 1970. */
  readonly wallTimeStart?: number;
}

/** The environment of one simulated node, on a clock that several may share. */
export class VirtualEnvironment implements Environment {
  readonly #clock: VirtualClock;
  readonly #options: VirtualEnvironmentOptions;
  readonly #pick: RandomStream;

  /** Makes the environment of one run of a node. */
  constructor(clock: VirtualClock, options: VirtualEnvironmentOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#pick = this.random("dispatch");
  }

  now(): number {
    return this.#clock.now;
  }

  wallTime(): number {
    return (this.#options.wallTimeStart ?? 1_700_000_000_000) + Math.floor(this.#clock.now);
  }

  random(stream: string): RandomStream {
    return randomStream(this.#options.seed, `${this.#options.name ?? ""}/${stream}`);
  }

  defer(run: () => void): void {
    this.#clock.after(0, run);
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.#clock.after(delayMs, run);
  }

  pick(count: number): number {
    return count === 1 ? 0 : randomInteger(this.#pick, count);
  }

  log(level: LogLevel, source: string, text: string): void {
    this.#options.onLog?.(level, source, text, this.#clock.now);
  }

  maybe(label: string): boolean {
    return this.#options.maybe?.(label) ?? false;
  }
}
