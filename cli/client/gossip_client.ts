import { Courier, type Effort, Undelivered } from "./courier.ts";
import { DEFAULT_ENDPOINTS, parseEndpoints } from "./endpoints.ts";
import { KeyNotFound, UnknownOutcome } from "./errors.ts";
import type { ApiAnswer, ApiRequest, Fetch } from "./exchange.ts";
import { GossipSession, type GossipSessionOptions } from "./gossip_session.ts";
import type {
  GossipEntry,
  GossipReadOptions,
  GossipScanOptions,
  GossipWriteOptions,
  GossipWritten,
} from "./gossip_types.ts";
import { readGossipEntry, readGossipWritten } from "./gossip_wire.ts";
import { type GossipMembers, leaveAt, membersOf, removeMember } from "./gossip_members.ts";
import { pickNode, type Probe, surveyNodes } from "./nodes.ts";
import type { KvClientOptions } from "./options.ts";
import { RequestIds } from "./request_ids.ts";
import { scanPages, valueBytes } from "./requests.ts";
import type { RequestId } from "../../transport/service.ts";
import type { CallOptions } from "./types.ts";
import { keyPath, readField, readJson, refusalOf, toBase64 } from "./wire.ts";

/** How a client of a gossip cluster is made. */
export interface GossipClientOptions extends
  Pick<
    KvClientOptions,
    "endpoints" | "timeoutMs" | "attemptTimeoutMs" | "backoffMinMs" | "backoffMaxMs" | "fetch"
  > {
  /** What makes of the calls one session, whichever nodes they go to. @default {none} */
  readonly session?: GossipSessionOptions;
}

/**
 * A client of a gossip cluster: every node answers, and writes spread afterwards.
 *
 * Every write is named, by an id that the client draws and a number that it counts, and repeated under that name
 * where an answer is missing: a node that has heard of it does not do it again. An increment is repeated at
 * other nodes only if it certainly was not done, since one that has not heard of it would count it twice; it
 * throws `UnknownOutcome` instead, with the ids to repeat it later.
 *
 * @example
 * ```ts ignore
 * const kv = new GossipClient({ endpoints: "http://127.0.0.1:7100,7101,7102", session: {} });
 * await kv.put("cart", "eggs");
 * const { value, context } = await kv.read("cart");
 * if (value.type === "siblings") await kv.put("cart", merge(value.values), { context });
 * ```
 */
export class GossipClient {
  /** The base addresses that the client was given. */
  readonly endpoints: readonly string[];
  readonly #courier: Courier;
  readonly #fetch: Fetch;
  readonly #timeoutMs: number;
  readonly #attemptTimeoutMs: number;
  readonly #session: GossipSession | undefined;
  readonly #ids = new RequestIds();

