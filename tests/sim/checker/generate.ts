import { randomInteger, type RandomStream, randomStream } from "../../../actors/random.ts";
import type { KvOperation } from "../../../sim/checker/kv/operations.ts";

/** How a history is made up. */
export interface GenerateOptions {
  readonly seed: number;
  readonly clients: number;
  readonly operations: number;
  readonly keys: number;
  /** Of how many values each is written; `Infinity` writes no value twice. @default {Infinity} */
  readonly values?: number;
  /** The share of the operations of which nobody learns what became of them. @default {0} */
  readonly unknown?: number;
  /** The share of the operations that are refused. @default {0} */
  readonly refused?: number;
  /** The kinds of operations, each as frequent as it is there. @default {put, get} */
  readonly kinds?: readonly ("put" | "get" | "delete" | "cas" | "increment")[];
}

/** An operation with the moment at which it takes effect; infinite if it never does. */
interface Planned {
  readonly op: KvOperation;
  readonly at: number;
}

/** A history of a store that is atomic: every operation takes effect at one moment under way. */
export function generate(options: GenerateOptions): KvOperation[] {
  const random = randomStream(options.seed, "history");
  const planned = Array.from(
    { length: options.clients },
    (_, client) => plan(options, random, client),
  )
    .flat();
  const byEffect = planned.toSorted((a, b) => a.at - b.at);
  const store = new Map<string, string>();
  const done = byEffect.map(({ op, at }) => at === Infinity ? op : execute(store, op));
  return done.toSorted((a, b) => a.call - b.call);
}

function plan(options: GenerateOptions, random: RandomStream, client: number): Planned[] {
  const { operations, clients, unknown = 0, refused = 0 } = options;
  const count = Math.floor(operations / clients) + (client < operations % clients ? 1 : 0);
  let now = randomInteger(random, 1_000);
  return Array.from({ length: count }, (_, index) => {
    const call = now;
    const at = call + 1 + randomInteger(random, 1_000);
    const end = at + 1 + randomInteger(random, 1_000);
    now = end + randomInteger(random, 200);
    const operation = invent(options, random, `${client}.${index}`);
    const fate = random();
    if (fate < refused) {
      return { op: { ...operation, client, call, return: end, outcome: "fail" }, at: Infinity };
    }
    if (fate < refused + unknown) {
      const op = { ...operation, client, call, return: null, outcome: "unknown" } as const;
      return { op, at: random() < 0.5 ? Infinity : at + randomInteger(random, 10_000) };
    }
    return { op: { ...operation, client, call, return: end, outcome: "ok" }, at };
  });
}

type Invented = KvOperation extends infer Op
  ? Op extends KvOperation ? Omit<Op, "client" | "call" | "return" | "outcome"> : never
  : never;

function invent(options: GenerateOptions, random: RandomStream, unique: string): Invented {
  const { keys, values = Infinity, kinds = ["put", "get"] } = options;
  const key = `k${randomInteger(random, keys)}`;
  const value = () => values === Infinity ? unique : String(randomInteger(random, values));
  switch (kinds[randomInteger(random, kinds.length)]!) {
    case "put":
      return { op: "put", key, args: { value: value() }, output: {} };
    case "get":
      return { op: "get", key, args: {}, output: {} };
    case "delete":
      return { op: "delete", key, args: {}, output: {} };
    case "increment":
      return {
        op: "increment",
        key,
        args: { delta: String(1 + randomInteger(random, 2)) },
        output: {},
      };
    case "cas": {
      // What a client expects is a guess; with few values it is often right.
      const expect = values === Infinity ? null : String(randomInteger(random, values));
      return { op: "cas", key, args: { expect, value: value() }, output: {} };
    }
  }
}

/** Executes an operation, and writes down the answer if there is one. */
function execute(store: Map<string, string>, op: KvOperation): KvOperation {
  if (op.op === "scan") return op;
  const before = store.get(op.key) ?? null;
  const isKnown = op.outcome === "ok";
  switch (op.op) {
    case "put":
      store.set(op.key, op.args.value);
      return op;
    case "get":
      return isKnown ? { ...op, output: { value: before } } : op;
    case "delete":
      store.delete(op.key);
      return isKnown ? { ...op, output: { existed: before !== null } } : op;
    case "cas": {
      const swapped = before === op.args.expect;
      if (swapped) store.set(op.key, op.args.value);
      return isKnown ? { ...op, output: { swapped } } : op;
    }
    case "increment": {
      if (before !== null && !/^-?\d+$/.test(before)) {
        return isKnown ? { ...op, output: { refused: "not_a_number" } } : op;
      }
      const value = String(Number(before ?? "0") + Number(op.args.delta));
      store.set(op.key, value);
      return isKnown ? { ...op, output: { value } } : op;
    }
  }
}
