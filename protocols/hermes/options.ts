import type { Ref } from "../../actors/ref.ts";
import type { JournalRequest } from "../journal.ts";
import type { MembershipRequest } from "../master/membership.ts";
import type { ObjectMachine } from "../object_machine.ts";
import type { HermesMessage } from "./messages.ts";
import type { ReplicaEvent } from "./requests.ts";

/** How a replica of Hermes is set up. Times and sizes are the same at all replicas of a volume. */
export interface HermesOptions {
  /** The volume that is replicated. */
  readonly volume: number;
  /** What executes commands. */
  readonly machine: ObjectMachine;
  /** The replicas of the volume, by node. */
  readonly peer: (node: number) => Ref<HermesMessage>;
  /** Where updates become durable. */
  readonly journal: Ref<JournalRequest>;
  /** Who asks. */
  readonly clientTable: Ref<ReplicaEvent>;
  /** Who speaks to the master. */
  readonly membership: Ref<MembershipRequest>;
  /** Sessions that the volume remembers; those whose last request is oldest are evicted. */
  readonly sessionsMax: number;
  /**
   * What a read of a valid object rests on: the node's `lease`; or, without any clock, on a `check` with a
   * majority of all nodes that the epoch has not ended, made after the read and shared by all that wait for
   * one (Hermes 8). A lease costs nothing at the time and makes an expulsion wait for its end; a check costs
   * each read a round trip to the master.
   *
   * @default {"lease"}
   */
  readonly reads?: "lease" | "check";
  /**
   * Whether a coordinator whose update was overtaken spares the others its VAL (O1): they would ignore it.
   * Off, it costs n-1 messages for each such update.
   *
   * @default {true}
   */
  readonly sparesValidations?: boolean;
  /**
   * Ids that a node draws from for each update, from 1 to 16 (O2). With 1 the node of the highest index wins
   * whenever two write an object at once; with more, whoever draws the highest.
   *
   * @default {16}
   */
  readonly virtualIds?: number;
  /**
   * Whether everybody acknowledges to everybody, so that each replica sees by itself when an update is
   * committed (O3): there are no VALs, an object is unreadable for half a round trip less, and an update
   * costs n^2-1 messages instead of 3(n-1): 8 instead of 6 with 3 replicas, 24 instead of 12 with 5. In the
   * paper it is n(n-1), for its INV is the coordinator's acknowledgement, too; here that has to wait until
   * the coordinator's own copy is durable.
   *
   * @default {false}
   */
  readonly broadcastsAcks?: boolean;
  /**
   * Message-loss timeout, in milliseconds: after it, an update that lacks acknowledgements is sent again, and
   * after twice that an invalid object that nobody validates is replayed. Too low wastes messages; too high
   * makes a lost one last.
   *
   * @default {100}
   */
  readonly mltMs?: number;
  /**
   * How long a replica may owe an acknowledgement before that is held against it, in milliseconds. Too
   * low, and a slow disk is taken for a dead one.
   *
   * @default {2_000}
   */
  readonly deafMs?: number;
  /**
   * Between two looks at what has been waiting too long, in milliseconds.
   *
   * @default {50}
   */
  readonly heartbeatMs?: number;
  /**
   * Updates that this replica coordinates at once, those that wait for their object included. More are
   * refused as overload.
   *
   * @default {16_384}
   */
  readonly updatesMax?: number;
  /**
   * Reads that wait at once. More are refused as overload.
   *
   * @default {16_384}
   */
  readonly readsMax?: number;
  /**
   * Objects that are replayed at once, at most, with nobody waiting for them.
   *
   * @default {1_024}
   */
  readonly replaysMax?: number;
  /**
   * Of the objects that are copied by one that joins, at most so many bytes in one message.
   *
   * @default {262_144}
   */
  readonly chunkBytes?: number;
  /**
   * How much log gathers before a snapshot is taken, in bytes. Higher snapshots less often, and
   * restarts more slowly.
   *
   * @default {67_108_864}
   */
  readonly snapshotLogBytes?: number;
}

/** The defaults of {@linkcode HermesOptions}. */
export const HERMES_DEFAULTS = {
  reads: "lease",
  sparesValidations: true,
  virtualIds: 16,
  broadcastsAcks: false,
  mltMs: 100,
  deafMs: 2_000,
  heartbeatMs: 50,
  updatesMax: 16_384,
  readsMax: 16_384,
  replaysMax: 1_024,
  chunkBytes: 256 * 1024,
  snapshotLogBytes: 64 * 1024 * 1024,
} as const;
