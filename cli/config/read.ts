import { REQUEST_BYTES_MAX } from "../../protocols/client_messages.ts";
import { WIRE_KEY_BYTES_MAX } from "../../protocols/kv/wire.ts";
import type { DurabilityMode } from "../../protocols/vr/options.ts";
import type { FieldSpec, Reading } from "./section.ts";
import { Section } from "./section.ts";
import { Problems } from "./problems.ts";
import { checkRelations } from "./relations.ts";
import {
  type ClusterConfig,
  DURABILITY_MODES,
  LOG_LEVELS,
  type MachineKind,
  MACHINES,
  type Protocol,
  PROTOCOLS,
} from "./types/cluster.ts";
import type { Batching, Limits, Snapshots } from "./types/limits.ts";
import { type Detector, DETECTORS, type Timeouts } from "./types/timeouts.ts";
import {
  isPresent,
  readHttpAddresses,
  readHttpHosts,
  readInsecure,
  readReplicas,
} from "./read_addresses.ts";
import { readChain, readNodeDataCenters } from "./read_chain.ts";
import { readGossip } from "./read_gossip.ts";
import { readHermes } from "./read_hermes.ts";
import { readRespAddresses, readRespOrder } from "./read_resp.ts";

/** Why a protocol takes no other state machine than the key-value store; `undefined` if it does. */
export function whyKvOnly(protocol: string): string | undefined {
  if (protocol === "hermes") {
    return "it replicates objects that have nothing to do with one another";
  }
  if (protocol === "gossip") return "it has no order in which a state machine could execute";
  return undefined;
}

const CLUSTER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const KIB = 1 << 10;
const MIB = 1 << 20;
/** A request that a node passes on to the primary is one message, so no entry need hold more. */
const ENTRY_BYTES_LIMIT = REQUEST_BYTES_MAX;
/** What the mailbox of a primary can take from seven gateways at once, and messages of peers besides. */
const HTTP_IN_FLIGHT_LIMIT = 8_192;
/** The longest 64-bit integer, which an increment may store, takes 20 characters. */
const VALUE_BYTES_LEAST = 20;

/**
 * Reads and checks a whole configuration.
 *
 * @param values The mapping that the file holds.
 * @param problems Where to note what is wrong.
 * @returns The configuration; meaningful only if no problem was noted.
 */
export function readConfig(
  values: Readonly<Record<string, unknown>>,
  problems: Problems,
): ClusterConfig {
  const reading: Reading = { problems, prefix: "", specs: [] };
  const root = new Section(reading, "", values);
  const config = readRoot(root);
  root.end();
  checkRelations(config, problems);
  return config;
}

/** Every option that a file may have, in the order of the documentation. */
export function fieldSpecs(): readonly FieldSpec[] {
  const reading: Reading = { problems: new Problems(null, () => null), prefix: "", specs: [] };
  readRoot(new Section(reading, "", {}));
  return reading.specs;
}

function readRoot(root: Section): ClusterConfig {
  const name = readClusterName(root);
  const protocol = root.choice("protocol", PROTOCOLS, "vr");
  const stateMachine = readMachine(root, protocol);
  const durability = readDurability(root, protocol);
  const cluster = name ?? `cluster-${protocol}`;
  const replicasAddresses = readReplicas(root, protocol);
  const nodeDataCenters = readNodeDataCenters(root, protocol, replicasAddresses.length);
  const httpAddresses = readHttpAddresses(root, replicasAddresses);
  const others = { replicas: replicasAddresses, http: httpAddresses };
  const respAddresses = readRespAddresses(root, stateMachine, others);
  return {
    cluster,
    protocol,
    stateMachine,
    durability,
    replicasAddresses: replicasAddresses.filter(isPresent),
    nodeDataCenters,
    httpAddresses: httpAddresses.filter(isPresent),
    respAddresses: respAddresses.filter(isPresent),
    respOrder: readRespOrder(root),
    data: readData(root, durability) ?? `./data/${cluster}`,
    httpHosts: readHttpHosts(root),
    insecure: readInsecure(root, {
      replicas_addresses: replicasAddresses,
      http_addresses: httpAddresses,
      resp_addresses: respAddresses,
    }),
    timeouts: readTimeouts(root.section("timeouts")),
    detector: readDetector(root.section("detector")),
    chain: readChain(root.section("chain"), protocol),
    hermes: readHermes(root.section("hermes"), protocol, replicasAddresses.length),
    gossip: readGossip(root.section("gossip"), protocol, replicasAddresses),
    batching: readBatching(root.section("batching")),
    snapshots: readSnapshots(root.section("snapshots")),
    sessionsMax: root.count("sessions_max", { fallback: 10_000, min: 1, max: 1_000_000 }),
    limits: readLimits(root.section("limits")),
    log: root.choice("log", LOG_LEVELS, "info"),
  };
}

