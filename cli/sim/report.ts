/**
 * What the simulator prints: one line for each seed, and one now and then for all of them.
 *
 * @module
 */
import type { RunResult } from "../../sim/swarm.ts";
import type { SimOptions } from "./options.ts";

/** Between two lines of progress, in milliseconds. */
const PROGRESS_MS = 10_000;

/** One seed on one line. */
export function seedLine(result: RunResult, tookMs: number): string {
  const { seed, outcome, hash, steps, answered, faults, durationMs, plan } = result;
  const verdict = result.undecided === null ? outcome : `${outcome} undecided`;
  return `${seed} ${verdict} ${hash} ${steps} events, ${answered} answers, ${faults} faults, ` +
    `${(durationMs / 1_000).toFixed(1)} s in ${tookMs.toFixed(0)} ms; ${plan}\n`;
}

/** The one command that does the same again. */
export function replayCommand(
  seed: bigint,
  { protocol, nodes, durability, workload, replay }: SimOptions,
): string {
  if (replay !== undefined) return `deno task sim --replay ${replay} -v`;
  const size = nodes === undefined ? "" : ` --nodes ${nodes}`;
  const where = durability === undefined ? "" : ` --durability ${durability}`;
  const what = workload === undefined ? "" : ` --workload ${workload}`;
  return `deno task sim --protocol ${protocol} --seed ${seed}${size}${where}${what} -v`;
}

/** Counts what was run. */
export class Progress {
  readonly #startedAt: number;
  #printedAt: number;
  #seeds = 0;
  #failed = 0;
  #undecided = 0;
  #steps = 0;
  #answered = 0;

  /** @param now In milliseconds, from any beginning. */
  constructor(now: number) {
    this.#startedAt = now;
    this.#printedAt = now;
  }

  /** One seed more. */
  add({ outcome, undecided, steps, answered }: RunResult): void {
    this.#seeds++;
    if (undecided !== null) this.#undecided++;
    if (outcome !== "ok") this.#failed++;
    this.#steps += steps;
    this.#answered += answered;
  }

  /** The line, if it was last asked for long enough ago. */
  lineIfDue(now: number): string | undefined {
    if (now - this.#printedAt < PROGRESS_MS) return undefined;
    this.#printedAt = now;
    return this.line(now);
  }

  /** How far it got, and how fast. */
  line(now: number): string {
    const seconds = Math.max(0.001, (now - this.#startedAt) / 1_000);
    const perMinute = Math.round(this.#seeds / seconds * 60);
    const perSecond = Math.round(this.#steps / seconds);
    return `${this.#seeds} seeds, ${this.#failed} failed, ${this.#undecided} undecided, ${this.#answered} answers; ` +
      `${perMinute} seeds a minute, ${perSecond} events a second\n`;
  }
}
