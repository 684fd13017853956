/**
 * Runs the simulator: whole clusters with their clients in one thread, in virtual time, with faults. Needs no
 * permission, but to read and write the files that it is asked to. Exits with 3 if something happened that
 * never may, with 4 if a healed quorum was stuck, with 5 if the same seed did not give the same run, and with
 * 6 if it could not be decided whether what clients were told is linearizable.
 *
 * `deno task sim --help`
 *
 * @module
 */
import { print, runCommand } from "./command.ts";
import { dropPermissions, readText } from "./sim/files.ts";
import { writeHistory } from "./sim/history.ts";
import { HELP, parseOptions, type SimOptions } from "./sim/options.ts";
import { RareCoverage } from "./sim/rare.ts";
import { Progress, replayCommand, seedLine } from "./sim/report.ts";
import { shrinkAndSave } from "./sim/shrink.ts";
import { writeTrace } from "./sim/trace.ts";
import { drawPlanOf } from "../sim/draw_plan.ts";
import type { RunResult } from "../sim/run.ts";
import { runCase, type SimCase } from "../sim/shrink/case.ts";
import { decodeRegression } from "../sim/shrink/regression.ts";
import { drawWorkload } from "../sim/workloads/draw.ts";

const EXIT_VIOLATION = 3;
const EXIT_STUCK = 4;
const EXIT_NOT_DETERMINISTIC = 5;
const EXIT_UNDECIDED = 6;

/** The runs to be made, one after the other. */
function* casesOf(options: SimOptions): Generator<SimCase> {
  const { seed: first, seeds, workload, replay } = options;
  if (replay !== undefined) {
    yield decodeRegression(readText(replay)).found;
    return;
  }
  for (let number = 0; number < seeds; number++) {
    const seed = BigInt.asUintN(64, first + BigInt(number));
    const plan = drawPlanOf(seed, options);
    yield { plan, workload: workload ?? drawWorkload(plan) };
  }
}

/** Makes a run, twice if asked to; returns the exit code that it alone would give. */
function runOne(found: SimCase, { twice }: SimOptions): { result: RunResult; code: number } {
  const result = runCase(found);
  if (result.outcome === "violation") return { result, code: EXIT_VIOLATION };
  if (result.outcome === "stuck") return { result, code: EXIT_STUCK };
  const code = result.undecided === null ? 0 : EXIT_UNDECIDED;
  if (!twice) return { result, code };
  const { hash } = runCase(found);
  return { result, code: hash === result.hash ? code : EXIT_NOT_DETERMINISTIC };
}

/** Makes a run; if the simulator itself breaks off in it, says of which seed. */
function runOrSay(found: SimCase, options: SimOptions): { result: RunResult; code: number } {
  try {
    return runOne(found, options);
  } catch (error) {
    const { seed } = found.plan;
    print(`\nseed ${seed}: the simulator fails\nreplay: ${replayCommand(seed, options)}\n\n`);
    throw error;
  }
}

function printFailure(result: RunResult, code: number, options: SimOptions): void {
  const { outcome, violations, report, plan } = result;
  // Alone, a seed shows everything that led to its end; of several, each what mattered last.
  const shown = options.seeds === 1
    ? report
    : report.filter((line) => !line.includes(": debug: ")).slice(-30);
  const what = code === EXIT_NOT_DETERMINISTIC
    ? "not the same run twice"
    : code === EXIT_UNDECIDED
    ? `not known to be linearizable: ${result.undecided}`
    : outcome;
  print(`\nseed ${result.seed}: ${what}\n${plan}\n`);
  print([...shown, ...violations].map((line) => `  ${line}\n`).join(""));
  print(`replay: ${replayCommand(result.seed, options)}\n\n`);
}

/** What is asked for besides the run itself: the files. */
function writeFiles(found: SimCase, hasFailed: boolean, options: SimOptions): void {
  const { trace, lastMs, shrink, seeds } = options;
  const reduced = shrink && hasFailed ? shrinkAndSave(found, options) : undefined;
  if (trace === undefined || (seeds > 1 && !hasFailed)) return;
  const command = reduced === undefined
    ? replayCommand(found.plan.seed, options)
    : `deno task sim --replay ${reduced.path} -v`;
  writeTrace(reduced?.found ?? found, { directory: trace, lastMs, command });
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    print(HELP);
    return 0;
  }
  await dropPermissions(options);
  const progress = new Progress(performance.now());
  const rare = new RareCoverage();
  const deadline = performance.now() + options.durationMs;
  let exit = 0;
  for (const found of casesOf(options)) {
    if (performance.now() >= deadline) break;
    const startedAt = performance.now();
    const { result, code } = runOrSay(found, options);
    progress.add(result);
    rare.add(result);
    if (options.verbose) print(seedLine(result, performance.now() - startedAt));
    if (code !== 0) printFailure(result, code, options);
    // What is undecided hides no failure that comes later.
    if (code !== 0 && (exit === 0 || exit === EXIT_UNDECIDED)) exit = code;
    if (options.history !== undefined) writeHistory(options.history, result);
    const hasFailed = code !== 0 && code !== EXIT_UNDECIDED;
    writeFiles(found, hasFailed, options);
    if (hasFailed && options.shrink) break;
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
