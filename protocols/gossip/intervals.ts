/**
 * Sets of whole numbers from 1 as intervals: `[1, 7, 9, 9]` is 1 to 7, and 9. In order, none empty,
 * none touching the next, so that a set has one form. A replica's numbers mostly arrive in order; what
 * a clock has of it is then one interval, and a lost message is a gap.
 *
 * @module
 */

/** A set of numbers: the first and the last of each interval. */
export type Intervals = readonly number[];

/** The index of the first interval that ends at `n` or later, as that of its first number. */
function at(set: Intervals, n: number): number {
  let low = 0;
  let high = set.length >>> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (set[middle * 2 + 1]! < n) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}

/** Whether `n` is in the set. */
export function includes(set: Intervals, n: number): boolean {
  const index = at(set, n);
  return index < set.length && set[index]! <= n;
}

/** Adds `n` to the set itself; false if it was there. */
export function insert(set: number[], n: number): boolean {
  const last = set.length - 1;
  if (last > 0 && set[last] === n - 1) {
    set[last] = n;
    return true;
  }
  const index = at(set, n);
  if (index < set.length && set[index]! <= n) return false;
  const touchesLeft = index > 0 && set[index - 1] === n - 1;
  const touchesRight = index < set.length && set[index] === n + 1;
  if (touchesLeft && touchesRight) set.splice(index - 1, 2);
  else if (touchesLeft) set[index - 1] = n;
  else if (touchesRight) set[index] = n;
  else set.splice(index, 0, n, n);
  return true;
}

/** Whether adding `n` would make one more interval of it. */
export function insertSplits(set: Intervals, n: number): boolean {
  return !includes(set, n) && !includes(set, n - 1) && !includes(set, n + 1);
}

/** The numbers in either set. */
export function unite(left: Intervals, right: Intervals): number[] {
  const united: number[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const fromLeft = r >= right.length || (l < left.length && left[l]! <= right[r]!);
    const [from, to] = fromLeft ? [left[l]!, left[l + 1]!] : [right[r]!, right[r + 1]!];
    if (fromLeft) l += 2;
    else r += 2;
    const last = united.length - 1;
    if (last > 0 && from <= united[last]! + 1) united[last] = Math.max(united[last]!, to);
    else united.push(from, to);
  }
  return united;
}

/** The numbers in both sets. */
export function intersect(left: Intervals, right: Intervals): number[] {
  const common: number[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const from = Math.max(left[l]!, right[r]!);
    const to = Math.min(left[l + 1]!, right[r + 1]!);
    if (from <= to) common.push(from, to);
    if (left[l + 1]! < right[r + 1]!) l += 2;
    else r += 2;
  }
  return common;
}

/** The numbers of `left` that are not in `right`. */
export function subtract(left: Intervals, right: Intervals): number[] {
  const rest: number[] = [];
  let r = 0;
  for (let l = 0; l < left.length; l += 2) {
    let from = left[l]!;
    const to = left[l + 1]!;
    while (r < right.length && right[r + 1]! < from) r += 2;
    for (let index = r; index < right.length && right[index]! <= to; index += 2) {
      if (from < right[index]!) rest.push(from, right[index]! - 1);
      from = right[index + 1]! + 1;
    }
    if (from <= to) rest.push(from, to);
  }
  return rest;
}

/** How many numbers are in the set. */
export function countOf(set: Intervals): number {
  let count = 0;
  for (let index = 0; index < set.length; index += 2) count += set[index + 1]! - set[index]! + 1;
  return count;
}

/** What is wrong with the form of a set; `undefined` if nothing is. */
export function malformation(set: Intervals): string | undefined {
  if (set.length % 2 !== 0) return "an interval has no end";
  for (let index = 0; index < set.length; index += 2) {
    const [from, to] = [set[index]!, set[index + 1]!];
    if (from < 1 || to < from) return `no interval: ${from} to ${to}`;
    if (index > 0 && from <= set[index - 1]! + 1) return `intervals meet at ${from}`;
  }
  return undefined;
}
