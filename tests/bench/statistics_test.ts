import { assert, assertEquals } from "@std/assert";
import { median } from "../../bench/statistics.ts";

Deno.test("median() is the middle, or between the two in the middle", () => {
  assertEquals([median([3]), median([9, 1, 5]), median([4, 1, 2, 100])], [3, 5, 3]);
  assert(Number.isNaN(median([])));
});
