/**
 * Measures how long a cluster cannot be written to when its primary is killed: three real processes with
 * their default timeouts on this machine, under load, `kill -9` of the primary, again and again.
 *
 * `deno run -A bench/failover.ts --help`
 *
 * @module
 */
import { KvClient, Overloaded, Unavailable, UnknownOutcome } from "../cli/client.ts";
import { print, runCommand } from "../cli/command.ts";
import { readFlags } from "../cli/config/flags.ts";
import { ProcessCluster } from "../tests/cluster/processes.ts";
import { until } from "../tests/cluster/until.ts";
import { Timings } from "./timings.ts";

const HELP = `Measure how long no write succeeds when the primary is killed.

  deno run -A bench/failover.ts [options]

      --kills N    how often the primary is killed, with each kind of client [10]
      --clients N  clients that write, one request at a time each [6]
  -h, --help       print this
`;

/** Writes of every client that show that all is well, before a kill and after it. */
const STEADY_WRITES = 50;

/** The kinds of clients that are measured. */
const KINDS = [
  { name: "clients that look for the primary", preferPrimary: true },
  { name: "clients that stay at a node each", preferPrimary: false },
] as const;

interface Options {
  readonly help: boolean;
  readonly kills: number;
  readonly clients: number;
}

function parseFlags(args: readonly string[]): Options {
  return readFlags(args, { booleans: ["help"], aliases: { h: "help" } }, (flags) => ({
    help: flags.flag("help"),
    kills: flags.count("kills", { fallback: 10, min: 1, max: 10_000 }),
    clients: flags.count("clients", { fallback: 6, min: 1, max: 1_000 }),
  }));
}

async function main(args: readonly string[]): Promise<number> {
  const { help, kills, clients } = parseFlags(args);
  if (help) {
    print(HELP);
    return 0;
  }
  print(`Deno ${Deno.version.deno}; ${navigator.hardwareConcurrency} cores; 3 nodes, defaults; `);
  print(`${clients} clients\n`);
  for (const { name, preferPrimary } of KINDS) {
    const timings = await measure(kills, clients, preferPrimary);
    print(`\n${timings.format(name)}`);
  }
  return 0;
}

async function measure(kills: number, count: number, preferPrimary: boolean): Promise<Timings> {
  const timings = new Timings();
  await using cluster = await ProcessCluster.start();
  await using clients = new Clients(cluster.endpoints, count, preferPrimary);
  for (let kill = 0; kill < kills; kill++) {
    await clients.steady();
    const primary = await cluster.primary();
    const killedAt = performance.now();
    await primary.kill();
    await cluster.primary(primary);
    timings.add("until there was another primary", performance.now() - killedAt);
    await clients.steady();
    timings.add("no write of any client succeeded for", clients.longestGap(killedAt));
    timings.add("no write of the slowest client succeeded for", clients.slowestGap(killedAt));
    primary.start();
    await cluster.whole();
  }
  return timings;
}

/** Clients that write as fast as they are answered, and note when that was. */
class Clients implements AsyncDisposable {
  /** When the writes of each client succeeded. */
  readonly #successes: number[][];
  readonly #loops: readonly Promise<void>[];
  #isStopping = false;

  constructor(endpoints: readonly string[], count: number, preferPrimary: boolean) {
    this.#successes = Array.from({ length: count }, () => []);
    this.#loops = this.#successes.map((successes, index) => {
      const from = index % endpoints.length;
      const rotated = [...endpoints.slice(from), ...endpoints.slice(0, from)];
      return this.#write(new KvClient({ endpoints: rotated, preferPrimary }), index, successes);
    });
  }

  /** Waits until every client has written some more. */
  async steady(): Promise<void> {
    const goals = this.#successes.map(({ length }) => length + STEADY_WRITES);
    await until("every client has written", () => {
      return this.#successes.every(({ length }, index) => length >= goals[index]!);
    });
  }

  /** The longest time since `from` in which no write at all succeeded, in milliseconds. */
  longestGap(from: number): number {
    return longestGap(this.#successes.flat(), from);
  }

  /** The longest time since `from` in which no write of one client succeeded, in milliseconds. */
  slowestGap(from: number): number {
    return Math.max(...this.#successes.map((successes) => longestGap(successes, from)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#loops);
  }

  async #write(kv: KvClient, index: number, successes: number[]): Promise<void> {
    for (let count = 0; !this.#isStopping; count++) {
      try {
        await kv.put(`failover/${index}`, String(count));
        successes.push(performance.now());
      } catch (error) {
        // Only time counts here; what was promised is the tests' business.
        const kinds = [Unavailable, Overloaded, UnknownOutcome];
        if (!kinds.some((kind) => error instanceof kind)) throw error;
      }
    }
  }
}

/** The longest time between two that follow each other, of those from `from` on and the one before. */
function longestGap(times: readonly number[], from: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let longest = 0;
  for (let index = 1; index < sorted.length; index++) {
    if (sorted[index]! >= from) longest = Math.max(longest, sorted[index]! - sorted[index - 1]!);
  }
  return longest;
}

if (import.meta.main) await runCommand(main);
