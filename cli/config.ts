/**
 * The configuration of a cluster, from a YAML file or from a few flags.
 *
 * `docs/configuration.md` describes every option.
 *
 * @module
 */
import { toError } from "../actors/errors.ts";
import { parse as parseYaml } from "@std/yaml";
import { Positions } from "./config/positions.ts";
import { ConfigError, Problems } from "./config/problems.ts";
import { readConfig } from "./config/read.ts";
import { addressAbove } from "./config/read_resp.ts";
import { isMapping } from "./config/section.ts";
import type { Address } from "../transport/address.ts";
import type { ClusterConfig } from "./config/types/cluster.ts";
import { describe } from "./config/units.ts";

export { DEFAULT_BASE_PORT, defaultConfig, type DefaultConfigOptions } from "./config/defaults.ts";
export { ConfigError } from "./config/problems.ts";
export type { ClusterConfig } from "./config/types/cluster.ts";

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
    const message = toError(error).message;
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

/** How many shares the objects are divided into: each is replicated by itself. */
export function volumesOf({ protocol, chain, hermes }: ClusterConfig): number {
  return protocol === "hermes" ? hermes.volumes : chain.volumes;
}

/** What one node takes from the configuration of its cluster. */
export interface NodeAddresses {
  /** Where it talks to its peers. */
  readonly peer: Address;
  /** Where it serves clients. */
  readonly http: Address;
  /** Where it serves clients of Redis; `undefined` if it does not. */
  readonly resp: Address | undefined;
  /** Its own directory, `<data>/node-<index>`. */
  readonly directory: string;
}

/**
 * The part of node `index`, which may be one that the configuration does not list if it says where it is.
 *
 * @throws {ConfigError} if the cluster has no such node.
 */
export function nodeAddresses(
  config: ClusterConfig,
  index: number,
  joining?: Pick<NodeAddresses, "peer" | "http">,
): NodeAddresses {
  const peer = config.replicasAddresses[index] ?? joining?.peer;
  const http = config.httpAddresses[index] ?? joining?.http;
  if (peer === undefined || http === undefined) {
    const what = `Must be a replica's index, 0 to ${
      config.replicasAddresses.length - 1
    }; is ${index}`;
    throw new ConfigError([{ file: null, line: null, field: "--index", what }]);
  }
  // Who joins is not listed, and serves where it would by default, if the others serve at all.
  const isServed = config.respAddresses.length > 0;
  const resp = config.respAddresses[index] ?? (isServed ? addressAbove(peer) : undefined);
  return { peer, http, resp, directory: `${config.data.replace(/\/+$/, "")}/node-${index}` };
}
