import { type Infer, struct, u53 } from "../../actors/schema.ts";

/** What a replica must never forget, beside its log. */
export const durableRecord = struct({
  /** Drawn when the disk was first used, and anew when the disk lost something. */
  birth: u53,
  /** The newest epoch that the replica has taken part in: it never goes back to one before. */
  epoch: u53,
  /**
   * The epoch in which the replica, as the last member, has said that another follows it (`extended`); 0
   * if it never did. In that epoch it may no longer be the tail, whether it knows it or not.
   */
  extended: u53,
});

/** What a replica must never forget, beside its log. */
export type DurableRecord = Infer<typeof durableRecord>;
