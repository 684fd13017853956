/**
 * Runs one node of a cluster.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { TroupeError } from "../actors/errors.ts";
import {
  type ClusterConfig,
  ConfigError,
  DEFAULT_BASE_PORT,
  defaultConfig,
  parseConfig,
} from "./config.ts";
import { BadMachine, loadMachine } from "./node/machine.ts";
import { Node } from "./node/node.ts";

const USAGE = `Runs one node of a Troupe cluster.

  deno run -A cli/node.ts --config cluster.yaml --index N

      --config FILE   the configuration, the same file for all nodes
      --index N       which of its replicas this node is, from 0
      --machine FILE  replicate the state machine that this module's default export makes
                      instead of the key-value store
      --dev           add POST /v1/dev/actors/{name}/crash
      --parent-pipe   stop when standard input closes

  Without --config, a cluster on this machine:
      --nodes N       how many nodes, 1 to 7 [3]
      --base-port P   node i serves HTTP on P + i, and its peers on P + 100 + i [${DEFAULT_BASE_PORT}]
      --data DIR      where the nodes keep their data [./data/cluster-<protocol>]
      --protocol P    replication protocol [vr]
  -h, --help          print this
`;

/** Exit codes: 1, the node failed; 2, it cannot be started like this. */
const EXIT = { failed: 1, usage: 2 } as const;

const FLAGS = ["config", "index", "machine", "nodes", "base-port", "data", "protocol"] as const;
type Flag = typeof FLAGS[number];

/** What the command line says. */
interface Invocation {
  readonly flags: Partial<Record<Flag, string>>;
  readonly dev: boolean;
  readonly parentPipe: boolean;
  readonly help: boolean;
}

class UsageError extends TroupeError {
  constructor(what: string) {
    super("usage", what);
  }
}

function parse(args: readonly string[]): Invocation {
  const parsed = parseArgs(args, {
    string: FLAGS,
    boolean: ["dev", "parent-pipe", "help"],
    alias: { h: "help" },
    unknown: (argument) => {
      throw new UsageError(`Unknown argument "${argument}"`);
    },
  });
  const flags: Partial<Record<Flag, string>> = {};
  for (const name of FLAGS) {
    const value = parsed[name];
    if (value === undefined) continue;
    if (Array.isArray(value)) throw new UsageError(`--${name} was given more than once`);
    flags[name] = String(value);
  }
  const { dev, help } = parsed;
  return { flags, dev: !!dev, help: !!help, parentPipe: !!parsed["parent-pipe"] };
}

async function readConfiguration(flags: Invocation["flags"]): Promise<ClusterConfig> {
  const { config: file, data, protocol } = flags;
  if (file === undefined) {
    const nodes = wholeNumber("nodes", flags.nodes);
    const basePort = wholeNumber("base-port", flags["base-port"]);
    return defaultConfig({
      ...(nodes === undefined ? {} : { nodes }),
      ...(basePort === undefined ? {} : { basePort }),
      ...(data === undefined ? {} : { data }),
      ...(protocol === undefined ? {} : { protocol }),
    });
  }
  for (const name of ["nodes", "base-port", "data", "protocol"] as const) {
    if (flags[name] !== undefined) {
      throw new UsageError(`--${name} does not go with --config, which says it in its file`);
    }
  }
  try {
    return parseConfig(await Deno.readTextFile(file), file);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new UsageError(`Cannot read the configuration "${file}": ${String(cause)}`);
  }
}

function wholeNumber(name: Flag, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} must be a whole number: ${text}`);
  return Number(text);
}

/** Resolves when the process is told to stop: by a signal, or by the end of its parent. */
function stopRequested(parentPipe: boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", resolve);
  Deno.addSignalListener("SIGTERM", resolve);
  if (parentPipe) {
    Deno.stdin.readable.pipeTo(new WritableStream()).then(() => resolve(), () => resolve());
  }
  return promise;
}

async function run({ flags, dev, parentPipe }: Invocation): Promise<number> {
  const index = wholeNumber("index", flags.index);
  if (index === undefined) throw new UsageError("--index is missing: which node is this?");
  const config = await readConfiguration(flags);
  const failed = Promise.withResolvers<number>();
  const node = await Node.start({
    config,
    index,
    dev,
    ...(flags.machine === undefined ? {} : { machine: await loadMachine(flags.machine) }),
    onFailure: (error) => {
      console.error(`Node ${index} has failed: ${String(error)}`);
      failed.resolve(EXIT.failed);
    },
  });
  console.error(
    `Node ${index} of cluster "${config.cluster}" (${config.protocol}) on ${node.address.url}`,
  );
  const stopped = stopRequested(parentPipe).then(async () => {
    await node.stop();
    return 0;
  });
  return await Promise.race([stopped, failed.promise]);
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const invocation = parse(args);
    if (invocation.help) {
      console.log(USAGE);
      return 0;
    }
    return await run(invocation);
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    console.error(error.message);
    if (error instanceof UsageError) console.error("Try --help");
    const isUsage = [UsageError, ConfigError, BadMachine].some((kind) => error instanceof kind);
    return isUsage ? EXIT.usage : EXIT.failed;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
