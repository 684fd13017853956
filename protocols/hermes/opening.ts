/**
 * How sessions are opened: in volume 0, at any of its replicas. An object whose name no machine uses holds
 * the greatest client id that was given out, and opening is a read-modify-write of it. Each node takes the
 * next id whose home it is, so that a client's requests stay where it opened its session; or, on behalf of
 * another node, the next id whose home that one is.
 *
 * The new session is noted with the update, as a request of number 0: so every replica knows of it.
 *
 * @module
 */
import { decode, encode, u53 } from "../../actors/schema.ts";
import type { ClientReply } from "../client_messages.ts";
import { nextClientId, wishOf } from "./home.ts";
import type { Command } from "./pending.ts";
import { setConfirmed } from "./recall.ts";
import type { HermesReplica } from "./replica.ts";
import type { ReplicaRequest } from "./requests.ts";
import { submit } from "./updates.ts";

type OpenSession = Extract<ReplicaRequest, { type: "open-session" }>;

/** The object that holds the last client id. */
export const OPENING_OBJECT = "";

/** Our client table wants a client id. */
export function onOpenSession(replica: HermesReplica, { nonce }: OpenSession): void {
  const { context, options, isServing } = replica;
  const answer = (reply: ClientReply) =>
    context.send(options.clientTable, { type: "opened", nonce, reply });
  if (!isServing) return answer({ type: "unavailable", why: "This node does not open sessions" });
  submit(replica, new Opening(replica, wishOf(nonce), answer));
}

/** Takes the next client id. Nobody misses one that was taken and not given out. */
class Opening implements Command {
  readonly object = OPENING_OBJECT;
  readonly isRmw = true;
  /** The id taken by the last attempt. */
  clientId = 0;
  readonly requestNumber = 0;
  attempts = 0;
  readonly #replica: HermesReplica;
  /** For which node, if not for ours. */
  readonly #wish: number | undefined;
  readonly #answer: (reply: ClientReply) => void;

  constructor(
    replica: HermesReplica,
    wish: number | undefined,
    answer: (reply: ClientReply) => void,
  ) {
    this.#replica = replica;
    this.#wish = wish;
    this.#answer = answer;
  }

  execute(before: Uint8Array | null) {
    const last = before === null ? 0 : decode(u53, before);
    const own = nextClientId(last, this.#replica.node);
    this.clientId = this.#wish === undefined ? own : nextClientId(last, this.#wish);
    const after = encode(u53, this.clientId);
    return { result: after, after };
  }

  answer(reply: ClientReply): void {
    if (reply.type !== "result") return this.#answer(reply);
    const clientId = decode(u53, reply.result);
    setConfirmed(this.#replica, clientId);
    this.#answer({ type: "session", opNumber: reply.opNumber, clientId });
  }
}
