import { randomInteger, type RandomStream, randomStream } from "../../../actors/random.ts";
import type { KvCondition, KvOperation } from "../../../sim/checker/kv/operations.ts";
import { AtomicStore } from "./atomic_store.ts";

/** A kind of operations; `conditional` ones are puts and deletes on any condition. */
export type Kind = "put" | "get" | "delete" | "cas" | "increment" | "conditional" | "scan";

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
  readonly kinds?: readonly Kind[];
  /** Whether answers have revisions. @default {false} */
  readonly revisions?: boolean;
}

/** An operation with the moment at which it takes effect; infinite if it never does. */
interface Planned {
  readonly op: KvOperation;
  readonly at: number;
}

/** A history of a store that is atomic: every operation takes effect at one moment under way. */
export function generate(options: GenerateOptions): KvOperation[] {
  const random = randomStream(options.seed, "history");
  const plans = Array.from(
    { length: options.clients },
    (_, client) => plan(options, random, client),
  );
  const byEffect = plans.flat().toSorted((a, b) => a.at - b.at);
  const store = new AtomicStore(options.revisions ?? false);
  const done = byEffect.map(({ op, at }) => at === Infinity ? op : answer(store, op));
  return done.toSorted((a, b) => a.call - b.call);
}

function answer(store: AtomicStore, op: KvOperation): KvOperation {
  const output = store.execute(op);
  return op.outcome === "ok" ? { ...op, output } as KvOperation : op;
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
  // What a client expects is a guess; with few values it is often right.
  const guess = () => values === Infinity ? null : String(randomInteger(random, values));
  switch (pick(random, kinds)) {
    case "put":
      return { op: "put", key, args: { value: value() }, output: {} };
    case "get":
      return { op: "get", key, args: {}, output: {} };
    case "delete":
      return { op: "delete", key, args: {}, output: {} };
    case "increment":
      return { op: "increment", key, args: { delta: pick(random, ["1", "2"]) }, output: {} };
    case "cas":
      return { op: "cas", key, args: { expect: guess(), value: value() }, output: {} };
    case "scan": {
      const args = pick(random, [{}, { limit: 1 }, { start: key }, { end: key, reverse: true }]);
      return { op: "scan", args, output: {} };
    }
    case "conditional": {
      const condition = inventCondition(options, random, guess() ?? "");
      if (random() < 0.5) return { op: "delete", key, args: { condition }, output: {} };
      return { op: "put", key, args: { value: value(), condition }, output: {} };
    }
  }
}

function inventCondition(
  { revisions = false }: GenerateOptions,
  random: RandomStream,
  value: string,
): KvCondition {
  const conditions: KvCondition[] = [
    { type: "exists" },
    { type: "absent" },
    { type: "value", value },
  ];
  if (revisions) {
    conditions.push({ type: "mod-revision", modRevision: randomInteger(random, 4) });
  }
  return pick(random, conditions);
}

function pick<T>(random: RandomStream, items: readonly T[]): T {
  return items[randomInteger(random, items.length)]!;
}
