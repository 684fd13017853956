/**
 * What a line of a history says of an operation on the key-value store, besides whose it was and when.
 *
 * @module
 */
import type {
  KvCas,
  KvCondition,
  KvDelete,
  KvGet,
  KvIncrement,
  KvOperation,
  KvPut,
  KvRevisions,
  KvScan,
  KvScanItem,
} from "../kv/operations.ts";
import type { Operation } from "../operation.ts";
import type { Fields } from "./fields.ts";

type Asked<Op> = Omit<Op, keyof Operation>;

/** What is asked for and answered, of any operation. */
export type AskedOperation = KvOperation extends infer Op ? Op extends unknown ? Asked<Op> : never
  : never;

const OPS = ["put", "get", "delete", "cas", "increment", "scan"] as const;
const REVISIONS = ["revision", "createRevision", "modRevision", "version"] as const;
const CONDITIONS = ["exists", "absent", "value", "mod-revision"] as const;

/**
 * Reads an operation.
 *
 * @param isAnswered Whether there must be an output.
 * @throws {BadHistory} `bad_field` if a field is missing or wrong.
 */
export function readAsked(line: Fields, isAnswered: boolean): AskedOperation {
  const op = line.choice("op", OPS);
  const args = line.object("args");
  const output = isAnswered ? line.object("output") : undefined;
  if (op === "scan") return { op, args: readRange(args), output: output ? readPage(output) : {} };
  const key = line.text("key");
  switch (op) {
    case "put":
      return { op, key, args: readPutArgs(args), output: output ? readPut(output) : {} };
    case "get":
      args.allowOnly([]);
      return { op, key, args: {}, output: output ? readGet(output) : {} };
    case "delete":
      args.allowOnly(["condition"]);
      return { op, key, args: readCondition(args), output: output ? readDelete(output) : {} };
    case "cas":
      return { op, key, args: readCasArgs(args), output: output ? readCas(output) : {} };
    case "increment":
      return { op, key, args: readDelta(args), output: output ? readIncrement(output) : {} };
  }
}

function readPutArgs(args: Fields): KvPut["args"] {
  args.allowOnly(["value", "condition"]);
  return { value: args.text("value"), ...readCondition(args) };
}

function readPut(output: Fields): KvPut["output"] {
  return { ...readRevisions(output), ...optionalFlags(output, ["applied", "created"]) };
}

function readGet(output: Fields): KvGet["output"] {
  return { ...readRevisions(output), value: output.textOrNull("value") };
}

function readDelete(output: Fields): KvDelete["output"] {
  const { applied } = optionalFlags(output, ["applied"]);
  const existed = applied === false ? {} : { existed: output.flag("existed") };
  return { ...readRevisions(output), ...(applied === undefined ? {} : { applied }), ...existed };
}

function readCasArgs(args: Fields): KvCas["args"] {
  args.allowOnly(["expect", "value"]);
  return { expect: args.textOrNull("expect"), value: args.text("value") };
}

function readCas(output: Fields): KvCas["output"] {
  return { ...readRevisions(output), swapped: output.flag("swapped") };
}

function readDelta(args: Fields): KvIncrement["args"] {
  args.allowOnly(["delta"]);
  const delta = args.text("delta");
  return /^-?\d{1,19}$/.test(delta) ? { delta } : args.fail("delta", "an integer in a text");
}

function readIncrement(output: Fields): KvIncrement["output"] {
  const common = { ...readRevisions(output), ...optionalFlags(output, ["created"]) };
  if (!output.has("refused")) return { ...common, value: output.text("value") };
  const refused = output.choice("refused", ["not_a_number", "number_overflow"]);
  return { ...common, refused };
}

function readRange(args: Fields): KvScan["args"] {
  args.allowOnly(["prefix", "start", "end", "limit", "reverse"]);
  return {
    ...optional("prefix", args, () => args.text("prefix")),
    ...optional("start", args, () => args.text("start")),
    ...optional("end", args, () => args.text("end")),
    ...optional("limit", args, () => args.count("limit")),
    ...optionalFlags(args, ["reverse"]),
  };
}

function readPage(output: Fields): KvScan["output"] {
  const page = {
    ...optional("revision", output, () => output.count("revision")),
    ...optional("count", output, () => output.count("count")),
    ...optionalFlags(output, ["more"]),
  };
  // One of them there must be, or nothing was answered.
  if ("count" in page && !output.has("items")) return page;
  return { ...page, items: output.list("items").map(readItem) };
}

function readItem(item: Fields): KvScanItem {
  const { revision: _, ...metadata } = readRevisions(item);
  return {
    key: item.text("key"),
    ...optional("value", item, () => item.text("value")),
    ...metadata,
  };
}

function readRevisions(output: Fields): KvRevisions {
  const present = REVISIONS.filter((name) => output.has(name));
  return Object.fromEntries(present.map((name) => [name, output.count(name)]));
}

function readCondition(args: Fields): { readonly condition?: KvCondition } {
  if (!args.has("condition")) return {};
  const condition = args.object("condition");
  const type = condition.choice("type", CONDITIONS);
  switch (type) {
    case "exists":
    case "absent":
      return { condition: { type } };
    case "value":
      return { condition: { type, value: condition.text("value") } };
    case "mod-revision":
      return { condition: { type, modRevision: condition.count("modRevision") } };
  }
}

function optional<N extends string, T>(name: N, fields: Fields, read: () => T) {
  return (fields.has(name) ? { [name]: read() } : {}) as { readonly [K in N]?: T };
}

function optionalFlags<N extends string>(fields: Fields, names: readonly N[]) {
  const present = names.filter((name) => fields.has(name));
  return Object.fromEntries(present.map((name) => [name, fields.flag(name)])) as {
    readonly [K in N]?: boolean;
  };
}
