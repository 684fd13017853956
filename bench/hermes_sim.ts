/**
 * Throughput and latency of Hermes beside CRAQ and VR, in the simulator, whose nodes take one message after the
 * other, each for the same time. Says nothing about how fast Troupe is; it says how many messages of each
 * protocol the busiest node has to take, and for how many of them, one after the other, an operation waits:
 * beside what the papers measured of Hermes.
 *
 * `deno run --allow-read bench/hermes_sim.ts --help`
 *
 * @module
 */
import { print, runCommand } from "../cli/command.ts";
import { readFlags } from "../cli/config/flags.ts";
import { type ChooseKey, type Distribution, uniformKeys, zipfKeys } from "./simulated/keys.ts";
import { measure, type Measured } from "./simulated/load.ts";
import { type Ratios, ratiosOf } from "./simulated/papers.ts";
import { startSystem, type SystemName } from "./simulated/systems.ts";

const HELP = `Compare Hermes with CRAQ and VR in the simulator, and print tables in Markdown.

  deno run --allow-read bench/hermes_sim.ts [options]

      --nodes LIST    sizes of the cluster [3,5,7]
      --writes LIST   parts of the operations that are writes [0.01,0.05,0.2,0.5,1]
      --keys LIST     uniform, zipf or both [uniform,zipf]
      --clients LIST  clients at each node, for throughput and for latency [40,2]
  -h, --help          print this
`;

const COSTS = { serviceMs: 0.02, latencyMs: 0.05 };
const WARM_UP_MS = 40;
const MEASURED_MS = 80;
/** For latencies there are few operations at a time, and so few in all. */
const LIGHT_MEASURED_MS = 400;
const KEYS = 1_000_000;
const ZIPF_EXPONENT = 0.99;
const SYSTEMS = ["hermes", "hermesO3", "craq", "vr"] as const;

interface Options {
  readonly help: boolean;
  readonly nodes: readonly number[];
  readonly writes: readonly number[];
  readonly keys: readonly Distribution[];
  readonly clients: readonly [loaded: number, light: number];
}

/** The same work, done by each system. */
interface Comparison {
  readonly keys: Distribution;
  readonly nodes: number;
  readonly writes: number;
  readonly measured: Readonly<Record<SystemName, Measured>>;
}

function readOptions(args: readonly string[]): Options {
  const texts = ["nodes", "writes", "keys", "clients"];
  return readFlags(args, { booleans: ["help"], texts, aliases: { h: "help" } }, (flags) => {
    const list = (name: string, fallback: string, isFit: (word: string) => boolean) => {
      const words = (flags.text(name, "") ?? fallback).split(",");
      if (!words.every(isFit)) flags.problem(name, `Is not a list such as ${fallback}`);
      return words;
    };
    const isCount = (max: number) => (word: string) =>
      /^\d+$/.test(word) && +word > 0 && +word <= max;
    const [loaded, light] = list("clients", "40,2", isCount(1_000)).map(Number);
    return {
      help: flags.flag("help"),
      nodes: list("nodes", "3,5,7", isCount(7)).map(Number),
      writes: list("writes", "0.01,0.05,0.2,0.5,1", (word) => +word > 0 && +word <= 1).map(Number),
      keys: list("keys", "uniform,zipf", (word) => word === "uniform" || word === "zipf")
        .map((word) => word as Distribution),
      clients: [loaded!, light ?? 2],
    };
  });
}

function compareAll(options: Options, clientsPerNode: number, measuredMs: number): Comparison[] {
  const chooseKey: Record<Distribution, ChooseKey> = {
    uniform: uniformKeys(KEYS),
    zipf: zipfKeys(KEYS, ZIPF_EXPONENT),
  };
  return options.keys.flatMap((keys) =>
    options.nodes.flatMap((nodes) =>
      options.writes.map((writes): Comparison => {
        const clients = Array.from({ length: nodes * clientsPerNode }, (_, index) => index % nodes);
        const work = { writes, keys: chooseKey[keys], clients, warmUpMs: WARM_UP_MS, measuredMs };
        const entries = SYSTEMS.map((name) =>
          [name, measure(startSystem(name, nodes, COSTS), work)] as const
        );
        console.error(`${keys} ${nodes} nodes ${writes} writes is done`);
        return {
          keys,
          nodes,
          writes,
          measured: Object.fromEntries(entries) as Comparison["measured"],
        };
      })
    )
  );
}

