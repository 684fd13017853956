import { invariant } from "../../actors/errors.ts";
import { type Claim, claimsOf, mustClaim } from "./claim.ts";
import { Decision } from "./decision.ts";
import { type CheckLimits, Meter } from "./limits.ts";
import type { Model } from "./model.ts";
import type { Operation } from "./operation.ts";
import { reduce } from "./reduce.ts";
import type { SearchStatus } from "./search.ts";

/** A history that is not linearizable, and of which every operation matters. */
export interface Minimised<Op> {
  /** What took effect, as it says: with any of these uncertain, there would be an order. */
  readonly certain: readonly Op[];
  /**
   * What may have taken effect at any time after its call, once, with the answer that it got, or never.
   * Without any of these, something else would seem to be wrong as well: a value would be read that
   * nobody ever wrote, say.
   */
  readonly possible: readonly Op[];
  /** How many operations were left out. */
  readonly leftOut: number;
  /** Whether there was time to try to leave out each of them. */
  readonly isMinimal: boolean;
}

/** So many steps a test may take, besides some for each operation; what takes longer is not left out. */
const STEPS = 50_000;
const STEPS_PER_OPERATION = 16;
/** Up to so many operations are all shown if they may matter; of more, so many that do the same. */
const POSSIBLE_MAX = 64;
const ALIKE_MAX = 4;
/** So many of the last operations are tried alone, before all of them. */
const FIRST_GUESSES = [8, 64, 512];

/**
 * Makes a history that is not linearizable as short as it can, so that it still shows what is wrong
 * with the whole.
 *
 * To leave an operation out is not sound in general: without a write, the read that saw it looks
 * wrong, though the whole history was right. These removals are, since each of them turns every
 * history that is linearizable into one that is:
 *
 * - What happens after some moment. What was under way by then may have taken effect, with the answer
 *   that it got later, or not.
 * - An operation that changes nothing, whatever the state.
 * - That an operation took effect before it returned, or at all: from then on it may take effect at
 *   any time after its call, or never. One that may do so any number of times is weaker still.
 *
 * So operations are weakened, not removed, and those stay certain without which there would be an
 * order. Of the weakened ones only those are shown at the end that matter for that: a history of what is
 * shown is not linearizable, and with any one of its certain operations uncertain it is.
 *
 * @param history Not linearizable, and one part of a history if the model divides them.
 * @param limits For all of it; 10 seconds unless said.
 */
export function minimise<State, Op extends Operation>(
  model: Model<State, Op>,
  history: readonly Op[],
  limits: CheckLimits = {},
): Minimised<Op> {
  return new Minimiser(model, new Meter({ timeMs: 10_000, ...limits })).minimise(history);
}

class Minimiser<State, Op extends Operation> {
  readonly #model: Model<State, Op>;
  readonly #meter: Meter;

  constructor(model: Model<State, Op>, meter: Meter) {
    this.#model = model;
    this.#meter = meter;
  }

  minimise(history: readonly Op[]): Minimised<Op> {
    const claims = this.#truncate(claimsOf(this.#model, history));
    const certain = this.#findCertain(claims);
    const kept = new Set(certain);
    const uncertain = claims.map(({ op }) => op).filter((op) =>
      !kept.has(op) && !this.#isReadOnly(op)
    );
    const [fewer, possible] = this.#findPossible(certain, uncertain);
    const status = this.#status([...fewer.map(mustClaim), ...possible.map(mayClaim)]);
    invariant(status !== "found", "what is left of a violation is a violation");
    return {
      certain: fewer,
      possible,
      leftOut: history.length - fewer.length - possible.length,
      isMinimal: this.#meter.exhausted === null,
    };
  }

  /** The shortest beginning of the history that is not linearizable; what follows cannot mend it. */
  #truncate(claims: readonly Claim<Op>[]): readonly Claim<Op>[] {
    const returns = claims.flatMap(({ duty, by }) => duty === "must" ? [by] : []);
    returns.sort((a, b) => a - b);
    let low = 0;
    let high = returns.length - 1;
    while (low < high && this.#mayGoOn()) {
      const middle = (low + high) >>> 1;
      if (this.#isViolation(this.#until(claims, returns[middle]!))) high = middle;
      else low = middle + 1;
    }
    return this.#until(claims, returns[high]!);
  }

