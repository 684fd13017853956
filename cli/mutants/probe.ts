/**
 * Runs seeds until one fails. Part of a copy of the sources in which a bug is planted; says on its
 * standard output, as JSON lines, which seed it is at, and what came of the last one. Arguments: what
 * is not to be drawn, as JSON, then seeds, or ranges of them as `FIRST-LAST`.
 *
 * @module
 */
import type { GivenPlan } from "../../sim/plan.ts";
import { runSeed } from "../../sim/swarm.ts";

/** What a probe says. */
export type ProbeLine =
  | { readonly type: "begins"; readonly seed: string }
  | { readonly type: "failed"; readonly seed: string; readonly what: string };

function say(line: ProbeLine): void {
  console.log(JSON.stringify(line));
}

/** What is wrong with a run; `undefined` if nothing is. */
function failureOf(seed: bigint, given: GivenPlan): string | undefined {
  try {
    const { outcome, violations, report } = runSeed(seed, given);
    if (outcome === "ok") return undefined;
    const stuck = report.findLast((line) => line.includes(" stuck: "));
    return (violations[0] ?? stuck)?.replace(/^[\d.]+ (ms: )?/, "") ?? outcome;
  } catch (error) {
    return `the simulator fails: ${error}`;
  }
}

function main([plan, ...ranges]: readonly string[]): void {
  const given = JSON.parse(plan!) as GivenPlan;
  for (const range of ranges) {
    const [first, last = first] = range.split("-");
    for (let seed = BigInt(first!); seed <= BigInt(last!); seed++) {
      say({ type: "begins", seed: String(seed) });
      const what = failureOf(seed, given);
      if (what !== undefined) return say({ type: "failed", seed: String(seed), what });
    }
  }
}

if (import.meta.main) main(Deno.args);
