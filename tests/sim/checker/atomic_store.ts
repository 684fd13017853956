import type { KvCondition, KvOperation, KvScan } from "../../../sim/checker/kv/operations.ts";

interface Value {
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
}

type Output = Record<string, unknown>;

/** What a store does that executes one operation after the other; written apart from the checker's. */
export class AtomicStore {
  readonly #values = new Map<string, Value>();
  readonly #tellsRevisions: boolean;
  #revision = 0;

  /** @param tellsRevisions Whether answers have the revisions. */
  constructor(tellsRevisions: boolean) {
    this.#tellsRevisions = tellsRevisions;
  }

  /** Executes an operation and returns its output. */
  execute(op: KvOperation): Output {
    const output = this.#execute(op);
    if (!this.#tellsRevisions) return output;
    const revision = { revision: this.#revision };
    if (op.op === "scan" || op.op === "delete") return { ...output, ...revision };
    const { createRevision, modRevision, version } = this.#values.get(op.key) ??
      { modRevision: 0, createRevision: undefined, version: undefined };
    const isRefused = output.applied === false || output.swapped === false ||
      output.refused !== undefined;
    if (isRefused || createRevision === undefined) return { ...output, ...revision, modRevision };
    return { ...output, ...revision, createRevision, modRevision, version };
  }

  #execute(op: KvOperation): Output {
    if (op.op === "scan") return this.#scan(op);
    const { key } = op;
    const before = this.#values.get(key);
    switch (op.op) {
      case "get":
        return { value: before?.value ?? null };
      case "put":
        if (!isTrue(op.args.condition, before)) return { applied: false };
        this.#write(key, op.args.value);
        return { applied: true, created: before === undefined };
      case "delete":
        if (!isTrue(op.args.condition, before)) return { applied: false };
        if (before !== undefined) this.#revision++;
        this.#values.delete(key);
        return { applied: true, existed: before !== undefined };
      case "cas": {
        const swapped = (before?.value ?? null) === op.args.expect;
        if (swapped) this.#write(key, op.args.value);
        return { swapped };
      }
      case "increment": {
        // Values that clients write may have a dot.
        if (before !== undefined && before.value.includes(".")) return { refused: "not_a_number" };
        const value = String(Number(before?.value ?? "0") + Number(op.args.delta));
        this.#write(key, value);
        return { value, created: before === undefined };
      }
    }
  }

  #write(key: string, value: string): void {
    const before = this.#values.get(key);
    const modRevision = ++this.#revision;
    const createRevision = before?.createRevision ?? modRevision;
    this.#values.set(key, {
      value,
      createRevision,
      modRevision,
      version: (before?.version ?? 0) + 1,
    });
  }

  #scan({ args }: KvScan): Output {
    const keys = [...this.#values.keys()].sort().filter((key) =>
      key >= (args.start ?? "") && key < (args.end ?? "z")
    );
    if (args.reverse) keys.reverse();
    const shown = keys.slice(0, args.limit);
    const items = shown.map((key) => {
      const { value, ...metadata } = this.#values.get(key)!;
      return { key, value, ...(this.#tellsRevisions ? metadata : {}) };
    });
    return { items, more: shown.length < keys.length };
  }
}

function isTrue(condition: KvCondition | undefined, before: Value | undefined): boolean {
  switch (condition?.type) {
    case undefined:
      return true;
    case "exists":
      return before !== undefined;
    case "absent":
      return before === undefined;
    case "value":
      return before?.value === condition.value;
    case "mod-revision":
      return condition.modRevision === (before?.modRevision ?? 0);
  }
}
