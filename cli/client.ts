/**
 * A client for Troupe's HTTP API. It needs nothing but `fetch`, so it works in Deno, in Node and,
 * as far as the node's CORS rules allow, in browsers.
 *
 * @module
 */
import type { ClusterChange, ClusterLayout } from "../transport/service.ts";
import { Caller } from "./client/caller.ts";
import { DEFAULT_ENDPOINTS, parseEndpoints } from "./client/endpoints.ts";
import { BadAnswer, KeyNotFound } from "./client/errors.ts";
import type { ApiAnswer, ApiRequest } from "./client/exchange.ts";
import {
  askMaster,
  crashActorAt,
  metricsAt,
  pickNode,
  type Readiness,
  readinessAt,
  surveyNodes,
} from "./client/nodes.ts";
import type { KvClientOptions } from "./client/options.ts";
import { conditionOf, scanPages, valueBytes } from "./client/requests.ts";
import type {
  CallOptions,
  ConditionalOptions,
  Deleted,
  Entry,
  Expected,
  Incremented,
  KeyInfo,
  NodeReport,
  ReadOptions,
  ScanOptions,
  WriteOptions,
  Written,
} from "./client/types.ts";
import {
  keyPath,
  readEntry,
  readField,
  readJson,
  readKeyInfo,
  readRawEntry,
} from "./client/wire.ts";

export {
  BadAnswer,
  KeyNotFound,
  NoSession,
  Overloaded,
  PreconditionFailed,
  RequestRefused,
  Unavailable,
  UnknownOutcome,
} from "./client/errors.ts";
export type { Fetch } from "./client/exchange.ts";
export type { Readiness } from "./client/nodes.ts";
export type { KvClientOptions } from "./client/options.ts";
export { GossipClient, type GossipClientOptions } from "./client/gossip_client.ts";
export type { GossipSessionOptions } from "./client/gossip_session.ts";
export type { GossipMember, GossipMembers } from "./client/gossip_members.ts";
export type {
  GossipEntry,
  GossipReadOptions,
  GossipScanOptions,
  GossipValue,
  GossipWriteOptions,
  GossipWritten,
  Guarantee,
  Level,
} from "./client/gossip_types.ts";
export { Entry } from "./client/types.ts";
export type {
  CallOptions,
  ConditionalOptions,
  Deleted,
  Expected,
  Incremented,
  KeyInfo,
  NodeReached,
  NodeReport,
  NodeUnreachable,
  ReadOptions,
  ScanOptions,
  WriteOptions,
  Written,
} from "./client/types.ts";

/**
 * A client of a Troupe cluster.
 *
 * A write is executed once at most however often it has to be sent: the client opens a session,
 * numbers its requests and repeats them under the same ids when a connection breaks or a node does
 * not know the outcome. For that its writes go one at a time, in the order of the calls; use several
 * clients for writes in parallel. Reads are repeated freely.
 *
 * Calls throw `Unavailable` or `Overloaded` for what was certainly not executed, `UnknownOutcome`
 * (with the ids for repeating it, see {@linkcode WriteOptions.id}) for a write that may have been,
 * and `RequestRefused` for what no node would accept.
 *
 * @example
 * ```ts ignore
 * const kv = new KvClient({ endpoints: "http://127.0.0.1:7100,7101,7102" });
 * await kv.put("greeting", "hello");
 * const entry = await kv.get("greeting");
 * await kv.cas("greeting", { revision: entry.modRevision }, "hello again");
 * ```
 */
export class KvClient {
  /** The base addresses that the client was given. */
  readonly endpoints: readonly string[];
  readonly #caller: Caller;

  /**
   * Makes a client. Nothing is sent before the first call.
   *
   * @throws {TroupeError} `bad_endpoint`.
   */
  constructor(options: KvClientOptions = {}) {
    this.endpoints = parseEndpoints(options.endpoints ?? DEFAULT_ENDPOINTS);
    this.#caller = new Caller(this.endpoints, options);
  }

