/**
 * Which keys clients choose.
 *
 * @module
 */
import { randomInteger, type RandomStream } from "../../actors/random.ts";

/** How clients choose keys. */
export type Distribution = "uniform" | "zipf";

/** Draws the number of a key. */
export type ChooseKey = (random: RandomStream) => number;

/** All keys are as likely. */
export function uniformKeys(count: number): ChooseKey {
  return (random) => randomInteger(random, count);
}

/** The key of rank `r`, from 1, is drawn with a probability that goes with `r ** -exponent`. */
export function zipfKeys(count: number, exponent: number): ChooseKey {
  const below = new Float64Array(count);
  let sum = 0;
  for (let index = 0; index < count; index++) below[index] = sum += (index + 1) ** -exponent;
  return (random) => firstAbove(below, random() * sum);
}

/** The index of the first number, of those in ascending order, that is above `limit`. */
function firstAbove(numbers: Float64Array, limit: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
