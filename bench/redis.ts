/**
 * Compares Troupe's gossip with Redis and its asynchronous replicas: three nodes each on this machine's loopback
 * interface. Neither waits for another node before it acknowledges a write. Each is loaded at one node, over the
 * protocol that it has: HTTP by `wrk`, and Redis's own by `redis-benchmark`, by as many clients, each with one
 * request at a time. The two of a pair are up together and loaded in turn, for many short rounds: so
 * whatever slows the machine for a while slows both, and the ratio within a round tells more than the figures.
 *
 * `deno run -A bench/redis.ts --help`
 *
 * @module
 */
import { runCommand } from "../cli/command.ts";
import { readFlags } from "../cli/config/flags.ts";
import { cpuUs } from "./etcd/cpu.ts";
import { formatSamples, median, type Sample, throughputRatios } from "./etcd/report.ts";
import { NODES } from "./etcd/systems.ts";
import type { Work } from "./etcd/wrk.ts";
import {
  KEYS,
  type Pair,
  PAIRS,
  redisVersion,
  type RunningStore,
  type StoreSystem,
  VALUE,
} from "./redis/systems.ts";

const HELP = `Compare Troupe's gossip with Redis and asynchronous replicas.

  deno run -A bench/redis.ts [options]

      --rounds N       how often each system is measured [10]
      --seconds N      how long one measurement takes, about [2]
      --warm-up N      how long each system is loaded before, in seconds [10]
      --connections N  clients of each [64]
      --data DIR       where both keep their data, deleted at the end [./data/bench-redis]
  -h, --help           print this

Needs wrk, redis-server and redis-benchmark (Debian: redis-server redis-tools).
`;

const WORKS: readonly Work[] = ["put", "get"];

interface Options {
  readonly help: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
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
    warmUp: flags.count("warm-up", { fallback: 10, min: 1, max: 3_600 }),
    connections: flags.count("connections", { fallback: 64, min: 1, max: 10_000 }),
    data: flags.text("data", "./data/bench-redis") ?? "./data/bench-redis",
  }));
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseFlags(args);
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const version = await redisVersion();
  if (version === null) {
    console.error("Cannot compare without Redis; on Debian: apt install redis-server redis-tools");
    return 1;
  }
  const { rounds, seconds, warmUp, connections } = options;
  console.log(
    `Redis ${version}; Deno ${Deno.version.deno}; ${navigator.hardwareConcurrency} cores; ` +
      `Linux ${Deno.osRelease()}\n${NODES} nodes each, ${connections} clients of one node, ${KEYS} keys, ` +
      `values of ${VALUE.length} bytes\n${rounds} rounds of ${seconds} s for each system and work, in turn, ` +
      `after ${warmUp} s of warming up`,
  );
  for (const pair of PAIRS) await comparePair(options, pair);
  await Deno.remove(options.data);
  return 0;
}

async function comparePair(options: Options, pair: Pair): Promise<void> {
  console.log(`\n${pair.title}. An acknowledged write is then in`);
  for (const { name, promise } of pair.systems) console.log(`  ${name}: ${promise}`);
  const samples = await measurePair(options, pair);
  console.log(`\nMedians of ${options.rounds} rounds:\n\n${formatSamples(samples)}`);
  const [other, own] = pair.systems;
  for (const work of WORKS) {
    const ratios = throughputRatios(samples, work, [other.name, own.name]);
    const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    console.log(
      `${work}: ${own.name} does ${median(ratios).toFixed(2)} times the throughput of ` +
        `${other.name} (${range} over the rounds)`,
    );
  }
}

/** A system that is up. */
interface Loaded {
  readonly system: StoreSystem;
  readonly running: RunningStore;
  readonly directory: string;
}

async function measurePair(options: Options, { systems }: Pair): Promise<Sample[]> {
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

async function startWarm(options: Options, system: StoreSystem): Promise<Loaded> {
  const directory = `${options.data}/${system.name.replaceAll(/\W+/g, "-").toLowerCase()}`;
  await Deno.mkdir(options.data, { recursive: true, mode: 0o700 });
  // Fails if it is there: nobody's data is deleted.
  await Deno.mkdir(directory, { mode: 0o700 });
  let running: RunningStore | undefined;
  try {
    running = await system.start(directory);
    const { connections, warmUp } = options;
    const seconds = Math.max(1, Math.round(warmUp / WORKS.length));
    for (const work of WORKS) await running.measure(work, { connections, seconds, seed: 1 });
    return { system, running, directory };
  } catch (error) {
    await running?.stop();
    await Deno.remove(directory, { recursive: true });
    throw error;
  }
}

async function measureRound(
  { connections, seconds }: Options,
  systems: readonly Loaded[],
  work: Work,
  round: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  // Whoever comes first in one round comes last in the next.
  for (const { system, running } of round % 2 === 0 ? systems : systems.toReversed()) {
    const before = cpuUs(running.pids);
    const wrk = await running.measure(work, { connections, seconds, seed: round + 1 });
    const after = cpuUs(running.pids);
    const used = before === null || after === null ? null : (after - before) / wrk.requests;
    samples.push({ round, system: system.name, work, wrk, cpuUs: used });
  }
  const rates = samples.map(({ system, wrk }) =>
    `${system} ${Math.round(wrk.requests / wrk.seconds)}/s`
  );
  console.log(`round ${round + 1}: ${work}: ${rates.join("; ")}`);
  return samples;
}

if (import.meta.main) await runCommand(main);
