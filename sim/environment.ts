import type { Cancel, LogLevel } from "../actors/actor.ts";
import type { Environment } from "../actors/environment.ts";
import { randomInteger, type RandomStream, randomStream } from "../actors/random.ts";
import type { VirtualClock } from "../actors/virtual_environment.ts";
import type { RunHash } from "./run_hash.ts";
import type { WallClock } from "./wall_clock.ts";

/** The clocks of a node. */
export interface Clocks {
  readonly wall: WallClock;
  /** How fast the monotonic one goes, by which timers and leases go; 1 is right. */
  readonly rate: number;
}

/** What the environment of one process is made of. */
export interface NodeEnvironmentOptions {
  readonly clock: VirtualClock;
  readonly hash: RunHash;
  readonly seed: bigint;
  readonly node: number;
  /** Tells the processes of a node apart: each has random streams of its own. */
  readonly name: string;
  /** The node's wall clock at a virtual time, in milliseconds since 1970. */
  readonly wallTime: (at: number) => number;
  /**
   * How fast the monotonic clock goes.
   *
   * @default {1}
   */
  readonly rate?: number;
  readonly onLog: (level: LogLevel, source: string, text: string) => void;
  /** Whether to force a rare branch. */
  readonly maybe: (label: string) => boolean;
}

/**
 * What one simulated process takes from outside. A paused process does nothing until it is resumed, and
 * then everything that was due meanwhile; a dead one does nothing any more.
 */
export class NodeEnvironment implements Environment {
  readonly #options: NodeEnvironmentOptions;
  readonly #pick: RandomStream;
  readonly #rate: number;
  #isDead = false;
  /** What is due and waits, while the process is paused. */
  #held: (() => void)[] | undefined;

  constructor(options: NodeEnvironmentOptions) {
    this.#options = options;
    this.#rate = options.rate ?? 1;
    this.#pick = this.random("dispatch");
  }

  /** Whether the process is paused. */
  get isPaused(): boolean {
    return this.#held !== undefined;
  }

  /** Stops the process in its tracks. */
  pause(): void {
    this.#held ??= [];
  }

  /** Lets a paused process go on. */
  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    // One after the other, as ordinary events: what they bring about comes in between, or after.
    for (const run of held) this.#options.clock.after(0, run);
  }

  /** The process is dead. */
  kill(): void {
    this.#isDead = true;
    this.#held = undefined;
  }

  now(): number {
    return this.#options.clock.now * this.#rate;
  }

  wallTime(): number {
    return Math.floor(this.#options.wallTime(this.#options.clock.now));
  }

  random(stream: string): RandomStream {
    return randomStream(this.#options.seed, `${this.#options.name}/${stream}`);
  }

  defer(run: () => void): void {
    this.#schedule("turn", 0, run);
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.#schedule("due", delayMs / this.#rate, run);
  }

  pick(count: number): number {
    return count === 1 ? 0 : randomInteger(this.#pick, count);
  }

  log(level: LogLevel, source: string, text: string): void {
    this.#options.onLog(level, source, text);
  }

  maybe(label: string): boolean {
    return this.#options.maybe(label);
  }

  #schedule(kind: string, delayMs: number, run: () => void): Cancel {
    const { clock, hash, node } = this.#options;
    let isCancelled = false;
    const step = () => {
      if (this.#isDead || isCancelled) return;
      if (this.#held !== undefined) {
        this.#held.push(step);
        return;
      }
      hash.step(clock.now, node, kind);
      run();
    };
    const cancel = clock.after(delayMs, step);
    return () => {
      isCancelled = true;
      cancel();
    };
  }
}
