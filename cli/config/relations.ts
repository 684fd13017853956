import type { Problems } from "./problems.ts";
import type { ClusterConfig } from "./types.ts";
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
  for (const { fields, holds, what } of [...timeoutRelations(config), ...sizeRelations(config)]) {
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
