import { keyName } from "../../cli/bench/workload.ts";
import { nodeCommand } from "../../cli/cluster/node_command.ts";
import { freeBasePort } from "../etcd/ports.ts";
import { NODES, type RunningSystem, startNodes } from "../etcd/systems.ts";
import {
  LUA_SCRIPT,
  requestFile,
  runWrk,
  TROUPE_DIALECT,
  type Work,
  type WrkResult,
} from "../etcd/wrk.ts";
import { hasReplicas, runRedisBenchmark } from "./redis_benchmark.ts";

/** Few enough that every key is written before it is read. */
export const KEYS = 1_000;
/** As long as the values of redis-benchmark are asked to be. */
export const VALUE = "v".repeat(100);
/** Requests of the first run of redis-benchmark, which takes a number and no time: later ones go by its rate. */
const FIRST_REQUESTS = 20_000;
const INFO_MS = 1_000;

/** How much one measurement takes. */
export interface Load {
  readonly connections: number;
  readonly seconds: number;
  readonly seed: number;
}

/** A system whose nodes run, and how it is loaded over the protocol of its own. */
export interface RunningStore extends Pick<RunningSystem, "pids" | "stop"> {
  measure(work: Work, load: Load): Promise<WrkResult>;
}

/** A system that can be compared. */
export interface StoreSystem {
  readonly name: string;
  /** What an acknowledged write is on. */
  readonly promise: string;
  /** Starts three nodes with empty data directories within `directory`. */
  start(directory: string): Promise<RunningStore>;
}

/** Two systems that promise about the same. */
export interface Pair {
  readonly title: string;
  readonly systems: readonly [StoreSystem, StoreSystem];
}

/** What is compared. */
export const PAIRS: readonly Pair[] = [
  {
    title: "In memory",
    systems: [
      redis("Redis, memory", ["--appendonly", "no"], "the primary's memory"),
      gossip("gossip, memory", "memory", "the memory of the node that took it"),
    ],
  },
  {
    title: "On disk",
    systems: [
      redis(
        "Redis, everysec",
        ["--appendonly", "yes", "--appendfsync", "everysec"],
        "the primary's memory, and within a second on its disk",
      ),
      gossip("gossip, disk", "disk", "the disk of the node that took it, synced"),
    ],
  },
];

/** The version of Debian's redis-server, or `null` if it is not installed. */
export async function redisVersion(): Promise<string | null> {
  try {
    const { stdout } = await new Deno.Command("redis-server", { args: ["--version"] }).output();
    return /v=(\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "unknown";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Redis with two replicas, which the primary does not wait for: nothing else is configured. */
function redis(name: string, persistence: readonly string[], promise: string): StoreSystem {
  return {
    name,
    promise,
    async start(directory) {
      const base = freeBasePort(Array.from({ length: NODES }, (_, node) => node));
      const command = (node: number) =>
        [
          "redis-server",
          ...["--port", String(base + node), "--bind", "127.0.0.1"],
          ...["--dir", `${directory}/redis-${node}`, "--save", "", ...persistence],
          ...(node === 0 ? [] : ["--replicaof", "127.0.0.1", String(base)]),
        ] as const;
      for (let node = 0; node < NODES; node++) {
        await Deno.mkdir(`${directory}/redis-${node}`, { recursive: true });
      }
      const ready = async () => hasReplicas(await infoOf(base), NODES - 1) ? String(base) : null;
      const running = await startNodes(directory, command, ready);
      return { ...running, measure: redisMeasure(base) };
    },
  };
}

function redisMeasure(port: number): RunningStore["measure"] {
  const rates = new Map<Work, number>();
  const run = (work: Work, connections: number, requests: number) =>
    runRedisBenchmark({
      port,
      work,
      connections,
      requests,
      keys: KEYS,
      valueBytes: VALUE.length,
    });
  return async (work, { connections, seconds }) => {
    let rate = rates.get(work);
    if (rate === undefined) {
      const first = await run(work, connections, FIRST_REQUESTS);
      rate = first.requests / first.seconds;
    }
    const result = await run(work, connections, Math.max(1_000, Math.round(rate * seconds)));
    rates.set(work, result.requests / result.seconds);
    return result;
  };
}

/** What a primary says of its replicas; empty as long as it does not answer. */
async function infoOf(port: number): Promise<string> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const timer = setTimeout(() => connection.close(), INFO_MS);
    try {
      await connection.write(new TextEncoder().encode("INFO replication\r\n"));
      const bytes = new Uint8Array(16 * 1024);
      const count = await connection.read(bytes);
      return new TextDecoder().decode(bytes.subarray(0, count ?? 0));
    } finally {
      clearTimeout(timer);
    }
  } catch {
    return ""; // it does not listen yet
  }
}

/** Troupe's gossip, with no option but the addresses and where it keeps its data. */
function gossip(name: string, durability: "disk" | "memory", promise: string): StoreSystem {
  return {
    name,
    promise,
    async start(directory) {
      const offsets = Array.from({ length: NODES }, (_, node) => [node, node + 100]).flat();
      const base = freeBasePort(offsets);
      const where = durability === "memory" ? [] : ["--data", directory];
      const command = (node: number) =>
        nodeCommand([
          ...["--nodes", String(NODES), "--base-port", String(base), ...where],
          ...["--protocol", "gossip", "--durability", durability],
          ...["--index", String(node), "--parent-pipe"],
        ]);
      const url = (node: number) => `http://127.0.0.1:${base + node}`;
      const nodes = Array.from({ length: NODES }, (_, node) => node);
      const ready = async () => {
        const answers = await Promise.all(nodes.map((node) => isReady(url(node))));
        return answers.every(Boolean) ? url(0) : null;
      };
      const running = await startNodes(directory, command, ready);
      await writeAll(running.url);
      return { ...running, measure: wrkMeasure(running.url, directory) };
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(INFO_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Else reads of a key that is not there yet would be cheaper, and counted as errors. */
async function writeAll(url: string): Promise<void> {
  for (let index = 0; index < KEYS; index++) {
    const response = await fetch(`${url}/v1/kv/${keyName(index)}`, { method: "PUT", body: VALUE });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`Cannot write ${keyName(index)}: HTTP ${response.status}`);
  }
}

function wrkMeasure(url: string, directory: string): RunningStore["measure"] {
  const keys = Array.from({ length: KEYS }, (_, index) => keyName(index));
  return async (work, { connections, seconds, seed }) => {
    const script = `${directory}/load.lua`;
    const requests = `${directory}/${work}.tsv`;
    await Deno.writeTextFile(script, LUA_SCRIPT);
    await Deno.writeTextFile(requests, requestFile(TROUPE_DIALECT, work, keys, VALUE));
    return await runWrk({ url, script, requests, connections, seconds, seed });
  };
}
