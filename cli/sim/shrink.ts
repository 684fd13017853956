import { print } from "../command.ts";
import { runCase, type SimCase } from "../../sim/shrink/case.ts";
import { encodeRegression, regressionName } from "../../sim/shrink/regression.ts";
import { shrink, type Shrunk } from "../../sim/shrink/shrink.ts";
import { writeText } from "./files.ts";
import type { SimOptions } from "./options.ts";

/** A reduced run, and the file that it is kept in. */
export interface SavedCase {
  readonly found: SimCase;
  readonly path: string;
}

/** Reduces a failing run, says how far it gets, and writes what is left to a file. */
export function shrinkAndSave(
  found: SimCase,
  { runs: runsMax, save }: Pick<SimOptions, "runs" | "save">,
): SavedCase | undefined {
  print(`shrinking, in at most ${runsMax} runs\n`);
  const reduced = shrink(found, {
    runsMax,
    run: (smaller) => runCase(smaller),
    onReduced: (name, { runs, result }) => {
      print(`  run ${runs}: ${name}; ${result.faultNames.length} faults, ${result.steps} events\n`);
    },
  });
  if (reduced === undefined) {
    print("nothing to shrink: the run does not fail by itself\n");
    return undefined;
  }
  const path = writeText(save, regressionName(reduced), encodeRegression(reduced));
  print(summary(reduced));
  print(`saved: ${path}\nreplay: deno task sim --replay ${path} -v\n`);
  return { found: reduced.found, path };
}

function summary({ found: { plan }, result, runs, failure }: Shrunk): string {
  const { violations, faultNames, durationMs } = result;
  return `after ${runs} runs: ${result.plan}\n` +
    `  ${plan.group.replicaCount} nodes, ${plan.clients.clients} clients, ` +
    `faults: ${faultNames.join(", ") || "none"}; it fails after ${durationMs.toFixed(0)} ms\n` +
    `  ${violations[0] ?? failure}\n`;
}
