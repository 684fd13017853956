import { toError } from "../../actors/errors.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { check, type Part, type Verdict } from "./check.ts";
import { explain } from "./explain/explanation.ts";
import { explanationText } from "./explain/text.ts";
import { modelFor } from "./kv/model_for.ts";
import type { KvOperation } from "./kv/operations.ts";
import type { CheckLimits } from "./limits.ts";
import { MachineModel, type MachineOperation } from "./machine_model.ts";
import type { Model } from "./model.ts";
import type { Operation } from "./operation.ts";

/** What the checker says of the history of a run. */
export interface Judgement {
  /** Whether there is an order that explains every answer. */
  readonly outcome: Verdict<Operation>["outcome"];
  /** Says why it is not `linearizable`; empty if it is. */
  readonly reason: string;
  /** The same with a drawing, by lines, of a violation. */
  readonly report: readonly string[];
}

/**
 * Limits that do not depend on the machine, so that a seed always gives the same verdict. Histories of
 * the simulator take about as many steps as they have operations; what takes long is to keep the states
 * of machines that have large ones.
 */
export const JUDGE_LIMITS: CheckLimits = { stepsMax: 500_000, memoryBytes: 512 * 1024 ** 2 };
/** The same for a history of which it is known that something was wrong: that may take long to see. */
export const HURRIED_LIMITS: CheckLimits = { ...JUDGE_LIMITS, stepsMax: 50_000 };
const EXPLAIN_LIMITS = { stepsMax: 100_000, timeMs: Infinity };

/**
 * Judges what clients asked and were told, knowing nothing of how it was answered.
 *
 * @param machine Makes the machine that was replicated; needed for histories of bytes alone.
 * @param limits By default {@linkcode JUDGE_LIMITS}.
 */
export function judge(
  history: readonly (KvOperation | MachineOperation)[],
  machine: () => StateMachine,
  limits: CheckLimits = JUDGE_LIMITS,
): Judgement {
  const operations = history.filter((op) => "op" in op);
  if (operations.length === history.length) {
    return judgeBy(modelFor(operations), operations, limits);
  }
  if (operations.length > 0) return undecided("some operations are on a store, and others not");
  return judgeMachine(history.filter((op) => "kind" in op), machine, limits);
}

/** A machine of the user's own may fail in states that it never was in. */
function judgeMachine(
  history: readonly MachineOperation[],
  machine: () => StateMachine,
  limits: CheckLimits,
): Judgement {
  try {
    const model = new MachineModel(machine);
    const judgement = judgeBy(model, history, limits);
    if (!model.isContextUsed) return judgement;
    return undecided("commands depend on op-number or time, which a history does not tell");
  } catch (error) {
    return undecided(`the machine fails while its history is judged: ${toError(error).message}`);
  }
}

function judgeBy<State, Op extends Operation>(
  model: Model<State, Op>,
  history: readonly Op[],
  limits: CheckLimits,
): Judgement {
  const verdict = check(model, history, limits);
  switch (verdict.outcome) {
    case "linearizable":
      return { outcome: "linearizable", reason: "", report: [] };
    case "undecided":
      return undecided(`the limit of ${verdict.limit} was reached after ${verdict.steps} steps`);
    case "violation":
      return explainViolation(model, verdict.violations[0]!);
  }
}

function undecided(reason: string): Judgement {
  return { outcome: "undecided", reason, report: [] };
}

function explainViolation<State, Op extends Operation>(
  model: Model<State, Op>,
  part: Part<Op>,
): Judgement {
  const explanation = explain(model, part, EXPLAIN_LIMITS);
  const { name, reason } = explanation;
  const where = name === null ? "" : ` of ${JSON.stringify(name)}`;
  return {
    outcome: "violation",
    reason: `the history${where} is not linearizable: ${reason}`,
    report: explanationText(explanation).trimEnd().split("\n"),
  };
}