  /**
   * Makes a client. Nothing is sent before the first call.
   *
   * @throws {TroupeError} `bad_endpoint`.
   */
  constructor(options: GossipClientOptions = {}) {
    this.endpoints = parseEndpoints(options.endpoints ?? DEFAULT_ENDPOINTS);
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#timeoutMs = options.timeoutMs ?? 5_000;
    this.#attemptTimeoutMs = options.attemptTimeoutMs ?? 2_000;
    this.#courier = new Courier({
      endpoints: this.endpoints,
      fetch: this.#fetch,
      attemptTimeoutMs: this.#attemptTimeoutMs,
      backoffMinMs: options.backoffMinMs ?? 50,
      backoffMaxMs: options.backoffMaxMs ?? 1_000,
      preferPrimary: false,
    });
    this.#session = options.session === undefined ? undefined : new GossipSession(options.session);
  }

  /** The token to go on with the session later; `undefined` without a session. */
  get sessionToken(): string | undefined {
    return this.#session?.token;
  }

  /** Reads a key, whatever it is; an absent one has a context, too. */
  async read(key: string, options: GossipReadOptions = {}): Promise<GossipEntry> {
    return await this.#read(keyPath(key), key, options);
  }

  /**
   * Reads a key that must be there.
   *
   * @throws {KeyNotFound}
   */
  async get(key: string, options: GossipReadOptions = {}): Promise<GossipEntry> {
    const entry = await this.read(key, options);
    if (entry.value.type === "absent") throw new KeyNotFound(key);
    return entry;
  }

  /** The elements of a set; none if it is absent. */
  async members(key: string, options: GossipReadOptions = {}): Promise<readonly Uint8Array[]> {
    const { value } = await this.#read(setPath(key), key, options);
    return value.type === "set" ? value.elements : [];
  }

  /** Stores a value, text as UTF-8, in the place of what the context has seen. */
  put(
    key: string,
    value: string | Uint8Array,
    options: GossipWriteOptions = {},
  ): Promise<GossipWritten> {
    const body = valueBytes(value);
    return this.#write({ method: "PUT", path: keyPath(key), body }, options);
  }

  /** Deletes what the context has seen, or without one all that the node knows. */
  delete(key: string, options: GossipWriteOptions = {}): Promise<GossipWritten> {
    return this.#write({ method: "DELETE", path: keyPath(key) }, options);
  }

  /** Adds to a counter; negative to subtract. */
  increment(
    key: string,
    by: number | bigint = 1,
    options: GossipWriteOptions = {},
  ): Promise<GossipWritten> {
    const query = { increment: BigInt(by).toString() };
    return this.#write({ method: "POST", path: keyPath(key), query }, options, true);
  }

  /** Adds an element to a set. */
  add(
    key: string,
    element: string | Uint8Array,
    options: GossipWriteOptions = {},
  ): Promise<GossipWritten> {
    const body = valueBytes(element);
    return this.#write({ method: "PUT", path: setPath(key), body }, options);
  }

  /** Removes an element from a set, as far as the node that takes it knows of it. */
  remove(
    key: string,
    element: string | Uint8Array,
    options: GossipWriteOptions = {},
  ): Promise<GossipWritten> {
    const query = { "element-base64": toBase64(valueBytes(element)) };
    return this.#write({ method: "DELETE", path: setPath(key), query }, options);
  }

  /** Visits the keys of a range in their order, as one replica has them at a time. */
  async *scan(options: GossipScanOptions = {}): AsyncGenerator<GossipEntry, void, void> {
    const pages = scanPages(options, stalenessOf(options), (query) => this.#list(query, options));
    for await (const { answer, item } of pages) yield readGossipEntry(answer, item);
  }

  /** The number of keys, as one replica has them; of those with a prefix, if one is given. */
  async size(options: GossipScanOptions = {}): Promise<number> {
    const { prefix } = options;
    const query = {
      "count-only": "true",
      ...stalenessOf(options),
      ...(prefix === undefined ? {} : { prefix }),
    };
    const answer = await this.#list(query, options);
    return readField(answer, readJson(answer), "count", "number");
  }

  /** The members, as the first node knows them that answers. */
  clusterMembers(options: CallOptions = {}): Promise<GossipMembers> {
    return membersOf(this.endpoints, this.#probe(options));
  }

  /** Closes the replicas of a node for ever. What only it had is lost. */
  async removeMember(node: number, options: CallOptions = {}): Promise<void> {
    const others = await this.#endpointsBut(node, options);
    await removeMember(others, node, this.#probe(options));
  }

  /** Has a node hand over and leave; returns the members that may lack something that only it had. */
  async leave(node: number, options: CallOptions = {}): Promise<readonly number[]> {
    const reports = await surveyNodes(this.endpoints, this.#probe(options));
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    return await leaveAt(pickNode(reports, node).endpoint, { ...this.#probe(options), timeoutMs });
  }

  /** Where somebody else than the node answers: it cannot remove itself. */
  async #endpointsBut(node: number, options: CallOptions): Promise<readonly string[]> {
    const reports = await surveyNodes(this.endpoints, this.#probe(options));
    return reports.filter((report) => report.status !== null && report.node !== node)
      .map(({ endpoint }) => endpoint);
  }

  async #read(path: string, key: string, options: GossipReadOptions): Promise<GossipEntry> {
    const { level } = options;
    const isSet = path.startsWith("/v1/sets/");
    const query = {
      ...(isSet ? {} : { format: "json" }),
      ...(level === undefined ? {} : { read: level }),
      ...stalenessOf(options),
    };
    const answer = await this.#send({ method: "GET", path, query }, options);
    if (answer.status === 404) return absent(answer, key);
    if (answer.status > 300) throw refusalOf(answer);
    return readGossipEntry(answer, readJson(answer));
  }

  async #list(
    query: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<ApiAnswer> {
    const answer = await this.#send({ method: "GET", path: "/v1/kv", query }, options);
    if (answer.status >= 300) throw refusalOf(answer);
    return answer;
  }

  async #write(
    request: ApiRequest,
    options: GossipWriteOptions,
    isOnce = false,
  ): Promise<GossipWritten> {
    if (options.id !== undefined) return await this.#writeAs(options.id, request, options, isOnce);
    const id = this.#ids.take();
    try {
      const written = await this.#writeAs(id, request, options, isOnce);
      this.#ids.release(id);
      return written;
    } catch (error) {
      // The ids of an unknown outcome serve to find it out: no later write may supersede them.
      if (!(error instanceof UnknownOutcome)) this.#ids.release(id);
      throw error;
    }
  }

  async #writeAs(
    id: RequestId,
    request: ApiRequest,
    options: GossipWriteOptions,
    isOnce: boolean,
  ): Promise<GossipWritten> {
    const { level, context } = options;
    const sent = {
      ...request,
      query: { ...request.query, ...(level === undefined ? {} : { write: level }) },
      headers: {
        "Client-Id": String(id.clientId),
        "Request-Number": String(id.requestNumber),
        ...(context === undefined ? {} : { "Troupe-Context": context }),
      },
    };
    const answer = await this.#send(sent, options, { id, isOnce });
    if (answer.status >= 300) throw refusalOf(answer);
    return readGossipWritten(answer);
  }

  #send(
    request: ApiRequest,
    options: CallOptions,
    write?: { readonly id: RequestId; readonly isOnce: boolean },
  ): Promise<ApiAnswer> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const deadline = performance.now() + timeoutMs;
    const isOnce = write?.isOnce ?? false;
    const effort: Effort = { deadline, timeoutMs, signal: options.signal, isOnce };
    const deliver = async (headers: Readonly<Record<string, string>>) => {
      try {
        const sent = { ...request, headers: { ...request.headers, ...headers } };
        return (await this.#courier.deliver(sent, effort)).answer;
      } catch (error) {
        if (!(error instanceof Undelivered)) throw error;
        throw write === undefined ? error.forRead() : error.forWrite(write.id);
      }
    };
    return this.#session === undefined ? deliver({}) : this.#session.run(deliver);
  }

  #probe(options: CallOptions): Probe {
    const timeoutMs = Math.min(this.#attemptTimeoutMs, options.timeoutMs ?? this.#timeoutMs);
    return { fetch: this.#fetch, timeoutMs, signal: options.signal };
  }
}

function setPath(key: string): string {
  return keyPath(key).replace("/v1/kv/", "/v1/sets/");
}

function stalenessOf({ maxAgeMs }: { readonly maxAgeMs?: number }): Record<string, string> {
  return maxAgeMs === undefined ? {} : { max_age_ms: String(maxAgeMs) };
}

/** A 404 of a gossip node is about a key; of another one, about the route. */
function absent(answer: ApiAnswer, key: string): GossipEntry {
  const error = refusalOf(answer, { key });
  if (!(error instanceof KeyNotFound)) throw error;
  return { key, value: { type: "absent" }, context: answer.headers.get("troupe-context") };
}
