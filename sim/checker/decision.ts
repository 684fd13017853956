import { type Claim, relax, tighten } from "./claim.ts";
import type { Meter } from "./limits.ts";
import type { Model } from "./model.ts";
import type { Operation } from "./operation.ts";
import { Problem } from "./problem.ts";
import { Search, type SearchStatus } from "./search.ts";
import { contradict } from "./zones.ts";

/**
 * Finds out whether there is an order of claims, in three steps where the first do not answer:
 *
 * 1. What must have been so at the same time may exclude each other.
 * 2. Operations of unknown outcome may take effect any number of times. If there is no order even so,
 *    there is none; if one is found in which enough others did the same, it is an order.
 * 3. They may once, or not at all. Each of them doubles what there is to search.
 */
export class Decision<State, Op extends Operation> {
  readonly #model: Model<State, Op>;
  readonly #claims: readonly Claim<Op>[];
  readonly #meter: Meter;
  readonly #isContradictory: boolean;
  #isRelaxed: boolean;
  #search: Search<State, Op>;

  constructor(model: Model<State, Op>, claims: readonly Claim<Op>[], meter: Meter) {
    this.#model = model.specialise?.(claims.map(({ op }) => op)) ?? model;
    this.#claims = tighten(this.#model, claims);
    this.#meter = meter;
    this.#isContradictory = contradict(this.#model, this.#claims);
    const relaxed = relax(this.#model, this.#claims);
    this.#isRelaxed = relaxed.some(({ duty }, index) => duty !== this.#claims[index]!.duty);
    this.#search = this.#searchFor(relaxed);
  }

  /** Goes on, until there is an answer, so many steps are done or a limit of the meter is reached. */
  run(steps = Infinity): SearchStatus {
    if (this.#isContradictory) return "none";
    const begin = this.#meter.steps;
    const status = this.#search.run(steps);
    if (status !== "found" || !this.#isRelaxed || this.#search.order() !== null) return status;
    this.#isRelaxed = false;
    this.#search = this.#searchFor(this.#claims);
    return this.#search.run(Math.max(1, steps - (this.#meter.steps - begin)));
  }

  /** The order that was found; `null` if operations repeat in it that only claims of that kind may. */
  order(): readonly Op[] | null {
    return this.#search.order();
  }

  /** Frees what the search remembers, if it is not to go on. */
  forget(): void {
    this.#search.forget();
  }

  #searchFor(claims: readonly Claim<Op>[]): Search<State, Op> {
    return new Search(new Problem(this.#model, claims), { meter: this.#meter });
  }
}
