import { drawPlan, type GivenPlan } from "./plan.ts";
import { runPlan, type RunResult, type Watching } from "./run.ts";
import { drawScene, type WorkloadName } from "./workloads/draw.ts";

export type { Outcome, RunResult } from "./run.ts";

/** How a run differs from what its seed draws. */
export interface RunOptions extends GivenPlan, Watching {
  /** What clients do. Default: drawn. */
  readonly workload?: WorkloadName;
}

/** Runs one seed, with all that it draws. */
export function runSeed(seed: bigint, options: RunOptions = {}): RunResult {
  return runPlan(drawPlan(seed, options), drawScene(seed, options.workload), options);
}
