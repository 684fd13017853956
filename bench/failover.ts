/**
 * What clients notice when a node is killed: real processes on this machine, under load, `kill -9` of the node
 * whose loss hurts most, again and again; for Hermes, chain and VR, and for etcd where it is installed. All
 * are up all the time, and are loaded and lose a node in turn.
 *
 * `deno run -A bench/failover.ts --help`
 *
 * @module
 */
import { print, runCommand } from "../cli/command.ts";
import { readFlags } from "../cli/config/flags.ts";
import { formatTable } from "../cli/output.ts";
import { pause } from "../tests/cluster/until.ts";
import { Clients, type Load } from "./failover/clients.ts";
import { plot } from "./failover/plot.ts";
import { type System, SYSTEMS } from "./failover/systems.ts";
import { AFTER_MS, BEFORE_MS, BUCKET_MS, type Trace, traceOf } from "./failover/trace.ts";
import { type Cluster, NODES } from "./nodes/cluster.ts";
import { versionOf } from "./nodes/versions.ts";
import { median } from "./statistics.ts";

const HELP =
  `Measure and draw the throughput of Hermes, chain, VR and etcd around the loss of a node.

  deno run -A bench/failover.ts [options]

      --only A,B     what is measured: ${SYSTEMS.map(({ id }) => id).join(", ")} [all]
      --rounds N     how often a node of each is killed [5]
      --clients N    clients, one request at a time each, spread over the nodes [64]
      --writes PART  the part of the requests that are writes [0.2]
      --attempt T    how long a client waits before it asks another node [250ms]
      --suspicion T  of Troupe: timeouts.suspicion_ms, and lease_ms: less than 2s [500ms]
      --data DIR     where the nodes keep their data, deleted at the end [./data/bench-failover]
      --svg FILE     draw throughput over time into this file
  -h, --help         print this

Every node is on this machine, and so is the load: what is left has more of the cores, so the throughput
after a loss says little. etcd (Debian: etcd-server) is left out where it is not installed.
`;

const KEYS = 1_000;

interface Options extends Load {
  readonly help: boolean;
  readonly systems: readonly System[];
  readonly rounds: number;
  readonly suspicionMs: number;
  readonly data: string;
  readonly svg: string | undefined;
}

function parseFlags(args: readonly string[]): Options {
  const syntax = { booleans: ["help"], texts: ["only", "data", "svg"], aliases: { h: "help" } };
  return readFlags(args, syntax, (flags) => ({
    help: flags.flag("help"),
    systems: flags.value("only", { kind: "names of systems", fallback: "all" }, systemsOf) ??
      SYSTEMS,
    rounds: flags.count("rounds", { fallback: 5, min: 1, max: 10_000 }),
    clients: flags.count("clients", { fallback: 64, min: 1, max: 1_000 }),
    attemptMs: flags.duration("attempt", { fallback: 250, min: 10, max: 60_000 }),
    suspicionMs: flags.duration("suspicion", { fallback: 500, min: 50, max: 1_999 }),
    writes: flags.decimal("writes", { fallback: 0.2, min: 0, max: 1 }),
    keys: KEYS,
    data: flags.text("data", "./data/bench-failover") ?? "./data/bench-failover",
    svg: flags.text("svg", ""),
  }));
}

function systemsOf(list: unknown): readonly System[] | { readonly problem: string } {
  const ids = String(list).split(",");
  const unknown = ids.find((id) => !SYSTEMS.some((system) => system.id === id));
  if (unknown !== undefined) return { problem: `There is no system "${unknown}"` };
  return SYSTEMS.filter(({ id }) => ids.includes(id));
}

/** A system that is up. */
interface Running {
  readonly system: System;
  readonly cluster: Cluster;
  readonly traces: Trace[];
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseFlags(args);
  if (options.help) {
    print(HELP);
    return 0;
  }
  const caption = describe(options);
  print(`${caption}\n`);
  const measured = await measure(options);
  print(`\n${formatTable(COLUMNS, measured.map(row))}`);
  if (options.svg !== undefined) {
    const panels = measured.map(({ system: { name, victimName }, traces }) => ({
      title: `${name}: ${victimName} is killed`,
      traces,
    }));
    await Deno.writeTextFile(options.svg, plot(panels, caption));
  }
  return 0;
}

function describe({ rounds, clients, writes, suspicionMs, attemptMs }: Options): string {
  const cores = navigator.hardwareConcurrency;
  return `${NODES} nodes and ${clients} clients on ${cores} cores, ${
    Math.round(writes * 100)
  } % writes, attempts of ${attemptMs} ms, suspicion after ${suspicionMs} ms; ${rounds} kills each, ` +
    `buckets of ${BUCKET_MS} ms`;
}

async function measure(options: Options): Promise<readonly Running[]> {
  const { data, rounds, suspicionMs } = options;
  // Fails if it is there: nobody's data is deleted.
  await Deno.mkdir(data, { mode: 0o700 });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => Deno.remove(data, { recursive: true }));
  const running: Running[] = [];
  for (const system of options.systems) {
    const version = await versionOf(system.program);
    print(version === null ? `${system.name}: absent, skipped\n` : `${system.name} ${version}\n`);
    if (version === null) continue;
    const directory = `${data}/${system.id}`;
    await Deno.mkdir(directory);
    const cluster = cleanup.use(system.cluster(directory, suspicionMs));
    await cluster.start();
    await cluster.whole();
    running.push({ system, cluster, traces: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const each of running) {
      each.traces.push(await killOne(each, options));
      const { system, traces } = each;
      const [trace] = traces.slice(-1);
      console.error(`${system.id}: no write for ${Math.round(trace!.writeOutageMs)} ms`);
    }
  }
  return running;
}

/** Kills a node under load, and starts it again. */
async function killOne({ system, cluster }: Running, options: Options): Promise<Trace> {
  await using clients = new Clients(cluster.urls, system.dialect, options);
  await clients.steady();
  const victim = cluster.servers[await system.victim(cluster)]!;
  clients.take();
  await pause(BEFORE_MS);
  const lostAt = performance.now();
  await victim.kill();
  await pause(AFTER_MS);
  await clients.steady();
  const trace = traceOf(clients.take(), lostAt);
  victim.start();
  await cluster.whole();
  return trace;
}

const COLUMNS = [
  { title: "killed" },
  ...["no write s", "min", "max", "no request s", "max", "slowest client s", "max"]
    .map((title) => ({ title, align: "right" as const })),
  { title: "recovered s", align: "right" as const },
  { title: "after/before", align: "right" as const },
];

/** Medians, and the best and the worst. */
function row({ system: { name, victimName }, traces }: Running): string[] {
  const seconds = (of: (trace: Trace) => number, ...also: ((...times: number[]) => number)[]) => {
    const times = traces.map(of);
    return [median(times), ...also.map((choose) => choose(...times))]
      .map((ms) => (ms / 1_000).toFixed(2));
  };
  return [
    `${name}: ${victimName}`,
    ...seconds(({ writeOutageMs }) => writeOutageMs, Math.min, Math.max),
    ...seconds(({ outageMs }) => outageMs, Math.max),
    ...seconds(({ slowestMs }) => slowestMs, Math.max),
    ...seconds(({ recoveredMs }) => recoveredMs),
    median(traces.map(({ ratio }) => ratio)).toFixed(2),
  ];
}

if (import.meta.main) await runCommand(main);
