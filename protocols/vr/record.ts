import { array, boolean, type Infer, struct, u32, u53 } from "../../actors/schema.ts";

/** The largest group. */
export const REPLICAS_MAX = 7;

/**
 * What a replica must never forget (erratum E1, fix A). It is durable before any message leaves that
 * reveals it.
 */
export const durableRecord = struct({
  /** Drawn when the disk was first used: tells a fresh or lost disk from the one we know. */
  birth: u53,
  /** Whether the replica has ever taken part in the group. */
  formatted: boolean,
  /** Whether the log may lack entries that were acknowledged: it is being fetched from the peers. */
  recovering: boolean,
  /** The births of all replicas when the group was formed. */
  births: array(u53, REPLICAS_MAX),
  /** The highest view that the replica has promised to. */
  view: u32,
  /** The last view in which its status was normal; never above `view`. */
  lastNormalView: u32,
});

/** What a replica must never forget. */
export type DurableRecord = Infer<typeof durableRecord>;
