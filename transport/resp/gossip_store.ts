import type { Condition } from "../../protocols/kv/commands.ts";
import type {
  ClientOperation,
  GossipAsk,
  GossipReply,
  GossipReplyOf,
  GossipRequests,
  Reading,
} from "../gossip_requests.ts";
import { ALL_GUARANTEES } from "../../protocols/gossip/client_messages.ts";
import { Overloaded, Unavailable } from "../service.ts";
import { putEach, removeEach } from "./many.ts";
import { RespError } from "./reply.ts";
import type { Slots } from "./slots.ts";
import type { KeyPage, Outcome, PageOf, Store, Versioned } from "./store.ts";

/** A session that begins: what it wrote it will read. */
const NEW_SESSION = { token: "", guarantees: ALL_GUARANTEES };
const textEncoder = new TextEncoder();

/**
 * The store of `gossip`: nothing can be made to depend on what a key is, and a key may have several
 * values. Whoever asks for stale reads is answered by this node alone, others by whoever can.
 */
export class GossipStore implements Store {
  readonly #gossip: GossipRequests;
  readonly #slots: Slots;
  readonly #requestMs: number;

  /** Asks `gossip`, with as much under way as there are slots, for `requestMs` milliseconds at most. */
  constructor(gossip: GossipRequests, slots: Slots, requestMs: number) {
    this.#gossip = gossip;
    this.#slots = slots;
    this.#requestMs = requestMs;
  }

  /** There is no order that a group could have. */
  groupFor(): undefined {}

  async read(key: string, isStale: boolean): Promise<Uint8Array | null> {
    return valueOf(await this.#reading(key, isStale, null));
  }

  putAll(pairs: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void> {
    return putEach(this, pairs);
  }

  removeAll(keys: readonly string[]): Promise<number> {
    return removeEach(this, keys);
  }

  find(): Promise<Versioned | undefined> {
    return Promise.reject(noConditions());
  }

  async put(key: string, value: Uint8Array, condition?: Condition): Promise<Outcome> {
    if (condition !== undefined) throw noConditions();
    await this.#write(key, { type: "put", value: value.slice(), context: null }, false);
    return "done";
  }

  /** Others may write or remove the key between the look at it and its removal. */
  async remove(key: string, condition?: Condition): Promise<Outcome> {
    if (condition !== undefined) throw noConditions();
    const reading = await this.#reading(key, false, null);
    if (reading.type === "absent") return "absent";
    await this.#write(key, { type: "delete", context: null }, false);
    return "done";
  }

  /** Others may add to it between the addition and the look at the sum. */
  async increment(key: string, by: bigint): Promise<bigint> {
    const token = await this.#write(key, { type: "increment", by }, true);
    const reading = await this.#reading(key, false, token).catch((error: Error) => {
      throw new RespError(
        `UNKNOWN The number was added, but the sum is not known: ${error.message}`,
      );
    });
    if (reading.type === "counter") return reading.total;
    throw new RespError("WRONGTYPE Operation against a key holding the wrong kind of value");
  }

  async page({ prefix, cursor, limit }: PageOf): Promise<KeyPage> {
    const reply = await this.#scan({ prefix, from: cursor ?? prefix, limit }, false);
    if (reply.type !== "page") throw refusal(reply);
    return { keys: reply.rows.map(({ key }) => key), cursor: reply.next };
  }

  async size(): Promise<number> {
    const reply = await this.#scan({ prefix: "", from: "", limit: 1 }, true);
    if (reply.type !== "size") throw refusal(reply);
    return reply.keys;
  }

  async #reading(key: string, isStale: boolean, token: string | null): Promise<Reading> {
    const reply = await this.#ask({
      type: "read",
      key,
      level: isStale ? "local" : "one",
      session: token === null ? null : { token, guarantees: ALL_GUARANTEES },
      maxStalenessMs: null,
      timeoutMs: this.#requestMs,
    });
    if (reply.type !== "found") throw refusal(reply);
    return reply.reading;
  }

  /** Returns the token of the session, if there is to be one. */
  async #write(key: string, operation: ClientOperation, session: boolean): Promise<string | null> {
    const reply = await this.#ask({
      type: "write",
      key,
      operation,
      level: "one",
      requester: null,
      session: session ? NEW_SESSION : null,
      timeoutMs: this.#requestMs,
    });
    if (reply.type !== "written") throw refusal(reply);
    return reply.session;
  }

  /** A scan is of one replica, as stale as that is, whatever the client allows. */
  #scan(
    range: { prefix: string; from: string; limit: number },
    countsOnly: boolean,
  ): Promise<GossipReply> {
    return this.#ask({
      type: "scan",
      ...range,
      until: null,
      countsOnly,
      session: null,
      maxStalenessMs: null,
      timeoutMs: this.#requestMs,
    });
  }

  async #ask(ask: GossipAsk): Promise<GossipReply> {
    await this.#slots.take();
    try {
      return await this.#gossip.ask(ask);
    } finally {
      this.#slots.release();
    }
  }
}

function valueOf(reading: Reading): Uint8Array | null {
  switch (reading.type) {
    case "absent":
      return null;
    case "counter":
      return textEncoder.encode(String(reading.total));
    case "values":
      if (reading.values.length === 1) return reading.values[0]!;
      throw new RespError(
        `SIBLINGS ${reading.values.length} values stand side by side; HTTP shows them, ` +
          "and takes the one that is to replace them",
      );
    case "set":
      throw new RespError("WRONGTYPE Operation against a key holding the wrong kind of value");
  }
}

function noConditions(): RespError {
  return new RespError(
    "ERR a gossip cluster cannot compare and set: no member knows what others accept meanwhile",
  );
}

/** The error for a reply that is no answer to what was asked. */
function refusal(reply: GossipReply): Error {
  switch (reply.type) {
    case "overloaded":
      return new Overloaded(`Overloaded: ${reply.what}`);
    case "unavailable":
      return new Unavailable(reply.why);
    case "refused":
      return refused(reply);
    case "unknown":
      return new RespError(
        "UNKNOWN Nobody has answered in time: it may or may not be stored, or may be yet",
      );
    case "insufficientRead":
    case "insufficientWrite":
      return new RespError("UNKNOWN Too few members have answered in time");
    default:
      return new RespError(`CLUSTERDOWN No replica can answer this now: ${reply.type}`);
  }
}

function refused({ code, message }: GossipReplyOf<"refused">): RespError {
  return new RespError(code === "wrong_operation" ? `WRONGTYPE ${message}` : `ERR ${message}`);
}
