import { assert, assertEquals } from "@std/assert";
import { median, quantile } from "../../bench/statistics.ts";

Deno.test("median() is the middle, or between the two in the middle", () => {
  assertEquals([median([3]), median([9, 1, 5]), median([4, 1, 2, 100])], [3, 5, 3]);
  assert(Number.isNaN(median([])));
});

Deno.test("quantile() is the value that a part of the values are not above", () => {
  assertEquals([0.5, 0.99, 1].map((part) => quantile([4, 1, 3, 2], part)), [2, 4, 4]);
  assertEquals(quantile([], 0.5), NaN);
});
