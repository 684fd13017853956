import { type ClusterConfig, DEFAULT_BASE_PORT } from "../config.ts";
import { CLUSTER_TEXT_FLAGS, configOfFlags, readClusterFlags } from "../config/cluster_flags.ts";
import { readFlags } from "../config/flags.ts";
import { REPLICAS_MAX } from "../config/read_addresses.ts";
import type { Section } from "../config/section.ts";
import { PROTOCOLS } from "../config/types.ts";

/** What the command line of a node says. */
export interface NodeInvocation {
  readonly config: ClusterConfig;
  readonly index: number;
  /** The module of the state machine to replicate, `undefined` for the key-value store. */
  readonly machine: string | undefined;
  /** Whether faults can be injected through the HTTP API. */
  readonly dev: boolean;
  /** Whether the end of the standard input ends the node. */
  readonly parentPipe: boolean;
}

export const HELP = `Runs one node of a Troupe cluster.

  deno run -A cli/node.ts --config cluster.yaml --index N

      --config FILE   the configuration, the same file for all nodes
      --index N       which of its replicas this node is, from 0
      --machine FILE  replicate the state machine that this module's default export makes
                      instead of the key-value store (not with hermes)
      --dev           add POST /v1/dev/actors/{name}/crash
      --parent-pipe   stop when standard input closes

  Without --config, a cluster on this machine:
      --nodes N       how many nodes, 1 to 7 [3]
      --base-port P   node i serves HTTP on P + i, and its peers on P + 100 + i [${DEFAULT_BASE_PORT}]
      --data DIR      where the nodes keep their data [./data/cluster-<protocol>]
      --protocol P    replication protocol: ${PROTOCOLS.join(", ")} [vr]
      --volumes N     with chain or hermes: how many shares of the keys, 1 to 64 [1]
      --replicas N    with hermes: how many nodes replicate each key [all]
      --durability D  disk, or memory with vr [disk]
      --state-machine M  what is replicated: kv or log (not with hermes) [kv]
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
    texts: CLUSTER_TEXT_FLAGS,
    aliases: { h: "help" },
  }, readOptions);
  if (flags.help) return null;
  const { index, machine, dev, parentPipe } = flags;
  return { config: configOfFlags(flags, readFile), index, machine, dev, parentPipe };
}

function readOptions(flags: Section) {
  const help = flags.flag("help");
  const index = flags.count("index", { fallback: 0, min: 0, max: REPLICAS_MAX - 1 });
  if (!help && !flags.has("index")) flags.problem("index", "Is missing: which node is this?");
  const dev = flags.flag("dev");
  return { help, index, dev, parentPipe: flags.flag("parent-pipe"), ...readClusterFlags(flags) };
}
