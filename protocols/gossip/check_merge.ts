import { randomInteger, type RandomStream } from "../../actors/random.ts";
import type { Merge } from "./merged.ts";
import { equalBytes } from "./payload.ts";

/** A law that a merge function must keep. */
export type MergeLaw =
  /** The same arguments give the same result. */
  | "deterministic"
  /** The arguments are left as they were. */
  | "pure"
  /** merge(a, b) is merge(b, a). */
  | "commutative"
  /** merge(a, merge(b, c)) is merge(merge(a, b), c). */
  | "associative"
  /** merge(a, a) is a. */
  | "idempotent"
  /** It returns, whatever its arguments. */
  | "total";

/** A law that does not hold, and for what. */
export interface MergeFailure {
  /** The law. */
  readonly law: MergeLaw;
  /** The values for which it does not hold: a, b and c as far as the law has them. */
  readonly values: readonly Uint8Array[];
  /** What the left side of the law comes to; `undefined` if the function threw. */
  readonly left: Uint8Array | undefined;
  /** What the right side comes to; `undefined` if the function threw. */
  readonly right: Uint8Array | undefined;
  /** What the function threw. */
  readonly thrown?: unknown;
}

/** How many values are tried, unless said otherwise. */
const ROUNDS_DEFAULT = 1_000;
/** How many results are tried as arguments besides the samples. */
const RESULTS_MAX = 64;

/**
 * Looks for values for which a merge function breaks a law: first each sample, then triples at random,
 * of the samples and of what came out of merging them. `undefined` if it finds none.
 *
 * @example
 * ```ts
 * import { checkMerge } from "./mod.ts";
 *
 * const longer = (a: Uint8Array, b: Uint8Array) => a.length >= b.length ? a : b;
 * const samples = [new Uint8Array([1]), new Uint8Array([2])];
 * const failure = checkMerge(longer, samples, Math.random);
 * console.log(failure?.law); // commutative
 * ```
 *
 * @throws {RangeError} if there are no samples.
 */
export function checkMerge(
  merge: Merge,
  samples: readonly Uint8Array[],
  random: RandomStream,
  rounds = ROUNDS_DEFAULT,
): MergeFailure | undefined {
  if (samples.length === 0) throw new RangeError("Cannot check a merge function without samples");
  const pool = samples.map((sample) => sample.slice());
  const pick = () => pool[randomInteger(random, pool.length)]!;
  for (let round = 0; round < rounds; round++) {
    const a = samples[round] ?? pick();
    const [b, c] = [pick(), pick()];
    try {
      const failure = checkTriple(merge, a, b, c);
      if (failure !== undefined) return failure;
      if (pool.length < samples.length + RESULTS_MAX) pool.push(merge(a, b).slice());
    } catch (thrown) {
      return { law: "total", values: [a, b, c], left: undefined, right: undefined, thrown };
    }
  }
  return undefined;
}

function checkTriple(
  merge: Merge,
  a: Uint8Array,
  b: Uint8Array,
  c: Uint8Array,
): MergeFailure | undefined {
  const [a2, b2] = [a.slice(), b.slice()];
  const ab = merge(a, b).slice();
  return differ("pure", [a2, b2], a, a2) ?? differ("pure", [a2, b2], b, b2) ??
    differ("deterministic", [a, b], ab, merge(a, b)) ??
    differ("idempotent", [a], merge(a, a), a) ??
    differ("commutative", [a, b], ab, merge(b, a)) ??
    differ("associative", [a, b, c], merge(a, merge(b, c)), merge(ab, c));
}

function differ(
  law: MergeLaw,
  values: readonly Uint8Array[],
  left: Uint8Array,
  right: Uint8Array,
): MergeFailure | undefined {
  if (equalBytes(left, right)) return undefined;
  return { law, values: values.map((value) => value.slice()), left: left.slice(), right };
}
