/**
 * Reading the body of a request, bounded in size and in time.
 *
 * @module
 */
import { TransientSet } from "../../actors/transient.ts";
import { HttpProblem } from "./problems.ts";
import { badRequest, excerpt } from "./query_string.ts";

const NOTHING = new Uint8Array(0);
const DIGITS = /^\d{1,15}$/;
const FIRST_BUFFER_BYTES = 4_096;
/** Sweeps within the time that a body may take. */
const SWEEPS = 4;

/** A body on its way. */
interface Pending {
  /** How many sweeps there had been when it began. */
  readonly since: number;
  readonly reject: (problem: HttpProblem) => void;
}

/**
 * Reads bodies. A body that does not arrive in time is given up, so that slow senders cannot hold
 * every place among the requests in flight; one timer watches over all of them, because a timer for
 * each would cost 1.2 µs, of some 20 µs that a whole request takes.
 */
export class BodyReader {
  readonly #timeoutMs: number;
  readonly #pending = new TransientSet<Pending>();
  #watched = false;
  #sweeps = 0;

  /** @param timeoutMs How long a body may take, in milliseconds; a quarter more at most. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Reads the whole body.
   *
   * @throws {HttpProblem} `too_large` beyond `limit` bytes, before they are held in memory;
   * `request_timeout` if it does not arrive in time; `bad_request` if the client breaks off.
   */
  read(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
    const declared = declaredLength(request);
    if (declared !== undefined && declared > limit) throw tooLarge(`${declared}`, limit);
    if (declared === 0) return Promise.resolve(NOTHING);
    // The server passes on as many bytes as were declared and no more, so they may be taken at once.
    const body = declared === undefined ? readStream(request, limit) : request.bytes();
    return new Promise((resolve, reject) => {
      const pending: Pending = { since: this.#sweeps, reject };
      this.#pending.add(pending);
      if (!this.#watched) this.#watch();
      body.then((bytes) => {
        this.#pending.delete(pending);
        if (bytes.length > limit) reject(tooLarge(`${bytes.length}`, limit));
        else resolve(bytes);
      }, (cause) => {
        this.#pending.delete(pending);
        reject(cause instanceof HttpProblem ? cause : brokenOff(cause));
      });
    });
  }

  /** Looks again later. The timer does not keep the process alive: a pending request does that. */
  #watch(): void {
    this.#watched = true;
    Deno.unrefTimer(setTimeout(() => this.#sweep(), this.#timeoutMs / SWEEPS));
  }

  #sweep(): void {
    this.#watched = false;
    this.#sweeps++;
    for (const pending of this.#pending) {
      // The first sweep may have come at once: only with one more has the time passed for sure.
      if (this.#sweeps - pending.since <= SWEEPS) break;
      this.#pending.delete(pending);
      pending.reject(this.#late());
    }
    if (this.#pending.size > 0) this.#watch();
  }

  #late(): HttpProblem {
    return new HttpProblem("request_timeout", `Body did not arrive within ${this.#timeoutMs} ms`, {
      // The rest of the body may still come, and must not be taken for the next request.
      headers: { connection: "close" },
    });
  }
}

async function readStream(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return NOTHING;
  const reader = request.body.getReader();
  // Copied into one buffer: a list of chunks would let a client that sends single bytes take up a
  // hundred times what it sent.
  let buffer = new Uint8Array(Math.min(limit, FIRST_BUFFER_BYTES));
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return buffer.subarray(0, length);
    const needed = length + value.length;
    if (needed > limit) {
      reader.cancel().catch(() => {}); // The client may be gone by now; it is refused anyway.
      throw tooLarge(`more than ${limit}`, limit);
    }
    if (needed > buffer.length) {
      const larger = new Uint8Array(Math.min(limit, Math.max(needed, buffer.length * 2)));
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(value, length);
    length = needed;
  }
}

function declaredLength(request: Request): number | undefined {
  const text = request.headers.get("content-length");
  if (text === null) return undefined;
  if (!DIGITS.test(text)) {
    throw badRequest(`Header Content-Length takes a number of bytes, not "${excerpt(text)}"`);
  }
  return Number(text);
}

function tooLarge(length: string, limit: number): HttpProblem {
  return new HttpProblem("too_large", `Body of ${length} bytes exceeds the limit of ${limit}`);
}

function brokenOff(cause: unknown): HttpProblem {
  return badRequest("Body could not be read to its end: the client broke off", cause);
}
