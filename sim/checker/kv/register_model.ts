import { TroupeError } from "../../../actors/errors.ts";
import { ANY_TOKEN, type Model, type StateKey, type Token, type Tokens } from "../model.ts";
import { describeOperation, describeValue } from "./describe.ts";
import { addDecimal, subtractDecimal } from "./decimal.ts";
import type {
  KvCas,
  KvCondition,
  KvDelete,
  KvIncrement,
  KvOperation,
  KvPut,
} from "./operations.ts";

/** Any value that no operation reads, expects or adds to: they need not be told apart. */
const UNREAD: unique symbol = Symbol("a value that nobody reads");

/** The state of a key: its value, `null` if it is absent. */
export type Register = string | null | typeof UNREAD;

/**
 * The key-value store, one key at a time: put, get, delete, cas and increment, with conditions on the
 * value. Histories that speak of revisions or scan several keys need the {@linkcode StoreModel}.
 */
export class RegisterModel implements Model<Register, KvOperation> {
  readonly initial: Register = null;
  readonly tokens: Tokens<Register, KvOperation> = {
    of: (state) => state,
    needs: (op) => this.#needs(op),
    gives: (op) => this.#gives(op),
  };
  /** The values that operations read, expect or add to; `null` if they must all be told apart. */
  readonly #read: ReadonlySet<string> | null;

  /** @param ops The only operations that it is for; any if there are none. */
  constructor(ops?: readonly KvOperation[]) {
    this.#read = ops === undefined ? null : valuesRead(ops);
  }

  /** The same for operations of which some values may never be read. */
  specialise(ops: readonly KvOperation[]): RegisterModel {
    return new RegisterModel(ops);
  }

  /** @throws {TroupeError} `not_by_key` for a scan or a condition on a revision. */
  step(state: Register, op: KvOperation): Register | undefined {
    switch (op.op) {
      case "put":
        return this.#put(state, op);
      case "get":
        return !isKnown(op, op.output.value) || op.output.value === state ? state : undefined;
      case "delete":
        return this.#delete(state, op);
      case "cas":
        return this.#cas(state, op);
      case "increment":
        return this.#increment(state, op);
      case "scan":
        throw notByKey("a scan");
    }
  }

  key(state: Register): StateKey {
    if (state === null) return 0;
    return state === UNREAD ? 1 : state;
  }

  partition(op: KvOperation): string {
    if (op.op === "scan") throw notByKey("a scan");
    return op.key;
  }

  isReadOnly(op: KvOperation): boolean {
    return isReadOnly(op);
  }

  repeats(op: KvOperation): string | undefined {
    // Sums grow for ever.
    if (op.op === "increment" || op.op === "scan") return undefined;
    const given = this.#gives(op);
    const output = op.outcome === "ok" ? op.output : null;
    const value = given === UNREAD ? { unread: true } : given;
    return JSON.stringify([op.op, { ...op.args, value }, output]);
  }

  describe(op: KvOperation): string {
    return describeOperation(op, { withKey: false });
  }

  describeState(state: Register): string {
    if (state === null) return "the key is absent";
    return state === UNREAD ? "the value is another" : `the value is ${describeValue(state)}`;
  }

