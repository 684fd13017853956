import type { Work, WrkResult } from "../etcd/wrk.ts";

/** One run of redis-benchmark. */
export interface RedisRun {
  readonly port: number;
  readonly work: Work;
  readonly connections: number;
  /** How many requests in all. */
  readonly requests: number;
  /** How many keys are drawn from. */
  readonly keys: number;
  readonly valueBytes: number;
}

/**
 * Runs redis-benchmark, which speaks Redis's own protocol: one request at a time on each connection, as wrk does.
 *
 * @throws {Error} if it fails.
 */
export async function runRedisBenchmark(run: RedisRun): Promise<WrkResult> {
  const { success, stdout, stderr } = await new Deno.Command("redis-benchmark", {
    args: [
      ...["-h", "127.0.0.1", "-p", String(run.port), "-c", String(run.connections)],
      ...["-n", String(run.requests), "-r", String(run.keys), "-d", String(run.valueBytes)],
      ...["-t", run.work === "put" ? "set" : "get", "--csv"],
    ],
  }).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`Cannot run redis-benchmark: ${errors}${text}`);
  return parseRedisResult(text!, run.requests);
}

/**
 * Finds the one line of figures in what redis-benchmark prints with `--csv`: the test, requests a second, and
 * latencies in milliseconds (mean, least, p50, p95, p99, greatest).
 *
 * @throws {Error} if there is none.
 */
export function parseRedisResult(text: string, requests: number): WrkResult {
  const line = /^"(?:SET|GET)",(.*)$/m.exec(text)?.[1];
  const figures = line?.split(",").map((field) => Number(field.replaceAll('"', ""))) ?? [];
  const [rate, , , p50Ms, , p99Ms] = figures;
  const isWhole = [rate, p50Ms, p99Ms].every((figure) => Number.isFinite(figure)) && rate! > 0;
  if (!isWhole) throw new Error(`Cannot read what redis-benchmark printed: ${text}`);
  return { requests, seconds: requests / rate!, p50Ms: p50Ms!, p99Ms: p99Ms!, errors: 0 };
}

/** Whether a primary says that so many replicas have all that it has, and go on with it. */
export function hasReplicas(info: string, count: number): boolean {
  const online = [...info.matchAll(/^slave\d+:.*state=online/gm)].length;
  return new RegExp(`^connected_slaves:${count}\\r?$`, "m").test(info) && online === count;
}
