/**
 * Hybrid logical clocks: stamps near to physical time that respect causality.
 *
 * Source: Kulkarni, Demirbas, Madappa, Avva, Leone: "Logical Physical Clocks" (2014). A stamp is two
 * integers and never one number: 48 bits of time and 16 of counter are more than a double holds.
 *
 * @module
 */
import { type Schema, struct, u32, u53 } from "../../actors/schema.ts";
import { ClockDrift, LeaseExhausted } from "./errors.ts";

/** A moment: milliseconds since 1970, and a counter within them. */
export interface Stamp {
  /** Milliseconds since 1970. */
  readonly ms: number;
  /** Tells apart the stamps of a millisecond. */
  readonly counter: number;
}

/** The moment before all others. */
export const STAMP_ZERO: Stamp = { ms: 0, counter: 0 };

const COUNTER_MAX = 2 ** 32 - 1;

/** Orders stamps in time. */
export function compareStamps(left: Stamp, right: Stamp): number {
  return left.ms - right.ms || left.counter - right.counter;
}

/** A stamp on the wire: 12 bytes. */
export const stampSchema: Schema<Stamp> = struct({ ms: u53, counter: u32 });

/** How a {@linkcode HybridClock} is set up. */
export interface HybridClockOptions {
  /**
   * How far ahead a stamp of another node may be, in milliseconds. Every stamp taken moves the own
   * clock forward, so this bounds what one wrong clock does to all: for so long its last write cannot
   * be overwritten by nodes that have not seen it. Lower refuses more while clocks are set badly.
   *
   * @default {60_000}
   */
  readonly maxDriftMs?: number;
  /**
   * How far ahead of time the durable bound is set, in milliseconds. After a restart stamps begin at
   * the bound, so it must be well below `maxDriftMs`. Higher writes the bound less often.
   *
   * @default {10_000}
   */
  readonly leaseMs?: number;
}

/** The share of a lease that stamps ahead of time are given. */
const SLACK = 1 / 64;

/** The defaults of {@linkcode HybridClockOptions}. */
export const HYBRID_CLOCK_DEFAULTS = { maxDriftMs: 60_000, leaseMs: 10_000 } as const;

/** Issues stamps, each greater than any that it issued, promised or observed before. */
export class HybridClock {
  readonly #maxDriftMs: number;
  readonly #leaseMs: number;
  #ms: number;
  #counter: number;
  #boundMs: number;

  /**
   * Goes on where an earlier life of the replica ended.
   *
   * @param boundMs The bound that was made durable last, 0 if none was: no stamp beyond it was issued.
   * @param floor The greatest stamp that the store has.
   */
  constructor(boundMs: number, floor: Stamp, options: HybridClockOptions = {}) {
    this.#maxDriftMs = options.maxDriftMs ?? HYBRID_CLOCK_DEFAULTS.maxDriftMs;
    this.#leaseMs = options.leaseMs ?? HYBRID_CLOCK_DEFAULTS.leaseMs;
    this.#boundMs = boundMs;
    this.#ms = floor.ms;
    this.#counter = floor.counter;
    if (boundMs >= this.#ms) [this.#ms, this.#counter] = [boundMs, COUNTER_MAX];
  }

  /** The milliseconds of the greatest stamp that it has issued or observed. */
  get latestMs(): number {
    return this.#ms;
  }

  /**
   * The bound to make durable, in milliseconds since 1970, when half of the lease is used up;
   * `undefined` while there is time. Of stamps that are ahead of time it is less: each restart begins at
   * the bound, and one that restarted again and again would get ever further ahead, until nobody took its
   * stamps.
   */
  leaseWanted(nowMs: number): number | undefined {
    const slackMs = Math.ceil(this.#leaseMs * SLACK);
    const isEnough = nowMs + this.#leaseMs / 2 < this.#boundMs &&
      this.#ms + slackMs / 2 < this.#boundMs;
    return isEnough ? undefined : Math.max(nowMs + this.#leaseMs, this.#ms + slackMs);
  }

  /** Whether a stamp can be issued now, and would not be beyond the durable bound. */
  canIssue(nowMs: number): boolean {
    return Math.max(this.#ms, nowMs) < this.#boundMs;
  }

  /** Says that a bound is durable. */
  leaseGranted(boundMs: number): void {
    this.#boundMs = Math.max(this.#boundMs, boundMs);
  }

  /**
   * A new stamp.
   *
   * @throws {LeaseExhausted} if it would be beyond the durable bound.
   */
  next(nowMs: number): Stamp {
    const [ms, counter] = nowMs > this.#ms
      ? [nowMs, 0]
      : this.#counter < COUNTER_MAX
      ? [this.#ms, this.#counter + 1]
      : [this.#ms + 1, 0];
    if (ms > this.#boundMs) throw new LeaseExhausted(this.#boundMs);
    this.#ms = ms;
    this.#counter = counter;
    return { ms, counter };
  }

  /**
   * A promise to others: every stamp issued from now on, in this life and those after it, is greater.
   * Goes on with time even if nothing is written, but never beyond the durable bound.
   */
  promise(nowMs: number): Stamp {
    const ms = Math.min(nowMs, this.#boundMs);
    if (ms > this.#ms) [this.#ms, this.#counter] = [ms, 0];
    // What was observed may be beyond the bound; a crash forgets it, and begins again at the bound.
    return this.#ms <= this.#boundMs
      ? { ms: this.#ms, counter: this.#counter }
      : { ms: this.#boundMs, counter: COUNTER_MAX };
  }

  /**
   * Whether a stamp of another node may be taken. One that may not must be kept out of the store: its
   * event stays missing, and is asked for again until the clocks agree.
   */
  accepts(stamp: Stamp | undefined, nowMs: number): boolean {
    return stamp === undefined || stamp.ms - nowMs <= this.#maxDriftMs;
  }

  /**
   * Checks that a stamp of another node may be taken.
   *
   * @throws {ClockDrift} if it is too far ahead.
   */
  check(stamp: Stamp | undefined, nowMs: number): void {
    if (this.accepts(stamp, nowMs)) return;
    throw new ClockDrift(stamp!.ms - nowMs, this.#maxDriftMs);
  }

  /** Moves forward to a stamp that came from another node. */
  observe(stamp: Stamp): void {
    if (stamp.ms < this.#ms || (stamp.ms === this.#ms && stamp.counter <= this.#counter)) return;
    this.#ms = stamp.ms;
    this.#counter = stamp.counter;
  }
}
