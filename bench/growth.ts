/**
 * What grows as the data does: the memory and the disk of each node, the time to start, to recover and to
 * take a snapshot, and what a load of many keys looks like over time. Clusters of real processes, beside
 * etcd's and Redis's with the same data.
 *
 * `deno task growth --help`
 *
 * @module
 */
import { print, runCommand } from "../cli/command.ts";
import { loadTable, memoryTable, secondLine, snapshotTable, startTable } from "./growth/tables.ts";
import { measureLoad } from "./growth/load.ts";
import { measureMemory, type MemoryFigures } from "./growth/memory.ts";
import { HELP, type Options, parseFlags, type Part } from "./growth/options.ts";
import { plotLoad } from "./growth/plot.ts";
import { measureSnapshots, type SnapshotFigures } from "./growth/snapshots.ts";
import { measureStarts, type StartFigures } from "./growth/start.ts";
import type { System } from "./growth/systems.ts";
import { NODES } from "./nodes/cluster.ts";
import { versionOf } from "./nodes/versions.ts";

const MILLION = 1_000_000;
/** With the first there is a snapshot now and then, with the second most of the time. */
const LOG_BYTES = ["64MiB", "4MiB"];
const REST_SECONDS = 15;

type Run = (options: Options, systems: readonly System[]) => Promise<void>;

const RUNS: Readonly<Record<Part, Run>> = {
  memory: runMemory,
  start: runStart,
  snapshot: runSnapshot,
  load: runLoad,
};

async function main(args: readonly string[]): Promise<number> {
  const options = parseFlags(args);
  if (options.help) {
    print(HELP);
    return 0;
  }
  print(
    `Deno ${Deno.version.deno}; ${navigator.hardwareConcurrency} cores; Linux ${Deno.osRelease()}; ` +
      `${NODES} nodes each; keys of 16 bytes, values of 100\n`,
  );
  // Fails if it is there: nobody's data is deleted.
  await Deno.mkdir(options.data, { mode: 0o700 });
  try {
    const systems = await installed(options.systems);
    for (const part of options.parts) {
      print(`\n${part}\n\n`);
      await RUNS[part](options, systems);
    }
  } finally {
    await Deno.remove(options.data, { recursive: true });
  }
  return 0;
}

async function installed(systems: readonly System[]): Promise<readonly System[]> {
  const found: System[] = [];
  for (const system of systems) {
    const version = await versionOf(system.program);
    print(`${system.id} ${version ?? "is not installed: left out"}\n`);
    if (version !== null) found.push(system);
  }
  return found;
}

/** Gives a measurement an empty directory, which is gone afterwards. */
async function within<T>(
  { data }: Options,
  measure: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await Deno.makeTempDir({ dir: await Deno.realPath(data) });
  try {
    return await measure(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function runMemory(options: Options, systems: readonly System[]): Promise<void> {
  const { keys = MILLION } = options;
  const rows: MemoryFigures[] = [];
  for (const system of systems) {
    rows.push(await within(options, (directory) => measureMemory(system, directory, keys)));
    console.error(memoryTable(rows.slice(-1)));
  }
  print(memoryTable(rows));
}

async function runStart(options: Options, systems: readonly System[]): Promise<void> {
  const { keys = MILLION } = options;
  const sizes = [1, 10_000, 100_000, keys].filter((size, index) => index === 3 || size < keys);
  const rows: StartFigures[] = [];
  for (const system of systems) {
    await within(options, async (directory) => {
      for await (const row of measureStarts(system, directory, sizes)) {
        rows.push(row);
        console.error(startTable([row]));
      }
    });
  }
  print(startTable(rows));
}

async function runSnapshot(options: Options, systems: readonly System[]): Promise<void> {
  const { keys = 100_000, seconds } = options;
  const rows: SnapshotFigures[] = [];
  for (const system of systems.filter(({ program }) => program === undefined)) {
    for (const logBytes of LOG_BYTES) {
      const settings = { keys, logBytes, seconds };
      rows.push(
        await within(options, (directory) => measureSnapshots(system, directory, settings)),
      );
      console.error(snapshotTable(rows.slice(-1)));
    }
  }
  print(snapshotTable(rows));
}

async function runLoad(options: Options, systems: readonly System[]): Promise<void> {
  const { keys = 10 * MILLION, overwriteSeconds, svg } = options;
  for (const system of systems.filter(({ program }) => program === undefined)) {
    const seconds = await within(options, (directory) =>
      measureLoad(system, directory, {
        keys,
        overwriteSeconds,
        restSeconds: REST_SECONDS,
        onSecond: (second) => console.error(secondLine(second)),
      }));
    print(`${system.id}\n${loadTable(seconds)}`);
    if (svg === undefined) continue;
    const caption = `${system.id}: ${keys.toLocaleString("en")} keys by pipelined RESP, then ` +
      `overwritten; upright lines are snapshots`;
    const file = systems.length === 1 ? svg : svg.replace(/(\.svg)?$/, `-${system.id}.svg`);
    await Deno.writeTextFile(file, plotLoad(seconds, caption));
  }
}

if (import.meta.main) await runCommand(main);