// Tables

const THROUGHPUT_COLUMNS = [
  ...["keys", "nodes", "writes", "Hermes/s", "with O3", "CRAQ/s", "VR/s"],
  ...["**H/CRAQ**", "Hermes paper", "Odyssey", "**H/VR**", "paper (ZAB)", "Odyssey (ZAB)"],
];

function throughputRow({ keys, nodes, writes, measured }: Comparison): string[] {
  const { hermes, hermesO3, craq, vr } = measured;
  const paper = ratiosOf("hermes", keys, nodes, writes);
  const odyssey = ratiosOf("odyssey", keys, nodes, writes);
  return [
    ...[keys, String(nodes), percent(writes)],
    ...[hermes, hermesO3, craq, vr].map(({ perSecond }) => thousands(perSecond)),
    ...ratioCells(hermes.perSecond / craq.perSecond, paper, odyssey, "craq"),
    ...ratioCells(hermes.perSecond / vr.perSecond, paper, odyssey, "zab"),
  ];
}

function ratioCells(
  ours: number,
  paper: Ratios | undefined,
  odyssey: Ratios | undefined,
  other: keyof Ratios,
): string[] {
  const cell = (ratios: Ratios | undefined) => ratios === undefined ? "" : ratios[other].toFixed(2);
  return [`**${ours.toFixed(2)}**`, cell(paper), cell(odyssey)];
}

const LATENCY_COLUMNS = [
  ...["keys", "nodes", "writes"],
  ...["write: Hermes", "CRAQ", "VR", "**CRAQ/H**", "**VR/H**"],
  ...["read: Hermes", "with O3", "CRAQ", "VR"],
];

function latencyRow({ keys, nodes, writes, measured }: Comparison): string[] {
  const { hermes, hermesO3, craq, vr } = measured;
  const ratio = (other: Measured) => {
    const value = quantile(other.writeMs, 0.5) / quantile(hermes.writeMs, 0.5);
    return Number.isFinite(value) ? `**${value.toFixed(2)}**` : "";
  };
  return [
    ...[keys, String(nodes), percent(writes)],
    ...[hermes, craq, vr].map(({ writeMs }) => quantiles(writeMs)),
    ...[ratio(craq), ratio(vr)],
    ...[hermes, hermesO3, craq, vr].map(({ readMs }) => quantiles(readMs)),
  ];
}

function quantiles(sorted: readonly number[]): string {
  if (sorted.length === 0) return "";
  return `${quantile(sorted, 0.5).toFixed(2)} / ${quantile(sorted, 0.99).toFixed(2)}`;
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

function thousands(perSecond: number): string {
  return `${(perSecond / 1_000).toFixed(1)} k`;
}

/** A table in Markdown. */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `${[line(columns), line(columns.map(() => "--:")), ...rows.map(line)].join("\n")}\n\n`;
}

function main(args: readonly string[]): number {
  const options = readOptions(args);
  if (options.help) {
    print(HELP);
    return 0;
  }
  const { serviceMs, latencyMs } = COSTS;
  const [loaded, light] = options.clients;
  print(`A message costs a node ${serviceMs} ms, and is ${latencyMs} ms on its way.\n\n`);
  print(`Throughput: ${loaded} clients at each node, one operation at a time each.\n\n`);
  const busy = compareAll(options, loaded, MEASURED_MS);
  print(table(THROUGHPUT_COLUMNS, busy.map(throughputRow)));
  print(`Latency in ms, median / 99th percentile: ${light} clients at each node.\n\n`);
  const idle = compareAll(options, light, LIGHT_MEASURED_MS);
  print(table(LATENCY_COLUMNS, idle.map(latencyRow)));
  const refused = [...busy, ...idle]
    .flatMap(({ measured }) => Object.values(measured))
    .reduce((sum, one) => sum + one.refused, 0);
  print(`${refused} operations were refused.\n`);
  return refused === 0 ? 0 : 1;
}

if (import.meta.main) await runCommand((args) => Promise.resolve(main(args)));
