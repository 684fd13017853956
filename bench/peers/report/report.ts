import type { Options } from "../options.ts";
import type { Outcome } from "../rounds.ts";
import type { System } from "../systems/system.ts";
import { keyCount, type Slice } from "../load.ts";
import { limitsTable } from "./limits.ts";
import type { Machine } from "./machine.ts";
import { figure, markdownTable } from "./markdown.ts";
import { sliceTable } from "./tables.ts";

/** A system, and its version. */
export interface Versioned {
  readonly system: System;
  readonly version: string;
}

/** What was compared, on what and how. */
export interface Setting {
  readonly machine: Machine;
  readonly options: Options;
  readonly versions: readonly Versioned[];
  /** Peers that are not installed. */
  readonly absent: readonly string[];
}

const SLICE_TITLES: Readonly<Record<Slice, string>> = {
  connections: "By connections",
  pipeline: "By connections, with a pipeline",
  mixes: "Reads and writes mixed",
  values: "By the size of values",
};

/** The whole report, in Markdown. */
export function report(setting: Setting, outcomes: readonly Outcome[]): string {
  return [
    "# Troupe and its peers\n",
    settingText(setting),
    systemsTable(setting.versions),
    ...outcomes.map((outcome) => outcomeText(setting, outcome)),
  ].join("\n");
}

function settingText({ machine, options, absent }: Setting): string {
  const { cores, cpu, memoryGiB, kernel, fileSystem, deno, wrk, redisBenchmark } = machine;
  const { rounds, seconds, warmUp } = options;
  return `${cores} cores (${cpu}), ${memoryGiB} GiB, ${kernel}, data on ${fileSystem}; Deno ${deno}, wrk ${wrk},
redis-benchmark ${redisBenchmark}. Three nodes of each system and the load generators share the machine and its
disk. ${rounds} rounds of ${seconds} s for each row, in turn, after ${warmUp} s of warming up. Values of 100 bytes and
64 connections unless said otherwise; ${keyCount(100)} keys of 16 bytes (${
    keyCount(65_536)
  } for values of 64 KiB).
Loaded is the node that leads; chain, hermes and gossip at all nodes${
    options.spread ? ", here all but Redis" : ""
  }. Figures are
medians of the rounds; ratios are taken within a round, then their median (lowest to highest). CPU is that of all
processes of a system.${
    absent.length === 0 ? "" : `\n\nNot installed, and so left out: ${absent.join(", ")}.`
  }
`;
}

function systemsTable(versions: readonly Versioned[]): string {
  const columns = ["system", "version", "settings", "an acknowledged write is in", "a read sees"];
  const rows = versions.map((
    { system, version },
  ) => [system.name, version, system.settings, system.write, system.read]);
  return markdownTable(columns.map((title) => ({ title })), rows);
}

function outcomeText({ options }: Setting, outcome: Outcome): string {
  const { comparison, slices, samples, disk, loadAverages, failures } = outcome;
  const tables = slices.flatMap((slice) => [
    `### ${SLICE_TITLES[slice]}\n`,
    sliceTable(slice, options, comparison, samples),
  ]);
  return [
    `## ${comparison.title}\n`,
    ...(loadAverages.length === 0
      ? []
      : [`Load average at the start of each round: ${loadAverages.map(figure).join(", ")}.\n`]),
    ...tables,
    ...(disk.length === 0 ? [] : ["### Limits\n", limitsTable(comparison, samples, disk)]),
    ...(failures.length === 0 ? [] : [
      "### What failed\n",
      ...failures.map((failure) => `- ${failure.replaceAll("\n", "\n  ")}\n`),
    ]),
  ].join("\n");
}
