import type { Model } from "../model.ts";
import type { Operation } from "../operation.ts";

/** What is known of an operation that cannot be placed. */
export interface Impasse<State, Op> {
  readonly culprit: Op;
  /** What took effect before it, in the longest order that was found. */
  readonly placed: readonly Op[];
  /** The operations of which it matters that they took effect while they were under way. */
  readonly certain: ReadonlySet<Op>;
  /** The state after these. */
  readonly state: State;
  /** All operations of the part, shown or not. */
  readonly all: readonly Op[];
}

/** Why an operation cannot be placed. */
export interface Reason<Op> {
  /** A sentence for people. */
  readonly text: string;
  /** An operation that it names, which need not be among those that show the violation. */
  readonly witness: Op | null;
}

/** Says why an operation cannot be placed. */
export function reasonFor<State, Op extends Operation>(
  model: Model<State, Op>,
  impasse: Impasse<State, Op>,
): Reason<Op> {
  const { culprit, placed, certain, state } = impasse;
  const told = `Client ${culprit.client} was told ${model.describe(culprit)}`;
  const missing = missingGiver(model, impasse);
  if (missing !== undefined) return { ...missing, text: `${told}, but ${missing.text}.` };
  const found = model.describeState(state);
  const isBefore = (op: Op) => certain.has(op) && op.return !== null && op.return < culprit.call;
  const before = placed.findLast(isBefore);
  if (before !== undefined) {
    const isRead = model.isReadOnly?.(before) ?? false;
    const earlier = `${model.describe(before)} (client ${before.client}) had been ` +
      `${isRead ? "answered" : "acknowledged"} before it began`;
    return { text: `${told}, but ${earlier}: then ${found}.`, witness: before };
  }
  const text = placed.length === 0
    ? `${told}, but nothing that had been asked for by then makes that possible: ${found}.`
    : `${told}, but that fits into no order of what had been asked for by then; ` +
      `in the longest, ${found}.`;
  return { text, witness: null };
}

/** Why what the operation needs was never there when it took effect, if that is so. */
function missingGiver<State, Op extends Operation>(
  model: Model<State, Op>,
  { culprit, all }: Impasse<State, Op>,
): Reason<Op> | undefined {
  const { tokens, initial } = model;
  const needed = tokens?.needs(culprit);
  if (tokens === undefined || needed === undefined || tokens.of(initial) === needed) return;
  const givers = all.filter((op) =>
    op !== culprit && op.outcome !== "fail" &&
    // What may give anything may give this.
    (tokens.gives(op) === needed || typeof tokens.gives(op) === "symbol")
  );
  const [first] = givers.toSorted((a, b) => a.call - b.call);
  if (first === undefined) {
    return { text: "no operation of the history leads to that", witness: null };
  }
  if (culprit.return === null || first.call <= culprit.return) return undefined;
  const text = `${model.describe(first)} (client ${first.client}) was called only after that`;
  return { text, witness: first };
}
