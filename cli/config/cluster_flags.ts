import { type ClusterConfig, ConfigError, defaultConfig, parseConfig } from "../config.ts";
import { whyUnreadable } from "../files.ts";
import { BASE_PORT_MAX, DEFAULT_BASE_PORT } from "./defaults.ts";
import { requireAnyMachine } from "./own_machine.ts";
import { REPLICAS_MAX, replicasMaxOf } from "./read_addresses.ts";
import type { Section } from "./section.ts";
import { VOLUMES_MAX } from "../../protocols/master/configuration.ts";
import { DURABILITY_MODES, MACHINES, PROTOCOLS } from "./types/cluster.ts";

/** What a command line says of a cluster: a file, or what a file would. */
export interface ClusterFlags {
  readonly config: string | undefined;
  /** The module of the state machine to replicate instead of the key-value store. */
  readonly machine: string | undefined;
  readonly nodes: number;
  readonly basePort: number;
  readonly protocol: string;
  readonly durability: string;
  readonly stateMachine: string;
  readonly volumes?: number;
  readonly replicas?: number;
  readonly data?: string;
}

/** Those of them whose value is a text even if it looks like a number. */
export const CLUSTER_TEXT_FLAGS = [
  "config",
  "data",
  "protocol",
  "durability",
  "state-machine",
  "machine",
] as const;

/** Flags that a configuration file takes the place of. */
const INSTEAD_OF_CONFIG = [
  "nodes",
  "protocol",
  "volumes",
  "replicas",
  "durability",
  "state-machine",
  "data",
  "base-port",
];

/** Reads the flags that say what cluster is meant. */
export function readClusterFlags(flags: Section): ClusterFlags {
  const config = flags.text("config", "");
  const protocol = flags.choice("protocol", PROTOCOLS, "vr");
  const data = flags.text("data", "");
  const volumes = flags.count("volumes", { fallback: 1, min: 1, max: VOLUMES_MAX });
  const replicas = flags.count("replicas", { fallback: 1, min: 1, max: REPLICAS_MAX });
  const read = {
    config,
    machine: flags.text("machine", ""),
    nodes: flags.count("nodes", { fallback: 3, min: 1, max: replicasMaxOf(protocol) }),
    basePort: flags.count("base-port", { fallback: DEFAULT_BASE_PORT, min: 1, max: BASE_PORT_MAX }),
    protocol,
    durability: flags.choice("durability", DURABILITY_MODES, "disk"),
    stateMachine: flags.choice("state-machine", MACHINES, "kv"),
    ...(flags.has("volumes") ? { volumes } : {}),
    ...(flags.has("replicas") ? { replicas } : {}),
    ...(data === undefined ? {} : { data }),
  };
  if (config !== undefined) {
    for (const name of INSTEAD_OF_CONFIG.filter((name) => flags.has(name))) {
      flags.problem(name, "Cannot be given along with --config, which has it in its file");
    }
  }
  if (read.machine !== undefined && flags.has("state-machine")) {
    flags.problem("state-machine", "Cannot be given along with --machine, which takes its place");
  }
  return read;
}

/**
 * The configuration that the flags name or stand for.
 *
 * @param readFile How a file is read.
 * @throws {ConfigError} if the file cannot be read, naming every line of it that is wrong; or if the
 * protocol cannot replicate the state machine that is named.
 */
export function configOfFlags(
  flags: ClusterFlags,
  readFile: (path: string) => string,
): ClusterConfig {
  const { config: file, machine } = flags;
  const config = file === undefined
    ? defaultConfig(flags)
    : parseConfig(readConfigFile(file, readFile), file);
  if (machine !== undefined) requireAnyMachine(config);
  return config;
}

function readConfigFile(file: string, readFile: (path: string) => string): string {
  try {
    return readFile(file);
  } catch (error) {
    const what = `Cannot read "${file}": ${whyUnreadable(error)}`;
    throw new ConfigError([{ file: null, line: null, field: "--config", what }]);
  }
}
