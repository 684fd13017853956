import { type Infer, struct, u32, u53 } from "../../actors/schema.ts";

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
});

/** What a replica must never forget, beside its objects and sessions. */
export type DurableRecord = Infer<typeof durableRecord>;