  /** The base address that requests go to first: the primary's, once one was found. */
  get preferredEndpoint(): string | undefined {
    return this.#caller.preferred;
  }

  /**
   * Reads a key.
   *
   * @throws {KeyNotFound}
   */
  async get(key: string, options: ReadOptions = {}): Promise<Entry> {
    const entry = await this.find(key, options);
    if (entry === null) throw new KeyNotFound(key);
    return entry;
  }

  /** Reads a key; `null` if it does not exist. */
  async find(key: string, options: ReadOptions = {}): Promise<Entry | null> {
    try {
      const answer = await this.#caller.read({ method: "GET", path: keyPath(key) }, options, key);
      return readRawEntry(answer, key);
    } catch (error) {
      if (error instanceof KeyNotFound) return null;
      throw error;
    }
  }

  /**
   * Stores a value, text as UTF-8.
   *
   * @throws {PreconditionFailed} if `options.expected` is not the case.
   */
  async put(
    key: string,
    value: string | Uint8Array,
    options: ConditionalOptions = {},
  ): Promise<Written> {
    const request: ApiRequest = {
      method: "PUT",
      path: keyPath(key),
      body: valueBytes(value),
      ...conditionOf(options.expected),
    };
    const answer = await this.#caller.write(request, options, key);
    return { ...readKeyInfo(answer, { key, ...readJson(answer) }), created: answer.status === 201 };
  }

  /**
   * Compares and sets: stores a value only if the key is as expected.
   *
   * @throws {PreconditionFailed} if it is not; the error carries the revision that the key is at.
   */
  cas(
    key: string,
    expected: Expected,
    value: string | Uint8Array,
    options: WriteOptions = {},
  ): Promise<Written> {
    return this.put(key, value, { ...options, expected });
  }

  /**
   * Deletes a key; one that does not exist is no error.
   *
   * @throws {PreconditionFailed} if `options.expected` is not the case.
   */
  async delete(key: string, options: ConditionalOptions = {}): Promise<Deleted> {
    const request: ApiRequest = {
      method: "DELETE",
      path: keyPath(key),
      ...conditionOf(options.expected),
    };
    const answer = await this.#caller.write(request, options, key);
    const json = readJson(answer);
    return {
      deleted: readField(answer, json, "deleted", "boolean"),
      revision: readField(answer, json, "revision", "number"),
    };
  }

  /**
   * Adds to the decimal number that a key holds, 0 if it does not exist. `by` may be negative.
   *
   * @throws {RequestRefused} `not_a_number` or `number_overflow`.
   */
  async increment(
    key: string,
    by: number | bigint = 1,
    options: WriteOptions = {},
  ): Promise<Incremented> {
    const query = { increment: BigInt(by).toString() };
    const request: ApiRequest = { method: "POST", path: keyPath(key), query };
    const answer = await this.#caller.write(request, options, key);
    const json = readJson(answer);
    const text = readField(answer, json, "value", "string");
    if (!/^-?\d+$/.test(text)) throw new BadAnswer(answer.endpoint, `"${text}" is not a number`);
    return { value: BigInt(text), revision: readField(answer, json, "revision", "number") };
  }

  /**
   * Opens a session of the caller's own, for ids ({@linkcode WriteOptions.id}) that are to outlive this client:
   * they number from 1, and each is for the same request however often it is sent.
   *
   * @returns the client id.
   */
  openSession(options: CallOptions = {}): Promise<number> {
    return this.#caller.openSession(options);
  }

