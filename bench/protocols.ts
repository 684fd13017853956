/**
 * The load tool against one protocol after the other, side by side: the same nodes on the same machine with the
 * same load, in rounds that take turns, so that what else the machine does falls on all of them.
 * Unlike `peers.ts` it tells reads from writes in a mix, has CR beside CRAQ, and any number of nodes.
 *
 * `deno run -A bench/protocols.ts --help`
 *
 * @module
 */
import process from "node:process";
import { parseBenchFlags } from "../cli/bench/options.ts";
import type { OperationResult } from "../cli/bench/recorder.ts";
import { type Report, runBench } from "../cli/bench/run.ts";
import { REAL_CLOCK } from "../cli/clock.ts";
import { print, runCommand } from "../cli/command.ts";
import { readFlags } from "../cli/config/flags.ts";
import { formatTable } from "../cli/output.ts";
import { ProcessCluster } from "../tests/cluster/processes.ts";
import { median } from "./statistics.ts";

const HELP =
  `Load VR, Hermes, CRAQ and CR with the same work and print what each does, side by side.

  deno run -A bench/protocols.ts [options]

      --nodes N       how many nodes, 1 to 7 [3]
      --rounds N      how often each of them is measured, in turn [3]
      --clients N     connections, one request in flight each [64]
      --duration T    how long each measurement takes [5s]
      --writes LIST   parts of the requests that are writes, one work each [0,0.1,0.5,1]
  -h, --help          print this

Every node is on this machine, and so is the load: what counts is the sum of all work, and protocols
whose reads are spread over many nodes gain nothing from more nodes than cores.
`;

/** What is compared; the first is what the others are set against. */
const SYSTEMS = [
  { name: "vr", config: "protocol: vr" },
  { name: "hermes", config: "protocol: hermes" },
  { name: "chain, reads any (CRAQ)", config: "protocol: chain" },
  { name: "chain, reads tail (CR)", config: "protocol: chain\nchain: { reads: tail }" },
] as const;

interface Options {
  readonly help: boolean;
  readonly nodes: number;
  readonly rounds: number;
  readonly clients: number;
  readonly durationMs: number;
  readonly writes: readonly number[];
}

/** One measurement. */
interface Sample {
  readonly system: string;
  readonly writes: number;
  readonly report: Report;
}

function parseFlags(args: readonly string[]): Options {
  const syntax = { booleans: ["help"], texts: ["writes"], aliases: { h: "help" } };
  return readFlags(args, syntax, (flags) => {
    const list = (flags.text("writes", "") ?? "0,0.1,0.5,1").split(",").map(Number);
    if (!list.every((part) => part >= 0 && part <= 1)) {
      flags.problem("writes", "Must be numbers from 0 to 1, separated by commas");
    }
    return {
      help: flags.flag("help"),
      nodes: flags.count("nodes", { fallback: 3, min: 1, max: 7 }),
      rounds: flags.count("rounds", { fallback: 3, min: 1, max: 1_000 }),
      clients: flags.count("clients", { fallback: 64, min: 1, max: 10_000 }),
      durationMs: flags.duration("duration", { fallback: 5_000, min: 100, max: 3_600_000 }),
      writes: list,
    };
  });
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseFlags(args);
  if (options.help) {
    print(HELP);
    return 0;
  }
  const { nodes, rounds, clients } = options;
  print(
    `Deno ${Deno.version.deno}; ${navigator.hardwareConcurrency} cores; ${nodes} nodes and the `,
  );
  print(`load on them; ${clients} clients, values of 100 bytes; medians of ${rounds} rounds\n\n`);
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const system of SYSTEMS) samples.push(...await measure(system, options));
    console.error(`round ${round + 1} of ${rounds} is over`);
  }
  print(format(samples, options));
  return samples.every(({ report }) => Object.keys(report.errors).length === 0) ? 0 : 1;
}

/** Starts a cluster, and puts it under one kind of work after the other. */
async function measure(
  { name, config }: typeof SYSTEMS[number],
  options: Options,
): Promise<Sample[]> {
  await using cluster = await ProcessCluster.start({ nodes: options.nodes, config });
  const samples: Sample[] = [];
  for (const writes of options.writes) {
    const bench = parseBenchFlags([
      ...["--endpoints", cluster.endpoints.join(",")],
      ...["--clients", String(options.clients), "--writes", String(writes)],
      ...["--duration", `${options.durationMs}ms`],
    ])!;
    const report = await runBench(bench, {
      clock: REAL_CLOCK,
      cpuMs: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1_000;
      },
      progress: () => {},
    });
    samples.push({ system: name, writes, report });
  }
  return samples;
}

function format(samples: readonly Sample[], { writes }: Options): string {
  const columns = [
    ...["writes", "system", "writes/s", "ratio", "p50 ms", "p99 ms"],
    ...["reads/s", "ratio", "p50 ms", "p99 ms", "errors"],
  ];
  const rows = writes.flatMap((part) =>
    SYSTEMS.map(({ name }) => {
      const ours = samples.filter((sample) => sample.writes === part && sample.system === name);
      const base = samples.filter((sample) =>
        sample.writes === part && sample.system === SYSTEMS[0].name
      );
      const errors = ours.map(({ report }) =>
        Object.values(report.errors).reduce((sum, count) => sum + count, 0)
      );
      return [
        `${Math.round(part * 100)} %`,
        name,
        ...cells(ours.map(({ report }) => report.writes), base.map(({ report }) => report.writes)),
        ...cells(ours.map(({ report }) => report.reads), base.map(({ report }) => report.reads)),
        String(errors.reduce((sum, count) => sum + count, 0)),
      ];
    })
  );
  return formatTable(
    columns.map((title, index) => ({ title, align: index === 1 ? "left" : "right" })),
    rows,
  );
}

/** The rate, its ratio to that of the first system, and two latencies; medians. */
function cells(ours: readonly OperationResult[], base: readonly OperationResult[]): string[] {
  const rate = median(ours.map(({ perSecond }) => perSecond));
  if (!(rate > 0)) return ["-", "-", "-", "-"];
  const latency = (of: "p50" | "p99") =>
    median(ours.flatMap(({ latency }) => latency?.[of] ?? [])).toFixed(2);
  return [
    Math.round(rate).toLocaleString("en"),
    (rate / median(base.map(({ perSecond }) => perSecond))).toFixed(2),
    latency("p50"),
    latency("p99"),
  ];
}

if (import.meta.main) await runCommand(main);
