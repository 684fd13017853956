/**
 * What the members' actors of different nodes say to each other.
 *
 * @module
 */
import { boolean, type Infer, u53, u8, union } from "../../actors/schema.ts";
import { configuration } from "./configuration.ts";

/** What `membership/member` takes from other nodes. */
export const memberMessage = union({
  /**
   * A sign of life, and the version of the newest configuration that the node knows. Who is cut off hears
   * so few others that it is of no use to them: they take it for silent, unless they are cut off, too.
   */
  alive: { node: u8, version: u53, isCutOff: boolean },
  /** The master has decided something, and the sender was the first to hear of it. */
  configured: { node: u8, configuration },
});

/** What `membership/member` takes from other nodes. */
export type PeerMessage = Infer<typeof memberMessage>;
