import { drawPlan } from "./plan.ts";
import { runPlan, type RunResult } from "./run.ts";
import { drawScene, type WorkloadName } from "./workloads/draw.ts";

export type { Outcome, RunResult } from "./run.ts";

/** How a run differs from what its seed draws. */
export interface RunOptions {
  /** The size of the cluster. Default: drawn. */
  readonly nodes?: number;
  /** What clients do. Default: drawn. */
  readonly workload?: WorkloadName;
}

/** Runs one seed, with all that it draws. */
export function runSeed(seed: bigint, { nodes, workload }: RunOptions = {}): RunResult {
  return runPlan(drawPlan(seed, nodes), drawScene(seed, workload));
}
