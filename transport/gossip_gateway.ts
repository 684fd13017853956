import { MailboxFull } from "../actors/errors.ts";
import { refTo } from "../actors/ref.ts";
import type { ActorSystem } from "../actors/system.ts";
import type { GossipAsk, GossipReply, GossipRequest } from "../protocols/gossip/client_messages.ts";
import { GOSSIP } from "../protocols/gossip/names.ts";
import { attemptOf } from "./attempt.ts";
import type { GossipRequests } from "./gossip_requests.ts";

/** How much longer than the coordinator a gateway waits, in milliseconds: its own answer is to arrive. */
const GRACE_MS = 500;

/** Asks the coordinator of a node on behalf of clients. */
export class GossipGateway implements GossipRequests {
  readonly #system: ActorSystem;
  readonly #requestMs: number;

  /** Questions that have no time of their own may take `requestMs` milliseconds. */
  constructor(system: ActorSystem, requestMs: number) {
    this.#system = system;
    this.#requestMs = requestMs;
  }

  /** See `GossipRequests.ask`. */
  async ask(ask: GossipAsk): Promise<GossipReply> {
    const { timeoutMs = this.#requestMs } = ask as { readonly timeoutMs?: number };
    try {
      return await this.#system.ask<GossipRequest, GossipReply>(
        refTo(this.#system.node, GOSSIP.coordinator),
        (replyTo) => ({ type: "ask", ask, replyTo }),
        { timeoutMs: timeoutMs + GRACE_MS },
      );
    } catch (error) {
      if (error instanceof MailboxFull) {
        return { type: "overloaded", what: "The coordinator of this node takes no more requests" };
      }
      attemptOf(error); // throws what is no want of an answer
      return isChange(ask) ? { type: "unknown" } : unanswered(timeoutMs);
    }
  }
}

function isChange({ type }: GossipAsk): boolean {
  return type !== "read" && type !== "scan";
}

function unanswered(timeoutMs: number): GossipReply {
  return {
    type: "unavailable",
    why: `The coordinator of this node has not answered within ${Math.round(timeoutMs)} ms`,
  };
}
