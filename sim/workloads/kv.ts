import { randomInteger } from "../../actors/random.ts";
import {
  type Condition,
  decodeQueryResult,
  decodeResult,
  encodeCommand,
  encodeQuery,
  INTEGER_MAX,
  type KeyCommand,
  type KvQuery,
  type KvQueryResult,
  type KvResult,
  type Scan,
} from "../../protocols/kv/commands.ts";
import { drawWeighted, oneOf } from "../distributions.ts";
import { commandPart, queryPart } from "./kv_history.ts";
import type { AskCommand, Asker, AskQuery, HistoryPart, RecordedWorkload } from "./workload.ts";

/** An operation on the store: as it is sent, and as it is meant. */
export type KvAsk =
  | AskCommand & { readonly meant: KeyCommand }
  | AskQuery & { readonly meant: KvQuery };

/** How often each operation is drawn, relative to the others. */
export interface KvMix {
  readonly get: number;
  readonly scan: number;
  readonly size: number;
  readonly put: number;
  readonly delete: number;
  /** A put on condition that the key has the value that the client saw last. */
  readonly cas: number;
  /** A put or delete on any other condition. */
  readonly conditional: number;
  readonly increment: number;
}

/** What clients do with the store. */
export interface KvWorkloadOptions {
  /** Keys that hold text; there are as many for numbers. */
  readonly keys: number;
  /** The length of a value, unless it is longer of itself. */
  readonly valueBytes: number;
  /** The share of queries that any state of the past may answer. */
  readonly stale: number;
  readonly mix: KvMix;
}

/** What a client last saw of a key. */
interface Seen {
  readonly value: Uint8Array | undefined;
  readonly modRevision: number;
}

/** The results that each command may have, if nothing is wrong with it. */
const RESULTS: Readonly<Record<KeyCommand["type"], readonly KvResult["type"][]>> = {
  put: ["put"],
  delete: ["deleted"],
  increment: ["incremented", "not_a_number", "number_overflow"],
};
const QUERY_RESULTS: Readonly<Record<KvQuery["type"], readonly KvQueryResult["type"][]>> = {
  get: ["found", "absent"],
  scan: ["page", "count"],
  size: ["count"],
};

/** The share of increments that go wrong: on text, or beyond the largest integer. */
const WRONG_INCREMENTS = 0.1;

const encoder = new TextEncoder();

/** All that clients can do with the key-value store. */
export class KvWorkload implements RecordedWorkload<KvAsk> {
  readonly #options: KvWorkloadOptions;
  /** By client and key. */
  readonly #seen = new Map<string, Seen>();
  /** By client: how the scan that it has begun goes on. */
  readonly #cursors = new Map<number, string>();

  constructor(options: KvWorkloadOptions) {
    this.#options = options;
  }

  draw(asker: Asker): KvAsk {
    const { random } = asker;
    const type = drawWeighted(random, this.#options.mix);
    switch (type) {
      case "get":
        return this.#query(asker, { type, key: this.#anyKey(asker) });
      case "scan":
        return this.#query(asker, this.#drawScan(asker));
      case "size":
        return this.#query(asker, { type });
      default: {
        const meant = this.#drawCommand(type, asker);
        return { command: encodeCommand(meant), meant };
      }
    }
  }

  answered(op: KvAsk, bytes: Uint8Array, client: number): string | undefined {
    if ("query" in op) {
      const result = decodeQueryResult(bytes);
      if (!(QUERY_RESULTS[op.meant.type] as readonly string[]).includes(result.type)) {
        return `a ${op.meant.type} is answered by "${result.type}"`;
      }
      return this.#noteQuery(op.meant, result as KvQueryResult, client);
    }
    const result = decodeResult(bytes);
    const isRefused = "condition" in op.meant && op.meant.condition !== undefined &&
      result.type === "precondition_failed";
    if (!isRefused && !(RESULTS[op.meant.type] as readonly string[]).includes(result.type)) {
      return `a ${op.meant.type} is answered by "${result.type}"`;
    }
    this.#noteCommand(op.meant, result as KvResult, client);
  }

  history(op: KvAsk, result?: Uint8Array): HistoryPart | undefined {
    return "query" in op ? queryPart(op.meant, result) : commandPart(op.meant, result);
  }

  #query({ random }: Asker, meant: KvQuery): KvAsk {
    const isStale = random() < this.#options.stale;
    return { query: encodeQuery(meant), ...(isStale && { consistency: "stale" }), meant };
  }

