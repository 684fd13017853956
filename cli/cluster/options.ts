import { type ClusterConfig, ConfigError, defaultConfig, parseConfig } from "../config.ts";
import { readFlags } from "../config/flags.ts";
import type { Section } from "../config/section.ts";
import { PROTOCOLS } from "../config/types.ts";

/** What the runner was told. */
export interface ClusterOptions {
  readonly config: ClusterConfig;
  /** The flags by which a node comes to the same configuration. */
  readonly nodeFlags: readonly string[];
  /** Whether to delete the data of earlier runs first. */
  readonly fresh: boolean;
  /** Whether faults can be injected through the HTTP API. */
  readonly dev: boolean;
}

export const HELP = `Start a cluster on this machine, one process a node, and keep it running.

  deno task cluster [options]

      --nodes N        how many nodes, 1 to 7 [3]
      --protocol P     replication protocol: ${PROTOCOLS.join(", ")} [vr]
      --data DIR       where the nodes keep their data [./data/cluster-<protocol>]
      --base-port P    node i serves HTTP on P + i, and its peers on P + 100 + i [7100]
      --config FILE    take all of that, and more, from a configuration file
      --machine FILE   replicate the state machine that this module's default export makes,
                       instead of the key-value store
      --fresh          delete the data of earlier runs first
      --no-dev         refuse fault injection (POST /v1/dev/...), which is on otherwise
  -h, --help           print this

A node that dies is started again. Ctrl-C stops the cluster; a second one kills it.
`;

/** Flags that a configuration file takes the place of. */
const INSTEAD_OF_CONFIG = ["nodes", "protocol", "data", "base-port"];

/**
 * Reads the command line, and the configuration file that it names.
 *
 * @param readFile How a file is read.
 * @returns the options, or `null` if help is wanted.
 * @throws {ConfigError} naming every flag, or every line of the file, that is wrong.
 */
export function parseClusterFlags(
  args: readonly string[],
  readFile: (path: string) => string,
): ClusterOptions | null {
  const flags = readFlags(args, {
    booleans: ["fresh", "dev", "help"],
    texts: ["config", "data", "protocol", "machine"],
    negatable: ["dev"],
    aliases: { h: "help" },
  }, readOptions);
  if (flags.help) return null;
  const { fresh, dev, config: file, machine } = flags;
  const machineFlags = machine === undefined ? [] : ["--machine", machine];
  if (file !== undefined) {
    const config = parseConfig(readConfigFile(file, readFile), file);
    return { config, nodeFlags: ["--config", file, ...machineFlags], fresh, dev };
  }
  const config = defaultConfig(flags);
  return { config, nodeFlags: [...defaultFlags(flags, config), ...machineFlags], fresh, dev };
}

function readOptions(flags: Section) {
  const file = flags.text("config", "");
  const data = flags.text("data", "");
  const options = {
    help: flags.flag("help"),
    fresh: flags.flag("fresh"),
    dev: flags.flag("dev"),
    config: file,
    machine: flags.text("machine", ""),
    nodes: flags.count("nodes", { fallback: 3, min: 1, max: 7 }),
    basePort: flags.count("base-port", { fallback: 7_100, min: 1, max: 65_429 }),
    protocol: flags.choice("protocol", PROTOCOLS, "vr"),
    ...(data === undefined ? {} : { data }),
  };
  if (file !== undefined) {
    for (const name of INSTEAD_OF_CONFIG.filter((name) => flags.has(name))) {
      flags.problem(name, "Cannot be given along with --config, which has it in its file");
    }
  }
  return options;
}

function readConfigFile(file: string, readFile: (path: string) => string): string {
  try {
    return readFile(file);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "there is no such file" : String(error);
    const what = `Cannot read "${file}": ${why}`;
    throw new ConfigError([{ file: null, line: null, field: "--config", what }]);
  }
}

function defaultFlags(
  { nodes, basePort }: { readonly nodes: number; readonly basePort: number },
  { data, protocol }: ClusterConfig,
): readonly string[] {
  const flags = { nodes, "base-port": basePort, data, protocol };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
}
