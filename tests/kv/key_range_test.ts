// The order of keys: that of their UTF-8 bytes, which `<` on strings is not.
import { assert, assertEquals } from "@std/assert";
import {
  fromSortable,
  inRange,
  rangeBetween,
  rangeOfPrefix,
  restOfRange,
  toSortable,
} from "../../protocols/key_range.ts";
import { bytesOf, Random } from "./helpers.ts";

const UNITS = [
  "a",
  "z",
  "\u0000",
  "\u00ff",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "\u{10000}",
  "\u{10ffff}",
];

function randomText(random: Random): string {
  return Array.from({ length: random.below(5) }, () => random.of(UNITS)).join("");
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    if (left[index] !== right[index]) return left[index]! - right[index]!;
  }
  return left.length - right.length;
}

Deno.test("toSortable() orders keys as their UTF-8 bytes are ordered", () => {
  const random = new Random(2);
  let different = 0;
  for (let round = 0; round < 20_000; round++) {
    const [left, right] = [randomText(random), randomText(random)];
    const order = compareBytes(bytesOf(left), bytesOf(right));
    assertEquals(toSortable(left) < toSortable(right), order < 0, JSON.stringify([left, right]));
    if ((left < right) !== (order < 0)) different++;
  }
  assert(different > 100, "the test must meet keys that `<` orders otherwise");
});

Deno.test("fromSortable() undoes toSortable()", () => {
  const random = new Random(3);
  for (let round = 0; round < 5_000; round++) {
    const text = randomText(random);
    assertEquals(fromSortable(toSortable(text)), text);
  }
  for (let unit = 0; unit < 0x1_0000; unit++) {
    const text = String.fromCharCode(unit);
    assertEquals(fromSortable(toSortable(text)), text);
  }
});

Deno.test("toSortable() leaves text without high units as it is", () => {
  assertEquals(toSortable("users/zoë/見出し"), "users/zoë/見出し");
});

Deno.test("rangeOfPrefix() holds exactly the keys that begin with the prefix", () => {
  const random = new Random(4);
  let inside = 0;
  for (let round = 0; round < 20_000; round++) {
    const [prefix, key] = [randomText(random), randomText(random) + randomText(random)];
    const holds = inRange(rangeOfPrefix(prefix), toSortable(key));
    assertEquals(holds, key.startsWith(prefix), JSON.stringify([prefix, key]));
    if (holds && prefix.length > 0) inside++;
  }
  assert(inside > 100);
});

Deno.test("restOfRange() leaves nothing between the last key and the rest", () => {
  const range = rangeBetween("b", "x");
  const forward = restOfRange(range, "m", false);
  assert(!inRange(forward, "m") && inRange(forward, "m\u0000") && !inRange(forward, "x"));
  const backward = restOfRange(range, "m", true);
  assert(!inRange(backward, "m") && inRange(backward, "lzzz") && !inRange(backward, "a"));
});
