/**
 * What clients notice when a node is killed: real processes on this machine, under load, `kill -9` of the node
 * whose loss hurts most, again and again; for Hermes, chain and VR.
 *
 * `deno run -A bench/failover.ts --help`
 *
 * @module
 */
import { print, runCommand } from "../cli/command.ts";
import { readFlags } from "../cli/config/flags.ts";
import { formatTable } from "../cli/output.ts";
import { ProcessCluster } from "../tests/cluster/processes.ts";
import { pause } from "../tests/cluster/until.ts";
import { median } from "./statistics.ts";
import { Clients, type Work } from "./failover/clients.ts";
import { plot } from "./failover/plot.ts";
import { configOf, type System, SYSTEMS } from "./failover/systems.ts";
import { AFTER_MS, BEFORE_MS, BUCKET_MS, type Trace, traceOf } from "./failover/trace.ts";

const HELP = `Measure and draw the throughput of Hermes, chain and VR around the loss of a node.

  deno run -A bench/failover.ts [options]

      --nodes N      how many nodes, 3 to 7 [3]
      --kills N      how often a node is killed, of each protocol [5]
      --clients N    clients, one request at a time each, spread over the nodes [12]
      --writes PART  the part of the requests that are writes [0.2]
      --suspicion T  timeouts.suspicion_ms, and lease_ms: less than 2s [500ms]
      --svg FILE     draw throughput over time into this file
  -h, --help         print this

Killed are a node of Hermes, the head of a chain and the primary of VR. Every node is on this machine,
and so is the load: what is left has more of the cores, so the throughput after a loss says little.
`;

const KEYS = 1_000;

interface Options extends Work {
  readonly help: boolean;
  readonly nodes: number;
  readonly kills: number;
  readonly suspicionMs: number;
  readonly svg: string | undefined;
}

function parseFlags(args: readonly string[]): Options {
  const syntax = { booleans: ["help"], texts: ["svg"], aliases: { h: "help" } };
  return readFlags(args, syntax, (flags) => ({
    help: flags.flag("help"),
    nodes: flags.count("nodes", { fallback: 3, min: 3, max: 7 }),
    kills: flags.count("kills", { fallback: 5, min: 1, max: 10_000 }),
    clients: flags.count("clients", { fallback: 12, min: 1, max: 1_000 }),
    suspicionMs: flags.duration("suspicion", { fallback: 500, min: 50, max: 1_999 }),
    writes: flags.decimal("writes", { fallback: 0.2, min: 0, max: 1 }),
    keys: KEYS,
    svg: flags.text("svg", ""),
  }));
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseFlags(args);
  if (options.help) {
    print(HELP);
    return 0;
  }
  const caption = describe(options);
  print(`${caption}\n`);
  const measured: { readonly system: System; readonly traces: readonly Trace[] }[] = [];
  for (const system of SYSTEMS) {
    measured.push({ system, traces: await measure(system, options) });
    console.error(`${system.name} is measured`);
  }
  print(`\n${formatTable(COLUMNS, measured.map(({ system, traces }) => row(system, traces)))}`);
  if (options.svg !== undefined) {
    const panels = measured.map(({ system: { name, victimName }, traces }) => ({
      title: `${name}: ${victimName} is killed`,
      traces,
    }));
    await Deno.writeTextFile(options.svg, plot(panels, caption));
  }
  return 0;
}

function describe({ nodes, kills, clients, writes, suspicionMs }: Options): string {
  const cores = navigator.hardwareConcurrency;
  return `${nodes} nodes and ${clients} clients on ${cores} cores, ${
    Math.round(writes * 100)
  } % writes, suspicion after ${suspicionMs} ms; ${kills} kills, buckets of ${BUCKET_MS} ms`;
}

/** Kills a node and starts it again, as often as is wanted. */
async function measure(system: System, options: Options): Promise<readonly Trace[]> {
  const { nodes, kills, suspicionMs } = options;
  const config = configOf(system, suspicionMs);
  await using cluster = await ProcessCluster.start({ nodes, config });
  await using clients = new Clients(cluster.endpoints, options);
  const traces: Trace[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const victim = await system.victim(cluster);
    await clients.steady();
    clients.take();
    await pause(BEFORE_MS);
    const lostAt = performance.now();
    await victim.kill();
    await pause(AFTER_MS);
    await clients.steady();
    traces.push(traceOf(clients.take(), lostAt));
    victim.start();
    await cluster.whole();
  }
  return traces;
}

const COLUMNS = [
  { title: "killed" },
  ...["no request s", "max", "no write s", "max", "slowest client s", "max", "recovered s", "max"]
    .map((title) => ({ title, align: "right" as const })),
  { title: "after/before", align: "right" as const },
];

/** Medians, and the worst. */
function row({ name, victimName }: System, traces: readonly Trace[]): string[] {
  const seconds = (of: (trace: Trace) => number) => {
    const times = traces.map(of);
    return [median(times), Math.max(...times)].map((ms) => (ms / 1_000).toFixed(2));
  };
  return [
    `${name}: ${victimName}`,
    ...seconds(({ outageMs }) => outageMs),
    ...seconds(({ writeOutageMs }) => writeOutageMs),
    ...seconds(({ slowestMs }) => slowestMs),
    ...seconds(({ recoveredMs }) => recoveredMs),
    median(traces.map(({ ratio }) => ratio)).toFixed(2),
  ];
}

if (import.meta.main) await runCommand(main);
