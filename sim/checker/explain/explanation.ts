import { invariant } from "../../../actors/errors.ts";
import type { Part } from "../check.ts";
import { type Claim, mustClaim } from "../claim.ts";
import { type CheckLimits, Meter } from "../limits.ts";
import { minimise } from "../minimise.ts";
import type { Model } from "../model.ts";
import type { Operation } from "../operation.ts";
import { Problem } from "../problem.ts";
import { type Deepest, Search } from "../search.ts";
import { reasonFor } from "./reason.ts";

/** Why there is no order of a history, or of a part of one. */
export interface Explanation<Op extends Operation> {
  /** Which part, `null` if it is all of the history. */
  readonly name: string | null;
  /** The operations that show it, in the order of their calls: no order of these explains them. */
  readonly shown: readonly ShownOperation<Op>[];
  /** The operations that were placed in the longest order that was found, one after the other. */
  readonly order: readonly Op[];
  /** The operation that had to be next, and cannot be. */
  readonly culprit: Op;
  /** Says of it why not. */
  readonly reason: string;
  /** How many operations of the part are not shown. */
  readonly leftOut: number;
  /** Whether each of those shown was tried to do without. */
  readonly isMinimal: boolean;
}

/** An operation of an explanation. */
export interface ShownOperation<Op extends Operation> {
  readonly op: Op;
  /** It, in a few words. */
  readonly text: string;
  /** Whether it matters that it took effect while it was under way; if not, it may have, or not. */
  readonly isCertain: boolean;
}

/** So many steps are taken at most to find the longest order. */
const ORDER_STEPS = 200_000;

/**
 * Explains why a part of a history is not linearizable, by as few of its operations as can be found.
 *
 * @param part Not linearizable: what {@linkcode check} called a violation.
 * @param limits Of the search for few operations; 10 seconds unless said.
 */
export function explain<State, Op extends Operation>(
  model: Model<State, Op>,
  part: Part<Op>,
  limits: CheckLimits = {},
): Explanation<Op> {
  const { certain, possible, leftOut, isMinimal } = minimise(model, part.operations, limits);
  const claims = [...certain.map(mustClaim), ...possible.map(mayClaim)];
  const { order, state, blocked } = longestOrder(model, claims);
  const culprit = claims[blocked]!.op;
  const placed = order.map((index) => claims[index]!.op);
  const kept = new Set(certain);
  const impasse = { culprit, placed, certain: kept, state, all: part.operations };
  const { text, witness } = reasonFor(model, impasse);
  const ops = new Set([...certain, ...possible, ...(witness === null ? [] : [witness])]);
  const shown = Array.from(ops, (op) => ({
    op,
    text: model.describe(op),
    isCertain: kept.has(op),
  }));
  return {
    name: part.name,
    shown: shown.toSorted((a, b) => a.op.call - b.op.call),
    order: placed,
    culprit,
    reason: text,
    leftOut: leftOut - (ops.size - kept.size - possible.length),
    isMinimal,
  };
}

function mayClaim<Op>(op: Op): Claim<Op> {
  return { op, duty: "may", by: Infinity };
}

/** How far one can come: nothing is known beforehand, so that the search goes as far as it can. */
function longestOrder<State, Op extends Operation>(
  model: Model<State, Op>,
  claims: readonly Claim<Op>[],
): Deepest<State> {
  const problem = new Problem(model, claims, { usesTokens: false });
  const search = new Search(problem, { meter: new Meter(), keepsDeepest: true });
  search.run(ORDER_STEPS);
  search.forget();
  invariant(search.deepest !== null, "a violation has an operation that cannot be placed");
  return search.deepest;
}