  /** Visits keys with their values in the order of the keys, fetching page after page. */
  async *scan(options: ScanOptions = {}): AsyncGenerator<Entry, void, void> {
    const pages = scanPages(options, {}, (query) => this.#list(query, options));
    for await (const { answer, item } of pages) yield readEntry(answer, item);
  }

  /** Visits keys without their values. */
  async *keys(options: ScanOptions = {}): AsyncGenerator<KeyInfo, void, void> {
    const only = { "keys-only": "true" };
    const pages = scanPages(options, only, (query) => this.#list(query, options));
    for await (const { answer, item } of pages) yield readKeyInfo(answer, item);
  }

  /** The number of keys, of those that begin with `prefix` if it is given. */
  async size(options: ReadOptions & { readonly prefix?: string } = {}): Promise<number> {
    const { prefix } = options;
    const query = { "count-only": "true", ...(prefix === undefined ? {} : { prefix }) };
    const answer = await this.#list(query, options);
    return readField(answer, readJson(answer), "count", "number");
  }

  /** Has a command executed by a state machine of your own, once at most; returns its result. */
  async command(
    command: string | Uint8Array,
    options: WriteOptions = {},
  ): Promise<Uint8Array> {
    const body = valueBytes(command);
    const request: ApiRequest = { method: "POST", path: "/v1/commands", body };
    return (await this.#caller.write(request, options)).body;
  }

  /** Has a query answered by a state machine of your own. */
  async query(query: string | Uint8Array, options: ReadOptions = {}): Promise<Uint8Array> {
    const body = valueBytes(query);
    const request: ApiRequest = { method: "POST", path: "/v1/queries", body };
    return (await this.#caller.read(request, options)).body;
  }

  /**
   * Asks every endpoint for its status, and every node that one of those knows.
   *
   * @returns one report a node, unreachable ones included, ordered by index.
   */
  status(options: CallOptions = {}): Promise<readonly NodeReport[]> {
    return surveyNodes(this.endpoints, this.#caller.probe(options));
  }

  /**
   * The base address of a node, by its index.
   *
   * @throws {Unavailable} if there is none or it does not answer.
   */
  async locate(node: number, options: CallOptions = {}): Promise<string> {
    return pickNode(await this.status(options), node).endpoint;
  }

  /**
   * Crashes an actor of one node, to exercise supervision. Nodes allow it only when started with
   * `--dev`.
   *
   * @throws {RequestRefused} if the node does not allow it or has no such actor.
   * @throws {Unavailable} if the node does not answer; the actor may have crashed all the same.
   */
  async crashActor(node: number, name: string, options: CallOptions = {}): Promise<void> {
    await crashActorAt(await this.locate(node, options), name, this.#caller.probe(options));
  }

  /**
   * Whether one node can serve, and its checks as it words them.
   *
   * @throws {Unavailable} if the node does not answer.
   */
  async readiness(node: number, options: CallOptions = {}): Promise<Readiness> {
    return await readinessAt(await this.locate(node, options), this.#caller.probe(options));
  }

  /**
   * The figures of one node in Prometheus's text format.
   *
   * @throws {Unavailable} if the node does not answer.
   */
  async metrics(node: number, options: CallOptions = {}): Promise<string> {
    return await metricsAt(await this.locate(node, options), this.#caller.probe(options));
  }

  /**
   * Who replicates what, with the protocols `chain` and `hermes`: what their master has decided.
   *
   * @throws {RequestRefused} `not_supported` with another protocol.
   * @throws {Unavailable} if no node answers, or no majority of them.
   */
  layout(options: CallOptions = {}): Promise<ClusterLayout> {
    return askMaster(this.endpoints, undefined, this.#caller.probe(options));
  }

  /**
   * Has the master add or remove a node, or move all volumes to where the placement wants them. Returns
   * what is decided; the rest follows step by step.
   *
   * @throws {RequestRefused} `last_member`, `no_such_node`, or `not_supported` with another protocol.
   * @throws {Unavailable} if no node answers in time. It may be repeated.
   */
  changeLayout(change: ClusterChange, options: CallOptions = {}): Promise<ClusterLayout> {
    return askMaster(this.endpoints, change, this.#caller.probe(options));
  }

  #list(query: Readonly<Record<string, string>>, options: ReadOptions): Promise<ApiAnswer> {
    return this.#caller.read({ method: "GET", path: "/v1/kv", query }, options);
  }
}
