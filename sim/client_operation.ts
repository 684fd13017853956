/**
 * The operations that simulated clients ask for: how each is drawn, sent, and understood when answered.
 *
 * @module
 */
import { randomInteger, type RandomStream } from "../actors/random.ts";
import {
  decodeQueryResult,
  decodeResult,
  encodeCommand,
  encodeQuery,
} from "../protocols/kv/commands.ts";
import type { HistoryEntry } from "./history.ts";

/** An operation, whether it changes anything or not. */
export type ClientOperation =
  | { readonly type: "open" }
  | { readonly type: "get"; readonly key: string }
  | { readonly type: "scan" }
  | { readonly type: "put"; readonly key: string; readonly value: string }
  | { readonly type: "delete"; readonly key: string }
  | {
    readonly type: "cas";
    readonly key: string;
    readonly expect: string | null;
    readonly value: string;
  }
  | { readonly type: "increment"; readonly key: string };

/** How often each operation is drawn, relative to the others. */
export interface OperationMix {
  readonly get: number;
  readonly scan: number;
  readonly put: number;
  readonly delete: number;
  readonly cas: number;
  readonly increment: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Draws an operation. `recent` are values that a swap may hope to find. */
export function drawOperation(
  random: RandomStream,
  mix: OperationMix,
  keys: number,
  value: string,
  recent: ReadonlyMap<string, string | null>,
): ClientOperation {
  const key = `key-${randomInteger(random, keys)}`;
  const types = Object.keys(mix) as (keyof OperationMix)[];
  let left = random() * types.reduce((sum, type) => sum + mix[type], 0);
  const type = types.find((each) => (left -= mix[each]) < 0) ?? "get";
  switch (type) {
    case "get":
    case "delete":
      return { type, key };
    case "scan":
      return { type };
    case "put":
      return { type, key, value };
    case "cas":
      return { type, key, expect: recent.get(key) ?? null, value };
    case "increment":
      return { type, key: `counter-${randomInteger(random, keys)}` };
  }
}

/** The command of an operation; `undefined` if it is a query or none at all. */
export function commandOf(operation: ClientOperation): Uint8Array | undefined {
  switch (operation.type) {
    case "put":
      return encodeCommand({ ...operation, value: encoder.encode(operation.value) });
    case "delete":
      return encodeCommand(operation);
    case "increment":
      return encodeCommand({ ...operation, delta: 1n });
    case "cas": {
      const { key, expect } = operation;
      const condition = expect === null
        ? { type: "absent" } as const
        : { type: "value", value: encoder.encode(expect) } as const;
      return encodeCommand({ type: "put", key, value: encoder.encode(operation.value), condition });
    }
    default:
      return undefined;
  }
}

/** The query of an operation; `undefined` if it is a command or none at all. */
export function queryOf(operation: ClientOperation): Uint8Array | undefined {
  if (operation.type === "get") return encodeQuery(operation);
  if (operation.type === "scan") return encodeQuery({ type: "scan" });
  return undefined;
}

/** What an answer says, in the words of a history; `undefined` if it makes no sense. */
export function outputOf(
  operation: ClientOperation,
  result: Uint8Array,
): HistoryEntry["output"] | undefined {
  if (operation.type === "get") {
    const decoded = decodeQueryResult(result);
    if (decoded.type === "found") return { value: decoder.decode(decoded.value) };
    return decoded.type === "absent" ? { value: null } : undefined;
  }
  if (operation.type === "scan") {
    return decodeQueryResult(result).type === "page" ? {} : undefined;
  }
  const decoded = decodeResult(result);
  switch (decoded.type) {
    case "put":
      return operation.type === "cas" ? { swapped: true } : {};
    case "precondition_failed":
      return operation.type === "cas" ? { swapped: false } : undefined;
    case "deleted":
      return { existed: decoded.deleted };
    case "incremented":
      return {};
    default:
      return undefined;
  }
}

/** What of an operation a history knows; `undefined` if it is of a kind that histories leave out. */
export function historyOf(
  operation: ClientOperation,
): Pick<HistoryEntry, "op" | "key" | "args"> | undefined {
  switch (operation.type) {
    case "get":
    case "delete":
      return { op: operation.type, key: operation.key, args: {} };
    case "put":
      return { op: "put", key: operation.key, args: { value: operation.value } };
    case "cas": {
      const { key, expect, value } = operation;
      return { op: "cas", key, args: { expect, value } };
    }
    default:
      return undefined;
  }
}
