import { assert, assertEquals } from "@std/assert";
import { volumeOf } from "../../protocols/volumes.ts";

Deno.test("volumeOf() puts every object into the only volume that there is", () => {
  assertEquals(["", "a", "é"].map((object) => volumeOf(object, 1)), [0, 0, 0]);
});

Deno.test("volumeOf() never changes its mind: data is stored by it", () => {
  assertEquals(["", "a", "key-1", "key-2", "clé"].map((object) => volumeOf(object, 64)), [
    11,
    51,
    23,
    17,
    44,
  ]);
});

Deno.test("volumeOf() spreads names that are nearly the same", () => {
  const counts = new Array<number>(8).fill(0);
  for (let index = 0; index < 8_000; index++) counts[volumeOf(`user:${index}`, 8)]!++;
  assert(counts.every((count) => count > 850 && count < 1_150), String(counts));
});
