import { KEY_BYTES_MAX } from "../../protocols/gossip/key_state.ts";
import { PAYLOAD_BYTES_MAX } from "../../protocols/gossip/payload.ts";
import type { Problems } from "./problems.ts";
import type { ClusterConfig } from "./types/cluster.ts";
import { formatDuration, formatSize } from "./units.ts";

/** What the header of a log entry and of the command in it take, generously. */
const ENTRY_OVERHEAD_BYTES = 1 << 10;

/** Something that must hold between fields; it is said of the first of them. */
interface Relation {
  readonly fields: readonly [string, ...string[]];
  readonly holds: boolean;
  readonly what: string;
}

/** Notes which options, each valid by itself, do not go together. */
export function checkRelations(config: ClusterConfig, problems: Problems): void {
  const relations = [
    ...timeoutRelations(config),
    ...sizeRelations(config),
    ...chainRelations(config),
    ...hermesRelations(config),
    ...gossipRelations(config),
  ];
  for (const { fields, holds, what } of relations) {
    // A field that is wrong in itself was replaced by its default: nothing follows from that.
    if (!holds && !fields.some((field) => problems.concerns(field))) {
      problems.add(fields[0], what, fields);
    }
  }
}

function timeoutRelations({ timeouts }: ClusterConfig): readonly Relation[] {
  const { heartbeatMs, suspicionMs, viewChangeMs, abdicateMs } = timeouts;
  return [
    {
      fields: ["timeouts.suspicion_ms", "timeouts.heartbeat_ms"],
      holds: suspicionMs > 2 * heartbeatMs,
      what: `Must be more than twice timeouts.heartbeat_ms (${formatDuration(heartbeatMs)}); is ` +
        formatDuration(suspicionMs),
    },
    {
      fields: ["timeouts.view_change_ms", "timeouts.heartbeat_ms"],
      holds: viewChangeMs >= 2 * heartbeatMs,
      what: `Must be at least twice timeouts.heartbeat_ms (${formatDuration(heartbeatMs)}); is ` +
        formatDuration(viewChangeMs),
    },
    {
      fields: ["timeouts.abdicate_ms", "timeouts.suspicion_ms"],
      holds: abdicateMs > suspicionMs,
      what: `Must be more than timeouts.suspicion_ms (${formatDuration(suspicionMs)}); is ` +
        formatDuration(abdicateMs),
    },
  ];
}

function sizeRelations({ batching, snapshots, limits }: ClusterConfig): readonly Relation[] {
  const entry = formatSize(batching.entryBytesMax);
  const largest = limits.keyBytes + limits.valueBytes + ENTRY_OVERHEAD_BYTES;
  return [
    {
      fields: ["limits.value_bytes", "limits.key_bytes", "batching.entry_bytes_max"],
      holds: largest <= batching.entryBytesMax,
      what:
        `With limits.key_bytes and 1 KiB it must fit into batching.entry_bytes_max (${entry}); ` +
        `together they are ${formatSize(largest)}`,
    },
    {
      fields: ["snapshots.log_bytes", "batching.entry_bytes_max"],
      holds: snapshots.logBytes >= batching.entryBytesMax,
      what: `Must be at least batching.entry_bytes_max (${entry}); is ` +
        formatSize(snapshots.logBytes),
    },
  ];
}

function chainRelations({ chain, timeouts, replicasAddresses, nodeDataCenters }: ClusterConfig) {
  const { length, leaseMs, dataCenters, masterDataCenter } = chain;
  const { heartbeatMs } = timeouts;
  const nodes = replicasAddresses.length;
  const along = dataCenters === null || typeof dataCenters === "number"
    ? []
    : Array.isArray(dataCenters)
    ? dataCenters
    : Object.keys(dataCenters);
  const unknown = along.filter((name) => !nodeDataCenters.includes(name));
  const places = new Set(nodeDataCenters).size;
  const known = nodeDataCenters.length === 0 ? "which is missing" : `has ${places}`;
  const relations: Relation[] = [
    leaseRelation("chain.lease_ms", leaseMs, heartbeatMs),
    {
      fields: ["chain.length", "replicas_addresses"],
      holds: length === null || length <= nodes,
      what: `Must be at most the number of replicas, ${nodes}; is ${length}`,
    },
    {
      fields: ["chain.data_centers", "node_data_centers"],
      holds: unknown.length === 0,
      what: `Names "${unknown[0]}", which is in no entry of node_data_centers`,
    },
    {
      fields: ["chain.data_centers", "node_data_centers"],
      holds: typeof dataCenters !== "number" || dataCenters <= places,
      what: `Must be at most the number of data centers in node_data_centers (${known}); is ` +
        String(dataCenters),
    },
    {
      fields: ["chain.length", "chain.data_centers"],
      holds: length === null || dataCenters === null || typeof dataCenters === "number" ||
        Array.isArray(dataCenters),
      what: "Has no effect with chain.data_centers that say how many members each has; remove it",
    },
    {
      fields: ["chain.master_data_center", "node_data_centers"],
      holds: masterDataCenter === null || nodeDataCenters.includes(masterDataCenter),
      what: `Names "${masterDataCenter}", which is in no entry of node_data_centers`,
    },
    {
      fields: ["chain.master_data_center", "chain.data_centers"],
      holds: masterDataCenter === null || along.length === 0 || along.includes(masterDataCenter),
      what: `Names "${masterDataCenter}", through which no chain runs (chain.data_centers)`,
    },
  ];
  return relations;
}

function hermesRelations({ hermes, timeouts, replicasAddresses }: ClusterConfig) {
  const { replicas, leaseMs, mltMs, deafMs } = hermes;
  const nodes = replicasAddresses.length;
  const relations: Relation[] = [
    leaseRelation("hermes.lease_ms", leaseMs, timeouts.heartbeatMs),
    {
      fields: ["hermes.replicas", "replicas_addresses"],
      holds: replicas === null || replicas <= nodes,
      what: `Must be at most the number of nodes, ${nodes}; is ${replicas}`,
    },
    {
      fields: ["hermes.deaf_ms", "hermes.mlt_ms"],
      holds: deafMs > mltMs,
      what: `Must be more than hermes.mlt_ms (${formatDuration(mltMs)}); is ${
        formatDuration(deafMs)
      }`,
    },
  ];
  return relations;
}

/** What a message between the nodes of a gossip cluster has room for. */
function gossipRelations({ protocol, limits }: ClusterConfig): readonly Relation[] {
  const isOther = protocol !== "gossip";
  const relation = (field: string, value: number, max: number): Relation => ({
    fields: [field, "protocol"],
    holds: isOther || value <= max,
    what: `Must be at most ${formatSize(max)} with the protocol "gossip"; is ${formatSize(value)}`,
  });
  return [
    relation("limits.key_bytes", limits.keyBytes, KEY_BYTES_MAX),
    relation("limits.value_bytes", limits.valueBytes, PAYLOAD_BYTES_MAX),
  ];
}

/** A lease is renewed with every sign of life, of which a few may be late. */
function leaseRelation(field: string, leaseMs: number, heartbeatMs: number): Relation {
  return {
    fields: [field, "timeouts.heartbeat_ms"],
    holds: leaseMs > 3 * heartbeatMs,
    what: `Must be more than three times timeouts.heartbeat_ms (${
      formatDuration(heartbeatMs)
    }); is ${formatDuration(leaseMs)}`,
  };
}
