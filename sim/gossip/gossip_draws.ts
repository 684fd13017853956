import { randomInteger, type RandomStream } from "../../actors/random.ts";
import type {
  ClientOperation,
  ClientSession,
  Level,
} from "../../protocols/gossip/client_messages.ts";
import { drawWeighted, oneOf } from "../distributions.ts";
import { STRATEGY_NAMES, type StrategyName } from "./strategies.ts";

/** What clients do. */
export interface GossipWork {
  /** Keys of each strategy. */
  readonly keys: number;
  /** How often each strategy is drawn. */
  readonly strategies: Readonly<Record<StrategyName, number>>;
  /** The share of operations that read. */
  readonly reads: number;
  /** The share of writes that remove. */
  readonly removals: number;
  /** How often each level is drawn. */
  readonly levels: Readonly<Record<Level, number>>;
  /** The share of clients with sessions. */
  readonly sessions: number;
  /** The share of sessions that do without some guarantees. */
  readonly loose: number;
  /** The share of reads that bound how old they are. */
  readonly bounded: number;
  /** The share of writes that take the place of what the client saw last. */
  readonly contexts: number;
}

/** The longest time an operation waits for its level, in milliseconds. */
const TIMEOUT_MS = 1_000;
/** The longest age that a read allows, in milliseconds. */
const BOUND_MS = 2_000;

/** Whom the draws are for. */
export interface GossipAsker {
  /** Which of the clients it is. */
  readonly client: number;
  /** Operations that it has had before. */
  readonly count: number;
  readonly random: RandomStream;
  /** The context that it was last given of a key. */
  readonly contextOf: (key: string) => string | undefined;
}

/** Something to ask for: its session and ids are the client's own. */
export type GossipDraw =
  | { readonly type: "write"; readonly key: string; readonly operation: ClientOperation }
  | { readonly type: "read"; readonly key: string; readonly maxStalenessMs: number | null }
  | {
    readonly type: "scan";
    readonly prefix: string;
    readonly countsOnly: boolean;
    readonly limit: number;
  };

const encoder = new TextEncoder();

/** What a client does next. */
export function drawOperation(work: GossipWork, asker: GossipAsker): GossipDraw {
  const { random } = asker;
  const strategy = drawWeighted(random, work.strategies);
  const key = `${strategy}/${randomInteger(random, work.keys)}`;
  if (random() >= work.reads) {
    return { type: "write", key, operation: drawWrite(work, asker, strategy, key) };
  }
  if (random() < 0.1) {
    const prefix = random() < 0.5 ? "" : `${strategy}/`;
    return {
      type: "scan",
      prefix,
      countsOnly: random() < 0.2,
      limit: 1 + randomInteger(random, 8),
    };
  }
  const maxStalenessMs = random() < work.bounded ? Math.floor(random() * BOUND_MS) : null;
  return { type: "read", key, maxStalenessMs };
}

function drawWrite(
  work: GossipWork,
  asker: GossipAsker,
  strategy: StrategyName,
  key: string,
): ClientOperation {
  const { random, client, count } = asker;
  const isRemoval = random() < work.removals;
  const context = random() < work.contexts ? asker.contextOf(key) ?? null : null;
  switch (strategy) {
    case "counter":
      return { type: "increment", by: BigInt(1 + randomInteger(random, 9)) };
    case "set": {
      // Some that others add, too, and some that nobody else has.
      const name = random() < 0.6 ? `shared-${randomInteger(random, 4)}` : `${client}.${count}`;
      const element = encoder.encode(name);
      if (!isRemoval) return { type: "add", element };
      return random() < 0.2 ? { type: "delete", context: null } : { type: "remove", element };
    }
    case "lww":
    case "siblings":
    case "merge":
      if (isRemoval) return { type: "delete", context };
      return { type: "put", value: encoder.encode(`${client}.${count}`), context };
  }
}

/** How long to wait for a level. */
export function drawTimeout(random: RandomStream): number {
  return 50 + Math.floor(random() * TIMEOUT_MS);
}

/** What a session wants. */
export function drawGuarantees(
  work: GossipWork,
  random: RandomStream,
): ClientSession["guarantees"] {
  const isLoose = random() < work.loose;
  const wants = () => !isLoose || random() < 0.5;
  return {
    readYourWrites: wants(),
    monotonicReads: wants(),
    monotonicWrites: wants(),
    writesFollowReads: wants(),
  };
}

/** What the clients of a seed do. */
export function drawWork(random: RandomStream): GossipWork {
  const strategies = Object.fromEntries(STRATEGY_NAMES.map((name) => [name, random()]));
  return {
    keys: oneOf(random, [1, 2, 4]),
    strategies: strategies as GossipWork["strategies"],
    reads: 0.2 + random() * 0.5,
    removals: random() * 0.5,
    levels: { local: random(), one: random() * 0.3, quorum: random(), all: random() * 0.3 },
    sessions: oneOf(random, [0.3, 0.7, 1]),
    loose: random() < 0.6 ? 0 : random(),
    bounded: random() < 0.6 ? 0 : random() * 0.5,
    contexts: oneOf(random, [0.3, 0.8, 1]),
  };
}
