import { assert, assertEquals, assertThrows } from "@std/assert";
import { randomStream } from "../../actors/random.ts";
import { checkMerge, type MergeFailure } from "../../protocols/gossip/check_merge.ts";
import type { Merge } from "../../protocols/gossip/merged.ts";
import { equalBytes } from "../../protocols/gossip/payload.ts";
import { larger } from "./model.ts";
import { bytesOf, textOf } from "./support.ts";

const SAMPLES = ["1", "2", "12", "3", "1 2", ""].map(bytesOf);

function check(merge: Merge): MergeFailure | undefined {
  return checkMerge(merge, SAMPLES, randomStream(1, "merge"));
}

const numbersOf = (value: Uint8Array) => textOf(value).split(" ").filter((word) => word !== "");
const union: Merge = (left, right) =>
  bytesOf([...new Set([...numbersOf(left), ...numbersOf(right)])].sort().join(" "));
const normal = SAMPLES.filter((sample) => equalBytes(union(sample, sample), sample));

Deno.test("checkMerge() finds nothing wrong with functions that keep the laws", () => {
  assertEquals(check(larger), undefined);
  assertEquals(checkMerge(union, normal, randomStream(2, "merge")), undefined);
});

Deno.test("checkMerge() says which law does not hold, and for which values", () => {
  const first: Merge = (left) => left;
  const longer: Merge = (left, right) => left.length >= right.length ? left : right;
  const concatenate: Merge = (left, right) => Uint8Array.from([...left, ...right]);
  const average: Merge = (left, right) => {
    const sum = Number(textOf(left)) + Number(textOf(right));
    return bytesOf(String(sum / 2));
  };
  const numbers = ["1", "2", "8"].map(bytesOf);
  assertEquals(check(first)?.law, "commutative");
  assertEquals(check(longer)?.law, "commutative");
  assertEquals(check(concatenate)?.law, "idempotent");
  const failure = checkMerge(average, numbers, randomStream(1, "merge"));
  assertEquals([failure?.law, failure?.values.length], ["associative", 3]);
  const [a, b, c] = failure!.values as [Uint8Array, Uint8Array, Uint8Array];
  assertEquals(failure!.left, average(a, average(b, c)));
  assertEquals(failure!.right, average(average(a, b), c));
});

Deno.test("checkMerge() finds a function that depends on more than its arguments, or changes them", () => {
  let calls = 0;
  assertEquals(check(() => bytesOf(String(calls++)))?.law, "deterministic");
  const spoiling: Merge = (left, right) => {
    const winner = larger(left, right);
    if (left !== right) left.fill(0);
    return winner;
  };
  assertEquals(check(spoiling)?.law, "pure");
});

Deno.test("checkMerge() tries what comes out of merging, too, and catches what is thrown", () => {
  const picky: Merge = (left, right) => {
    if (left.length > 3) throw new TypeError("too long");
    return union(left, right);
  };
  const failure = checkMerge(picky, ["1", "2", "3"].map(bytesOf), randomStream(1, "merge"));
  assertEquals(failure?.law, "total");
  assert(failure?.thrown instanceof TypeError);
  assertThrows(() => checkMerge(larger, [], randomStream(1, "merge")), RangeError);
});
