import { Problems } from "./problems.ts";
import { readConfig, whyKvOnly } from "./read.ts";
import { HTTP_PORT_BELOW_PEER, REPLICAS_MAX, replicasMaxOf } from "./read_addresses.ts";
import { RESP_PORT_ABOVE_PEER } from "./read_resp.ts";
import { type ClusterConfig, DURABILITY_MODES, MACHINES, PROTOCOLS } from "./types/cluster.ts";
import { VOLUMES_MAX } from "../../protocols/master/configuration.ts";
import { describe } from "./units.ts";

/** The first HTTP port of a cluster that was not configured. */
export const DEFAULT_BASE_PORT = 7_100;
/** The greatest: with it the last of the most nodes still has a port for clients of Redis. */
export const BASE_PORT_MAX = 65_535 - HTTP_PORT_BELOW_PEER - RESP_PORT_ABOVE_PEER - REPLICAS_MAX +
  1;

/** What a cluster on this machine needs to be told. */
export interface DefaultConfigOptions {
  /** How many nodes, 1 to 7; with the protocol `gossip` 1 to 16. @default {3} */
  readonly nodes?: number;
  /** Node `i` serves HTTP on this port plus `i`, and its peers 100 above that, RESP 200. @default {7100} */
  readonly basePort?: number;
  /** The data directory. @default {"./data/cluster-<protocol>"} */
  readonly data?: string;
  /** The replication protocol. @default {"vr"} */
  readonly protocol?: string;
  /** Where acknowledged data is kept. @default {"disk"} */
  readonly durability?: string;
  /** What is replicated: `kv` or `log`. @default {"kv"} */
  readonly stateMachine?: string;
  /**
   * With the protocols `chain` and `hermes`: how many shares the keys are divided into, 1 to 64.
   *
   * @default {1; with `replicas` fewer than nodes, 32}
   */
  readonly volumes?: number;
  /** With the protocol `hermes`: how many nodes replicate each key. @default {all nodes} */
  readonly replicas?: number;
}

/**
 * The configuration of a cluster on this machine's loopback interface, with every other option at its
 * default.
 *
 * @throws {ConfigError} if an option is out of range; it names the flag, `--nodes` say.
 */
export function defaultConfig(options: DefaultConfigOptions = {}): ClusterConfig {
  const { nodes = 3, basePort = DEFAULT_BASE_PORT, protocol = "vr", durability = "disk" } = options;
  const flags = new Problems(null, () => null);
  checkFlags(flags, { ...options, nodes, basePort, protocol, durability });
  flags.throwIfAny();
  const addresses = (from: number) =>
    Array.from({ length: nodes }, (_, index) => `127.0.0.1:${from + index}`);
  const problems = new Problems(null, () => null);
  const config = readConfig({
    protocol,
    durability,
    ...(options.stateMachine === undefined ? {} : { state_machine: options.stateMachine }),
    ...(isLaidOut(protocol) ? { [protocol]: layoutOf(options) } : {}),
    replicas_addresses: addresses(basePort + HTTP_PORT_BELOW_PEER),
    http_addresses: addresses(basePort),
    ...(options.data === undefined ? {} : { data: options.data }),
  }, problems);
  problems.throwIfAny();
  return config;
}

/** Whether a protocol divides the keys into shares. */
function isLaidOut(protocol: string): boolean {
  return protocol === "chain" || protocol === "hermes";
}

/** What the file says in the section of the protocol. */
function layoutOf({ volumes, replicas }: DefaultConfigOptions): Record<string, number> {
  return {
    ...(volumes === undefined ? {} : { volumes }),
    ...(replicas === undefined ? {} : { replicas }),
  };
}

function checkFlags(
  flags: Problems,
  options: DefaultConfigOptions & {
    nodes: number;
    basePort: number;
    protocol: string;
  },
): void {
  const { nodes, basePort, data, protocol, durability, stateMachine = "kv" } = options;
  const nodesMax = replicasMaxOf(protocol);
  if (!isFrom1To(nodesMax, nodes)) {
    flags.add("--nodes", `Must be a whole number from 1 to ${nodesMax}; is ${nodes}`);
  }
  if (!Number.isInteger(basePort) || basePort < 1 || basePort > BASE_PORT_MAX) {
    flags.add("--base-port", `Must be a whole number from 1 to ${BASE_PORT_MAX}; is ${basePort}`);
  }
  if (!DURABILITY_MODES.some((known) => known === durability)) {
    const known = DURABILITY_MODES.join(", ");
    flags.add("--durability", `Must be one of ${known}; is ${describe(durability)}`);
  } else if (isLaidOut(protocol) && durability === "memory") {
    const what = protocol === "chain" ? "a chain" : "what replicates a key";
    const why = `${what} may shrink to one member, whose memory would be all there is`;
    flags.add("--durability", `Must be disk with --protocol ${protocol}: ${why}`);
  } else if (data !== undefined && durability === "memory") {
    flags.add("--data", "Has no effect with --durability memory; remove it");
  }
  if (!MACHINES.some((known) => known === stateMachine)) {
    const known = MACHINES.join(", ");
    flags.add("--state-machine", `Must be one of ${known}; is ${describe(stateMachine)}`);
  } else if (whyKvOnly(protocol) !== undefined && stateMachine !== "kv") {
    const why = whyKvOnly(protocol);
    flags.add("--state-machine", `Must be kv with --protocol ${protocol}: ${why}`);
  }
  checkLayoutFlags(flags, options);
  if (data === "") flags.add("--data", "Must name a directory; is empty");
  if (!PROTOCOLS.some((known) => known === protocol)) {
    flags.add("--protocol", `Must be one of ${PROTOCOLS.join(", ")}; is ${describe(protocol)}`);
  }
}

function checkLayoutFlags(
  flags: Problems,
  { protocol, nodes, volumes, replicas }: DefaultConfigOptions & {
    protocol: string;
    nodes: number;
  },
): void {
  if (volumes !== undefined && !isLaidOut(protocol)) {
    flags.add("--volumes", `Has no effect with --protocol ${protocol}; remove it`);
  } else if (volumes !== undefined && !isFrom1To(VOLUMES_MAX, volumes)) {
    flags.add("--volumes", `Must be a whole number from 1 to ${VOLUMES_MAX}; is ${volumes}`);
  }
  if (replicas !== undefined && protocol !== "hermes") {
    flags.add("--replicas", `Has no effect with --protocol ${protocol}; remove it`);
  } else if (replicas !== undefined && !isFrom1To(nodes, replicas)) {
    flags.add("--replicas", `Must be a whole number from 1 to ${nodes}, all nodes; is ${replicas}`);
  }
}

function isFrom1To(max: number, value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}
