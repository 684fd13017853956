import type { GossipAsk, GossipReply } from "../protocols/gossip/client_messages.ts";

export type {
  ClientOperation,
  ClientSession,
  GossipAsk,
  GossipReply,
  GossipReplyOf,
  Level,
  Requester,
} from "../protocols/gossip/client_messages.ts";
export type { Reading } from "../protocols/gossip/strategy.ts";

/** What clients may ask of a node of a gossip cluster, in place of commands and queries. */
export interface GossipRequests {
  /**
   * Asks once. What cannot be, or not in time, is a reply, too: it never throws for that. A write that nobody
   * has answered in time is answered by `unknown`; a question that changes nothing by `unavailable`.
   */
  ask(ask: GossipAsk): Promise<GossipReply>;
}
