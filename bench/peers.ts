/**
 * Compares Troupe with the systems that a user would pick instead: etcd, Redis and ZooKeeper, three nodes each on
 * this machine, under the same loads, made by load generators that are not ours wherever they can make them.
 *
 * `deno task peers --help`
 *
 * @module
 */
import { REAL_CLOCK } from "../cli/clock.ts";
import { print, runCommand } from "../cli/command.ts";
import { onStopRequest } from "../cli/signals.ts";
import { type Comparison, comparisonOf, OURS } from "./peers/comparisons.ts";
import { Generator } from "./peers/generator/generator.ts";
import { HELP, isWanted, type Options, parsePeersFlags } from "./peers/options.ts";
import { inspectMachine } from "./peers/report/machine.ts";
import { pictures } from "./peers/report/pictures.ts";
import { report, type Setting, type Versioned } from "./peers/report/report.ts";
import { measureComparison, type Outcome } from "./peers/rounds.ts";
import type { System } from "./peers/systems/system.ts";

const EXIT_STOPPED = 130;

async function main(args: readonly string[]): Promise<number> {
  const options = parsePeersFlags(args);
  if (options.help) {
    print(HELP);
    return 0;
  }
  await Deno.mkdir(options.data, { recursive: true, mode: 0o700 });
  const machine = await inspectMachine(options.data);
  if (machine.wrk === null || machine.redisBenchmark === null) {
    console.error("Cannot measure without load generators; on Debian: apt install wrk redis-tools");
    return 1;
  }
  const versions = new Versions();
  const comparisons = await choose(options, versions);
  const setting = { machine, options, versions: versions.found, absent: versions.absent };
  const stopped = new AbortController();
  // What is asked for once more is under way already.
  const ignore = onStopRequest(REAL_CLOCK, () => stopped.abort());
  const outcomes = await measureAll(comparisons, options, stopped.signal);
  ignore();
  const text = report(setting, outcomes);
  print(text);
  if (options.out !== undefined) await writeAll(options.out, text, setting, outcomes);
  if (stopped.signal.aborted) return EXIT_STOPPED;
  return outcomes.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

/** Versions of systems, each asked for once. */
class Versions {
  readonly #versions = new Map<System, string | null>();

  async of(system: System): Promise<string | null> {
    const known = this.#versions.get(system);
    if (known !== undefined) return known;
    const version = await system.version();
    this.#versions.set(system, version);
    return version;
  }

  get found(): readonly Versioned[] {
    return [...this.#versions].flatMap(([system, version]) =>
      version === null ? [] : [{ system, version }]
    );
  }

  get absent(): readonly string[] {
    return [...this.#versions].flatMap(([{ name }, version]) => version === null ? [name] : []);
  }
}

/** The comparisons that are wanted, with the systems that are wanted and installed. */
async function choose(options: Options, versions: Versions): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const name of options.only) {
    const comparison = comparisonOf(name, options);
    const entrants = [];
    for (const entrant of comparison.entrants) {
      const { name } = entrant.system;
      if (OURS.includes(name) && !isWanted(name, options.systems)) continue;
      if (await versions.of(entrant.system) !== null) entrants.push(entrant);
    }
    comparisons.push({ ...comparison, entrants });
  }
  return comparisons;
}

async function measureAll(
  comparisons: readonly Comparison[],
  options: Options,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const { rounds, seconds, warmUp, spread, data } = options;
  const outcomes: Outcome[] = [];
  // Of this run alone: nobody's data is deleted.
  const directory = await Deno.makeTempDir({ dir: data, prefix: "peers-" });
  try {
    await using generator = new Generator();
    const stopGenerator = () => void generator[Symbol.asyncDispose]();
    signal.addEventListener("abort", stopGenerator);
    const progress = (line: string) => console.error(line);
    const method = {
      space: options,
      rounds,
      seconds,
      warmUp,
      spread,
      directory,
      generator,
      signal,
    };
    for (const comparison of comparisons) {
      if (signal.aborted) break;
      outcomes.push(await measureComparison(comparison, { ...method, progress }));
    }
    return outcomes;
  } finally {
    await Deno.remove(directory, { recursive: true });
    await removeIfEmpty(data);
  }
}

async function removeIfEmpty(directory: string): Promise<void> {
  if ((await Array.fromAsync(Deno.readDir(directory))).length === 0) await Deno.remove(directory);
}

/** Writes the report, a file of raw figures and the plots. */
async function writeAll(
  directory: string,
  text: string,
  { versions, ...setting }: Setting,
  outcomes: readonly Outcome[],
): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(`${directory}/peers.md`, text);
  const raw = {
    ...setting,
    versions: Object.fromEntries(versions.map(({ system, version }) => [system.name, version])),
    outcomes: outcomes.map(({ comparison, ...outcome }) => ({ name: comparison.name, ...outcome })),
  };
  await Deno.writeTextFile(`${directory}/peers.json`, `${JSON.stringify(raw, null, 1)}\n`);
  for (const { comparison, samples } of outcomes) {
    for (const { file, svg } of pictures(comparison, setting.options, samples)) {
      await Deno.writeTextFile(`${directory}/${file}`, svg);
    }
  }
}

if (import.meta.main) await runCommand(main);
