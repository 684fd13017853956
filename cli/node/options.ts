import { type ClusterConfig, DEFAULT_BASE_PORT, nodeAddresses } from "../config.ts";
import { CLUSTER_TEXT_FLAGS, configOfFlags, readClusterFlags } from "../config/cluster_flags.ts";
import { readFlags } from "../config/flags.ts";
import { parseAddress } from "../config/addresses.ts";
import { ConfigError } from "../config/problems.ts";
import { HTTP_PORT_BELOW_PEER } from "../config/read_addresses.ts";
import { type Address, formatAddress, isLoopback } from "../../transport/address.ts";
import { formatPlace, type NodePlace } from "./node_place.ts";
import type { Section } from "../config/section.ts";
import { PROTOCOLS } from "../config/types/cluster.ts";

/** What the command line of a node says. */
export interface NodeInvocation {
  readonly config: ClusterConfig;
  readonly index: number;
  /** Where the node is, if the configuration does not list it. */
  readonly joining?: NodePlace;
  /** The module of the state machine to replicate, `undefined` for the key-value store. */
  readonly machine: string | undefined;
  /** Whether faults can be injected through the HTTP API. */
  readonly dev: boolean;
  /** Whether the end of the standard input ends the node. */
  readonly parentPipe: boolean;
}

/** The greatest index of a node: one that joins need not be listed. */
const NODE_MAX = 255;

export const HELP = `Runs one node of a Troupe cluster.

  deno run -A cli/node.ts --config cluster.yaml --index N

      --config FILE   the configuration, the same file for all nodes
      --index N       which of its replicas this node is, from 0
      --machine FILE  replicate the state machine that this module's default export makes
                      instead of the key-value store (not with hermes and gossip)
      --address A     with gossip, for an index that the configuration does not list: the
                      host:port for its peers; it joins by those that are listed
      --http A        the host:port for its clients [the same host, 100 ports below]
      --dev           add POST /v1/dev/actors/{name}/crash
      --parent-pipe   stop when standard input closes

  Without --config, a cluster on this machine:
      --nodes N       how many nodes, 1 to 7, with gossip 1 to 16 [3]
      --base-port P   node i serves HTTP on P + i, its peers on P + 100 + i, and clients of
                      Redis (RESP) on P + 200 + i [${DEFAULT_BASE_PORT}]
      --data DIR      where the nodes keep their data [./data/cluster-<protocol>]
      --protocol P    replication protocol: ${PROTOCOLS.join(", ")} [vr]
      --volumes N     with chain or hermes: how many shares of the keys, 1 to 64 [1]
      --replicas N    with hermes: how many nodes replicate each key [all]
      --durability D  disk, or memory with vr and gossip [disk]
      --state-machine M  what is replicated: kv or log (not with hermes and gossip) [kv]
  -h, --help          print this
`;

/**
 * Reads the command line, and the configuration file that it names.
 *
 * @param readFile How a file is read.
 * @returns what it says, or `null` if help is wanted.
 * @throws {ConfigError} naming every flag, or every line of the file, that is wrong.
 */
export function parseNodeFlags(
  args: readonly string[],
  readFile: (path: string) => string,
): NodeInvocation | null {
  const flags = readFlags(args, {
    booleans: ["dev", "parent-pipe", "help"],
    texts: [...CLUSTER_TEXT_FLAGS, "address", "http"],
    aliases: { h: "help" },
  }, readOptions);
  if (flags.help) return null;
  const { index, machine, dev, parentPipe } = flags;
  const config = configOfFlags(flags, readFile);
  const joining = placeOf(flags, config);
  return { config, index, ...(joining && { joining }), machine, dev, parentPipe };
}

/** Where a node is that the configuration does not list; `undefined` if it does. */
function placeOf(
  { index, address, http }: { index: number; address?: Address; http?: Address },
  config: ClusterConfig,
): NodePlace | undefined {
  const isListed = index < config.replicasAddresses.length;
  if (isListed || config.protocol !== "gossip") {
    const why = isListed
      ? `Has no effect for node ${index}, which the configuration lists`
      : `Has no effect with the protocol "${config.protocol}", whose nodes are all listed`;
    if (address !== undefined) throw flagError("--address", `${why}; remove it`);
    if (http !== undefined) throw flagError("--http", `${why}; remove it`);
    nodeAddresses(config, index);
    return undefined;
  }
  if (address === undefined) {
    throw flagError("--address", `Is missing: the configuration does not list node ${index}`);
  }
  const place = { peer: address, http: http ?? below(address) };
  if (formatPlace(place) === "") {
    throw flagError("--address", "Is too long, with --http, to be told to the other nodes");
  }
  for (const [name, { host }] of [["--address", place.peer], ["--http", place.http]] as const) {
    if (config.insecure || isLoopback(host)) continue;
    const what = 'is reachable from other machines; the configuration must say "insecure: true"';
    throw flagError(name, `${host} ${what} for that`);
  }
  return place;
}

function below(address: Address): Address {
  const port = address.port - HTTP_PORT_BELOW_PEER;
  if (port >= 1) return { host: address.host, port };
  throw flagError(
    "--http",
    `Is missing: there is no port for HTTP below ${formatAddress(address)}`,
  );
}

function flagError(field: string, what: string): ConfigError {
  return new ConfigError([{ file: null, line: null, field, what }]);
}

function readOptions(flags: Section) {
  const help = flags.flag("help");
  const index = flags.count("index", { fallback: 0, min: 0, max: NODE_MAX });
  if (!help && !flags.has("index")) flags.problem("index", "Is missing: which node is this?");
  const dev = flags.flag("dev");
  const places = { ...readAddress(flags, "address"), ...readAddress(flags, "http") };
  const rest = readClusterFlags(flags);
  return { help, index, dev, parentPipe: flags.flag("parent-pipe"), ...places, ...rest };
}

function readAddress<N extends string>(flags: Section, name: N): { readonly [K in N]?: Address } {
  const address = flags.value(name, { kind: "host:port", fallback: "none" }, (text) => {
    const parsed = parseAddress(String(text));
    return typeof parsed === "string" ? { problem: parsed } : parsed;
  });
  return (address === undefined ? {} : { [name]: address }) as { readonly [K in N]?: Address };
}
