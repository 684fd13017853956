/**
 * Who replicates what, and what operators may change in it, with a protocol that has a master.
 *
 * @module
 */

/** What operators may do to who replicates what. */
export interface ClusterAdmin {
  /**
   * What the master has decided.
   *
   * @throws {Unavailable} no majority of the nodes answers.
   */
  show(): Promise<ClusterLayout>;
  /**
   * Lets a node replicate volumes (again), or takes it out of all of them, or moves all volumes to where
   * the placement wants them. Answers what is decided; the rest follows step by step.
   *
   * @throws {ChangeRefused} what is wanted cannot be.
   * @throws {Unavailable} no majority of the nodes answers.
   * @throws {UnknownOutcome} it was sent, and no answer came in time. It may be repeated.
   */
  change(change: ClusterChange): Promise<ClusterLayout>;
}

/** What an operator wants changed. */
export type ClusterChange =
  | { readonly type: "add" | "remove"; readonly node: number }
  | { readonly type: "rebalance" };

/** Everything that the master has decided. */
export interface ClusterLayout {
  /** Whether the members of a volume form a `chain`, in their order, or are all equal (`clique`). */
  readonly topology: "chain" | "clique";
  /** Grows with every change. */
  readonly version: number;
  /** False until all nodes have entered for the first time: there are no members before. */
  readonly formed: boolean;
  /** Every node, in the order of their indices. */
  readonly nodes: readonly NodeLayout[];
  /** Every volume, in the order of their numbers. */
  readonly volumes: readonly VolumeLayout[];
}

/** A node, as the master sees it. */
export interface NodeLayout {
  /** Its index, from 0. */
  readonly node: number;
  /** The data center that it is in; empty if there are none. */
  readonly dataCenter: string;
  /** Whether it has ever entered, with all of its replicas. */
  readonly entered: boolean;
  /** Whether it is to replicate volumes: not once it was removed. */
  readonly wanted: boolean;
  /** Names the intention to expel it, if there is one: no lease is granted it meanwhile. */
  readonly expelling: number | null;
  /** Whom it suspects; itself, if it can make nothing durable. */
  readonly suspects: readonly number[];
}

/** The replicas of a volume. */
export interface VolumeLayout {
  /** Its number, from 0. */
  readonly volume: number;
  /** Grows with every change of what follows. */
  readonly epoch: number;
  /** Those who hold everything that is committed; in a chain in its order, the head first. */
  readonly members: readonly MemberLayout[];
  /** Who copies the state, to be a member. */
  readonly joining: MemberLayout | null;
  /** The node of the member that is to stop serving. */
  readonly leaving: number | null;
  /** Whether updates are taken. */
  readonly writable: boolean;
}

/** A replica of a volume. */
export interface MemberLayout {
  /** The node that it is on. */
  readonly node: number;
  /** Names its disk: on another one it is another replica. */
  readonly birth: number;
}