  /** What had been called by some moment; what had not returned may or may not have taken effect. */
  #until(claims: readonly Claim<Op>[], time: number): readonly Claim<Op>[] {
    return claims.flatMap((claim) => {
      if (claim.op.call > time) return [];
      if (claim.by <= time) return [claim];
      return this.#isReadOnly(claim.op) ? [] : [mayClaim(claim.op)];
    });
  }

  /** The operations that must be certain for there to be no order; those that read go first. */
  #findCertain(claims: readonly Claim<Op>[]): readonly Op[] {
    const certain = claims.flatMap(({ op, duty }) => duty === "must" ? [op] : []);
    // What is wrong may be just that something happened twice.
    const repeats = this.#isViolation(this.#weakenAllBut(certain, claims, { repeats: true }));
    const suffices = (ops: readonly Op[]) =>
      this.#isViolation(this.#weakenAllBut(ops, claims, { repeats }));
    const first = this.#guess(certain, suffices);
    const [reads, writes] = [
      first.filter((op) => this.#isReadOnly(op)),
      first.filter((op) => !this.#isReadOnly(op)),
    ];
    const fewReads = this.#reduce(reads, (some) => suffices([...some, ...writes]));
    const fewWrites = this.#reduce(writes, (some) => suffices([...fewReads, ...some]));
    // Reads that were needed together with writes that are gone may be needed no longer.
    return this.#reduce([...fewReads, ...fewWrites], suffices);
  }

  /** A first guess at what is wrong: what returned last, and what that depends on. */
  #guess(certain: readonly Op[], suffices: (ops: readonly Op[]) => boolean): readonly Op[] {
    const byReturn = certain.toSorted((a, b) => a.return! - b.return!);
    for (const count of FIRST_GUESSES) {
      if (count >= certain.length || !this.#mayGoOn()) break;
      const last = byReturn.slice(-count);
      const guess = new Set([...last, ...this.#giversFor(last, certain)]);
      const ops = certain.filter((op) => guess.has(op));
      if (suffices(ops)) return ops;
    }
    return certain;
  }

  /** The operations that give what others need. */
  #giversFor(ops: readonly Op[], all: readonly Op[]): readonly Op[] {
    const { tokens } = this.#model;
    if (tokens === undefined) return [];
    const needed = new Set(ops.map((op) => tokens.needs(op)));
    return all.filter((op) => {
      const given = tokens.gives(op);
      return given !== undefined && needed.has(given);
    });
  }

  #weakenAllBut(
    certain: readonly Op[],
    claims: readonly Claim<Op>[],
    { repeats }: { readonly repeats: boolean },
  ): readonly Claim<Op>[] {
    const kept = new Set(certain);
    return claims.flatMap((claim) => {
      const { op } = claim;
      if (kept.has(op)) return [claim];
      if (this.#isReadOnly(op)) return [];
      const mayRepeat = repeats && this.#model.repeats?.(op) !== undefined;
      return [mayRepeat ? { op, duty: "repeats", by: Infinity } : mayClaim(op)];
    });
  }

  /**
   * The operations that matter of those that are not certain; and the certain ones, fewer perhaps: now
   * that nothing repeats, more of them may be uncertain.
   */
  #findPossible(certain: readonly Op[], uncertain: readonly Op[]): [readonly Op[], readonly Op[]] {
    const areFew = uncertain.length <= POSSIBLE_MAX;
    const fewer = areFew
      ? this.#reduce(certain, (ops) => this.#isViolation(split(ops, [...certain, ...uncertain])))
      : certain;
    const kept = new Set(fewer);
    const others = certain.filter((op) => !kept.has(op) && !this.#isReadOnly(op));
    const candidates = [...others, ...areFew ? uncertain : this.#someOfEachKind(uncertain)];
    if (!this.#mayGoOn()) return [fewer, candidates];
    const mattersWith = (op: Op, possible: readonly Op[]) => {
      const rest = fewer.filter((other) => other !== op);
      return this.#status(split(rest, [...fewer, ...possible])) === "found";
    };
    const decisive = fewer.filter((op) => mattersWith(op, candidates));
    const possible = this.#reduce(
      candidates,
      (ops) => decisive.every((op) => mattersWith(op, ops)),
    );
    return [fewer, possible];
  }

  #someOfEachKind(ops: readonly Op[]): readonly Op[] {
    const model = this.#model;
    const byCall = ops.toSorted((a, b) => a.call - b.call);
    const kinds = Map.groupBy(byCall, (op) => model.repeats?.(op) ?? op);
    return kinds.values().toArray().flatMap((kind) => kind.slice(0, ALIKE_MAX));
  }

  #reduce(items: readonly Op[], accepts: (items: readonly Op[]) => boolean): readonly Op[] {
    return reduce(items, accepts, () => this.#mayGoOn());
  }

  #isViolation(claims: readonly Claim<Op>[]): boolean {
    return this.#status(claims) === "none";
  }

  #status(claims: readonly Claim<Op>[]): SearchStatus {
    const decision = new Decision(this.#model, claims, this.#meter);
    const status = decision.run(STEPS + STEPS_PER_OPERATION * claims.length);
    decision.forget();
    this.#meter.look();
    return status;
  }

  #mayGoOn(): boolean {
    return this.#meter.exhausted === null;
  }

  #isReadOnly(op: Op): boolean {
    return this.#model.isReadOnly?.(op) ?? false;
  }
}

/** Claims of which some are certain and the others not; one that reads does nothing then. */
function split<Op extends Operation>(
  certain: readonly Op[],
  all: readonly Op[],
): readonly Claim<Op>[] {
  const kept = new Set(certain);
  return all.map((op) => kept.has(op) ? mustClaim(op) : mayClaim(op));
}

function mayClaim<Op>(op: Op): Claim<Op> {
  return { op, duty: "may", by: Infinity };
}