  #drawCommand(type: "put" | "delete" | "cas" | "conditional" | "increment", asker: Asker) {
    const { random, client } = asker;
    const key = this.#textKey(asker);
    const put: KeyCommand = { type: "put", key, value: this.#value(asker) };
    const seen = this.#seen.get(`${client}/${key}`);
    switch (type) {
      case "put":
        return put;
      case "delete":
        return { type, key };
      case "cas":
        return { ...put, condition: valueCondition(seen) };
      case "conditional": {
        const condition = drawCondition(asker, seen);
        return random() < 0.5 ? { ...put, condition } : { type: "delete" as const, key, condition };
      }
      case "increment":
        return this.#drawIncrement(asker);
    }
  }

  #drawIncrement(asker: Asker): KeyCommand {
    const { random } = asker;
    const isWrong = random() < WRONG_INCREMENTS;
    const key = isWrong && random() < 0.5 ? this.#textKey(asker) : this.#numberKey(asker);
    const delta = isWrong ? INTEGER_MAX : BigInt(oneOf(random, [1, 1, 1, 2, -1]));
    return { type: "increment", key, delta };
  }

  #drawScan(asker: Asker): Scan {
    const { random, client } = asker;
    const cursor = this.#cursors.get(client);
    const limit = 1 + randomInteger(random, 5);
    if (cursor !== undefined && random() < 0.7) return { type: "scan", cursor, limit };
    const ranges: Partial<Scan>[] = [
      {},
      { prefix: "key-" },
      { start: this.#textKey(asker) },
      { end: this.#textKey(asker) },
    ];
    const kinds: Partial<Scan>[] = [
      { limit },
      { limit, reverse: true },
      { keysOnly: true },
      { countOnly: true },
    ];
    return { type: "scan", ...oneOf(random, ranges), ...oneOf(random, kinds) };
  }

  /** What a later condition may hope to find, and where a scan goes on. */
  #noteQuery(query: KvQuery, result: KvQueryResult, client: number): string | undefined {
    if (query.type === "get") {
      const isFound = result.type === "found";
      const value = isFound ? result.value.slice() : undefined;
      this.#see(client, query.key, { value, modRevision: isFound ? result.modRevision : 0 });
    }
    if (query.type !== "scan" || result.type !== "page") return;
    if (result.cursor === null) this.#cursors.delete(client);
    else this.#cursors.set(client, result.cursor);
    if (result.items.length > (query.limit ?? Infinity)) return "a page is longer than asked for";
  }

  #noteCommand(command: KeyCommand, result: KvResult, client: number): void {
    const { key } = command;
    if (result.type === "put" && command.type === "put") {
      this.#see(client, key, { value: command.value, modRevision: result.modRevision });
    }
    if (result.type === "deleted") this.#see(client, key, { value: undefined, modRevision: 0 });
  }

  #see(client: number, key: string, seen: Seen): void {
    this.#seen.set(`${client}/${key}`, seen);
  }

  #anyKey(asker: Asker): string {
    return asker.random() < 0.7 ? this.#textKey(asker) : this.#numberKey(asker);
  }

  #textKey({ random }: Asker): string {
    return `key-${randomInteger(random, this.#options.keys)}`;
  }

  #numberKey({ random }: Asker): string {
    return `number-${randomInteger(random, this.#options.keys)}`;
  }

  /** No two values are the same. */
  #value({ client, count }: Asker): Uint8Array {
    return encoder.encode(`${client}.${count}`.padEnd(this.#options.valueBytes, "-"));
  }
}

function valueCondition(seen: Seen | undefined): Condition {
  return seen?.value === undefined ? { type: "absent" } : { type: "value", value: seen.value };
}

function drawCondition({ random }: Asker, seen: Seen | undefined): Condition {
  return oneOf<Condition>(random, [
    { type: "exists" },
    { type: "absent" },
    { type: "mod-revision", modRevision: seen?.modRevision ?? 0 },
  ]);
}
