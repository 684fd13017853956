/**
 * What the replicas of one node, and the actor that speaks to the master for all of them (`Membership`),
 * say to each other. Both are on the same node, so times are of the same monotonic clock.
 *
 * @module
 */
import type { Ref } from "../../actors/ref.ts";
import type { VolumeConfiguration } from "./configuration.ts";

/** What a replica tells the node's membership. */
export type MembershipRequest =
  /**
   * The replica of a volume has started, or started again, and read its disk. `birth` is durable; it is a
   * new one if the disk was empty, or if what is on it is not all that it was. Answered by `assigned` and
   * `lease`, as soon as the master has taken notice: from then on nothing counts that an earlier
   * incarnation of the replica has said. `replyTo` is this very incarnation. Said again by an incarnation
   * that has said it, it makes no difference, but is answered again.
   */
  | {
    readonly type: "ready";
    readonly volume: number;
    readonly birth: number;
    readonly replyTo: Ref<MembershipEvent>;
  }
  /**
   * The member that is joining holds everything, and nothing more is committed without it. Said by the last
   * member of a chain; where all members are equal, by the one that joins.
   */
  | { readonly type: "extended"; readonly volume: number; readonly epoch: number }
  /** The replica has stopped serving, as it was to in this epoch. */
  | { readonly type: "stopped"; readonly volume: number; readonly epoch: number }
  /** Somebody is in a later epoch than we have been told of: ask the master at once. */
  | { readonly type: "outdated"; readonly volume: number; readonly epoch: number }
  /** A sign of life of a node, in a message of its replica. */
  | { readonly type: "heard"; readonly node: number }
  /** Which neighbour takes nothing of what it is sent, or sends nothing, for too long, if one does. */
  | { readonly type: "deaf"; readonly volume: number; readonly node: number | null }
  /**
   * Was this epoch still the newest after this was sent? Asked of a majority of all nodes, in one question for
   * all that ask meanwhile; answered by `checked`, or not at all, if it was not, or if the membership starts
   * anew meanwhile. An answer is one to all questions of the replica before.
   */
  | {
    readonly type: "check";
    readonly volume: number;
    readonly epoch: number;
    readonly ticket: number;
  }
  /** Whether the journal makes no progress. */
  | { readonly type: "stalled"; readonly volume: number; readonly isStalled: boolean };

/** What a replica is told by the node's membership. */
export type MembershipEvent =
  /** The membership has started, or started again, and knows of no replica: answered by `ready`. */
  | { readonly type: "membership-started" }
  /** The newest configuration of its volume. Epochs never go back. */
  | { readonly type: "assigned"; readonly volume: VolumeConfiguration }
  /**
   * Until when, by `Context.now()`, the members of the configuration named last may serve reads. It is
   * counted from when the master was asked, so a member that is expelled has stopped before.
   */
  | { readonly type: "lease"; readonly until: number }
  /** The epoch that was asked about had not ended when that was asked. */
  | { readonly type: "checked"; readonly ticket: number };
