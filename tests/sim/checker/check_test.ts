import { assert, assertEquals } from "@std/assert";
import { randomInteger, randomStream } from "../../../actors/random.ts";
import { check } from "../../../sim/checker/check.ts";
import type { KvOperation } from "../../../sim/checker/kv/operations.ts";
import { RegisterModel } from "../../../sim/checker/kv/register_model.ts";
import { isLinearizable, isOrderOf } from "./brute_force.ts";
import { generate, type GenerateOptions } from "./generate.ts";
import { mutate } from "./mutate.ts";

const model = new RegisterModel();
/** Small enough that every order can be tried. */
const SMALL = { clients: 4, operations: 7, keys: 1 };
const KINDS = ["put", "get", "get", "delete", "cas", "cas", "increment"] as const;

/** What small histories are like, one after the other. */
function draw(seed: number): GenerateOptions {
  const random = randomStream(seed, "options");
  const kinds = KINDS.filter((kind) => kind === "get" || random() < 0.6);
  return {
    ...SMALL,
    seed,
    kinds: kinds.length === 2 ? ["put", "get"] : kinds,
    clients: 2 + randomInteger(random, 4),
    operations: 4 + randomInteger(random, 5),
    keys: 1 + randomInteger(random, 2),
    values: random() < 0.5 ? Infinity : 1 + randomInteger(random, 3),
    unknown: random() < 0.5 ? 0 : 0.3,
    refused: random() < 0.8 ? 0 : 0.2,
  };
}

function mutateTimes(history: KvOperation[], seed: number): KvOperation[] {
  const random = randomStream(seed, "mutations");
  const times = 1 + randomInteger(random, 3);
  let mutated = history;
  for (let time = 0; time < times; time++) mutated = mutate(mutated, random);
  return mutated;
}

Deno.test("check() finds an order of every history of an atomic store", () => {
  for (let seed = 0; seed < 2_000; seed++) {
    const history = generate(draw(seed));
    const verdict = check(model, history);
    assert(verdict.outcome === "linearizable", `seed ${seed}: ${verdict.outcome}`);
    const byKey = Map.groupBy(history, (op) => model.partition(op));
    assertEquals(verdict.orders.length, byKey.size);
    for (const { name, operations } of verdict.orders) {
      assert(isOrderOf(model, byKey.get(name!)!, operations), `seed ${seed}: a wrong order`);
    }
  }
});

Deno.test("check() decides as every order tried would, of histories with faults in them", () => {
  let violations = 0;
  for (let seed = 0; seed < 6_000; seed++) {
    const history = mutateTimes(generate(draw(seed)), seed);
    const byKey = Map.groupBy(history, (op) => model.partition(op));
    const expected = byKey.values().every((part) => isLinearizable(model, part));
    const { outcome } = check(model, history);
    assertEquals(outcome, expected ? "linearizable" : "violation", `seed ${seed}`);
    if (!expected) violations++;
  }
  // Enough of both kinds.
  assert(violations > 1_000 && violations < 5_000, `${violations} violations`);
});
