import { array, boolean, type Infer, struct, u53 } from "../../actors/schema.ts";
import { replicaSchema } from "./dot.ts";

/** Earlier lives that are remembered, at most. */
export const FORMER_MAX = 16;

/** Of those who stand between a replica and the founder of the cluster so many are remembered, at most. */
export const ADMITTERS_MAX = 16;

/** Who has admitted a replica, who has admitted that one, and so on; empty for the founder of the cluster. */
export const admittersSchema = array(replicaSchema, ADMITTERS_MAX);

/** What a replica must never forget, beside its events and who the members are. */
export const durableRecord = struct({
  /** Which replica this is. */
  replica: replicaSchema,
  /** Earlier lives of the node, the newest last: what they have said and not yet been heard counts no more. */
  former: array(replicaSchema, FORMER_MAX),
  admitters: admittersSchema,
  /** The bound of its stamps, in milliseconds since 1970: `HybridClock`. */
  boundMs: u53,
  /** Whether it has taken in the state of a member, or founded the cluster. Before, it has issued nothing. */
  isWhole: boolean,
  /** Whether it has left: it will never speak again. */
  hasLeft: boolean,
});

/** What a replica must never forget, beside its events and who the members are. */
export type DurableRecord = Infer<typeof durableRecord>;
