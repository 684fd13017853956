import { REAL_CLOCK, sleep } from "../clock.ts";
import { Overloaded, Unavailable, UnknownOutcome } from "./errors.ts";
import type { RequestId } from "../../transport/service.ts";
import {
  type ApiAnswer,
  type ApiRequest,
  type Exchange,
  exchange,
  type Failure,
  type Fetch,
} from "./exchange.ts";

/** How a courier works; see the options of `KvClient` for the meaning and the defaults. */
export interface CourierOptions {
  readonly endpoints: readonly string[];
  readonly fetch: Fetch;
  readonly attemptTimeoutMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  readonly preferPrimary: boolean;
}

/** How far the delivery of a request may go. */
export interface Effort {
  /** When to give up, on the scale of `performance.now()`. */
  readonly deadline: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether any node's answer is as good as the primary's. */
  readonly anyNode?: boolean;
  /** Whether to try no other node after an attempt that may have been executed: it would be once more. */
  readonly isOnce?: boolean;
}

/** An answer, and whether an attempt before it may have been executed without our hearing of it. */
export interface Delivery {
  readonly answer: ApiAnswer;
  readonly maybeAppliedBefore: boolean;
}

/** The share of an attempt's time that the node is given, so that its own answer arrives in time. */
const SERVER_SHARE = 0.9;

/** The longest time that a node may be given, in milliseconds. */
const SERVER_TIMEOUT_MAX_MS = 60_000;

/** How long redirects are not asked for after one led nowhere, in milliseconds. */
const REDIRECT_PAUSE_MS = 2_000;

/** How long a node that has failed is tried after the others, in milliseconds. */
const AVOIDED_MS = 2_000;

/**
 * Brings a request to a node that answers it, whatever it takes until the deadline: other nodes
 * first, then, when all have failed, again after a pause that grows. Every attempt is the same
 * request with the same ids, so it is executed once at most.
 *
 * The first attempt asks to be redirected, which is how the primary is found without asking for it;
 * the later ones let the node forward, which works even where a redirect leads nowhere.
 */
export class Courier {
  readonly #options: CourierOptions;
  /** Those that there may be, or have been, a connection to. */
  readonly #answered = new Set<string>();
  /** Who answered last, the primary if redirects work. */
  #preferred: string | undefined;
  /** Where the next request that any node can answer goes. */
  #rotation = 0;
  #redirectsFrom = 0;
  /**
   * Until when nodes that have failed are tried last. Where one that hangs has used up all the time of a
   * call, the next call would otherwise begin with it again, and fare no better.
   */
  readonly #avoidedUntil = new Map<string, number>();

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** The node that requests go to first, as far as one is known. */
  get preferred(): string | undefined {
    return this.#preferred;
  }

  /** @throws {Undelivered} when the time is over or the caller aborted. */
  async deliver(request: ApiRequest, effort: Effort): Promise<Delivery> {
    const failures = new Map<string, Failure>();
    let maybeApplied = false;
    for (let round = 0;; round++) {
      let waitMs = this.#backoff(round);
      // A set goes on with what is added to it while it is gone through.
      const order = new Set(this.#order(effort));
      for (const endpoint of order) {
        if (isOver(effort)) throw new Undelivered(failures, maybeApplied, effort);
        const first = failures.size === 0;
        const { answer, failure } = await this.#attempt(endpoint, request, effort, first);
        if (answer !== undefined) return { answer, maybeAppliedBefore: maybeApplied };
        failures.delete(endpoint); // so that the last failure is the last in order
        failures.set(endpoint, failure);
        maybeApplied ||= failure.maybeApplied && !this.#wasNeverConnected(endpoint, failure);
        if (maybeApplied && effort.isOnce) throw new Undelivered(failures, maybeApplied, effort);
        // A node that is not among the endpoints may be the only one that takes the request.
        for (const other of failure.elsewhere) order.add(other);
        if (failure.overloaded) { // the others would only forward to the same node
          waitMs = Math.max(waitMs, failure.retryAfterMs);
          break;
        }
      }
      if (isOver(effort, waitMs)) throw new Undelivered(failures, maybeApplied, effort);
      await sleep(REAL_CLOCK, waitMs, effort.signal);
    }
  }

  async #attempt(
    endpoint: string,
    request: ApiRequest,
    effort: Effort,
    first: boolean,
  ): Promise<Exchange> {
    const { fetch, attemptTimeoutMs, preferPrimary } = this.#options;
    const redirect = first && preferPrimary && effort.anyNode !== true &&
      performance.now() >= this.#redirectsFrom;
    const leftMs = effort.deadline - performance.now();
    const timeoutMs = Math.max(1, Math.ceil(Math.min(attemptTimeoutMs, leftMs)));
    const query = {
      ...request.query,
      timeout: serverTimeout(timeoutMs),
      ...(redirect ? { redirect: "true" } : {}),
    };
    const sent = { ...request, query };
    const result = await exchange(fetch, endpoint, sent, timeoutMs, effort.signal);
    this.#note(endpoint, result, effort);
    if (effort.anyNode) return result;
    if (result.answer !== undefined) {
      this.#preferred = result.answer.endpoint;
    } else if (!effort.signal?.aborted) {
      if (this.#preferred === endpoint) this.#preferred = undefined;
      if (redirect) this.#redirectsFrom = performance.now() + REDIRECT_PAUSE_MS;
    }
    return result;
  }

  /**
   * That it could not connect proves something only where there was no connection before that `fetch` could
   * have used first.
   */
  #wasNeverConnected(endpoint: string, { isRefused }: Failure): boolean {
    return isRefused && !this.#answered.has(endpoint);
  }

