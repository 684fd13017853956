import { array, type Infer, struct, u32, u53, u8 } from "../../actors/schema.ts";
import { NODES_MAX } from "../master/configuration.ts";

/** What a replica must never forget, beside its objects and sessions. */
export const durableRecord = struct({
  /** Drawn when the disk was first used, and anew when the disk lost something. */
  birth: u53,
  /** How often the replica has started: part of the timestamps that it gives out. */
  life: u32,
  /** The newest epoch that the replica has taken part in: it never goes back to one before. */
  epoch: u53,
  /** The epoch in which it began to copy what the members hold; 0 if it never did. */
  copiedIn: u53,
  /** Lives of other nodes that were told in this epoch that we know of them (`epochs.ts`): no message of an
   * earlier one counts any more. */
  lives: array(struct({ node: u8, life: u32 }), NODES_MAX),
});

/** What a replica must never forget, beside its objects and sessions. */
export type DurableRecord = Infer<typeof durableRecord>;
