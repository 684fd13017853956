import type {
  ClientReply,
  ClientRequest,
  QueryConsistency,
} from "../../protocols/client_messages.ts";
import type { GossipReply, GossipRequest } from "../../protocols/gossip/client_messages.ts";
import { decodeQuery, decodeQueryResult, decodeResult } from "../../protocols/kv/commands.ts";
import { askWords } from "./gossip_words.ts";
import { requestWords, short, textWords, wordsOf } from "./words.ts";

const decoder = new TextDecoder();

/** What clients say and are told, in words; it remembers who asked a query last. */
export class ClientWords {
  readonly #readers = new Set<string>();

  /** A request, and for whom it is: answers come under that name. */
  request(request: ClientRequest | GossipRequest): string {
    const { name } = request.replyTo;
    if (request.type === "ask") return `${askWords(request.ask)} (${name})`;
    if (request.type === "submit") {
      this.#readers.delete(name);
      return `REQUEST ${requestWords(request.request)} (${name})`;
    }
    this.#readers.add(name);
    return `${consistencyWords(request.consistency)}READ ${queryWords(request.query)} (${name})`;
  }

  /** An answer, to the actor of that name. */
  reply(reply: ClientReply | GossipReply, name: string): string {
    if (reply.type !== "result") return `${wordsOf(reply)} (${name})`;
    const words = this.#readers.has(name) ? foundWords(reply.result) : doneWords(reply.result);
    return `REPLY ${words}, n=${reply.opNumber} (${name})`;
  }
}

function consistencyWords(consistency: QueryConsistency): string {
  if (consistency === "linearizable") return "";
  return consistency === "stale" ? "STALE " : "BOUNDED ";
}

function queryWords(bytes: Uint8Array): string {
  const query = decodeQuery(bytes);
  if ("key" in query) return `${query.type} ${query.key}`;
  return query.type === "malformed" ? textWords(bytes) : query.type;
}

function foundWords(bytes: Uint8Array): string {
  const found = decodeQueryResult(bytes);
  if (found.type === "found") return `"${short(decoder.decode(found.value))}"`;
  return found.type === "malformed" ? textWords(bytes) : found.type;
}

function doneWords(bytes: Uint8Array): string {
  const { type } = decodeResult(bytes);
  return type === "malformed" ? textWords(bytes) : type.replaceAll("_", " ");
}
