/**
 * How soon all members of a gossip cluster have a write, and how many messages that takes, against the size of
 * the cluster, the fanout and the interval of anti-entropy: in the simulator, so that it says what the protocol
 * does and nothing of how fast Troupe is. Prints tables, and draws them into `docs/`.
 *
 * `deno run --allow-read --allow-write=docs bench/gossip_sim.ts --help`
 *
 * @module
 */
import { print, runCommand } from "../cli/command.ts";
import { readFlags } from "../cli/config/flags.ts";
import { type GossipCase, type GossipMeasured, measureGossip } from "./simulated/gossip_bed.ts";
import { type Plot, svgOf } from "./plot.ts";

const HELP =
  `Measure how a gossip cluster spreads writes, in the simulator; print tables in Markdown.

  deno run --allow-read --allow-write=docs bench/gossip_sim.ts [options]

      --nodes LIST      sizes of the cluster [3,5,10,16,25,50,100]
      --fanouts LIST    fanouts that are compared with mail to all [2,3,5,7]
      --intervals LIST  between two rounds of anti-entropy, in milliseconds [250,500,1000,2000]
      --writes N        writes of each case [60]
      --loss SHARE      the share of messages that is lost where intervals are compared [0.1]
      --docs DIR        where the plots go; none are drawn without it
  -h, --help            print this
`;

/** As in Maelstrom's broadcast, with which gossip.md compares (1.15). */
const LATENCY_MS = 100;
/** Digests are rare enough to show what mail does alone. */
const RARE_MS = 10_000;
/** Longer than a round trip. */
const RETRY_MS = 1_000;
const MAIL_ALL = 1_000;
/** The size of the cluster that intervals are compared at. */
const INTERVAL_NODES = 25;

interface Options {
  readonly help: boolean;
  readonly nodes: readonly number[];
  readonly fanouts: readonly number[];
  readonly intervals: readonly number[];
  readonly writes: number;
  readonly loss: number;
  readonly docs?: string;
}

function readOptions(args: readonly string[]): Options {
  const texts = ["nodes", "fanouts", "intervals", "docs"];
  return readFlags(args, { booleans: ["help"], texts, aliases: { h: "help" } }, (flags) => {
    const numbers = (name: string, fallback: string) => {
      const words = (flags.text(name, "") ?? fallback).split(",");
      if (!words.every((word) => /^[1-9]\d{0,4}$/.test(word))) {
        flags.problem(name, `Is not a list such as ${fallback}`);
      }
      return words.map(Number);
    };
    const docs = flags.text("docs", "");
    return {
      help: flags.flag("help"),
      nodes: numbers("nodes", "3,5,10,16,25,50,100"),
      fanouts: numbers("fanouts", "2,3,5,7"),
      intervals: numbers("intervals", "250,500,1000,2000"),
      writes: flags.count("writes", { fallback: 60, min: 1, max: 10_000 }),
      loss: flags.decimal("loss", { fallback: 0.1, min: 0, max: 0.9 }),
      ...(docs !== undefined && { docs }),
    };
  });
}

interface Row {
  readonly name: string;
  readonly x: number;
  readonly measured: GossipMeasured;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function tableOf(what: string, rows: readonly Row[]): string {
  const lines = rows.map(({ name, x, measured }) => {
    const { stableMs, mailed, messages, digests } = measured;
    const times = [quantile(stableMs, 0.5), quantile(stableMs, 0.99), stableMs.at(-1) ?? NaN];
    return `| ${
      [
        name,
        x,
        ...times.map((ms) => ms.toFixed(0)),
        mailed.toFixed(1),
        messages.toFixed(1),
        digests.toFixed(2),
      ].join(" | ")
    } |`;
  });
  const head = `| mail | ${what} | stable, median ms | p99 | max | events mailed a write | ` +
    `messages a write | digests a second a member |`;
  return [head, "|---|--:|--:|--:|--:|--:|--:|--:|", ...lines].join("\n") + "\n\n";
}

function plotOf(
  title: string,
  x: string,
  y: string,
  rows: readonly Row[],
  of: (row: Row) => number,
): Plot {
  const names = [...new Set(rows.map(({ name }) => name))];
  const lines = names.map((name) => ({
    name,
    points: rows.filter((row) => row.name === name).map((row) => [row.x, of(row)] as const),
  }));
  return { title, x, y, lines };
}

/** One case after the other; each says what it is. */
function measure(name: string, x: number, given: GossipCase): Row {
  return { name, x, measured: measureGossip(given) };
}

function bySize({ nodes, fanouts, writes }: Options): Row[] {
  const rows: Row[] = [];
  const common = { latencyMs: LATENCY_MS, loss: 0, writes };
  const tuning = { intervalMs: RARE_MS, mailRetryMs: RETRY_MS };
  for (const size of nodes) {
    const toAll = { ...tuning, mailAllMax: MAIL_ALL };
    rows.push(measure("to all", size, { ...common, nodes: size, tuning: toAll }));
    for (const fanout of fanouts) {
      if (fanout >= size - 1) continue;
      const toSome = { ...tuning, mailAllMax: 1, fanout };
      rows.push(measure(`fanout ${fanout}`, size, { ...common, nodes: size, tuning: toSome }));
    }
  }
  return rows;
}

function byInterval({ intervals, fanouts, writes, loss }: Options): Row[] {
  const rows: Row[] = [];
  const common = { latencyMs: LATENCY_MS, loss, writes, nodes: INTERVAL_NODES };
  for (const intervalMs of intervals) {
    for (const fanout of fanouts) {
      const tuning = { intervalMs, mailAllMax: 1, fanout, mailRetryMs: RETRY_MS };
      rows.push(measure(`fanout ${fanout}`, intervalMs, { ...common, tuning }));
    }
  }
  return rows;
}

function main(args: readonly string[]): number {
  const options = readOptions(args);
  if (options.help) {
    print(HELP);
    return 0;
  }
  const { docs, loss } = options;
  const sizes = bySize(options);
  print(tableOf("members", sizes));
  const intervals = byInterval(options);
  print(tableOf(`interval (ms), ${INTERVAL_NODES} members, ${loss * 100} % lost`, intervals));
  if (docs === undefined) return 0;
  const p99 = ({ measured: { stableMs } }: Row) => quantile(stableMs, 0.99);
  const plots: Readonly<Record<string, Plot>> = {
    gossip_convergence: plotOf(
      "Until all members have a write (99th percentile, 100 ms a hop)",
      "members",
      "ms",
      sizes,
      p99,
    ),
    gossip_messages: plotOf(
      "Messages for each write, acknowledgements included",
      "members",
      "messages",
      sizes,
      ({ measured: { messages } }) => messages,
    ),
    gossip_interval: plotOf(
      `Until all of ${INTERVAL_NODES} members have a write, ${loss * 100} % of messages lost (p99)`,
      "interval of anti-entropy in ms",
      "ms",
      intervals,
      p99,
    ),
  };
  for (const [name, plot] of Object.entries(plots)) {
    Deno.writeTextFileSync(`${docs}/${name}.svg`, svgOf(plot));
  }
  return 0;
}

if (import.meta.main) await runCommand((args) => Promise.resolve(main(args)));
