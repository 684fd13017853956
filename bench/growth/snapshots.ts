import type { Cluster } from "../nodes/cluster.ts";
import { directoryOf } from "./processes.ts";
import { quantile } from "../statistics.ts";
import { Probe } from "./probe.ts";
import { hasKeys, type System } from "./systems.ts";

/** Latencies of writes, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What snapshots cost those who write meanwhile. */
export interface SnapshotFigures {
  readonly system: string;
  readonly keys: number;
  /** `snapshots.log_bytes`. */
  readonly logBytes: string;
  /** How many were finished at the loaded node. */
  readonly snapshots: number;
  readonly opsPerSecond: number;
  readonly latency: Latency;
  /** How late the node answers `/livez`, which asks nobody: how long its event loop was held up. */
  readonly stallP99Ms: number;
  readonly stallMaxMs: number;
}

const STALL_PROBE_MS = 10;
const CONNECTIONS = 64;
/** Keys that are written meanwhile, besides those that are there and make the snapshots large. */
const WRITTEN_KEYS = 10_000;
const BENCH = new URL("../../cli/bench.ts", import.meta.url).pathname;

/** Writes into a cluster that has some keys, 64 connections to its leader, with one setting of snapshots. */
export async function measureSnapshots(
  system: System,
  directory: string,
  { keys, logBytes, seconds }: { keys: number; logBytes: string; seconds: number },
): Promise<SnapshotFigures> {
  await using cluster = system.cluster(directory, `snapshots: { log_bytes: ${logBytes} }\n`);
  await cluster.start();
  await cluster.whole();
  await system.load(cluster, 0, keys);
  await hasKeys(system, cluster, keys);
  const node = await cluster.leader();
  const url = cluster.urls[node]!;
  const before = newestSnapshots(cluster, node);
  const probe = new Probe({ url, method: "GET", path: "/livez", body: "" }, STALL_PROBE_MS);
  const counting = countSnapshots(cluster, node, before);
  const report = await runBench(url, seconds);
  const snapshots = counting.stop();
  await probe[Symbol.asyncDispose]();
  const stalls = probe.take();
  return {
    system: system.id,
    keys,
    logBytes,
    snapshots,
    opsPerSecond: report.perSecond,
    latency: report.latency,
    stallP99Ms: quantile(stalls, 0.99),
    stallMaxMs: quantile(stalls, 1),
  };
}

/** The snapshots that a node has on its disk. */
export function newestSnapshots({ directories }: Cluster, node: number): readonly string[] {
  return directoryOf(directories[node]!).names.filter((name) =>
    /(^|\/)snapshot-\d+-\d+$/.test(name)
  );
}

/** Looks again and again which snapshots there are; each has a name of its own. */
function countSnapshots(cluster: Cluster, node: number, before: readonly string[]) {
  const seen = new Set<string>();
  const look = () => newestSnapshots(cluster, node).forEach((name) => seen.add(name));
  const timer = setInterval(look, 100);
  return {
    stop(): number {
      clearInterval(timer);
      look();
      return seen.difference(new Set(before)).size;
    },
  };
}

async function runBench(
  url: string,
  seconds: number,
): Promise<{ readonly perSecond: number; readonly latency: Latency }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", BENCH, "--endpoints", url, "--clients", String(CONNECTIONS)],
      ...[
        "--writes",
        "1",
        "--keys",
        String(WRITTEN_KEYS),
        "--duration",
        `${seconds}s`,
        "-o",
        "json",
      ],
    ],
  }).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`Cannot run the load tool: ${errors}${text}`);
  return JSON.parse(text!).writes;
}
