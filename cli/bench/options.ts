import { parseEndpoints } from "../client/endpoints.ts";
import { readFlags } from "../config/flags.ts";
import type { Section } from "../config/section.ts";
import type { Level } from "../client/gossip_types.ts";
import type { Skew, WorkloadOptions } from "./workload.ts";
import { TroupeError } from "../../actors/errors.ts";

/** What the load tool is to do. */
export interface BenchOptions extends WorkloadOptions {
  readonly clients: number;
  /** Requests that each client has in flight. */
  readonly inFlight: number;
  readonly sessions: boolean;
  /** Requests a second in all; without it, as many as are answered. */
  readonly rate?: number;
  readonly durationMs: number;
  /** Ends the run after so many requests, if that is sooner. */
  readonly requestsMax?: number;
  readonly warmUpMs: number;
  readonly consistency: "linearizable" | "stale";
  /** With the protocol `gossip`: how many members must take part; without it, what the nodes take it for. */
  readonly level?: Level;
  readonly endpoints: readonly string[];
  readonly primary: boolean;
  readonly timeoutMs: number;
  /** Where the history goes; without it, none is kept. */
  readonly history?: string;
  readonly output: "table" | "json";
}

const LEVELS: readonly Level[] = ["local", "one", "quorum", "all"];

export const HELP = `Load a running cluster over HTTP and print throughput and latency.

  deno task bench [options]

  -w, --clients N        clients [64]
  -c, --in-flight N      requests that each of them has in flight, a connection each [1]
      --sessions         every client numbers its writes in a session of its own (needs -c 1)
      --writes RATIO     part of the requests that are writes, 0 to 1 [0.5]
      --value-size SIZE  size of a value, "100" or "4KiB" [100]
      --keys N           number of keys; all are written before the run if there are reads [10000]
      --skew SKEW        uniform, or zipf:EXPONENT, zipf:0.99 say [uniform]
      --duration TIME    how long to measure, "10s" [10s]
  -n, --requests N       end after so many requests, if that is sooner
      --warmup TIME      how long to run before that, unmeasured [1s]
      --rate N           requests a second, evenly spaced, whatever the answers do (open loop)
      --consistency C    of reads: linearizable or stale [linearizable]
      --level L          with gossip: local, one, quorum or all members must take part [one]
      --endpoints LIST   nodes to load in turn [http://127.0.0.1:7100,7101,7102]
      --primary          send everything to the primary
      --timeout TIME     give up on an answer after it [10s]
      --history FILE     write what clients ask and are told, for deno task check: then they read,
                         put, delete and swap on keys of their own: 16 clients, 8 keys and
                         values of 16 bytes, unless said otherwise
  -o, --output FORMAT    table or json [table]
      --seed N           the same seed makes the same requests [1]
  -h, --help             print this

Without --rate a client sends its next request when the last one is answered, so a stall of the
cluster delays requests that are then never measured. With --rate latency counts from the moment a
request was due, which is what users of a busy cluster see. With --history and --sessions a write
of unknown outcome is sent again under the same number, until it is answered, for twice the timeout.
`;

/**
 * Reads the command line.
 *
 * @returns the options, or `null` if help is wanted.
 * @throws {ConfigError} naming every flag that is wrong.
 */
export function parseBenchFlags(args: readonly string[]): BenchOptions | null {
  return readFlags(args, {
    booleans: ["sessions", "primary", "help"],
    texts: ["skew", "endpoints", "consistency", "level", "history", "output"],
    aliases: { w: "clients", c: "in-flight", n: "requests", o: "output", h: "help" },
  }, readOptions);
}

function readOptions(flags: Section): BenchOptions | null {
  const help = flags.flag("help");
  const history = flags.text("history", "");
  const isRecorded = history !== undefined;
  const level = flags.choice("level", LEVELS, "one");
  const options: BenchOptions = {
    clients: flags.count("clients", { fallback: isRecorded ? 16 : 64, min: 1, max: 10_000 }),
    inFlight: flags.count("in-flight", { fallback: 1, min: 1, max: 1_000 }),
    sessions: flags.flag("sessions"),
    writes: flags.decimal("writes", { fallback: 0.5, min: 0, max: 1 }),
    valueSize: flags.size("value-size", {
      fallback: isRecorded ? 16 : 100,
      min: 0,
      max: 8 * 1_048_576,
    }),
    keys: flags.count("keys", { fallback: isRecorded ? 8 : 10_000, min: 1, max: 10_000_000 }),
    skew: readSkew(flags),
    durationMs: flags.duration("duration", { fallback: 10_000, min: 100, max: 86_400_000 }),
    warmUpMs: flags.duration("warmup", { fallback: 1_000, min: 0, max: 3_600_000 }),
    consistency: flags.choice("consistency", ["linearizable", "stale"], "linearizable"),
    endpoints: readEndpoints(flags),
    primary: flags.flag("primary"),
    timeoutMs: flags.duration("timeout", { fallback: 10_000, min: 100, max: 600_000 }),
    output: flags.choice("output", ["table", "json"], "table"),
    seed: flags.count("seed", { fallback: 1, min: 0, max: Number.MAX_SAFE_INTEGER }),
    ...(isRecorded ? { history } : {}),
    ...(flags.has("level") ? { level } : {}),
    ...readOptional(flags, "rate", "rate", 1_000_000),
    ...readOptional(flags, "requests", "requestsMax", Number.MAX_SAFE_INTEGER),
  };
  if (options.sessions && options.inFlight > 1) {
    flags.problem(
      "sessions",
      `Needs --in-flight 1, since a session's requests go one at a time; is ${options.inFlight}`,
    );
  }
  if (flags.has("level") && (isRecorded || options.sessions || flags.has("consistency"))) {
    flags.problem("level", "Is of gossip, which has no --history, --sessions and --consistency");
  }
  if (isRecorded && options.consistency === "stale") {
    flags.problem("history", "Needs linearizable reads: a stale one may see any state of the past");
  }
  if (options.clients * options.inFlight > 20_000) {
    const connections = options.clients * options.inFlight;
    flags.problem(
      "clients",
      `Makes ${connections} connections with --in-flight; 20000 are the most`,
    );
  }
  return help ? null : options;
}

function readOptional<N extends string>(flags: Section, flag: string, name: N, max: number) {
  const value = flags.count(flag, { fallback: 1, min: 1, max });
  return (flags.has(flag) ? { [name]: value } : {}) as { readonly [K in N]?: number };
}

function readSkew(flags: Section): Skew {
  const text = flags.text("skew", "uniform") ?? "uniform";
  if (text === "uniform") return { kind: "uniform" };
  const exponent = Number(/^zipf:(\d{1,2}(?:\.\d+)?)$/.exec(text)?.[1]);
  if (exponent >= 0 && exponent <= 10) return { kind: "zipf", exponent };
  flags.problem("skew", `Must be uniform, or zipf: and an exponent from 0 to 10; is "${text}"`);
  return { kind: "uniform" };
}

function readEndpoints(flags: Section): readonly string[] {
  try {
    return parseEndpoints(flags.text("endpoints", "") ?? "http://127.0.0.1:7100,7101,7102");
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    flags.problem("endpoints", error.message);
    return [];
  }
}
