import { assert, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { type Act, fail, puppet, world } from "./support.ts";

function draw(seed: number | bigint, name: string, count: number): number[] {
  const random = randomStream(seed, name);
  return Array.from({ length: count }, () => random());
}

Deno.test("randomStream() draws the same for the same seed and name, today and tomorrow", () => {
  assertEquals(draw(42, "node/a", 100), draw(42, "node/a", 100));
  // A recorded seed must reproduce its run in every later version.
  assertEquals(draw(1, "golden", 3).map((value) => Math.floor(value * 2 ** 32)), [
    1869620056,
    3437829346,
    2028955036,
  ]);
});

Deno.test("randomStream() draws otherwise for another seed or another name", () => {
  const first = draw(1, "a", 8);
  for (const other of [draw(2, "a", 8), draw(1, "b", 8), draw(11, "a", 8), draw(1, "aa", 8)]) {
    assertNotEquals(first, other);
  }
});

Deno.test("randomStream() takes seeds of 64 bits", () => {
  assertNotEquals(draw(2n ** 64n - 1n, "a", 4), draw(2n ** 64n - 2n, "a", 4));
  assertEquals(draw(7n, "a", 4), draw(7, "a", 4));
});

Deno.test("randomStream() draws evenly from [0, 1), also across the first draws of many streams", () => {
  const perStream = draw(5, "even", 10_000);
  const firsts = Array.from({ length: 10_000 }, (_, index) => randomStream(5, `n${index}`)());
  for (const values of [perStream, firsts]) {
    const buckets = new Array(10).fill(0);
    for (const value of values) {
      assert(value >= 0 && value < 1);
      buckets[Math.floor(value * 10)]++;
    }
    // Five standard deviations of a bucket of a fair draw.
    for (const count of buckets) assertLess(Math.abs(count - 1_000), 150);
  }
});

Deno.test("randomInteger() reaches every number below its bound, and no other", () => {
  const random = randomStream(9, "integers");
  const seen = new Set<number>();
  for (let count = 0; count < 500; count++) seen.add(randomInteger(random, 7));
  assertEquals([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
});

Deno.test("Context.random() of a child does not begin again when its parent starts it anew", () => {
  const { system, clock, settle } = world();
  const drawn: number[] = [];
  const parent = system.spawn<Act>("p", (context) => {
    context.spawn("child", (child) => {
      drawn.push(child.random());
      return { receive: () => {} };
    });
    return puppet(context);
  });
  settle();
  system.send(parent, fail());
  clock.runFor(10_000);
  assertEquals(drawn.length, 2);
  assertNotEquals(drawn[0], drawn[1]);
});
