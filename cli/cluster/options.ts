import type { ClusterConfig } from "../config.ts";
import {
  CLUSTER_TEXT_FLAGS,
  type ClusterFlags,
  configOfFlags,
  readClusterFlags,
} from "../config/cluster_flags.ts";
import { readFlags } from "../config/flags.ts";
import type { Section } from "../config/section.ts";
import { PROTOCOLS } from "../config/types/cluster.ts";

/** What the runner was told. */
export interface ClusterOptions {
  readonly config: ClusterConfig;
  /** The flags by which a node comes to the same configuration. */
  readonly nodeFlags: readonly string[];
  /** The module of the state machine that is replicated instead of the key-value store. */
  readonly machine: string | undefined;
  /** Whether to delete the data of earlier runs first. */
  readonly fresh: boolean;
  /** Whether faults can be injected through the HTTP API. */
  readonly dev: boolean;
}

export const HELP = `Start a cluster on this machine, one process a node, and keep it running.

  deno task cluster [options]

      --nodes N        how many nodes, 1 to 7, with gossip 1 to 16 [3]
      --protocol P     replication protocol: ${PROTOCOLS.join(", ")} [vr]
      --volumes N      with chain: how many chains the keys are spread over, 1 to 64 [1];
                       with hermes: how many shares of the keys have replicas of their own
      --replicas N     with hermes: how many nodes replicate each key [all]
      --durability D   disk, or memory (vr: data survives as long as a majority of nodes does;
                       gossip: as long as a node does that has heard of it) [disk]
      --state-machine M  what is replicated: kv, or log (not with hermes and gossip) [kv]
      --data DIR       where the nodes keep their data [./data/cluster-<protocol>]
      --base-port P    node i serves HTTP on P + i, its peers on P + 100 + i, and clients of
                       Redis (RESP) on P + 200 + i [7100]
      --config FILE    take all of that, and more, from a configuration file
      --machine FILE   replicate the state machine that this module's default export makes,
                       instead of the key-value store (not with hermes and gossip)
      --fresh          delete the data of earlier runs first
      --no-dev         refuse fault injection (POST /v1/dev/...), which is on otherwise
  -h, --help           print this

A node that dies is started again. Ctrl-C stops the cluster; a second one kills it.
`;

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
    texts: CLUSTER_TEXT_FLAGS,
    negatable: ["dev"],
    aliases: { h: "help" },
  }, readOptions);
  if (flags.help) return null;
  const { machine, fresh, dev } = flags;
  const config = configOfFlags(flags, readFile);
  return { config, nodeFlags: nodeFlags(flags, config), machine, fresh, dev };
}

function readOptions(flags: Section) {
  return {
    help: flags.flag("help"),
    fresh: flags.flag("fresh"),
    dev: flags.flag("dev"),
    ...readClusterFlags(flags),
  };
}

function nodeFlags(
  { config: file, machine, nodes, basePort, volumes, replicas }: ClusterFlags,
  { data, protocol, durability, stateMachine }: ClusterConfig,
): readonly string[] {
  const shared = machine === undefined ? {} : { machine };
  const flags = file === undefined
    ? {
      nodes,
      "base-port": basePort,
      ...(durability === "disk" && { data }),
      protocol,
      durability,
      ...(stateMachine !== "kv" && { "state-machine": stateMachine }),
      ...(volumes !== undefined && { volumes }),
      ...(replicas !== undefined && { replicas }),
      ...shared,
    }
    : { config: file, ...shared };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
}
