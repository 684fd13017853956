import { TroupeError } from "../../actors/errors.ts";
import {
  type Condition,
  decodeQueryResult,
  decodeResult,
  encodeCommand,
  encodeQuery,
  type KvCommand,
  type KvQuery,
  type KvQueryResult,
  type KvResult,
  type Unreadable,
} from "../../protocols/kv/commands.ts";
import type { Answer, QueryOptions, Requests } from "../service.ts";
import { keyTooLong, notAnInteger, valueTooLong } from "./errors.ts";
import { RespError } from "./reply.ts";
import { putEach, removeEach } from "./many.ts";
import type { Slots } from "./slots.ts";
import type { KeyPage, Outcome, PageOf, Store, Versioned } from "./store.ts";
import type { WriteGroups } from "./write_groups.ts";

const LINEARIZABLE: QueryOptions = { consistency: "linearizable" };
const STALE: QueryOptions = { consistency: "stale" };

type CommandResult = KvResult | Unreadable;
type QueryResult = KvQueryResult | Unreadable;

/** The store of `vr`, `chain` and `hermes`. */
export class ReplicatedStore implements Store {
  readonly #requests: Requests;
  readonly #slots: Slots;
  readonly #groups: WriteGroups | undefined;

  /** Asks `requests`, with as much under way as there are slots. Writes go in groups, if there are any. */
  constructor(requests: Requests, slots: Slots, groups: WriteGroups | undefined) {
    this.#requests = requests;
    this.#slots = slots;
    this.#groups = groups;
  }

  groupFor(bytes: number): number | undefined {
    return this.#groups?.groupFor(bytes);
  }

  read(key: string, isStale: boolean): Promise<Uint8Array | null> {
    return this.#query({ type: "get", key }, isStale, valueOf);
  }

  find(key: string): Promise<Versioned | undefined> {
    return this.#query({ type: "get", key }, false, versionedOf);
  }

  put(key: string, value: Uint8Array, condition?: Condition): Promise<Outcome> {
    const command: KvCommand = condition === undefined
      ? { type: "put", key, value }
      : { type: "put", key, value, condition };
    return this.#submit(command, outcomeOf);
  }

  async putAll(pairs: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void> {
    if (this.#groups === undefined) return await putEach(this, pairs);
    const commands = pairs.map(([key, value]) => encodeCommand({ type: "put", key, value }));
    for (const result of await this.#groups.addAll(commands)) outcomeOf(result);
  }

  async removeAll(keys: readonly string[]): Promise<number> {
    if (this.#groups === undefined) return await removeEach(this, keys);
    const commands = keys.map((key) => encodeCommand({ type: "delete", key }));
    const outcomes = (await this.#groups.addAll(commands)).map(outcomeOf);
    return outcomes.filter((outcome) => outcome === "done").length;
  }

  remove(key: string, condition?: Condition): Promise<Outcome> {
    const command: KvCommand = condition === undefined
      ? { type: "delete", key }
      : { type: "delete", key, condition };
    return this.#submit(command, outcomeOf);
  }

  increment(key: string, delta: bigint): Promise<bigint> {
    return this.#submit({ type: "increment", key, delta }, sumOf);
  }

  page({ prefix, cursor, limit }: PageOf, isStale: boolean): Promise<KeyPage> {
    const from = cursor === undefined ? { prefix } : { cursor };
    return this.#query({ type: "scan", ...from, limit, keysOnly: true }, isStale, pageOf);
  }

  size(isStale: boolean): Promise<number> {
    return this.#query({ type: "size" }, isStale, countOf);
  }

  #submit<T>(command: KvCommand, read: (result: CommandResult) => T): Promise<T> {
    const bytes = encodeCommand(command);
    if (this.#groups !== undefined) {
      return this.#groups.add(bytes, read);
    }
    return this.#within(() => this.#requests.submit(bytes), (answer) => read(decodeResult(answer)));
  }

  #query<T>(query: KvQuery, isStale: boolean, read: (result: QueryResult) => T): Promise<T> {
    const bytes = encodeQuery(query);
    const options = isStale ? STALE : LINEARIZABLE;
    return this.#within(
      () => this.#requests.query(bytes, options),
      (answer) => read(decodeQueryResult(answer)),
    );
  }

  #within<T>(ask: () => Promise<Answer>, read: (result: Uint8Array) => T): Promise<T> {
    const turn = this.#slots.take();
    const asked = turn === undefined ? Promise.try(ask) : turn.then(ask);
    return asked.then(({ result }) => {
      this.#slots.release();
      return read(result);
    }, (error) => {
      this.#slots.release();
      throw error;
    });
  }
}

function valueOf(result: QueryResult): Uint8Array | null {
  if (result.type === "found") return result.value;
  if (result.type === "absent") return null;
  throw unexpected(result);
}

function versionedOf(result: QueryResult): Versioned | undefined {
  if (result.type === "found") return result;
  if (result.type === "absent") return undefined;
  throw unexpected(result);
}

function pageOf(result: QueryResult): KeyPage {
  if (result.type !== "page") throw unexpected(result);
  return { keys: result.items.map(({ key }) => key), cursor: result.cursor };
}

function countOf(result: QueryResult): number {
  if (result.type !== "count") throw unexpected(result);
  return result.count;
}

function outcomeOf(result: CommandResult): Outcome {
  switch (result.type) {
    case "put":
      return "done";
    case "deleted":
      return result.deleted ? "done" : "absent";
    case "precondition_failed":
      return "refused";
    default:
      throw unexpected(result);
  }
}

function sumOf(result: CommandResult): bigint {
  if (result.type === "incremented") return result.value;
  throw unexpected(result);
}

function unexpected(result: CommandResult | QueryResult): TroupeError {
  switch (result.type) {
    case "not_a_number":
      return notAnInteger();
    case "number_overflow":
      return new RespError("ERR increment or decrement would overflow");
    case "too_large":
      return result.what === "value" ? valueTooLong() : keyTooLong(result.bytes, result.limit);
    case "malformed":
      return new RespError(`ERR ${result.reason}`);
    default:
      return new TroupeError("unexpected_result", `Store answered with "${result.type}"`);
  }
}
