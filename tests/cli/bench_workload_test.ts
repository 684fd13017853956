import { assert, assertEquals, assertLess } from "@std/assert";
import { randomStream } from "../../actors/random.ts";
import { keyChooser, keyName, Workload, zipfCumulative } from "../../cli/bench/workload.ts";

const OPTIONS = {
  keys: 100,
  skew: { kind: "uniform" },
  writes: 0.25,
  valueSize: 10,
  seed: 7,
} as const;

Deno.test("zipfCumulative() gives rank r a share in proportion to 1 / r ** exponent", () => {
  const cumulative = zipfCumulative(4, 1);
  const total = 1 + 1 / 2 + 1 / 3 + 1 / 4;
  const expected = [1, 1.5, 1.5 + 1 / 3, total].map((sum) => sum / total);
  expected.forEach((share, rank) => assertLess(Math.abs(cumulative[rank]! - share), 1e-12));
  assertEquals(cumulative[3], 1);
});

Deno.test("keyChooser() draws keys as often as their zipf shares say", () => {
  const draws = 200_000;
  const choose = keyChooser(1_000, { kind: "zipf", exponent: 0.99 }, randomStream(1, "test"));
  const counts = new Array<number>(1_000).fill(0);
  for (let draw = 0; draw < draws; draw++) counts[choose()]!++;
  const cumulative = zipfCumulative(1_000, 0.99);
  for (const rank of [0, 1, 9, 99]) {
    const share = cumulative[rank]! - (cumulative[rank - 1] ?? 0);
    const deviation = Math.sqrt(share * (1 - share) / draws);
    assertLess(Math.abs(counts[rank]! / draws - share), 5 * deviation);
  }
});

Deno.test("keyChooser() draws every key about as often when uniform", () => {
  const choose = keyChooser(10, { kind: "uniform" }, randomStream(1, "test"));
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 100_000; draw++) counts[choose()]!++;
  for (const count of counts) assertLess(Math.abs(count - 10_000), 5 * Math.sqrt(9_000));
});

Deno.test("keyChooser() reaches the first and the last key of a zipf distribution", () => {
  const skew = { kind: "zipf", exponent: 1 } as const;
  assertEquals(keyChooser(50, skew, () => 0)(), 0);
  assertEquals(keyChooser(50, skew, () => 1 - Number.EPSILON)(), 49);
  assertEquals(keyChooser(1, skew, () => 0.5)(), 0);
});

Deno.test("keyName() is 16 bytes", () => {
  assertEquals(keyName(0), "bench-0000000000");
  assertEquals(keyName(9_999_999).length, 16);
});

Deno.test("Workload.next() mixes reads and writes at the ratio", () => {
  const workload = new Workload(OPTIONS);
  let writes = 0;
  for (let i = 0; i < 10_000; i++) if (workload.next().value !== null) writes++;
  assertLess(Math.abs(writes - 2_500), 5 * Math.sqrt(10_000 * 0.25 * 0.75));
});

Deno.test("Workload.next() only writes at a ratio of 1, and only reads at 0", () => {
  const writer = new Workload({ ...OPTIONS, writes: 1 });
  const reader = new Workload({ ...OPTIONS, writes: 0 });
  for (let i = 0; i < 100; i++) {
    assertEquals(writer.next().value?.length, 10);
    assertEquals(reader.next().value, null);
  }
});

Deno.test("Workload.next() repeats itself under the same seed, and not under another", () => {
  const take = (seed: number) => {
    const workload = new Workload({ ...OPTIONS, seed });
    return Array.from({ length: 50 }, () => workload.next());
  };
  assertEquals(take(1), take(1));
  assert(JSON.stringify(take(1)) !== JSON.stringify(take(2)));
});

Deno.test("Workload.fill() writes every key once", () => {
  const operations = [...new Workload(OPTIONS).fill()];
  assertEquals(new Set(operations.map(({ key }) => key)).size, 100);
  assert(operations.every(({ value }) => value !== null));
});
