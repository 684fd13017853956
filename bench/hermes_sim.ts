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
import { measure, type Measured, type Work } from "./simulated/load.ts";
import { type Ratios, ratiosOf } from "./simulated/papers.ts";
import { type Costs, startSystem, type SystemName } from "./simulated/systems.ts";

const HELP = `Compare Hermes with CRAQ and VR in the simulator, and print tables in Markdown.

  deno run --allow-read bench/hermes_sim.ts [options]

      --nodes LIST    sizes of the cluster [3,5,7]
      --writes LIST   parts of the operations that are writes [0.01,0.05,0.2,0.5,1]
      --keys LIST     uniform, zipf or both [uniform,zipf]
      --loads LIST    parts of the most that CRAQ does, for latencies [0.5]
  -h, --help          print this
`;

const COSTS: Costs = { serviceMs: 0.02, latencyMs: 0.05 };
/** Without values, and sent together with others where there is much to do. */
const SMALL = ["ack", "val", "prepareOk"];
const WARM_UP_MS = 20;
const MEASURED_MS = 40;
/** Operations whose latencies are measured. */
const OPERATIONS = 2_000;
/** At each node. */
const CLIENTS = 16;
const KEY_COUNT = 1_000_000;
const KEYS: Readonly<Record<Distribution, ChooseKey>> = {
  uniform: uniformKeys(KEY_COUNT),
  zipf: zipfKeys(KEY_COUNT, 0.99),
};
const SYSTEMS = ["hermes", "hermesO3", "craq", "vr"] as const;

interface Options {
  readonly help: boolean;
  readonly nodes: readonly number[];
  readonly writes: readonly number[];
  readonly keys: readonly Distribution[];
  readonly loads: readonly number[];
}

type Load = Pick<Work, "perSecond" | "measuredMs">;

/** The same work, done by each system. */
interface Comparison {
  readonly keys: Distribution;
  readonly nodes: number;
  readonly writes: number;
  readonly measured: Readonly<Record<SystemName, Measured>>;
}

function readOptions(args: readonly string[]): Options {
  const texts = ["nodes", "writes", "keys", "loads"];
  return readFlags(args, { booleans: ["help"], texts, aliases: { h: "help" } }, (flags) => {
    const list = (name: string, fallback: string, isFit: (word: string) => boolean) => {
      const words = (flags.text(name, "") ?? fallback).split(",");
      if (!words.every(isFit)) flags.problem(name, `Is not a list such as ${fallback}`);
      return words;
    };
    const isCount = (max: number) => (word: string) =>
      /^\d+$/.test(word) && +word > 0 && +word <= max;
    const isPart = (word: string) => +word > 0 && +word <= 1;
    return {
      help: flags.flag("help"),
      nodes: list("nodes", "3,5,7", isCount(7)).map(Number),
      writes: list("writes", "0.01,0.05,0.2,0.5,1", isPart).map(Number),
      keys: list("keys", "uniform,zipf", (word) => word === "uniform" || word === "zipf")
        .map((word) => word as Distribution),
      loads: list("loads", "0.5", isPart).map(Number),
    };
  });
}

/** What everybody does in the same work. */
function compare(
  keys: Distribution,
  nodes: number,
  writes: number,
  load: Load,
  costs: Costs,
): Comparison {
  const clients = Array.from({ length: nodes * CLIENTS }, (_, index) => index % nodes);
  const work = { writes, keys: KEYS[keys], clients, warmUpMs: WARM_UP_MS, ...load };
  const entries = SYSTEMS.map((name) => {
    const measured = measure(startSystem(name, nodes, costs), work);
    return [name, measured] as const;
  });
  console.error(`${nodes} nodes, ${percent(writes)} writes, ${keys} keys: done`);
  return { keys, nodes, writes, measured: Object.fromEntries(entries) as Comparison["measured"] };
}

function compareAll({ keys, nodes, writes }: Options, costs: Costs): Comparison[] {
  return keys.flatMap((each) =>
    nodes.flatMap((count) =>
      writes.map((part) => compare(each, count, part, { measuredMs: MEASURED_MS }, costs))
    )
  );
}

/** The same once more, but with no more to do than a part of what CRAQ can. */
function compareAt(load: number, busiest: readonly Comparison[]): Comparison[] {
  return busiest.map(({ keys, nodes, writes, measured }) => {
    const perSecond = measured.craq.perSecond * load;
    const measuredMs = OPERATIONS / perSecond * 1_000;
    return compare(keys, nodes, writes, { perSecond, measuredMs }, COSTS);
  });
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

/** As if the client were on the node that it asks, as the papers' are. */
function quantile(sorted: readonly number[], part: number): number {
  const index = Math.min(sorted.length - 1, Math.floor(sorted.length * part));
  return (sorted[index] ?? NaN) - 2 * COSTS.latencyMs;
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
  print(`A message costs a node ${serviceMs} ms, and is ${latencyMs} ms on its way.\n\n`);
  print(`Throughput: ${CLIENTS} clients at each node, one operation at a time each.\n\n`);
  const busiest = compareAll(options, COSTS);
  print(table(THROUGHPUT_COLUMNS, busiest.map(throughputRow)));
  print(`The same, if only messages with a value cost anything: not ${SMALL.join(", ")}.\n\n`);
  const valuesOnly = compareAll(options, { ...COSTS, free: SMALL });
  print(table(THROUGHPUT_COLUMNS, valuesOnly.map(throughputRow)));
  const all = [...busiest, ...valuesOnly];
  for (const load of options.loads) {
    print(
      `Latency in ms, median / 99th percentile, without the client's way to the node and back, `,
    );
    print(`with ${percent(load)} of the most that CRAQ does.\n\n`);
    const compared = compareAt(load, busiest);
    print(table(LATENCY_COLUMNS, compared.map(latencyRow)));
    all.push(...compared);
  }
  const refused = all
    .flatMap(({ measured }) => Object.values(measured))
    .reduce((sum, one) => sum + one.refused, 0);
  print(`${refused} operations were refused.\n`);
  return refused === 0 ? 0 : 1;
}

if (import.meta.main) await runCommand((args) => Promise.resolve(main(args)));
