/**
 * What the simulator draws from its random streams.
 *
 * @module
 */
import { randomInteger, type RandomStream } from "../actors/random.ts";

/** A duration: never below the minimum, with an exponential tail beyond it. */
export interface Duration {
  /** In milliseconds. */
  readonly minMs: number;
  /** The mean of what comes on top, in milliseconds. */
  readonly tailMs: number;
}

/** A number from an exponential distribution of that mean. */
export function exponential(random: RandomStream, mean: number): number {
  return -Math.log(1 - random()) * mean;
}

/** How long something takes, in milliseconds. */
export function drawDuration(random: RandomStream, { minMs, tailMs }: Duration): number {
  return minMs + exponential(random, tailMs);
}

/** A number between two others. */
export function between(random: RandomStream, from: number, to: number): number {
  return from + random() * (to - from);
}

/** One of several. */
export function oneOf<T>(random: RandomStream, items: readonly T[]): T {
  return items[randomInteger(random, items.length)]!;
}

/** The same items in another order. */
export function shuffled<T>(random: RandomStream, items: readonly T[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomInteger(random, last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

/** One of several, each as often as its weight says. */
export function drawWeighted<Name extends string>(
  random: RandomStream,
  weights: Readonly<Record<Name, number>>,
): Name {
  const names = Object.keys(weights) as Name[];
  let left = random() * names.reduce((sum, name) => sum + weights[name], 0);
  return names.find((name) => (left -= weights[name]) < 0) ?? names.at(-1)!;
}
