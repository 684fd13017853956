import type { CoordinatorPeerMessage } from "./messages.ts";

/** What a replica tells the coordinator of its own node. */
export interface Standing {
  readonly type: "standing";
  /** Another one has forgotten what was asked of the one before. */
  readonly life: number;
  /** Whether the node's replica serves. */
  readonly isServing: boolean;
  /** The nodes of all members that live, the own one included if it is one. */
  readonly living: readonly number[];
}

/** The coordinator looks at what has been waiting too long. */
export interface CoordinatorTick {
  readonly type: "tick";
}

/** Everything that a coordinator takes. */
export type CoordinatorMessage =
  | CoordinatorPeerMessage
  | Standing
  | CoordinatorTick;