  #note(endpoint: string, { failure }: Exchange, effort: Effort): void {
    if (failure === undefined || !failure.isRefused) this.#answered.add(endpoint);
    if (failure === undefined) {
      this.#avoidedUntil.delete(endpoint);
    } else if (
      !failure.overloaded && failure.elsewhere.length === 0 && !effort.signal?.aborted
    ) {
      this.#avoidedUntil.set(endpoint, performance.now() + AVOIDED_MS);
    }
  }

  /** The endpoints in the order in which to try them. */
  #order(effort: Effort): readonly string[] {
    const now = performance.now();
    const order = this.#preferences(effort);
    const isAvoided = (endpoint: string) => (this.#avoidedUntil.get(endpoint) ?? 0) > now;
    return [
      ...order.filter((endpoint) => !isAvoided(endpoint)),
      ...order.filter((endpoint) => isAvoided(endpoint)),
    ];
  }

  #preferences(effort: Effort): readonly string[] {
    const { endpoints, preferPrimary } = this.#options;
    if (effort.anyNode) {
      const from = this.#rotation++ % endpoints.length;
      return [...endpoints.slice(from), ...endpoints.slice(0, from)];
    }
    const first = this.#preferred;
    if (first === undefined || !preferPrimary) return endpoints;
    return [first, ...endpoints.filter((endpoint) => endpoint !== first)];
  }

  /** Half of it is drawn at random, so that clients do not come back all at once. */
  #backoff(round: number): number {
    const { backoffMinMs, backoffMaxMs } = this.#options;
    const ceiling = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(round, 20));
    return ceiling / 2 + Math.random() * ceiling / 2;
  }
}

function serverTimeout(attemptTimeoutMs: number): string {
  const share = Math.max(1, Math.floor(attemptTimeoutMs * SERVER_SHARE));
  return `${Math.min(share, SERVER_TIMEOUT_MAX_MS)}ms`;
}

function isOver(effort: Effort, afterMs = 0): boolean {
  return effort.signal?.aborted === true || performance.now() + afterMs >= effort.deadline;
}

/** No node gave an answer in time. */
export class Undelivered extends Error {
  readonly #failures: ReadonlyMap<string, Failure>;
  readonly #effort: Effort;
  /** Whether the request may have been executed all the same. */
  readonly maybeApplied: boolean;

  constructor(failures: ReadonlyMap<string, Failure>, maybeApplied: boolean, effort: Effort) {
    super([...failures].map(([endpoint, { reason }]) => `${endpoint}: ${reason}`).join("; "));
    this.#failures = failures;
    this.#effort = effort;
    this.maybeApplied = maybeApplied;
  }

  /** What the caller is told of a request that changes nothing, or that has no ids. */
  forRead(): unknown {
    const { signal, timeoutMs } = this.#effort;
    if (signal?.aborted) return signal.reason;
    const last = [...this.#failures.values()].at(-1);
    const text = this.message === "" ? "no time was left to send it" : this.message;
    const why = `No node could serve the request within ${timeoutMs} ms: ${text}`;
    return last?.overloaded ? new Overloaded(why, last.retryAfterMs) : new Unavailable(why);
  }

  /** What the caller is told of a write: an unknown outcome is never passed off as a failure. */
  forWrite(id: RequestId): unknown {
    if (!this.maybeApplied) return this.forRead();
    const { signal } = this.#effort;
    return unknownOutcome(id, this.#effort, signal?.aborted ? signal.reason : this);
  }
}

/** An {@linkcode UnknownOutcome} with its cause. */
export function unknownOutcome(id: RequestId, effort: Effort, cause: unknown): UnknownOutcome {
  const startedAt = effort.deadline - effort.timeoutMs;
  const error = new UnknownOutcome(id, Math.round(performance.now() - startedAt));
  error.cause = cause;
  return error;
}
