/**
 * The long form of the tests in tests/cluster: real processes that are killed, stopped, filled up, damaged and
 * pestered, under load, again and again. Ends with exit code 1 if anything was lost, doubled or wrong.
 *
 * `deno task torture --help`
 *
 * @module
 */
import { print, runCommand } from "../cli/command.ts";
import { readFlags } from "../cli/config/flags.ts";
import { CHAIN_SCENARIOS } from "../tests/cluster/scenarios/chains.ts";
import { DISK_SCENARIOS } from "../tests/cluster/scenarios/disks.ts";
import { FULL_DISK_SCENARIOS } from "../tests/cluster/scenarios/full_disk.ts";
import { HERMES_SCENARIOS } from "../tests/cluster/scenarios/hermes.ts";
import { PROCESS_SCENARIOS } from "../tests/cluster/scenarios/processes.ts";
import { RECORDED_SCENARIOS } from "../tests/cluster/scenarios/recorded.ts";
import type { Scenario } from "../tests/cluster/scenarios/scenario.ts";
import { STRANGER_SCENARIOS } from "../tests/cluster/scenarios/strangers.ts";
import { Timings } from "./timings.ts";

const HELP = `Break clusters of real processes under load, and check that nothing is lost.

  deno task torture [options]

      --rounds N   how often each fault strikes [10]
      --only TEXT  play only scenarios whose name contains this
  -h, --help       print this

It needs the machine to itself for some minutes, and root to fill disks.
`;

const SCENARIOS = [
  ...PROCESS_SCENARIOS,
  ...CHAIN_SCENARIOS,
  ...HERMES_SCENARIOS,
  ...RECORDED_SCENARIOS,
  ...DISK_SCENARIOS,
  ...FULL_DISK_SCENARIOS,
  ...STRANGER_SCENARIOS,
];

interface Options {
  readonly help: boolean;
  readonly rounds: number;
  readonly only: string;
}

function parseFlags(args: readonly string[]): Options {
  const syntax = { booleans: ["help"], texts: ["only"], aliases: { h: "help" } };
  return readFlags(args, syntax, (flags) => ({
    help: flags.flag("help"),
    rounds: flags.count("rounds", { fallback: 10, min: 1, max: 100_000 }),
    only: flags.text("only", "") ?? "",
  }));
}

async function main(args: readonly string[]): Promise<number> {
  const { help, rounds, only } = parseFlags(args);
  if (help) {
    print(HELP);
    return 0;
  }
  const chosen = SCENARIOS.filter(({ name }) => name.includes(only));
  let failed = 0;
  for (const scenario of chosen) {
    if (!await play(scenario, rounds)) failed++;
  }
  print(`\n${chosen.length} scenarios, ${failed} failed\n`);
  return failed === 0 && chosen.length > 0 ? 0 : 1;
}

/** Plays a scenario and prints what came of it; returns whether it held. */
async function play({ name, isPossible, run }: Scenario, rounds: number): Promise<boolean> {
  print(`\n${name}\n`);
  if (isPossible?.() === false) {
    print("skipped: not possible here\n");
    return true;
  }
  const timings = new Timings();
  const notes: string[] = [];
  const startedAt = performance.now();
  const took = (what: string, since: number) => timings.add(what, performance.now() - since);
  try {
    await run({ rounds, isLong: true, took, note: (text) => notes.push(text) });
  } catch (error) {
    print(`FAILED: ${error instanceof Error ? error.stack : String(error)}\n`);
    return false;
  } finally {
    timings.add("the whole scenario", performance.now() - startedAt);
    print(timings.format("recovery"));
    print(notes.map((note) => `${note}\n`).join(""));
  }
  return true;
}

if (import.meta.main) await runCommand(main);
