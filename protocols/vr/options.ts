import type { Ref } from "../../actors/ref.ts";
import type { DetectorRequest } from "../failure_detector_messages.ts";
import type { JournalRequest } from "../journal.ts";
import type { ClientTableRef } from "../ordering.ts";
import type { VrMessage } from "./messages.ts";

/** Where a replica keeps what it must not forget: on its disk, or in the memory of the group. */
export type DurabilityMode = "disk" | "memory";

/** How a replica is set up. Times and sizes must be the same at all replicas of a group. */
export interface VrOptions {
  /** The replica's index in the configuration, from 0. */
  readonly replica: number;
  /** How many replicas the group has: 1 to 7. */
  readonly replicaCount: number;
  /** The other replicas, by index. */
  readonly peer: (replica: number) => Ref<VrMessage>;
  /** Where entries become durable. */
  readonly journal: Ref<JournalRequest>;
  /** Where committed requests are executed. */
  readonly clientTable: ClientTableRef;
  /** Who notices that the primary is silent. */
  readonly detector: Ref<DetectorRequest>;
  /**
   * With `disk`, what is acknowledged survives any crash. With `memory` nothing is written: a replica
   * that restarts recovers from the others, and what is acknowledged is lost if more than f of them
   * are down or recovering at a time. A journal that keeps nothing belongs to it. The same at all
   * replicas.
   *
   * @default {"disk"}
   */
  readonly durability?: DurabilityMode;
  /**
   * Between two COMMIT messages of a primary, in milliseconds. Lower finds failures sooner and costs
   * a message to each backup, and one back, each time.
   *
   * @default {50}
   */
  readonly heartbeatMs?: number;
  /**
   * How long a view change may make no progress before the next view is tried, in milliseconds.
   * Lower gets past a dead new primary sooner; too low and a slow disk never finishes one.
   *
   * @default {500}
   */
  readonly viewChangeMs?: number;
  /**
   * How long a primary may have an entry under way without any progress before it falls silent, so
   * that another takes over (erratum E16), in milliseconds.
   *
   * @default {2_000}
   */
  readonly abdicateMs?: number;
  /**
   * Entries under way at once, at most. While there are any, the next waits until it is full, or as
   * large as they are together, and under load for the clients that are answered by them; so more than
   * 4 gains nothing.
   *
   * @default {4}
   */
  readonly pipeline?: number;
  /**
   * A batch is closed before it exceeds this size, in bytes; a single request may be larger.
   *
   * @default {1_048_576}
   */
  readonly entryBytesMax?: number;
  /**
   * Requests of one batch, at most.
   *
   * @default {1_024}
   */
  readonly requestsMax?: number;
  /**
   * How much log gathers before a snapshot is taken, in bytes; up to four times as much while another
   * replica fetches the one before. Higher snapshots less often, and restarts more slowly.
   *
   * @default {67_108_864}
   */
  readonly snapshotLogBytes?: number;
  /**
   * Entries kept from before a snapshot, so that a replica that is a little behind needs no
   * snapshot.
   *
   * @default {1_000}
   */
  readonly retainEntries?: number;
}

/** The defaults of {@linkcode VrOptions}. */
export const VR_DEFAULTS = {
  durability: "disk",
  heartbeatMs: 50,
  viewChangeMs: 500,
  abdicateMs: 2_000,
  pipeline: 4,
  entryBytesMax: 1024 * 1024,
  requestsMax: 1024,
  snapshotLogBytes: 64 * 1024 * 1024,
  retainEntries: 1_000,
} as const;
