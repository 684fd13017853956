/**
 * How sessions are opened: in volume 0, at any of its replicas. An object whose name no machine uses holds
 * the greatest client id that was given out, and opening is a read-modify-write of it. Each node takes the
 * next id whose home it is, so that a client's requests stay where it opened its session; or, on behalf of
 * another node, the next id whose home that one is.
 *
 * The new session is noted with the update, as a request of number 0, or by itself if there are several of
 * one update: so every replica knows of it before its client does.
 *
 * @module
 */
import { array, decode, encode, u53 } from "../../actors/schema.ts";
import type { ClientReply } from "../client_messages.ts";
import { nextClientId, wishOf } from "./home.ts";
import { INTERRUPTED } from "./known_requests.ts";
import type { SessionRecord } from "./messages.ts";
import { makeKnown } from "./notes.ts";
import { OPENING_OBJECT } from "./objects.ts";
import type { Command } from "./pending.ts";
import { setConfirmed } from "./recall.ts";
import type { HermesReplica } from "./replica.ts";
import type { ReplicaRequest } from "./requests.ts";
import { ORIGIN } from "./timestamp.ts";
import { answer, submit } from "./updates.ts";

type OpenSession = Extract<ReplicaRequest, { type: "open-session" }>;

/** Sessions that are opened by one update, at most. */
const OPENINGS_MAX = 256;
const clientIds = array(u53, OPENINGS_MAX);
const NO_RESULT = new Uint8Array();

/** Our client table wants a client id. */
export function onOpenSession(replica: HermesReplica, { nonce }: OpenSession): void {
  const { context, options, isServing } = replica;
  const tell = (reply: ClientReply) =>
    context.send(options.clientTable, { type: "opened", nonce, reply });
  if (!isServing) return tell({ type: "unavailable", why: "This node does not open sessions" });
  submit(replica, new Opening(replica, wishOf(nonce), tell));
}

/**
 * Takes the next client ids: one for itself, and one for each that waits behind it for the same object. A
 * crowd of clients that open sessions at once would otherwise wait for one update after the other. Nobody
 * misses an id that was taken and not given out.
 */
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
  /** Those that are served by this one. */
  readonly #others: Opening[] = [];

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
    this.#takeOthers();
    let last = before === null ? 0 : decode(u53, before);
    const ids = [this, ...this.#others].map((opening) => last = opening.#take(last));
    return { result: encode(clientIds, ids), after: encode(u53, last) };
  }

  answer(reply: ClientReply): void {
    if (reply.type !== "result") {
      for (const other of this.#others) answer(this.#replica, other, reply);
      return this.#answer(reply);
    }
    const [own, ...ids] = decode(clientIds, reply.result);
    this.#open(own!, reply.opNumber);
    for (const [index, other] of this.#others.entries()) {
      other.#makeKnown(ids[index]!, reply.opNumber);
    }
  }

  /** Those that were taken from the queue are answered with this one. */
  #takeOthers(): void {
    const queue = this.#replica.objects.get(OPENING_OBJECT)?.queue ?? [];
    const room = OPENINGS_MAX - 1 - this.#others.length;
    // Nothing but openings waits for this object; and one that serves others is the first to go on.
    this.#others.push(...queue.splice(0, room) as Opening[]);
  }

  #take(last: number): number {
    const own = nextClientId(last, this.#replica.node);
    this.clientId = this.#wish === undefined ? own : nextClientId(last, this.#wish);
    return this.clientId;
  }

  /** An update makes one session known to all: the others are made known by themselves. */
  #makeKnown(clientId: number, opNumber: number): void {
    const record: SessionRecord = {
      ...{ clientId, requestNumber: 0, object: OPENING_OBJECT, ts: ORIGIN, isRmw: true },
      ...{ result: NO_RESULT, resultBytes: 0, fate: "unchanged" },
    };
    makeKnown(this.#replica, record, (isKnown) => {
      this.#replica.updates.commands--;
      if (isKnown) this.#open(clientId, opNumber);
      else this.#answer(INTERRUPTED);
    });
  }

  #open(clientId: number, opNumber: number): void {
    setConfirmed(this.#replica, clientId);
    this.#answer({ type: "session", opNumber, clientId });
  }
}
