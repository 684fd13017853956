import type { Infer } from "../../actors/schema.ts";
import type { GossipRequest } from "./client_messages.ts";
import type { coordinatorMessage } from "./messages.ts";

/** What a replica tells the coordinator of its own node. */
export interface Standing {
  readonly type: "standing";
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
  | GossipRequest
  | Infer<typeof coordinatorMessage>
  | Standing
  | CoordinatorTick;
