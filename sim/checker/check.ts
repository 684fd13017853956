import { claimsOf } from "./claim.ts";
import { Decision } from "./decision.ts";
import { type CheckLimits, type Exhausted, Meter } from "./limits.ts";
import type { Model } from "./model.ts";
import type { Operation } from "./operation.ts";

/** A part of a history that can be checked by itself: the operations on one key, say. */
export interface Part<Op> {
  /** Which part, in the words of the model; `null` if it does not divide histories. */
  readonly name: string | null;
  /** Its operations, in the order of the history. */
  readonly operations: readonly Op[];
}

/** What a check found. */
export type Verdict<Op> = (Linearizable<Op> | Violated<Op> | Undecided<Op>) & {
  /** How many steps it took: see {@linkcode CheckLimits.stepsMax}. */
  readonly steps: number;
};

/** There is an order that explains every answer. */
export interface Linearizable<Op> {
  /** Tells it from the others. */
  readonly outcome: "linearizable";
  /** Such an order for each part: what took effect, one after the other. */
  readonly orders: readonly Part<Op>[];
}

/** There is no such order. */
export interface Violated<Op> {
  /** Tells it from the others. */
  readonly outcome: "violation";
  /** The parts of which no order exists; at least one. */
  readonly violations: readonly Part<Op>[];
  /** The parts that were not decided when these were found. */
  readonly undecided: readonly Part<Op>[];
}

/** A limit was reached before there was an answer, and what was decided by then is in order. */
export interface Undecided<Op> {
  /** Tells it from the others. */
  readonly outcome: "undecided";
  /** Which limit. */
  readonly limit: Exhausted;
  /** The parts that were not decided; at least one. */
  readonly undecided: readonly Part<Op>[];
}

/** So many steps a part gets in the first round, besides some for each of its operations. */
const FIRST_STEPS = 10_000;
const FIRST_STEPS_PER_OPERATION = 8;
/** So many times as many it gets in every round as in the one before. */
const ROUND_FACTOR = 8;

/** A part and how far it is. */
interface Running<State, Op extends Operation> {
  readonly part: Part<Op>;
  readonly decision: Decision<State, Op>;
}

/**
 * Says whether a history is linearizable (Herlihy and Wing): whether its operations, each at some
 * moment between its call and its return, can have taken effect one after the other as the model
 * says.
 *
 * Parts are checked in rounds, each of which grants more steps, so that a hard one does not keep the
 * others from being decided.
 *
 * @throws {TroupeError} `bad_option` for a limit that is not positive.
 */
export function check<State, Op extends Operation>(
  model: Model<State, Op>,
  history: readonly Op[],
  limits: CheckLimits = {},
): Verdict<Op> {
  const meter = new Meter(limits);
  const orders: Part<Op>[] = [];
  const violations: Part<Op>[] = [];
  const settle = ({ part, decision }: Running<State, Op>, steps: number): boolean => {
    const status = decision.run(steps);
    if (status === "found") orders.push({ name: part.name, operations: decision.order()! });
    if (status === "none") violations.push(part);
    return status !== "unfinished";
  };
  const parts = divide(model, history);
  let open: Running<State, Op>[] = [];
  for (const part of parts) {
    const claims = claimsOf(model, part.operations);
    const running = { part, decision: new Decision(model, claims, meter) };
    const steps = FIRST_STEPS + FIRST_STEPS_PER_OPERATION * claims.length;
    if (!settle(running, steps)) open.push(running);
  }
  let granted = FIRST_STEPS;
  while (open.length > 0 && violations.length === 0 && meter.exhausted === null) {
    granted *= ROUND_FACTOR;
    open = open.filter((running) => !settle(running, granted));
  }
  const undecided = open.map(({ part }) => part);
  const { steps } = meter;
  if (violations.length > 0) return { outcome: "violation", violations, undecided, steps };
  if (undecided.length === 0) return { outcome: "linearizable", orders, steps };
  return { outcome: "undecided", limit: meter.exhausted!, undecided, steps };
}

/** The parts of a history, in the order in which they first appear. */
function divide<State, Op extends Operation>(
  model: Model<State, Op>,
  history: readonly Op[],
): Part<Op>[] {
  if (model.partition === undefined) return [{ name: null, operations: history }];
  const groups = Map.groupBy(history, (op) => model.partition!(op));
  return Array.from(groups, ([name, operations]) => ({ name, operations }));
}
