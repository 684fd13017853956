/**
 * The configuration of a cluster, from a YAML file or from a few flags.
 *
 * `docs/configuration.md` describes every option.
 *
 * @module
 */
import { parse as parseYaml } from "@std/yaml";
import { Positions } from "./config/positions.ts";
import { ConfigError, Problems } from "./config/problems.ts";
import { HTTP_PORT_BELOW_PEER, readConfig, REPLICAS_MAX } from "./config/read.ts";
import { isMapping } from "./config/section.ts";
import type { Address, ClusterConfig } from "./config/types.ts";
import { PROTOCOLS } from "./config/types.ts";
import { describe } from "./config/units.ts";

export { formatAddress } from "./config/addresses.ts";
export { ConfigError } from "./config/problems.ts";
export type { Problem } from "./config/problems.ts";
export type {
  Address,
  Batching,
  ClusterConfig,
  Detector,
  DetectorKind,
  Limits,
  LogLevel,
  Protocol,
  Snapshots,
  Timeouts,
} from "./config/types.ts";

/** The first HTTP port of a cluster that was not configured. */
export const DEFAULT_BASE_PORT = 7_100;

/**
 * Reads a configuration file.
 *
 * @param yamlText The text of the file.
 * @param fileName Its name, for error messages.
 * @throws {ConfigError} if anything in it is wrong; it names every problem with its line.
 */
export function parseConfig(yamlText: string, fileName: string): ClusterConfig {
  const document = parseDocument(yamlText, fileName);
  const positions = new Positions(yamlText);
  const problems = new Problems(fileName, (...fields) => positions.lineOf(...fields));
  if (document !== null && !isMapping(document)) {
    problems.add("", `Must be a mapping of options; is ${describe(document)}`);
  }
  const config = readConfig(isMapping(document) ? document : {}, problems);
  problems.throwIfAny();
  return config;
}

function parseDocument(yamlText: string, fileName: string): unknown {
  try {
    return parseYaml(yamlText);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = / at line (\d+), column (\d+)/.exec(message);
    const what = message.slice(0, position?.index).replace(/^./, (c) => c.toLowerCase());
    const column = position ? ` (column ${position[2]})` : "";
    throw new ConfigError([{
      file: fileName,
      line: position ? Number(position[1]) : 1,
      field: "",
      what: `Is not valid YAML: ${what}${column}`,
    }]);
  }
}

/** What a cluster on this machine needs to be told. */
export interface DefaultConfigOptions {
  /** How many nodes, 1 to 7. @default {3} */
  readonly nodes?: number;
  /** Node `i` serves HTTP on this port plus `i`, and its peers 100 above that. @default {7100} */
  readonly basePort?: number;
  /** The data directory. @default {"./data/cluster-<protocol>"} */
  readonly data?: string;
  /** The replication protocol. @default {"vr"} */
  readonly protocol?: string;
}

/**
 * The configuration of a cluster on this machine's loopback interface, with every other option at its
 * default.
 *
 * @throws {ConfigError} if an option is out of range; it names the flag, `--nodes` say.
 */
export function defaultConfig(options: DefaultConfigOptions = {}): ClusterConfig {
  const { nodes = 3, basePort = DEFAULT_BASE_PORT, protocol = "vr" } = options;
  const flags = new Problems(null, () => null);
  checkFlags(flags, { ...options, nodes, basePort, protocol });
  flags.throwIfAny();
  const addresses = (from: number) =>
    Array.from({ length: nodes }, (_, index) => `127.0.0.1:${from + index}`);
  const problems = new Problems(null, () => null);
  const config = readConfig({
    protocol,
    replicas_addresses: addresses(basePort + HTTP_PORT_BELOW_PEER),
    http_addresses: addresses(basePort),
    ...(options.data === undefined ? {} : { data: options.data }),
  }, problems);
  problems.throwIfAny();
  return config;
}

function checkFlags(
  flags: Problems,
  { nodes, basePort, data, protocol }: DefaultConfigOptions & { nodes: number; basePort: number },
): void {
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > REPLICAS_MAX) {
    flags.add("--nodes", `Must be a whole number from 1 to ${REPLICAS_MAX}; is ${nodes}`);
  }
  const portMax = 65_535 - HTTP_PORT_BELOW_PEER - REPLICAS_MAX + 1;
  if (!Number.isInteger(basePort) || basePort < 1 || basePort > portMax) {
    flags.add("--base-port", `Must be a whole number from 1 to ${portMax}; is ${basePort}`);
  }
  if (data === "") flags.add("--data", "Must name a directory; is empty");
  if (!PROTOCOLS.some((known) => known === protocol)) {
    flags.add("--protocol", `Must be one of ${PROTOCOLS.join(", ")}; is ${describe(protocol)}`);
  }
}

/** What one node takes from the configuration of its cluster. */
export interface NodeAddresses {
  /** Where it talks to its peers. */
  readonly peer: Address;
  /** Where it serves clients. */
  readonly http: Address;
  /** Its own directory, `<data>/node-<index>`. */
  readonly directory: string;
}

/**
 * The part of node `index`.
 *
 * @throws {ConfigError} if the cluster has no such node.
 */
export function nodeAddresses(config: ClusterConfig, index: number): NodeAddresses {
  const peer = config.replicasAddresses[index];
  const http = config.httpAddresses[index];
  if (peer === undefined || http === undefined) {
    const what = `Must be a replica's index, 0 to ${
      config.replicasAddresses.length - 1
    }; is ${index}`;
    throw new ConfigError([{ file: null, line: null, field: "--index", what }]);
  }
  return { peer, http, directory: `${config.data.replace(/\/+$/, "")}/node-${index}` };
}
