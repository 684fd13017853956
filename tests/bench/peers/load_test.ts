import { assertEquals } from "@std/assert";
import {
  baseConnections,
  keyCount,
  loadKey,
  loadsOf,
  loadText,
  sizeName,
  type Space,
  workName,
} from "../../../bench/peers/load.ts";
import { shareOf } from "../../../bench/peers/drivers/driver.ts";

const SPACE: Space = {
  slices: ["connections"],
  works: ["put", "get"],
  connections: [1, 64, 256],
  pipeline: 16,
  mixes: [0.05, 0.5],
  values: [16, 65_536],
};

Deno.test("loadsOf() varies one dimension, and leaves the others at their base", () => {
  const keys = (slice: Parameters<typeof loadsOf>[1]) => loadsOf(SPACE, slice).map(loadKey);
  assertEquals(keys("connections"), [
    ...["1/1/1/100", "1/64/1/100", "1/256/1/100"],
    ...["0/1/1/100", "0/64/1/100", "0/256/1/100"],
  ]);
  assertEquals(keys("pipeline").slice(0, 2), ["1/1/16/100", "1/64/16/100"]);
  assertEquals(keys("mixes"), ["0.05/64/1/100", "0.5/64/1/100"]);
  assertEquals(keys("values"), ["1/64/1/16", "1/64/1/65536", "0/64/1/16", "0/64/1/65536"]);
});

Deno.test("baseConnections() is 64, or the last if that is not wanted", () => {
  assertEquals(baseConnections(SPACE), 64);
  assertEquals(baseConnections({ ...SPACE, connections: [2, 8] }), 8);
});

Deno.test("keyCount() bounds what all values take", () => {
  assertEquals([keyCount(16), keyCount(1_024), keyCount(65_536)], [10_000, 10_000, 256]);
});

Deno.test("workName() and sizeName() are for people", () => {
  const works = [1, 0, 0.05, 0.5].map((writes) => workName({ writes }));
  assertEquals(works, ["put", "get", "5 % puts", "50 % puts"]);
  assertEquals([16, 1_000, 65_536].map(sizeName), ["16 B", "1000 B", "64 KiB"]);
});

Deno.test("loadText() says what is not as at the base", () => {
  const base = { writes: 1, connections: 64, pipeline: 1, valueBytes: 100 };
  assertEquals(loadText(base), "put, 64");
  assertEquals(
    loadText({ writes: 0, connections: 16, pipeline: 8, valueBytes: 1_024 }),
    "get of 1 KiB, 16 × 8",
  );
});

Deno.test("shareOf() loses none", () => {
  assertEquals([0, 1, 2].map((part) => shareOf(64, 3, part)), [22, 21, 21]);
});
