import { assert, fail } from "@std/assert";
import {
  decodeQueryResult,
  decodeResult,
  encodeCommand,
  encodeQuery,
  type KeyCommand,
  type KvCommand,
  type KvQuery,
  type KvQueryResult,
  type KvResult,
  type Page,
  type Scan,
} from "../../protocols/kv/commands.ts";
import type { KvStore } from "../../protocols/kv/store.ts";

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** Text as bytes. */
export function bytesOf(text: string): Uint8Array {
  return textEncoder.encode(text);
}

/** Bytes as text. */
export function textOf(bytes: Uint8Array): string {
  return textDecoder.decode(bytes);
}

/** Executes a command as a replica does. */
export function run(store: KvStore, command: KvCommand): KvResult {
  const result = decodeResult(store.apply(encodeCommand(command)));
  if (result.type === "unreadable") fail(`Result is unreadable: ${result.reason}`);
  return result;
}

/** Asks a query as a replica does. */
export function ask(store: KvStore, query: KvQuery): KvQueryResult {
  const result = decodeQueryResult(store.query(encodeQuery(query)));
  if (result.type === "unreadable") fail(`Result is unreadable: ${result.reason}`);
  return result;
}

/** Stores text. */
export function put(store: KvStore, key: string, value: string): KvResult {
  return run(store, { type: "put", key, value: bytesOf(value) });
}

/** Reads text; `undefined` if the key is absent. */
export function get(store: KvStore, key: string): string | undefined {
  const result = ask(store, { type: "get", key });
  return result.type === "found" ? textOf(result.value) : undefined;
}

/** Asks for one page. */
export function page(store: KvStore, scan: Omit<Scan, "type">): Page {
  const result = ask(store, { type: "scan", ...scan });
  assert(result.type === "page", `not a page: ${JSON.stringify(result)}`);
  return result;
}

/** The keys of one page. */
export function keysOf(result: Page): string[] {
  return result.items.map((item) => item.key);
}

/** A seeded source of random integers. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }

  /** One of a list. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Random bytes. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** A random command over a few keys, so that commands often meet. */
export function randomCommand(random: Random, keys: number): KeyCommand {
  const key = `key-${random.below(keys)}`;
  switch (random.below(8)) {
    case 0:
      return { type: "delete", key };
    case 1:
      return { type: "increment", key, delta: BigInt(random.below(1000) - 500) };
    case 2:
      return { type: "put", key, value: bytesOf("7"), condition: { type: "absent" } };
    case 3:
      return { type: "delete", key, condition: { type: "value", value: bytesOf("7") } };
    case 4: {
      const condition = { type: "mod-revision", modRevision: random.below(50) } as const;
      return { type: "put", key, value: random.bytes(random.below(40)), condition };
    }
    default:
      return { type: "put", key, value: random.bytes(random.below(300)) };
  }
}
