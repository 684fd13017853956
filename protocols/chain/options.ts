import type { Ref } from "../../actors/ref.ts";
import type { JournalRequest } from "../journal.ts";
import type { MembershipRequest } from "../master/membership.ts";
import type { ClientTableRef } from "../ordering.ts";
import type { ChainMessage } from "./messages.ts";

/** How a replica of a chain is set up. Times and sizes are the same at all replicas of a volume. */
export interface ChainOptions {
  /** The volume that is replicated. */
  readonly volume: number;
  /** The replicas of the volume, by node. */
  readonly peer: (node: number) => Ref<ChainMessage>;
  /** Where entries become durable. */
  readonly journal: Ref<JournalRequest>;
  /** Where committed requests are executed. */
  readonly clientTable: ClientTableRef;
  /** Who speaks to the master. */
  readonly membership: Ref<MembershipRequest>;
  /**
   * The objects that a command changes, as a machine of the volume's kind knows them. Without it every
   * command may change every object, so that a read finds them all dirty while anything is under way.
   */
  readonly objectsChanged?: (command: Uint8Array) => readonly string[] | undefined;
  /**
   * Who answers linearizable queries: `any` member, after a question to the tail if the object is dirty
   * (CRAQ), or only the `tail` (CR).
   *
   * @default {"any"}
   */
  readonly reads?: "any" | "tail";
  /**
   * Between two messages to a neighbour at least, in milliseconds. Lower makes lost messages good
   * sooner, and costs a message to the successor, and one back, each time.
   *
   * @default {50}
   */
  readonly heartbeatMs?: number;
  /**
   * How long a successor may take nothing of what it was sent before that is held against it, in
   * milliseconds. Too low, and a slow disk is taken for a dead one.
   *
   * @default {2_000}
   */
  readonly deafMs?: number;
  /**
   * Entries under way at once, at most, from the head to the tail and back. The head makes one at a time
   * durable, and gathers the next meanwhile; so a longer chain has more of them under way by itself.
   *
   * @default {64}
   */
  readonly pipeline?: number;
  /**
   * Entries sent to a successor that are not known to be durable there, at most; in bytes, no more than
   * 16 of the largest batches.
   *
   * @default {128}
   */
  readonly window?: number;
  /**
   * Requests that wait at the head to be ordered, in bytes. More are refused as overload.
   *
   * @default {67_108_864}
   */
  readonly queueBytesMax?: number;
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
   * How much log gathers before a snapshot is taken, in bytes. Higher snapshots less often, and
   * restarts more slowly.
   *
   * @default {67_108_864}
   */
  readonly snapshotLogBytes?: number;
  /**
   * Entries kept from before a snapshot, so that a replica that returns soon needs no snapshot.
   *
   * @default {1_000}
   */
  readonly retainEntries?: number;
}

/** The defaults of {@linkcode ChainOptions}. */
export const CHAIN_DEFAULTS = {
  reads: "any",
  heartbeatMs: 50,
  deafMs: 2_000,
  pipeline: 64,
  window: 128,
  queueBytesMax: 64 * 1024 * 1024,
  entryBytesMax: 1024 * 1024,
  requestsMax: 1024,
  snapshotLogBytes: 64 * 1024 * 1024,
  retainEntries: 1_000,
} as const;
