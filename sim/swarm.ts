import { drawPlanOf } from "./draw_plan.ts";
import type { GivenPlan } from "./plan.ts";
import { runPlan, type RunResult, type Watching } from "./run.ts";
import { drawScene, drawWorkload } from "./workloads/draw.ts";

export type { Outcome, RunResult } from "./run.ts";

/** How a run differs from what its seed draws. */
export type RunOptions = GivenPlan & Watching;

/** Runs one seed, with all that it draws. */
export function runSeed(seed: bigint, options: RunOptions = {}): RunResult {
  const plan = drawPlanOf(seed, options);
  return runPlan(plan, drawScene(seed, options.workload ?? drawWorkload(plan)), options);
}
