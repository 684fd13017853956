import { ANY_TOKEN, type Model, type StateKey, type Tokens } from "../model.ts";
import { describeOperation } from "./describe.ts";
import { KeyMap } from "./key_map.ts";
import type { KvGet, KvIncrement, KvOperation, KvScan, KvScanItem } from "./operations.ts";
import { isReadOnly } from "./register_model.ts";
import { RevisionFacts } from "./revision_facts.ts";
import { execute, type StoreRecord, type StoreState } from "./store_execution.ts";

/** About how many bytes a change of one key adds to what the states share. */
const STATE_BYTES = 1_500;

/**
 * The whole key-value store, with revisions and scans. Every key has to do with every other, so it is
 * checked as one: that is feasible if the answers have revisions, which say of most operations when
 * they took effect, and else for short histories only. {@linkcode RegisterModel} does better where
 * neither revisions nor scans occur.
 */
export class StoreModel implements Model<StoreState, KvOperation> {
  readonly initial: StoreState = { revision: 0, keys: KeyMap.empty<StoreRecord>() };
  /** The store's revision: each is there once, and many answers say which it was. */
  readonly tokens: Tokens<StoreState, KvOperation> = {
    of: ({ revision }) => revision,
    needs: (op) => {
      const revision = this.#revisionOf(op);
      return revision === undefined || isReadOnly(op) ? revision : revision - 1;
    },
    gives: (op) => isReadOnly(op) ? undefined : this.#revisionOf(op) ?? ANY_TOKEN,
  };
  /** The revisions of writes of which nobody was told, by what was seen of them. */
  readonly #deduced: ReadonlyMap<KvOperation, number>;

  readonly #facts: RevisionFacts;

  /** @param ops The only operations that it is for; any if there are none. */
  constructor(ops: readonly KvOperation[] = []) {
    this.#deduced = deduceRevisions(ops);
    this.#facts = new RevisionFacts(ops);
  }

  /** The same for operations some of which tell of the revisions of others. */
  specialise(ops: readonly KvOperation[]): StoreModel {
    return new StoreModel(ops);
  }

  step(state: StoreState, op: KvOperation): StoreState | undefined {
    const after = execute(state, op);
    if (op.outcome === "ok" && !agrees(op, after.output)) return undefined;
    const { revision } = after.state;
    if (op.outcome === "unknown" && revision > state.revision && op.op !== "scan") {
      if (!this.#facts.allows(revision, op.key)) return undefined;
    }
    const deduced = this.#deduced.get(op);
    return deduced === undefined || deduced === after.output.modRevision ? after.state : undefined;
  }

  key({ revision, keys }: StoreState): StateKey {
    return JSON.stringify([revision, ...keys.entries().map(([key, record]) => [key, record])]);
  }

  isReadOnly(op: KvOperation): boolean {
    return isReadOnly(op);
  }

  describe(op: KvOperation): string {
    return describeOperation(op, { withKey: true });
  }

  describeState({ revision, keys }: StoreState): string {
    const shown = keys.entries().take(6).map(([key, { value }]) =>
      `${key}=${JSON.stringify(value)}`
    );
    const rest = keys.size > 6 ? `, and ${keys.size - 6} more` : "";
    return `the store is at revision ${revision}: {${shown.toArray().join(", ")}${rest}}`;
  }

  bytesOf(): number {
    return STATE_BYTES;
  }

  /** The store's revision after the operation, if that is known, and if it is known to have written. */
  #revisionOf(op: KvOperation): number | undefined {
    if (op.outcome !== "ok") return this.#deduced.get(op);
    if (isReadOnly(op)) return op.output.revision;
    switch (op.op) {
      case "put":
        if (op.args.condition !== undefined && op.output.applied === undefined) return undefined;
        return op.output.revision ?? op.output.modRevision;
      case "delete":
        return op.output.existed === true ? op.output.revision : undefined;
      case "cas":
        return op.output.swapped === true ? op.output.revision ?? op.output.modRevision : undefined;
      case "increment":
        if (op.output.value === undefined) return undefined;
        return op.output.revision ?? op.output.modRevision;
      case "get":
      case "scan":
        return op.output.revision;
    }
  }
}

/** Whether all that was recorded is so. */
function agrees(op: KvOperation, actual: Readonly<Record<string, unknown>>): boolean {
  for (const [name, value] of Object.entries(op.output)) {
    // Those of a scan are another matter.
    if (name === "items" || name === "more" || value === undefined) continue;
    if (value !== actual[name]) return false;
  }
  return op.op !== "scan" || agreeItems(op, actual.items as readonly KvScanItem[]);
}

/** A page may end before its limit, but then it says that there is more. */
function agreeItems({ args, output }: KvScan, actual: readonly KvScanItem[]): boolean {
  const { items, more } = output;
  if (items === undefined) return true;
  const least = more === undefined ? Math.min(args.limit ?? Infinity, actual.length) : items.length;
  if (items.length !== least || items.length > actual.length) return false;
  if (more !== undefined && more !== items.length < actual.length) return false;
  return items.every((item, index) =>
    Object.entries(item).every(([name, value]) =>
      value === undefined || value === actual[index]![name as keyof KvScanItem]
    )
  );
}

/**
 * What reads tell of writes that were never answered: who sees a value that only one operation writes
 * sees the revision in which it did.
 */
function deduceRevisions(ops: readonly KvOperation[]): ReadonlyMap<KvOperation, number> {
  const deduced = new Map<KvOperation, number>();
  const lost = ops.filter((op) => op.outcome === "unknown" && (op.op === "put" || op.op === "cas"));
  if (lost.length === 0) return deduced;
  const writers = Map.groupBy(ops, writtenBy);
  const addedTo = new Set(ops.map((op) => isUntoldSum(op) ? op.key : undefined));
  for (const { key, value, modRevision } of ops.flatMap(itemsSeen)) {
    if (value === undefined || modRevision === undefined || addedTo.has(key)) continue;
    const [writer, ...others] = writers.get(JSON.stringify([key, value])) ?? [];
    if (writer?.outcome === "unknown" && others.length === 0) deduced.set(writer, modRevision);
  }
  return deduced;
}

/** The key and the value that an operation writes if it takes effect. */
function writtenBy(op: KvOperation): string | undefined {
  if (op.op === "put" || op.op === "cas") return JSON.stringify([op.key, op.args.value]);
  if (op.op !== "increment" || op.outcome !== "ok") return undefined;
  return JSON.stringify([op.key, op.output.value]);
}

/** Whether an operation may have written any integer. */
function isUntoldSum(op: KvOperation): op is KvIncrement {
  return op.op === "increment" && (op.outcome === "unknown" || op.output.value === undefined);
}

function itemsSeen(op: KvOperation): readonly KvScanItem[] {
  if (op.outcome !== "ok") return [];
  if (op.op === "scan") return op.output.items ?? [];
  return op.op === "get" && typeof op.output.value === "string" ? [seenBy(op)] : [];
}

function seenBy({ key, output: { value, modRevision } }: KvGet): KvScanItem {
  return {
    key,
    ...(typeof value === "string" ? { value } : {}),
    ...(modRevision === undefined ? {} : { modRevision }),
  };
}
