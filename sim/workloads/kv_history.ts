/**
 * Operations on the key-value store, in the words of a history.
 *
 * @module
 */
import {
  type Condition,
  decodeQueryResult,
  decodeResult,
  type Delete,
  type Increment,
  type KeyCommand,
  type KvQuery,
  type PageItem,
  type Put,
  type Scan,
} from "../../protocols/kv/commands.ts";
import type { KvCondition, KvScanItem } from "../checker/kv/operations.ts";
import type { HistoryPart } from "./workload.ts";

const decoder = new TextDecoder();

/** What a history has of a command. */
export function commandPart(command: KeyCommand, result?: Uint8Array): HistoryPart {
  switch (command.type) {
    case "put":
      return putPart(command, result);
    case "delete":
      return deletePart(command, result);
    case "increment":
      return incrementPart(command, result);
  }
}

/** What a history has of a query; `undefined` for later pages: their cursors hide what they ask for. */
export function queryPart(query: KvQuery, result?: Uint8Array): HistoryPart | undefined {
  switch (query.type) {
    case "get":
      return { op: "get", key: query.key, args: {}, output: getOutput(result) };
    case "scan":
      return query.cursor === undefined ? scanPart(query, result) : undefined;
    case "size":
      return { op: "scan", args: {}, output: scanOutput(result) };
  }
}

function putPart({ key, value, condition }: Put, bytes?: Uint8Array): HistoryPart {
  const text = decoder.decode(value);
  const result = bytes && decodeResult(bytes);
  const isDone = result?.type === "put";
  const revisions = isDone
    ? revisionsOf(result)
    : result?.type === "precondition_failed"
    ? { revision: result.revision, modRevision: result.modRevision }
    : {};
  const created = isDone ? { created: result.created } : {};
  if (condition?.type === "value" || condition?.type === "absent") {
    const expect = condition.type === "value" ? decoder.decode(condition.value) : null;
    const output = { ...revisions, ...(result && { swapped: isDone }) };
    return { op: "cas", key, args: { expect, value: text }, output };
  }
  const args = { value: text, ...conditionOf(condition) };
  return {
    op: "put",
    key,
    args,
    output: { ...revisions, ...created, ...(result && { applied: isDone }) },
  };
}

function deletePart({ key, condition }: Delete, bytes?: Uint8Array): HistoryPart {
  const args = conditionOf(condition);
  const result = bytes && decodeResult(bytes);
  if (result?.type === "deleted") {
    const output = { applied: true, existed: result.deleted, revision: result.revision };
    return { op: "delete", key, args, output };
  }
  if (result?.type === "precondition_failed") {
    const { revision, modRevision } = result;
    return { op: "delete", key, args, output: { applied: false, revision, modRevision } };
  }
  return { op: "delete", key, args, output: {} };
}

function incrementPart({ key, delta }: Increment, bytes?: Uint8Array): HistoryPart {
  const args = { delta: String(delta) };
  const result = bytes && decodeResult(bytes);
  if (result?.type === "incremented") {
    const { created, value } = result;
    const output = { ...revisionsOf(result), created, value: String(value) };
    return { op: "increment", key, args, output };
  }
  if (result?.type === "not_a_number" || result?.type === "number_overflow") {
    const { type: refused, revision, modRevision } = result;
    return { op: "increment", key, args, output: { refused, revision, modRevision } };
  }
  return { op: "increment", key, args, output: {} };
}

function getOutput(bytes?: Uint8Array) {
  const result = bytes && decodeQueryResult(bytes);
  if (result?.type === "found") {
    return { ...revisionsOf(result), value: decoder.decode(result.value) };
  }
  return result?.type === "absent" ? { value: null, revision: result.revision } : {};
}

function scanPart({ prefix, start, end, limit, reverse }: Scan, bytes?: Uint8Array): HistoryPart {
  const args = {
    ...(prefix !== undefined && { prefix }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(limit !== undefined && { limit }),
    ...(reverse !== undefined && { reverse }),
  };
  return { op: "scan", args, output: scanOutput(bytes) };
}

function scanOutput(bytes?: Uint8Array) {
  const result = bytes && decodeQueryResult(bytes);
  if (result?.type === "count") return { count: result.count, revision: result.revision };
  if (result?.type !== "page") return {};
  const { items, cursor, revision } = result;
  return { items: items.map(itemOf), more: cursor !== null, revision };
}

function itemOf({ key, value, createRevision, modRevision, version }: PageItem): KvScanItem {
  const text = value === undefined ? {} : { value: decoder.decode(value) };
  return { key, ...text, createRevision, modRevision, version };
}

interface Revisions {
  readonly revision: number;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
}

function revisionsOf({ revision, createRevision, modRevision, version }: Revisions): Revisions {
  return { revision, createRevision, modRevision, version };
}

function conditionOf(condition: Condition | undefined): { readonly condition?: KvCondition } {
  if (condition === undefined) return {};
  if (condition.type !== "value") return { condition };
  return { condition: { type: "value", value: decoder.decode(condition.value) } };
}
