import type { Cluster } from "../nodes/cluster.ts";
import { pause } from "../../tests/cluster/until.ts";
import { quantile } from "../statistics.ts";
import { Probe } from "./probe.ts";
import { directoryOf, residentOf } from "./processes.ts";
import { keyOf, loadResp } from "./resp_load.ts";
import { newestSnapshots } from "./snapshots.ts";
import type { System } from "./systems.ts";

/** A second of a load. */
export interface Second {
  /** Since the load began. */
  readonly at: number;
  readonly phase: "load" | "overwrite" | "rest";
  /** Keys written so far, overwritten ones included. */
  readonly written: number;
  readonly opsPerSecond: number;
  /** Of a write besides, every 100 ms, in milliseconds; the greatest is their p99 too, they are so few. */
  readonly probeP50Ms: number;
  readonly probeMaxMs: number;
  /** Of each node, in bytes. */
  readonly memory: readonly number[];
  readonly disk: readonly number[];
  /** Snapshots that the loaded node has finished so far. */
  readonly snapshots: number;
}

/** What is written. */
export interface LoadOptions {
  readonly keys: number;
  /** How long keys are overwritten once all are there, in seconds. */
  readonly overwriteSeconds: number;
  /** How long is looked on after that, in seconds. */
  readonly restSeconds: number;
  readonly onSecond: (second: Second) => void;
}

const PROBE_MS = 100;
/** Keys of one call of the generator; the next begins when all are written. */
const STRIDE = 100_000;

/** Loads keys into a fresh cluster and overwrites them, and looks at it every second. */
export async function measureLoad(
  system: System,
  directory: string,
  options: LoadOptions,
): Promise<readonly Second[]> {
  await using cluster = system.cluster(directory);
  await cluster.start();
  await cluster.whole();
  const node = await cluster.leader();
  const body = "v".repeat(100);
  const path = `/v1/kv/${keyOf(0)}`;
  await using probe = new Probe({ url: cluster.urls[node]!, method: "PUT", path, body }, PROBE_MS);
  const watch = new Watch(cluster, node, probe, options.onSecond);
  const port = cluster.respPorts[node]!;
  const onWritten = (count: number) => watch.wrote(count);
  for (let from = 0; from < options.keys; from += STRIDE) {
    await loadResp({ port, from, count: Math.min(STRIDE, options.keys - from), onWritten });
  }
  watch.phase = "overwrite";
  const end = performance.now() + options.overwriteSeconds * 1_000;
  for (let from = 0; performance.now() < end; from = (from + STRIDE) % options.keys) {
    await loadResp({ port, from, count: Math.min(STRIDE, options.keys - from), onWritten });
  }
  watch.phase = "rest";
  await pause(options.restSeconds * 1_000);
  return watch.stop();
}

/** Looks at a cluster every second. */
class Watch {
  phase: Second["phase"] = "load";
  readonly #cluster: Cluster;
  readonly #node: number;
  readonly #probe: Probe;
  readonly #onSecond: (second: Second) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #startedAt = performance.now();
  readonly #seconds: Second[] = [];
  readonly #snapshots = new Set<string>();
  #written = 0;
  #at = 0;

  constructor(
    cluster: Cluster,
    node: number,
    probe: Probe,
    onSecond: (second: Second) => void,
  ) {
    this.#cluster = cluster;
    this.#node = node;
    this.#probe = probe;
    this.#onSecond = onSecond;
    this.#timer = setInterval(() => this.#look(), 1_000);
  }

  wrote(count: number): void {
    this.#written += count;
  }

  stop(): readonly Second[] {
    clearInterval(this.#timer);
    return this.#seconds;
  }

  #look(): void {
    const at = (performance.now() - this.#startedAt) / 1_000;
    const last = this.#seconds.at(-1)?.written ?? 0;
    const latencies = this.#probe.take();
    for (const name of newestSnapshots(this.#cluster, this.#node)) this.#snapshots.add(name);
    const second = {
      at,
      phase: this.phase,
      written: this.#written,
      opsPerSecond: (this.#written - last) / (at - this.#at),
      probeP50Ms: quantile(latencies, 0.5),
      probeMaxMs: quantile(latencies, 1),
      memory: residentOf(this.#cluster),
      disk: this.#cluster.directories.map((path) => directoryOf(path).bytes),
      snapshots: this.#snapshots.size,
    };
    this.#at = at;
    this.#seconds.push(second);
    this.#onSecond(second);
  }
}
