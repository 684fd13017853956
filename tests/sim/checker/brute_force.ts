import type { Model } from "../../../sim/checker/model.ts";
import type { Operation } from "../../../sim/checker/operation.ts";

/**
 * Whether a small history is linearizable, found out by trying every order: the definition, and
 * nothing that makes it faster. Of the model it uses only `initial` and `step`.
 */
export function isLinearizable<State, Op extends Operation>(
  model: Pick<Model<State, Op>, "initial" | "step">,
  history: readonly Op[],
): boolean {
  const mayStandInOrder = history.filter(({ outcome }) => outcome !== "fail");
  return canGoOn(model, model.initial, mayStandInOrder);
}

function canGoOn<State, Op extends Operation>(
  model: Pick<Model<State, Op>, "initial" | "step">,
  state: State,
  rest: readonly Op[],
): boolean {
  if (rest.every(({ outcome }) => outcome === "unknown")) return true;
  return rest.some((op) => {
    const isFirst = rest.every((other) => !precedes(other, op));
    const next = isFirst ? model.step(state, op) : undefined;
    return next !== undefined && canGoOn(model, next, rest.filter((other) => other !== op));
  });
}

function precedes(a: Operation, b: Operation): boolean {
  return a.outcome === "ok" && a.return! < b.call;
}

/** Whether an order is one of a history: of all that succeeded, in time, as the model has it. */
export function isOrderOf<State, Op extends Operation>(
  model: Pick<Model<State, Op>, "initial" | "step">,
  history: readonly Op[],
  order: readonly Op[],
): boolean {
  if (new Set(order).size < order.length) return false;
  if (!order.every((op) => history.includes(op) && op.outcome !== "fail")) return false;
  if (!history.every((op) => op.outcome !== "ok" || order.includes(op))) return false;
  if (order.some((op, index) => order.slice(0, index).some((other) => precedes(op, other)))) {
    return false;
  }
  let state: State | undefined = model.initial;
  for (const op of order) {
    if (state !== undefined) state = model.step(state, op);
  }
  return state !== undefined;
}
