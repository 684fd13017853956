import { TroupeError } from "../../actors/errors.ts";

/** How much a check may take. What is not decided within the limits is undecided. */
export interface CheckLimits {
  /**
   * How many steps the search takes, in all: operations tried in some state, and comparisons with what
   * was tried before. Without a limit to the time the verdict depends on this, and not on the machine.
   *
   * @default {10_000_000}
   */
  readonly stepsMax?: number;
  /**
   * How much to remember of what was tried, in bytes, roughly. More decides more.
   *
   * @default {1024 ** 3}
   */
  readonly memoryBytes?: number;
  /**
   * How long, in milliseconds, if that is sooner.
   *
   * @default {Infinity}
   */
  readonly timeMs?: number;
  /**
   * The clock, in milliseconds.
   *
   * @default {performance.now}
   */
  readonly now?: () => number;
}

/** Which limit ended a check without a verdict. */
export type Exhausted = "time" | "memory" | "steps";

/** The clock is read once in so many steps. */
const STEPS_PER_LOOK = 1_024;

/** Counts what a check takes, and says when that is too much. */
export class Meter {
  readonly #now: () => number;
  readonly #deadline: number;
  readonly #memoryBytes: number;
  readonly #stepsMax: number;
  #steps = 0;
  #nextLook = STEPS_PER_LOOK;
  #bytes = 0;
  #exhausted: Exhausted | null = null;

  /** @throws {TroupeError} `bad_option` for a limit that is not positive. */
  constructor(limits: CheckLimits = {}) {
    const { stepsMax = 10_000_000, memoryBytes = 1024 ** 3, timeMs = Infinity } = limits;
    requirePositive("timeMs", timeMs);
    requirePositive("memoryBytes", memoryBytes);
    requirePositive("stepsMax", stepsMax);
    this.#now = limits.now ?? (() => performance.now());
    this.#deadline = this.#now() + timeMs;
    this.#memoryBytes = memoryBytes;
    this.#stepsMax = stepsMax;
  }

  /** The limit that was reached, `null` if none was yet. */
  get exhausted(): Exhausted | null {
    return this.#exhausted;
  }

  /** How many steps were taken. */
  get steps(): number {
    return this.#steps;
  }

  /** Counts steps. */
  step(count = 1): void {
    this.#steps += count;
    if (this.#steps >= this.#stepsMax) this.#exhausted ??= "steps";
    if (this.#steps >= this.#nextLook) this.look();
  }

  /** Reads the clock. */
  look(): void {
    this.#nextLook = this.#steps + STEPS_PER_LOOK;
    if (this.#now() >= this.#deadline) this.#exhausted ??= "time";
  }

  /** Counts bytes that are remembered, or, if negative, no longer. */
  remember(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#memoryBytes) this.#exhausted ??= "memory";
  }
}

function requirePositive(name: string, value: number): void {
  if (value > 0) return;
  throw new TroupeError("bad_option", `Limit ${name} is not a positive number: ${value}`);
}
