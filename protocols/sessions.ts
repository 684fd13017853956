import { array, bytes, decode, encode, type Infer, struct, u53 } from "../actors/schema.ts";
import { TransientMap } from "../actors/transient.ts";
import type { ClientReply } from "./client_messages.ts";
import { RESULT_BYTES_MAX } from "./client_messages.ts";
import type { SessionCommand } from "./request.ts";

/** A client as the log knows it. */
export interface Session {
  /** The newest request executed; 0 before the first. */
  requestNumber: number;
  /** The op-number of that request, or of the opening. */
  opNumber: number;
  /** What it returned; empty if that was too large to be kept. */
  result: Uint8Array;
  /** The length of what it returned, in bytes. */
  resultBytes: number;
}

const sessionPage = array(
  struct({
    clientId: u53,
    requestNumber: u53,
    opNumber: u53,
    result: bytes(RESULT_BYTES_MAX),
    resultBytes: u53,
  }),
  1 << 20,
);
const sessionsHead = struct({ lastClientId: u53, count: u53 });

/** Sessions of one snapshot chunk, and bytes of results after which it is closed. */
const PAGE_LENGTH = 1024;
const PAGE_BYTES = 256 * 1024;
const NO_RESULT = new Uint8Array(0);

/** How sessions are set up. The same at all replicas. */
export interface SessionsOptions {
  /**
   * For logs beside the one that opens sessions: a client that is not known, and cannot have been evicted,
   * has its session from its first command on, and so many sessions are kept. Whoever takes commands from
   * outside has to see to it that their client ids were given out: none can be adopted any more that is
   * smaller than one that was evicted.
   *
   * @default {undefined} sessions are opened in this log
   */
  readonly adoptedMax?: number | undefined;
}

/**
 * The sessions: part of the replicated state, changed only by execution (erratum E13). They are kept
 * in the order of their last execution, so that all replicas evict the same one: the first.
 *
 * A client that works with several logs opens its session in one of them, and the others adopt it. What
 * they must never do is to take one that they have evicted for new: so an unknown client is adopted only
 * if its id is greater than all that were ever evicted.
 */
export class Sessions {
  readonly #sessions = new TransientMap<number, Session>();
  readonly #adoptedMax: number | undefined;
  /** The greatest client id that was given out; where sessions are adopted, that was evicted. */
  #lastClientId = 0;

  constructor(options: SessionsOptions = {}) {
    this.#adoptedMax = options.adoptedMax;
  }

  /** Whether sessions are opened in another log. */
  get isAdopting(): boolean {
    return this.#adoptedMax !== undefined;
  }

  /** Open sessions. */
  get count(): number {
    return this.#sessions.size;
  }

  /** The session of a client. */
  get(clientId: number): Session | undefined {
    return this.#sessions.get(clientId);
  }

  /** Opens a session, evicting the least recently used ones beyond `max`. Ids are never used again. */
  open(opNumber: number, max: number): number {
    const clientId = ++this.#lastClientId;
    this.#sessions.set(clientId, {
      requestNumber: 0,
      opNumber,
      result: NO_RESULT,
      resultBytes: 0,
    });
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= max) break;
      this.#sessions.delete(oldest);
    }
    return clientId;
  }

  /** What to answer without executing anything; `undefined` if the request is new. */
  answerKnown(request: SessionCommand): ClientReply | undefined {
    const session = this.#sessions.get(request.clientId);
    if (session === undefined) {
      return this.#mayAdopt(request) ? undefined : { type: "noSession" };
    }
    if (request.requestNumber > session.requestNumber) return undefined;
    if (request.requestNumber < session.requestNumber || request.requestNumber === 0) {
      return { type: "superseded", newest: session.requestNumber };
    }
    return replyOf(session);
  }

  /** Records what a new request returned; returns what to answer. */
  record(request: SessionCommand, opNumber: number, returned: Uint8Array): ClientReply {
    const { clientId, requestNumber } = request;
    const resultBytes = returned.length;
    const result = resultBytes > RESULT_BYTES_MAX ? NO_RESULT : returned;
    const session = { requestNumber, opNumber, result, resultBytes };
    this.#sessions.delete(clientId);
    this.#sessions.set(clientId, session);
    if (this.#adoptedMax !== undefined) this.#evictBeyond(this.#adoptedMax);
    return replyOf(session);
  }

  /** Numbers begin with 1: a client's request 0 is of no session. */
  #mayAdopt({ clientId, requestNumber }: SessionCommand): boolean {
    return this.isAdopting && clientId > this.#lastClientId && requestNumber > 0;
  }

  #evictBeyond(max: number): void {
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= Math.max(1, max)) return;
      this.#sessions.delete(oldest);
      this.#lastClientId = Math.max(this.#lastClientId, oldest);
    }
  }

  /** Everything, in chunks, as of now. */
  snapshot(): Uint8Array[] {
    const head = { lastClientId: this.#lastClientId, count: this.#sessions.size };
    const chunks: Uint8Array[] = [encode(sessionsHead, head)];
    let page: Infer<typeof sessionPage>[number][] = [];
    let pageBytes = 0;
    for (const [clientId, session] of this.#sessions) {
      page.push({ clientId, ...session });
      pageBytes += session.result.length;
      if (page.length < PAGE_LENGTH && pageBytes < PAGE_BYTES) continue;
      chunks.push(encode(sessionPage, page));
      page = [];
      pageBytes = 0;
    }
    if (page.length > 0) chunks.push(encode(sessionPage, page));
    return chunks;
  }

  /** Replaces everything; returns how many of the chunks were the sessions'. */
  restore(chunks: readonly Uint8Array[]): number {
    const { lastClientId, count } = decode(sessionsHead, chunks[0]!);
    this.#lastClientId = lastClientId;
    this.#sessions.clear();
    let used = 1;
    while (this.#sessions.size < count) {
      for (const { clientId, result, ...rest } of decode(sessionPage, chunks[used++]!)) {
        this.#sessions.set(clientId, { ...rest, result: result.slice() });
      }
    }
    return used;
  }
}

function replyOf({ opNumber, result, resultBytes }: Session): ClientReply {
  return resultBytes > result.length
    ? { type: "resultTooLarge", opNumber, resultBytes }
    : { type: "result", opNumber, result };
}
