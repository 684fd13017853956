/**
 * Runs the simulator: whole clusters with their clients in one thread, in virtual time, with faults. Needs no
 * permission. Exits with 3 if something happened that never may, with 4 if a healed quorum was stuck, and
 * with 5 if the same seed did not give the same run.
 *
 * `deno task sim --help`
 *
 * @module
 */
import { print, runCommand } from "./command.ts";
import { HELP, parseOptions, type SimOptions } from "./sim/options.ts";
import { RareCoverage } from "./sim/rare.ts";
import { Progress, replayCommand, seedLine } from "./sim/report.ts";
import { type RunResult, runSeed } from "../sim/swarm.ts";

const EXIT_VIOLATION = 3;
const EXIT_STUCK = 4;
const EXIT_NOT_DETERMINISTIC = 5;

/** Runs one seed, twice if asked to; returns the exit code that it alone would give. */
function runOne(seed: bigint, options: SimOptions): { result: RunResult; code: number } {
  const run = () => runSeed(seed, options);
  const result = run();
  if (result.outcome === "violation") return { result, code: EXIT_VIOLATION };
  if (result.outcome === "stuck") return { result, code: EXIT_STUCK };
  if (!options.twice) return { result, code: 0 };
  const { hash } = run();
  return { result, code: hash === result.hash ? 0 : EXIT_NOT_DETERMINISTIC };
}

function printFailure(result: RunResult, code: number, options: SimOptions): void {
  const { outcome, violations, report, plan } = result;
  // Alone, a seed shows everything that led to its end.
  const shown = options.seeds === 1 ? report : report.slice(-30);
  const what = code === EXIT_NOT_DETERMINISTIC ? "not the same run twice" : outcome;
  print(`\nseed ${result.seed}: ${what}\n${plan}\n`);
  print([...shown, ...violations].map((line) => `  ${line}\n`).join(""));
  print(`replay: ${replayCommand(result.seed, options)}\n\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    print(HELP);
    return 0;
  }
  const progress = new Progress(performance.now());
  const rare = new RareCoverage();
  const deadline = performance.now() + options.durationMs;
  let exit = 0;
  for (let done = 0; done < options.seeds && performance.now() < deadline; done++) {
    const startedAt = performance.now();
    const { result, code } = runOne(options.seed + BigInt(done), options);
    progress.add(result);
    rare.add(result);
    if (options.verbose) print(seedLine(result, performance.now() - startedAt));
    if (code !== 0) printFailure(result, code, options);
    exit ||= code;
    const line = progress.lineIfDue(performance.now());
    if (line !== undefined) print(line);
    // Lets an interrupt through.
    await Promise.resolve();
  }
  print(progress.line(performance.now()) + rare.line());
  if (options.rare) print(rare.table());
  return exit;
}

if (import.meta.main) await runCommand(main);
