/**
 * Histories of a store whose keys have nothing to do with one another, in the words of the checker, whose
 * store has one revision for all: what is said of revisions is left out, a condition on one is put as the
 * condition on the value that it stands for, and a page becomes a read of each key that it shows or ought
 * to show. What was refused since a key was not at a revision says nothing if the value may have come back
 * since then, and is left out.
 *
 * What a put without a condition tells of the key before is left out, too: it may have been overtaken.
 *
 * @module
 */
import { isDecimal } from "../checker/kv/decimal.ts";
import type {
  KvCas,
  KvCondition,
  KvDelete,
  KvGet,
  KvIncrement,
  KvOperation,
  KvPut,
  KvScan,
} from "../checker/kv/operations.ts";

/** The value of a key at a revision; `null` if it is absent then, `undefined` if there is no such revision. */
export type ValueAt = (key: string, revision: number) => string | null | undefined;

/** A write that may have a condition. */
type Conditional = KvPut | KvDelete;

/**
 * The same history, key by key.
 *
 * @param reader A client that there is not, to have read one more key of a page at the same time.
 */
export function byObject(
  history: readonly KvOperation[],
  valueAt: ValueAt,
  reader: () => number,
): KvOperation[] {
  const keys = new Set(history.flatMap(keysOf));
  return history.flatMap((op): KvOperation[] => {
    switch (op.op) {
      case "get":
        return [getPart(op)];
      case "put":
        return saysNothing(op, valueAt) ? [] : [putPart(op, valueAt)];
      case "delete":
        return saysNothing(op, valueAt) ? [] : [deletePart(op, valueAt)];
      case "cas":
        return [casPart(op)];
      case "increment":
        return [incrementPart(op)];
      case "scan":
        return scanParts(op, keys, reader);
    }
  });
}

function keysOf(op: KvOperation): readonly string[] {
  return op.op === "scan" ? (op.output.items ?? []).map(({ key }) => key) : [op.key];
}

function getPart(op: KvGet): KvGet {
  const { value } = op.output;
  return { ...op, output: value === undefined ? {} : { value } };
}

function putPart(op: KvPut, valueAt: ValueAt): KvPut {
  const { applied, created } = op.output;
  const { condition } = op.args;
  const known = applied === undefined ? {} : { applied };
  if (condition === undefined) return { ...op, output: known };
  const args = { ...op.args, condition: conditionAt(op.key, condition, valueAt) };
  return { ...op, args, output: { ...known, ...(created !== undefined && { created }) } };
}

function deletePart(op: KvDelete, valueAt: ValueAt): KvDelete {
  const { applied, existed } = op.output;
  const { condition } = op.args;
  const args = condition === undefined
    ? {}
    : { condition: conditionAt(op.key, condition, valueAt) };
  const output = {
    ...(applied !== undefined && { applied }),
    ...(existed !== undefined && { existed }),
  };
  return { ...op, args, output };
}

function casPart(op: KvCas): KvCas {
  const { swapped } = op.output;
  return { ...op, output: swapped === undefined ? {} : { swapped } };
}

function incrementPart(op: KvIncrement): KvIncrement {
  const { value, refused, created } = op.output;
  const output = {
    ...(value !== undefined && { value }),
    ...(refused !== undefined && { refused }),
    ...(created !== undefined && { created }),
  };
  return { ...op, output };
}

/** What no key ever holds. */
const NO_VALUE = "\u0000";

/**
 * No two puts of a history store the same value, so that a value stands for a revision; but increments may
 * bring an integer back. What was done has found the integer all the same, and what was refused may have, too.
 */
function saysNothing({ key, args, outcome, output }: Conditional, valueAt: ValueAt): boolean {
  const { condition } = args;
  if (outcome !== "ok" || output.applied !== false || condition?.type !== "mod-revision") {
    return false;
  }
  return isDecimal(valueAt(key, condition.modRevision) ?? NO_VALUE);
}

/** The condition on a value that a condition on a revision comes to. */
function conditionAt(key: string, condition: KvCondition, valueAt: ValueAt): KvCondition {
  if (condition.type !== "mod-revision") return condition;
  const { modRevision } = condition;
  if (modRevision === 0) return { type: "absent" };
  return { type: "value", value: valueAt(key, modRevision) ?? NO_VALUE };
}

/** What a page says of each key of its range. */
function scanParts(
  op: KvScan,
  keys: ReadonlySet<string>,
  reader: () => number,
): KvGet[] {
  const { items, more = false } = op.output;
  if (items === undefined) return [];
  const shown = new Map(items.map((item) => [item.key, item]));
  const last = items.at(-1)?.key;
  const parts: KvGet[] = [];
  for (const key of keys) {
    const item = shown.get(key);
    const isCovered = isInRange(key, op.args) && (!more || isUpTo(key, last, op.args.reverse));
    if (item === undefined ? !isCovered : item.value === undefined) continue;
    const { call, return: end, outcome } = op;
    const client = parts.length === 0 ? op.client : reader();
    const output = { value: item?.value ?? null };
    parts.push({ client, call, return: end, outcome, op: "get", key, args: {}, output });
  }
  return parts;
}

function isInRange(key: string, { prefix, start, end }: KvScan["args"]): boolean {
  if (prefix !== undefined) return key.startsWith(prefix);
  return (start === undefined || key >= start) && (end === undefined || key < end);
}

/** Whether a page that ends with `last` has come to a key. */
function isUpTo(key: string, last: string | undefined, reverse = false): boolean {
  return last !== undefined && (reverse ? key >= last : key <= last);
}
