// Increments: 64-bit integers in decimal.
import { assert, assertEquals } from "@std/assert";
import { INTEGER_MAX, INTEGER_MIN } from "../../protocols/kv/commands.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { get, put, Random, run } from "./helpers.ts";

Deno.test("KvStore.apply() of an increment takes an absent key for 0", () => {
  const store = new KvStore();
  assertEquals(run(store, { type: "increment", key: "n", delta: 5n }), {
    type: "incremented",
    revision: 1,
    createRevision: 1,
    modRevision: 1,
    version: 1,
    created: true,
    value: 5n,
  });
  assertEquals(run(store, { type: "increment", key: "n", delta: -7n }), {
    type: "incremented",
    revision: 2,
    createRevision: 1,
    modRevision: 2,
    version: 2,
    created: false,
    value: -2n,
  });
  assertEquals(get(store, "n"), "-2");
});

Deno.test("KvStore.apply() of an increment is exact beyond 2^53", () => {
  const store = new KvStore();
  const random = new Random(11);
  let sum = 0n;
  for (let step = 0; step < 1_000; step++) {
    const delta = BigInt(random.below(2 ** 31)) ** 2n * (random.below(2) === 0 ? 1n : -1n);
    const fits = sum + delta >= INTEGER_MIN && sum + delta <= INTEGER_MAX;
    const result = run(store, { type: "increment", key: "n", delta });
    if (fits) sum += delta;
    assertEquals(result.type, fits ? "incremented" : "number_overflow");
  }
  assertEquals(get(store, "n"), sum.toString());
});

Deno.test("KvStore.apply() of an increment goes up to the limits and not beyond", () => {
  const cases = [[INTEGER_MAX, 1n], [INTEGER_MIN, -1n], [INTEGER_MAX, INTEGER_MAX]] as const;
  for (const [limit, delta] of cases) {
    const store = new KvStore();
    assertEquals(run(store, { type: "increment", key: "n", delta: limit }).type, "incremented");
    assertEquals(run(store, { type: "increment", key: "n", delta }), {
      type: "number_overflow",
      revision: 1,
      modRevision: 1,
    });
    assertEquals([get(store, "n"), store.revision], [limit.toString(), 1]);
    assertEquals(run(store, { type: "increment", key: "n", delta: 0n }).type, "incremented");
  }
});

Deno.test("KvStore.apply() of an increment takes only integers in their one form", () => {
  const numbers = ["0", "7", "-7", "10", INTEGER_MAX.toString(), INTEGER_MIN.toString()];
  const others = [
    "",
    "-",
    "-0",
    "+1",
    "01",
    "-01",
    " 1",
    "1 ",
    "1.0",
    "1e3",
    "0x1",
    "abc",
    "١",
    "\xff",
  ];
  others.push((INTEGER_MAX + 1n).toString(), (INTEGER_MIN - 1n).toString(), "1".repeat(100_000));
  for (const value of numbers) {
    const store = new KvStore();
    put(store, "n", value);
    const result = run(store, { type: "increment", key: "n", delta: 0n });
    assert(result.type === "incremented" && result.value === BigInt(value), value);
  }
  for (const value of others) {
    const store = new KvStore();
    put(store, "n", value);
    const result = run(store, { type: "increment", key: "n", delta: 0n });
    assertEquals(result, { type: "not_a_number", revision: 1, modRevision: 1 }, value);
    assertEquals(get(store, "n"), value);
  }
});
