import { keyCount, type Load, loadKey } from "../load.ts";
import type { Measured } from "../measurement.ts";
import { type Driver, portsOf, shareOf, type Target } from "./driver.ts";
import { fillResp } from "./resp.ts";

/** Requests of each connection's first run, whose rate says how many later ones take. */
const FIRST_REQUESTS = 20;

/**
 * Loads over RESP with redis-benchmark. It takes a number of requests and no time, so it goes by the rate of
 * its last run of the same kind; a short one goes before the first. Several nodes are loaded by as many
 * of it at once.
 */
export function redisBenchmark(): Driver {
  const rates = new Map<string, number>();
  const run = async ({ signal }: Target, { port, load }: Part, requests: number) => {
    const measured = await runOnce(port, load, Math.max(inFlight(load), requests), signal);
    rates.set(partKey({ port, load }), measured.requests / measured.seconds);
    return measured;
  };
  const prepare = async (target: Target, load: Load) => {
    const unknown = partsOf(target, load).filter((part) => !rates.has(partKey(part)));
    await Promise.all(
      unknown.map((part) => run(target, part, inFlight(part.load) * FIRST_REQUESTS)),
    );
  };
  return {
    name: "redis-benchmark",
    protocol: "resp",
    canMake: ({ writes }) => writes === 0 || writes === 1,
    fill: fillResp,
    prepare,
    async measure(target, load, { seconds }) {
      await prepare(target, load);
      const requests = (part: Part) => Math.round(rates.get(partKey(part))! * seconds);
      return together(
        await Promise.all(
          partsOf(target, load).map((part) => run(target, part, requests(part))),
        ),
      );
    },
  };
}

/** What one redis-benchmark of several does. */
interface Part {
  readonly port: number;
  readonly load: Load;
}

function partsOf(target: Target, load: Load): Part[] {
  const ports = portsOf(target, "resp").slice(0, load.connections);
  return ports.map((port, part) => {
    const connections = shareOf(load.connections, ports.length, part);
    return { port, load: { ...load, connections } };
  });
}

function partKey({ port, load }: Part): string {
  return `${port}/${loadKey(load)}`;
}

function inFlight({ connections, pipeline }: Load): number {
  return connections * pipeline;
}

async function runOnce(
  port: number,
  { writes, connections, pipeline, valueBytes }: Load,
  requests: number,
  signal: AbortSignal,
): Promise<Measured> {
  const { success, stdout, stderr } = await new Deno.Command("redis-benchmark", {
    args: [
      ...["-h", "127.0.0.1", "-p", String(port), "-c", String(connections)],
      ...["-P", String(pipeline), "-n", String(requests)],
      ...["-r", String(keyCount(valueBytes)), "-d", String(valueBytes)],
      ...["-t", writes === 1 ? "set" : "get", "--csv"],
    ],
    signal,
  }).output();
  signal.throwIfAborted();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`Cannot run redis-benchmark: ${errors}${text}`);
  return parseRedisResult(text!, requests);
}

/**
 * Finds the one line of figures in what redis-benchmark prints with `--csv`: the test, requests a second, and
 * latencies in milliseconds (mean, least, p50, p95, p99, greatest).
 *
 * @throws {Error} if there is none.
 */
export function parseRedisResult(text: string, requests: number): Measured {
  const line = /^"(?:SET|GET)",(.*)$/m.exec(text)?.[1];
  const figures = line?.split(",").map((field) => Number(field.replaceAll('"', ""))) ?? [];
  const [rate, , , p50Ms, , p99Ms] = figures;
  const isWhole = [rate, p50Ms, p99Ms].every((figure) => Number.isFinite(figure)) && rate! > 0;
  if (!isWhole) throw new Error(`Cannot read what redis-benchmark printed: ${text}`);
  return { requests, seconds: requests / rate!, p50Ms: p50Ms!, p99Ms: p99Ms!, errors: 0 };
}

/**
 * What several load generators measured at once: all requests, in the time of the slowest; the mean of the
 * medians by requests, and the greatest p99, which is no less than that of all together.
 */
export function together(parts: readonly Measured[]): Measured {
  const sum = (of: (part: Measured) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const requests = sum((part) => part.requests);
  return {
    requests,
    seconds: Math.max(...parts.map(({ seconds }) => seconds)),
    p50Ms: sum((part) => part.p50Ms * part.requests) / requests,
    p99Ms: Math.max(...parts.map(({ p99Ms }) => p99Ms)),
    errors: sum(({ errors }) => errors),
  };
}
