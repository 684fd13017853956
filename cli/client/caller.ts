import type { RequestId } from "../../transport/service.ts";
import { Courier, type Delivery, type Effort, Undelivered, unknownOutcome } from "./courier.ts";
import { NoSession } from "./errors.ts";
import type { ApiAnswer, ApiRequest, Fetch } from "./exchange.ts";
import type { Probe } from "./nodes.ts";
import type { KvClientOptions } from "./options.ts";
import { Session } from "./session.ts";
import type { CallOptions, ReadOptions, WriteOptions } from "./types.ts";
import { readField, readJson, refusalOf } from "./wire.ts";

type Freshness = Pick<ReadOptions, "consistency" | "maxAgeMs" | "maxVersions">;

/** Makes the client's calls: gives each its time and, to a write, its ids. */
export class Caller {
  readonly #fetch: Fetch;
  readonly #timeoutMs: number;
  readonly #attemptTimeoutMs: number;
  /** How fresh reads are unless they say otherwise. */
  readonly #freshness: Freshness;
  readonly #courier: Courier;
  readonly #session = new Session((effort) => this.#openSession(effort));

  constructor(endpoints: readonly string[], options: KvClientOptions) {
    // Called through an arrow: a browser's fetch refuses to be called as a method of something.
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#timeoutMs = options.timeoutMs ?? 5_000;
    this.#attemptTimeoutMs = options.attemptTimeoutMs ?? 2_000;
    this.#freshness = options;
    this.#courier = new Courier({
      endpoints,
      fetch: this.#fetch,
      attemptTimeoutMs: this.#attemptTimeoutMs,
      backoffMinMs: options.backoffMinMs ?? 50,
      backoffMaxMs: options.backoffMaxMs ?? 1_000,
      preferPrimary: options.preferPrimary ?? true,
    });
  }

  /** Where requests go to first, if a node has answered. */
  get preferred(): string | undefined {
    return this.#courier.preferred;
  }

  /** For questions to single nodes. */
  probe(options: CallOptions): Probe {
    const timeoutMs = Math.min(this.#attemptTimeoutMs, options.timeoutMs ?? this.#timeoutMs);
    return { fetch: this.#fetch, timeoutMs, signal: options.signal };
  }

  #effort(options: ReadOptions): Effort {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const { consistency = "linearizable" } = this.#freshnessOf(options);
    const anyNode = consistency !== "linearizable";
    return { deadline: performance.now() + timeoutMs, timeoutMs, signal: options.signal, anyNode };
  }

  /**
   * Reads from the primary, or from any node if a stale answer will do.
   *
   * @param key The key that a 404 is about.
   */
  async read(request: ApiRequest, options: ReadOptions, key?: string): Promise<ApiAnswer> {
    const query = { ...request.query, ...freshnessQuery(this.#freshnessOf(options)) };
    const sent = { ...request, query };
    const { answer } = await this.#deliver(sent, this.#effort(options));
    if (answer.status >= 300) throw refusalOf(answer, key === undefined ? {} : { key });
    return answer;
  }

  /**
   * Writes under ids of the caller's, or the next ones of the session.
   *
   * @param key The key that a 412 is about.
   */
  write(request: ApiRequest, options: WriteOptions, key?: string): Promise<ApiAnswer> {
    const { id } = options;
    const effort = this.#effort({ ...options, consistency: "linearizable" });
    const send = (id: RequestId) => this.#submit(request, effort, id, key);
    return id === undefined ? this.#session.submit(effort, send) : send(id);
  }

  /** Opens a session that the client does not use for itself. */
  openSession(options: CallOptions): Promise<number> {
    return this.#openSession(this.#effort({ ...options, consistency: "linearizable" }));
  }

  async #submit(
    request: ApiRequest,
    effort: Effort,
    id: RequestId,
    key: string | undefined,
  ): Promise<ApiAnswer> {
    const numbered = {
      ...request,
      headers: {
        ...request.headers,
        "Client-Id": String(id.clientId),
        "Request-Number": String(id.requestNumber),
      },
    };
    const { answer, maybeAppliedBefore } = await this.#deliver(numbered, effort, id);
    if (answer.status < 300) return answer;
    const error = refusalOf(answer, {
      clientId: id.clientId,
      ...(key === undefined ? {} : { key }),
    });
    // Not executed now, but an attempt before may have been, and its record went with the session.
    if (error instanceof NoSession && maybeAppliedBefore) throw unknownOutcome(id, effort, error);
    throw error;
  }

  /** A call that says how fresh its answer must be says all of it. */
  #freshnessOf(options: ReadOptions): Freshness {
    return options.consistency === undefined ? this.#freshness : options;
  }

  async #deliver(request: ApiRequest, effort: Effort, id?: RequestId): Promise<Delivery> {
    try {
      return await this.#courier.deliver(request, effort);
    } catch (error) {
      if (!(error instanceof Undelivered)) throw error;
      throw id === undefined ? error.forRead() : error.forWrite(id);
    }
  }

  async #openSession(effort: Effort): Promise<number> {
    const { answer } = await this.#deliver({ method: "POST", path: "/v1/sessions" }, effort);
    if (answer.status >= 300) throw refusalOf(answer);
    return readField(answer, readJson(answer), "clientId", "number");
  }
}

function freshnessQuery(freshness: Freshness): Record<string, string> {
  const { consistency, maxAgeMs, maxVersions } = freshness;
  return {
    ...(consistency === undefined ? {} : { consistency }),
    ...(maxAgeMs === undefined ? {} : { max_age_ms: String(maxAgeMs) }),
    ...(maxVersions === undefined ? {} : { max_versions: String(maxVersions) }),
  };
}
