import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";

/** Chooses the next key's number. */
export type KeyChooser = () => number;

/** How the keys of a workload are chosen. */
export type Skew =
  /** Each as often as any other. */
  | { readonly kind: "uniform" }
  /** The `r`-th most popular in proportion to `1 / r ** exponent`; YCSB uses 0.99. */
  | { readonly kind: "zipf"; readonly exponent: number };

/** What is asked of the cluster. */
export interface WorkloadOptions {
  /** How many keys there are. */
  readonly keys: number;
  /** How they are chosen. */
  readonly skew: Skew;
  /** The part of the requests that are writes, 0 to 1. */
  readonly writes: number;
  /** The size of a value, in bytes. */
  readonly valueSize: number;
  /** With the same seed the same requests are made in the same order. */
  readonly seed: number;
}

/** What a request asks for. */
export type OperationKind = "get" | "put" | "delete" | "cas";

/** One request. */
export interface Operation {
  readonly kind: OperationKind;
  readonly key: string;
  /** What to write; `null` if nothing is. */
  readonly value: Uint8Array | null;
  /** Of a `cas`: the text that the key must hold, `null` if it must be absent. */
  readonly expect?: string | null;
}

/** Where requests come from. */
export interface Source {
  /** The next request, for a client. */
  next(client: number): Operation;
}

/** As many different values as are written in turn, so that no two consecutive ones are equal. */
const VALUES = 64;

/** The source of the requests of a run that measures. */
export class Workload implements Source {
  readonly #options: WorkloadOptions;
  readonly #random: RandomStream;
  readonly #chooseKey: KeyChooser;
  readonly #values: readonly Uint8Array[];
  #written = 0;

  constructor(options: WorkloadOptions) {
    this.#options = options;
    this.#random = randomStream(options.seed, "operations");
    this.#chooseKey = keyChooser(options.keys, options.skew, randomStream(options.seed, "keys"));
    const bytes = randomStream(options.seed, "values");
    this.#values = Array.from({ length: VALUES }, () => randomValue(options.valueSize, bytes));
  }

  /** The next request. */
  next(): Operation {
    const key = keyName(this.#chooseKey());
    if (this.#random() < this.#options.writes) return this.#write(key);
    return { kind: "get", key, value: null };
  }

  /** Writes of every key once, in order, so that what is read later is there. */
  *fill(): Generator<Operation, void> {
    for (let key = 0; key < this.#options.keys; key++) yield this.#write(keyName(key));
  }

  #write(key: string): Operation {
    return { kind: "put", key, value: this.#values[this.#written++ % VALUES]! };
  }
}

/** A key's name: 16 bytes. */
export function keyName(index: number): string {
  return `bench-${String(index).padStart(10, "0")}`;
}

/** Makes a chooser of keys, 0 to `keys - 1`. With `zipf`, 0 is the most popular. */
export function keyChooser(keys: number, skew: Skew, random: RandomStream): KeyChooser {
  if (skew.kind === "uniform") return () => randomInteger(random, keys);
  const cumulative = zipfCumulative(keys, skew.exponent);
  return () => firstAbove(cumulative, random());
}

/** For each rank the probability that it, or a more popular one, is chosen. */
export function zipfCumulative(keys: number, exponent: number): Float64Array {
  const cumulative = new Float64Array(keys);
  let sum = 0;
  for (let rank = 0; rank < keys; rank++) {
    sum += 1 / (rank + 1) ** exponent;
    cumulative[rank] = sum;
  }
  for (let rank = 0; rank < keys; rank++) cumulative[rank] = cumulative[rank]! / sum;
  return cumulative;
}

/** The index of the first number above `bound`, in numbers that ascend to 1. */
function firstAbove(ascending: Float64Array, bound: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Random printable bytes: nothing compresses them away, and they are readable in a terminal. */
function randomValue(size: number, random: RandomStream): Uint8Array {
  return Uint8Array.from({ length: size }, () => 33 + randomInteger(random, 94));
}
