import type { Plan } from "../plan.ts";
import { runPlan, type RunResult, type Watching } from "../run.ts";
import { drawScene, type WorkloadName } from "../workloads/draw.ts";

/** A run that can be made again: a plan, which need not be what its seed draws, and what clients do. */
export interface SimCase {
  readonly plan: Plan;
  readonly workload: WorkloadName;
}

/** Makes the run of a case. */
export function runCase({ plan, workload }: SimCase, watching: Watching = {}): RunResult {
  return runPlan(plan, drawScene(plan.seed, workload), watching);
}

/**
 * What went wrong in a run, without the numbers in it: two runs with the same failure have met the same
 * bug, as far as anyone can tell. `undefined` if nothing went wrong.
 */
export function failureOf({ outcome, violations }: RunResult): string | undefined {
  if (outcome === "ok") return undefined;
  const [first] = violations;
  if (first === undefined) return outcome;
  // It begins with its time.
  const what = first.replace(/^[\d.]+ ms: /, "");
  // Why a history is not linearizable can be told in many ways.
  return what.replace(/^(the history).*( is not linearizable).*$/s, "$1$2").replace(/\d+/g, "#");
}
