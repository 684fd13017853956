/** A gateway of a gossip node whose coordinator answers what a test wants it to. */
import type { HttpGatewayOptions } from "../../transport/http/app.ts";
import type {
  GossipAsk,
  GossipReply,
  GossipReplyOf,
  GossipRequests,
} from "../../transport/gossip_requests.ts";
import { type World, world } from "./support.ts";

/** Notes what it is asked, and answers it. */
export class FakeGossip implements GossipRequests {
  readonly asked: GossipAsk[] = [];
  reply: GossipReply = WRITTEN;

  ask(ask: GossipAsk): Promise<GossipReply> {
    this.asked.push(ask);
    return Promise.resolve(this.reply);
  }

  /** What was asked last, which is of that type. */
  last<T extends GossipAsk["type"]>(type: T): Extract<GossipAsk, { type: T }> {
    const last = this.asked.at(-1);
    if (last?.type !== type) throw new Error(`Asked was "${last?.type}", not "${type}"`);
    return last as Extract<GossipAsk, { type: T }>;
  }
}

export const WRITTEN: GossipReplyOf<"written"> = {
  type: "written",
  context: "seen",
  session: null,
  acknowledged: [0, 1],
  siblings: 1,
  isRepeat: false,
};

const encoder = new TextEncoder();

/** A reply to a read of a key with these values. */
export function found(...values: readonly string[]): GossipReplyOf<"found"> {
  return {
    type: "found",
    reading: { type: "values", values: values.map((value) => encoder.encode(value)) },
    context: "seen",
    session: null,
    answered: [0],
  };
}

export interface GossipWorld extends World {
  readonly gossip: FakeGossip;
}

export function gossipWorld(options: HttpGatewayOptions = {}): GossipWorld {
  const gossip = new FakeGossip();
  return { ...world({ ...options, gossip }), gossip };
}