  #stored(value: string): Register {
    return this.#read === null || this.#read.has(value) ? value : UNREAD;
  }

  #put(state: Register, op: KvPut): Register | undefined {
    const applied = holds(op.args.condition, state);
    const { output } = op;
    if (isKnown(op, output.applied) && output.applied !== applied) return undefined;
    if (isKnown(op, output.created) && output.created !== (applied && state === null)) {
      return undefined;
    }
    return applied ? this.#stored(op.args.value) : state;
  }

  #delete(state: Register, op: KvDelete): Register | undefined {
    const applied = holds(op.args.condition, state);
    const { output } = op;
    if (isKnown(op, output.applied) && output.applied !== applied) return undefined;
    if (isKnown(op, output.existed) && output.existed !== (applied && state !== null)) {
      return undefined;
    }
    return applied ? null : state;
  }

  #cas(state: Register, op: KvCas): Register | undefined {
    const swapped = state === op.args.expect;
    if (isKnown(op, op.output.swapped) && op.output.swapped !== swapped) return undefined;
    return swapped ? this.#stored(op.args.value) : state;
  }

  #increment(state: Register, op: KvIncrement): Register | undefined {
    // Where anybody adds, every value is told apart.
    const sum = addDecimal(state === null ? "0" : String(state), op.args.delta);
    const { output } = op;
    if (isKnown(op, output.value) && ("refused" in sum || output.value !== sum.value)) {
      return undefined;
    }
    if (isKnown(op, output.created) && output.created !== (state === null)) return undefined;
    const refused = "refused" in sum ? sum.refused : undefined;
    if (isKnown(op, output.refused) && output.refused !== refused) return undefined;
    return "refused" in sum ? state : sum.value;
  }

  #needs(op: KvOperation): Token | undefined {
    switch (op.op) {
      case "put":
        return needOfPut(op);
      case "get":
        return isKnown(op, op.output.value) ? op.output.value : undefined;
      case "delete":
        return needOfDelete(op);
      case "cas":
        // One that is known to have taken effect may have changed nothing.
        return op.outcome === "unknown" || op.output.swapped ? op.args.expect : undefined;
      case "increment": {
        if (!isKnown(op, op.output.value) || op.output.value === undefined) return undefined;
        const before = subtractDecimal(op.output.value, op.args.delta);
        // It was 0, or the key was absent.
        return before === "0" ? undefined : before;
      }
      case "scan":
        throw notByKey("a scan");
    }
  }

  #gives(op: KvOperation): Token | typeof ANY_TOKEN | undefined {
    if (this.isReadOnly(op)) return undefined;
    switch (op.op) {
      case "put":
      case "cas":
        return this.#stored(op.args.value);
      case "delete":
        return null;
      case "increment":
        return isKnown(op, op.output.value) ? op.output.value : ANY_TOKEN;
    }
  }
}

/** Whether a part of an operation's output was recorded. */
function isKnown<T>({ outcome }: KvOperation, part: T | undefined): part is T {
  return outcome === "ok" && part !== undefined;
}

/** Whether an operation on the store changes nothing in any state in which it can take effect. */
export function isReadOnly(op: KvOperation): boolean {
  if (op.op === "get" || op.op === "scan") return true;
  if (op.outcome !== "ok") return false;
  switch (op.op) {
    case "put":
      return op.output.applied === false;
    case "delete":
      return op.output.applied === false || op.output.existed === false;
    case "cas":
      return op.output.swapped === false;
    case "increment":
      return op.output.refused !== undefined;
  }
}

function holds(condition: KvCondition | undefined, state: Register): boolean {
  switch (condition?.type) {
    case undefined:
      return true;
    case "exists":
      return state !== null;
    case "absent":
      return state === null;
    case "value":
      return state === condition.value;
    case "mod-revision":
      throw notByKey("a condition on a revision");
  }
}

function needOfPut(op: KvPut): Token | undefined {
  if (isKnown(op, op.output.created) && op.output.created) return null;
  return needOfCondition(op.args.condition, op.outcome === "unknown" || op.output.applied);
}

function needOfDelete(op: KvDelete): Token | undefined {
  const { applied, existed } = op.output;
  if (isKnown(op, existed) && !existed && applied !== false && op.args.condition === undefined) {
    return null;
  }
  return needOfCondition(op.args.condition, op.outcome === "unknown" || applied);
}

/** What the register must hold for a write with a condition to take place, or not to as recorded. */
function needOfCondition(
  condition: KvCondition | undefined,
  applied: boolean | undefined,
): Token | undefined {
  if (condition?.type === "exists" && applied === false) return null;
  if (condition?.type === "absent" && applied === true) return null;
  return condition?.type === "value" && applied === true ? condition.value : undefined;
}

/** The values that operations tell apart; `null` for all. */
function valuesRead(ops: readonly KvOperation[]): ReadonlySet<string> | null {
  const values = new Set<string>();
  for (const op of ops) {
    if (op.op === "increment") return null;
    const value = valueRead(op);
    if (typeof value === "string") values.add(value);
  }
  return values;
}

function valueRead(op: KvOperation): string | null | undefined {
  switch (op.op) {
    case "get":
      return op.outcome === "ok" ? op.output.value : undefined;
    case "cas":
      return op.args.expect;
    case "put":
    case "delete":
      return op.args.condition?.type === "value" ? op.args.condition.value : undefined;
  }
}

function notByKey(what: string): TroupeError {
  return new TroupeError("not_by_key", `Cannot check ${what} key by key: use the model of a store`);
}
