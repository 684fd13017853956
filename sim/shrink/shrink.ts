import type { RunResult } from "../run.ts";
import { failureOf, type SimCase } from "./case.ts";
import { type Reduction, reductionsOf } from "./reductions.ts";

/** How a case is made smaller. */
export interface ShrinkOptions {
  /** Runs that may be made, the first one included. */
  readonly runsMax: number;
  /** Makes the run of a case. */
  readonly run: (smaller: SimCase) => RunResult;
  /**
   * Other seeds that are tried when the case's own fails no more: a smaller plan is another run, in
   * which the same bug may need another chance.
   *
   * @default {4}
   */
  readonly otherSeeds?: number;
  /** Told of each reduction that still fails. */
  readonly onReduced?: (name: string, reduced: Shrunk) => void;
}

/** A case that fails, and how far it has come. */
export interface Shrunk {
  readonly found: SimCase;
  readonly result: RunResult;
  /** What fails, without the numbers in it. */
  readonly failure: string;
  /** Runs made so far. */
  readonly runs: number;
}

/**
 * Makes a failing case smaller, as long as it fails in the same way and the budget lasts: greedily, one
 * reduction after the other, again and again until none of them fails any more.
 *
 * @returns `undefined` if the case does not fail.
 */
export function shrink(found: SimCase, options: ShrinkOptions): Shrunk | undefined {
  return new Shrinking(found, options).run();
}

class Shrinking {
  readonly #options: ShrinkOptions;
  #case: SimCase;
  #result: RunResult;
  #runs = 1;
  readonly #failure: string | undefined;

  constructor(found: SimCase, options: ShrinkOptions) {
    this.#options = options;
    this.#case = found;
    this.#result = options.run(found);
    this.#failure = failureOf(this.#result);
  }

  run(): Shrunk | undefined {
    if (this.#failure === undefined) return undefined;
    while (this.#pass());
    return this.#shrunk(this.#failure);
  }

  /** One round of all reductions; `false` if none of them fails, or there is nothing left to spend. */
  #pass(): boolean {
    let hasReduced = false;
    const tried = new Set<string>();
    for (let next = this.#next(tried); next !== undefined; next = this.#next(tried)) {
      tried.add(next.name);
      if (this.#runs >= this.#options.runsMax) return false;
      if (this.#try(next)) hasReduced = true;
    }
    return hasReduced;
  }

  /** The first reduction of the present case that this round has not tried. */
  #next(tried: ReadonlySet<string>): Reduction | undefined {
    for (const reduction of reductionsOf(this.#case.plan, this.#result)) {
      if (!tried.has(reduction.name)) return reduction;
    }
    return undefined;
  }

  #try({ name, plan, isForAnySeed }: Reduction): boolean {
    const { otherSeeds = 4, runsMax, run, onReduced } = this.#options;
    const others = isForAnySeed ? otherSeeds : 0;
    for (let other = 0; other <= others && this.#runs < runsMax; other++) {
      const seed = BigInt.asUintN(64, plan.seed + BigInt(other));
      const smaller: SimCase = { ...this.#case, plan: { ...plan, seed } };
      const result = run(smaller);
      this.#runs++;
      if (failureOf(result) !== this.#failure) continue;
      this.#case = smaller;
      this.#result = result;
      onReduced?.(name, this.#shrunk(this.#failure!));
      return true;
    }
    return false;
  }

  #shrunk(failure: string): Shrunk {
    return { found: this.#case, result: this.#result, failure, runs: this.#runs };
  }
}
