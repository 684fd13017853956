import { Problems } from "./problems.ts";
import { HTTP_PORT_BELOW_PEER, readConfig, REPLICAS_MAX } from "./read.ts";
import { type ClusterConfig, DURABILITY_MODES, MACHINES, PROTOCOLS } from "./types.ts";
import { VOLUMES_MAX } from "../../protocols/master/configuration.ts";
import { describe } from "./units.ts";

/** The first HTTP port of a cluster that was not configured. */
export const DEFAULT_BASE_PORT = 7_100;
/** The greatest: with it the last of the most nodes still has a port for its peers. */
export const BASE_PORT_MAX = 65_535 - HTTP_PORT_BELOW_PEER - REPLICAS_MAX + 1;

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
  /** Where acknowledged data is kept. @default {"disk"} */
  readonly durability?: string;
  /** What is replicated: `kv` or `log`. @default {"kv"} */
  readonly stateMachine?: string;
  /** With the protocol `chain`: how many chains, 1 to 64. @default {1} */
  readonly volumes?: number;
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
    ...(options.volumes === undefined ? {} : { chain: { volumes: options.volumes } }),
    replicas_addresses: addresses(basePort + HTTP_PORT_BELOW_PEER),
    http_addresses: addresses(basePort),
    ...(options.data === undefined ? {} : { data: options.data }),
  }, problems);
  problems.throwIfAny();
  return config;
}

function checkFlags(
  flags: Problems,
  options: DefaultConfigOptions & {
    nodes: number;
    basePort: number;
  },
): void {
  const { nodes, basePort, data, protocol, durability, stateMachine = "kv", volumes } = options;
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > REPLICAS_MAX) {
    flags.add("--nodes", `Must be a whole number from 1 to ${REPLICAS_MAX}; is ${nodes}`);
  }
  if (!Number.isInteger(basePort) || basePort < 1 || basePort > BASE_PORT_MAX) {
    flags.add("--base-port", `Must be a whole number from 1 to ${BASE_PORT_MAX}; is ${basePort}`);
  }
  if (!DURABILITY_MODES.some((known) => known === durability)) {
    const known = DURABILITY_MODES.join(", ");
    flags.add("--durability", `Must be one of ${known}; is ${describe(durability)}`);
  } else if (protocol === "chain" && durability === "memory") {
    const why = "a chain may shrink to one member, whose memory would be all there is";
    flags.add("--durability", `Must be disk with --protocol chain: ${why}`);
  } else if (data !== undefined && durability === "memory") {
    flags.add("--data", "Has no effect with --durability memory; remove it");
  }
  if (!MACHINES.some((known) => known === stateMachine)) {
    const known = MACHINES.join(", ");
    flags.add("--state-machine", `Must be one of ${known}; is ${describe(stateMachine)}`);
  }
  if (volumes !== undefined && protocol !== "chain") {
    flags.add("--volumes", `Has no effect with --protocol ${protocol}; remove it`);
  } else if (
    volumes !== undefined && !(Number.isInteger(volumes) && volumes >= 1 && volumes <= VOLUMES_MAX)
  ) {
    flags.add("--volumes", `Must be a whole number from 1 to ${VOLUMES_MAX}; is ${volumes}`);
  }
  if (data === "") flags.add("--data", "Must name a directory; is empty");
  if (!PROTOCOLS.some((known) => known === protocol)) {
    flags.add("--protocol", `Must be one of ${PROTOCOLS.join(", ")}; is ${describe(protocol)}`);
  }
}
