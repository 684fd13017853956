/**
 * Compares Troupe with etcd: three nodes each on this machine's loopback interface and the same disk, both with
 * their defaults, both with every write on the disks of a majority before it is acknowledged. Both are up
 * all the time and are loaded in turn, never together, for many short rounds, under the same load by `wrk`,
 * which talks to the leader: so whatever slows the machine for a while slows both, and the ratio within a
 * round tells more than the figures themselves.
 *
 * `deno run -A bench/etcd.ts --help`
 *
 * @module
 */
import { keyName } from "../cli/bench/workload.ts";
import { runCommand } from "../cli/command.ts";
import { readFlags } from "../cli/config/flags.ts";
import { cpuUs } from "./etcd/cpu.ts";
import { formatSamples, median, type Sample, throughputRatios } from "./etcd/report.ts";
import { ETCD, NODES, type RunningSystem, type System, TROUPE } from "./etcd/systems.ts";
import { LUA_SCRIPT, requestFile, runWrk, type Work } from "./etcd/wrk.ts";

const HELP = `Compare Troupe with etcd under the same load.

  deno run -A bench/etcd.ts [options]

      --rounds N       how often each system is measured [10]
      --seconds N      how long one measurement takes [2]
      --connections N  connections of wrk [64]
      --data DIR       where both keep their data, deleted at the end [./data/bench-etcd]
  -h, --help           print this

Needs wrk; without etcd (Debian: etcd-server) only Troupe is measured.
`;

const WORKS: readonly Work[] = ["put", "get"];
/** Few enough that every key is written before it is read. */
const KEYS = 1_000;
const VALUE = "v".repeat(100);
/** Both are faster once they are warm; a just-in-time compiler takes the longest. */
const WARM_UP_SECONDS = 10;

interface Options {
  readonly help: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly data: string;
}

function parseFlags(args: readonly string[]): Options {
  return readFlags(args, {
    booleans: ["help"],
    texts: ["data"],
    aliases: { h: "help" },
  }, (flags) => ({
    help: flags.flag("help"),
    rounds: flags.count("rounds", { fallback: 10, min: 1, max: 1_000 }),
    seconds: flags.count("seconds", { fallback: 2, min: 1, max: 3_600 }),
    connections: flags.count("connections", { fallback: 64, min: 1, max: 10_000 }),
    data: flags.text("data", "./data/bench-etcd") ?? "./data/bench-etcd",
  }));
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseFlags(args);
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const wrk = await wrkVersion();
  if (wrk === null) {
    console.error("Cannot measure anything without wrk; on Debian: apt install wrk");
    return 1;
  }
  const systems: System[] = [];
  for (const system of [ETCD, TROUPE]) {
    const version = await system.version();
    console.log(version === null ? `${system.name}: absent, skipped` : `${system.name} ${version}`);
    if (version !== null) systems.push(system);
  }
  console.log(settings(options, wrk));
  const samples = await measureAll(options, systems);
  await removeIfEmpty(options.data);
  console.log(`\nMedians of ${options.rounds} rounds:\n\n${formatSamples(samples)}`);
  if (systems.length === 2) printRatios(samples);
  return 0;
}

function settings({ rounds, seconds, connections, data }: Options, wrk: string): string {
  return `${wrk}; Deno ${Deno.version.deno}; ${navigator.hardwareConcurrency} cores; Linux ${Deno.osRelease()}
${NODES} nodes on the loopback interface, data in ${data}, everything else at its default; Troupe's nodes are started as deno task cluster starts them
${KEYS} keys of ${
    keyName(0).length
  } bytes, values of ${VALUE.length} bytes, ${connections} connections to the leader
${rounds} rounds of ${seconds} s for each system and work, in turn, after ${WARM_UP_SECONDS} s of warming up
`.trimEnd();
}

function printRatios(samples: readonly Sample[]): void {
  for (const work of WORKS) {
    const ratios = throughputRatios(samples, work, [ETCD.name, TROUPE.name]);
    const [lowest, highest] = [Math.min(...ratios), Math.max(...ratios)];
    console.log(
      `${work}: ${TROUPE.name} does ${
        median(ratios).toFixed(2)
      } times the throughput of ${ETCD.name} ` +
        `(${lowest.toFixed(2)} to ${highest.toFixed(2)} over the rounds)`,
    );
  }
}

async function wrkVersion(): Promise<string | null> {
  try {
    const { stdout } = await new Deno.Command("wrk", { args: ["--version"] }).output();
    return /^wrk \S+/.exec(new TextDecoder().decode(stdout))?.[0] ?? "wrk";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function measureAll(options: Options, systems: readonly System[]): Promise<Sample[]> {
  const loaded: Loaded[] = [];
  try {
    for (const system of systems) loaded.push(await startWarm(options, system));
    const samples: Sample[] = [];
    for (let round = 0; round < options.rounds; round++) {
      for (const work of WORKS) samples.push(...await measureRound(options, loaded, work, round));
    }
    return samples;
  } finally {
    for (const { running, directory } of loaded) {
      await running.stop();
      await Deno.remove(directory, { recursive: true });
    }
  }
}

/** A system that is up. */
interface Loaded {
  readonly system: System;
  readonly running: RunningSystem;
  readonly directory: string;
}

async function startWarm(options: Options, system: System): Promise<Loaded> {
  const directory = `${options.data}/${system.name.toLowerCase()}`;
  await emptyDirectory(directory);
  const running = await system.start(`${directory}/nodes`);
  const loaded = { system, running, directory };
  for (const work of WORKS) await load(options, loaded, work, WARM_UP_SECONDS / WORKS.length, 0);
  return loaded;
}

async function measureRound(
  options: Options,
  systems: readonly Loaded[],
  work: Work,
  round: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  // Whoever comes first in one round comes last in the next.
  for (const loaded of round % 2 === 0 ? systems : systems.toReversed()) {
    samples.push(await load(options, loaded, work, options.seconds, round));
  }
  const rates = samples.map(({ system, wrk }) =>
    `${system} ${Math.round(wrk.requests / wrk.seconds)}/s`
  );
  console.log(`round ${round + 1}: ${work}: ${rates.join(", ")}`);
  return samples;
}

async function load(
  { connections }: Options,
  { system, running: { url, pids }, directory }: Loaded,
  work: Work,
  seconds: number,
  round: number,
): Promise<Sample> {
  const script = `${directory}/load.lua`;
  const requests = `${directory}/${work}.tsv`;
  const keys = Array.from({ length: KEYS }, (_, index) => keyName(index));
  await Deno.writeTextFile(script, LUA_SCRIPT);
  await Deno.writeTextFile(requests, requestFile(system.dialect, work, keys, VALUE));
  const before = cpuUs(pids);
  const wrk = await runWrk({ url, script, requests, connections, seconds, seed: round + 1 });
  const after = cpuUs(pids);
  const used = before === null || after === null ? null : (after - before) / wrk.requests;
  return { round, system: system.name, work, wrk, cpuUs: used };
}

async function removeIfEmpty(directory: string): Promise<void> {
  if ((await Array.fromAsync(Deno.readDir(directory))).length === 0) await Deno.remove(directory);
}

async function emptyDirectory(directory: string): Promise<void> {
  await Deno.remove(directory, { recursive: true }).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(`${directory}/nodes`, { recursive: true, mode: 0o700 });
}

if (import.meta.main) await runCommand(main);
