import type { Ref } from "../../actors/ref.ts";
import type { ClientRequest } from "../client_messages.ts";
import type { DetectorRequest } from "../failure_detector_messages.ts";
import type { MembershipEvent } from "./membership.ts";
import type { PeerMessage } from "./member_messages.ts";

/** How the actor that speaks to the master is set up. */
export interface MemberOptions {
  /** This node's index, from 0. */
  readonly node: number;
  /** How many nodes the cluster has: 1 to 7. */
  readonly nodeCount: number;
  /** How many volumes there are: 1 to 64. */
  readonly volumes: number;
  /** The data center that the node is in; empty if there are none. */
  readonly dataCenter: string;
  /** This node's client table of the master's group. */
  readonly master: Ref<ClientRequest>;
  /** The same actor on other nodes, by index. */
  readonly peer: (node: number) => Ref<PeerMessage>;
  /** This node's replica of a volume. */
  readonly replica: (volume: number) => Ref<MembershipEvent>;
  /** Who notices that nodes are silent. */
  readonly detector: Ref<DetectorRequest>;
  /**
   * Between two polls, and between two signs of life, in milliseconds. Lower learns sooner of what was
   * decided and costs a read of the master each time; the same as the detector's.
   *
   * @default {50}
   */
  readonly heartbeatMs?: number;
  /**
   * How long a lease lasts from when the master was asked for it, in milliseconds. The same at all nodes.
   * Lower expels sooner; too low, and reads are refused while the master changes its primary.
   *
   * @default {500}
   */
  readonly leaseMs?: number;
  /**
   * By how much the monotonic clock of one node may run faster than another's, as a share. What a lease
   * is waited out for is that much longer. A clock that stands still while its process goes on (a virtual
   * machine that is moved, say) is beyond any bound.
   *
   * @default {0.01}
   */
  readonly driftBound?: number;
  /**
   * How long each node waits longer than the one before it until it submits the same expulsion, in
   * milliseconds, so that usually only one does.
   *
   * @default {50}
   */
  readonly staggerMs?: number;
  /**
   * After which time without an answer a command is submitted again, in milliseconds.
   *
   * @default {100}
   */
  readonly retryMs?: number;
}

/** The defaults of {@linkcode MemberOptions}. */
export const MEMBER_DEFAULTS = {
  heartbeatMs: 50,
  leaseMs: 500,
  driftBound: 0.01,
  staggerMs: 50,
  retryMs: 100,
} as const;
