/**
 * The key-value store as its documentation says it is, in as few words as possible: what the answers
 * of the real one are compared with.
 *
 * @module
 */
import { addDecimal } from "./decimal.ts";
import { compareKeys, type KeyMap } from "./key_map.ts";
import type { KvCas, KvCondition, KvIncrement, KvOperation, KvScan } from "./operations.ts";

/** A key's value and metadata. */
export interface StoreRecord {
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
}

/** The whole store. */
export interface StoreState {
  readonly revision: number;
  readonly keys: KeyMap<StoreRecord>;
}

/** The store after an operation, and all that it could answer. */
export interface Executed {
  readonly state: StoreState;
  readonly output: Readonly<Record<string, unknown>>;
}

/** Executes an operation. */
export function execute(state: StoreState, op: KvOperation): Executed {
  switch (op.op) {
    case "put": {
      if (!holds(state, op.key, op.args.condition)) return refused(state, op.key);
      return write(state, op.key, op.args.value, { applied: true });
    }
    case "get":
      return read(state, op.key);
    case "delete": {
      if (!holds(state, op.key, op.args.condition)) return refused(state, op.key);
      return remove(state, op.key);
    }
    case "cas":
      return compareAndSwap(state, op);
    case "increment":
      return increment(state, op);
    case "scan":
      return scan(state, op);
  }
}

function holds({ keys }: StoreState, key: string, condition: KvCondition | undefined): boolean {
  const record = keys.get(key);
  switch (condition?.type) {
    case undefined:
      return true;
    case "mod-revision":
      return (record?.modRevision ?? 0) === condition.modRevision;
    case "exists":
      return record !== undefined;
    case "absent":
      return record === undefined;
    case "value":
      return record?.value === condition.value;
  }
}

function write({ revision, keys }: StoreState, key: string, value: string, more: object): Executed {
  const before = keys.get(key);
  const next = revision + 1;
  const metadata = {
    createRevision: before?.createRevision ?? next,
    modRevision: next,
    version: (before?.version ?? 0) + 1,
  };
  return {
    state: { revision: next, keys: keys.with(key, { value, ...metadata }) },
    output: { ...more, created: before === undefined, revision: next, ...metadata },
  };
}

function refused(state: StoreState, key: string): Executed {
  const modRevision = state.keys.get(key)?.modRevision ?? 0;
  return { state, output: { applied: false, revision: state.revision, modRevision } };
}

function read(state: StoreState, key: string): Executed {
  const { revision } = state;
  const record = state.keys.get(key) ?? { value: null, modRevision: 0 };
  return { state, output: { ...record, revision } };
}

function remove(state: StoreState, key: string): Executed {
  const existed = state.keys.get(key) !== undefined;
  const revision = state.revision + (existed ? 1 : 0);
  return {
    state: existed ? { revision, keys: state.keys.without(key) } : state,
    output: { applied: true, existed, revision },
  };
}

function compareAndSwap(state: StoreState, { key, args }: KvCas): Executed {
  const record = state.keys.get(key);
  if ((record?.value ?? null) === args.expect) {
    return write(state, key, args.value, { swapped: true });
  }
  const modRevision = record?.modRevision ?? 0;
  return { state, output: { swapped: false, revision: state.revision, modRevision } };
}

function increment(state: StoreState, { key, args }: KvIncrement): Executed {
  const record = state.keys.get(key);
  const sum = addDecimal(record?.value ?? "0", args.delta);
  if ("value" in sum) return write(state, key, sum.value, sum);
  const modRevision = record?.modRevision ?? 0;
  return { state, output: { ...sum, revision: state.revision, modRevision } };
}

/** All of the range: how many of them a page has is the store's own affair. */
function scan(state: StoreState, { args }: KvScan): Executed {
  const items = [];
  for (const [key, record] of state.keys.entries()) {
    if (isWithin(key, args)) items.push({ key, ...record });
  }
  if (args.reverse) items.reverse();
  return { state, output: { items, count: items.length, revision: state.revision } };
}

function isWithin(key: string, { prefix, start, end }: KvScan["args"]): boolean {
  if (prefix !== undefined) return key.startsWith(prefix);
  if (start !== undefined && compareKeys(key, start) < 0) return false;
  return end === undefined || compareKeys(key, end) < 0;
}