function readClusterName(root: Section): string | undefined {
  const name = root.text("cluster", "cluster-<protocol>");
  if (name === undefined || CLUSTER_NAME.test(name)) return name;
  root.problem(
    "cluster",
    `Must be at most 64 letters, digits, ".", "_" or "-", the first a letter or digit; is "${name}"`,
  );
  return undefined;
}

function readDurability(root: Section, protocol: Protocol): DurabilityMode {
  const durability = root.choice("durability", DURABILITY_MODES, "disk");
  if (protocol === "vr" || protocol === "gossip" || durability === "disk") return durability;
  root.problem(
    "durability",
    `Must be disk with the protocol "${protocol}", which may shrink to one member; is "${durability}"`,
  );
  return "disk";
}

function readMachine(root: Section, protocol: Protocol): MachineKind {
  const machine = root.choice("state_machine", MACHINES, "kv");
  const why = whyKvOnly(protocol);
  if (why === undefined || machine === "kv") return machine;
  root.problem(
    "state_machine",
    `Must be kv with the protocol "${protocol}": ${why}; is "${machine}"`,
  );
  return "kv";
}

function readData(root: Section, durability: DurabilityMode): string | undefined {
  const data = root.text("data", "./data/<cluster>");
  if (data !== undefined && durability === "memory") {
    root.problem("data", 'Has no effect with the durability "memory"; remove it');
  }
  return data;
}

function readTimeouts(section: Section): Timeouts {
  const timeouts = {
    heartbeatMs: section.duration("heartbeat_ms", { fallback: 50, min: 5, max: 60_000 }),
    suspicionMs: section.duration("suspicion_ms", { fallback: 500, min: 20, max: 600_000 }),
    viewChangeMs: section.duration("view_change_ms", { fallback: 500, min: 20, max: 600_000 }),
    abdicateMs: section.duration("abdicate_ms", { fallback: 2_000, min: 20, max: 600_000 }),
    requestMs: section.duration("request_ms", { fallback: 5_000, min: 10, max: 60_000 }),
  };
  section.end();
  return timeouts;
}

function readDetector(section: Section): Detector {
  const kind = section.choice("kind", DETECTORS, "phi");
  const threshold = section.decimal("threshold", { fallback: 4, min: 1, max: 100 });
  if (kind !== "phi" && section.has("threshold")) {
    section.problem("threshold", `Has no effect with the kind "${kind}"; remove it`);
  }
  section.end();
  return { kind, threshold };
}

function readBatching(section: Section): Batching {
  const batching = {
    entryBytesMax: section.size("entry_bytes_max", {
      fallback: MIB,
      min: 4 * KIB,
      max: ENTRY_BYTES_LIMIT,
    }),
    requestsMax: section.count("requests_max", { fallback: 1_024, min: 1, max: 65_536 }),
    pipeline: section.count("pipeline", { fallback: 4, min: 1, max: 64 }),
  };
  section.end();
  return batching;
}

function readSnapshots(section: Section): Snapshots {
  const snapshots = {
    logBytes: section.size("log_bytes", { fallback: 64 * MIB, min: MIB, max: 64 * KIB * MIB }),
    retainEntries: section.count("retain_entries", { fallback: 1_000, min: 0, max: 10_000_000 }),
  };
  section.end();
  return snapshots;
}

function readLimits(section: Section): Limits {
  const limits = {
    keyBytes: section.size("key_bytes", { fallback: KIB, min: 1, max: WIRE_KEY_BYTES_MAX }),
    valueBytes: section.size("value_bytes", {
      fallback: 512 * KIB,
      min: VALUE_BYTES_LEAST,
      max: MIB,
    }),
    logBytes: section.size("log_bytes", { fallback: 256 * MIB, min: MIB, max: 64 * KIB * MIB }),
    httpInFlightMax: section.count("http_in_flight_max", {
      fallback: 4_096,
      min: 1,
      max: HTTP_IN_FLIGHT_LIMIT,
    }),
    respConnectionsMax: section.count("resp_connections_max", {
      fallback: 1_024,
      min: 1,
      max: 65_536,
    }),
  };
  section.end();
  return limits;
}
