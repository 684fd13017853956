/**
 * The checker against the definition: thousands of small histories, of every kind of operation, of
 * which every order is tried.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { randomInteger, type RandomStream, randomStream } from "../../../actors/random.ts";
import { check } from "../../../sim/checker/check.ts";
import type { KvOperation } from "../../../sim/checker/kv/operations.ts";
import { RegisterModel } from "../../../sim/checker/kv/register_model.ts";
import { StoreModel } from "../../../sim/checker/kv/store_model.ts";
import { isLinearizable, isOrderOf } from "./brute_force.ts";
import { generate, type GenerateOptions, type Kind } from "./generate.ts";
import { mutate } from "./mutate.ts";

const BY_KEY: readonly Kind[] = ["put", "delete", "cas", "cas", "increment", "conditional"];
const register = new RegisterModel();
const store = new StoreModel();

/** What a small history is like: each seed leaves some kinds of operations out. */
function draw(seed: number, all: readonly Kind[], random: RandomStream): GenerateOptions {
  const kinds: Kind[] = ["get", "get", "put", ...all.filter(() => random() < 0.5)];
  return {
    seed,
    kinds,
    clients: 2 + randomInteger(random, 4),
    operations: 4 + randomInteger(random, 5),
    keys: 1 + randomInteger(random, 2),
    values: random() < 0.5 ? Infinity : 1 + randomInteger(random, 3),
    unknown: random() < 0.5 ? 0 : random() * 0.6,
    refused: random() < 0.8 ? 0 : 0.2,
  };
}

/** The same on a clock so coarse that many things happen at once. */
function coarsen(history: readonly KvOperation[], tick: number): KvOperation[] {
  return history.map((op) => {
    const call = Math.floor(op.call / tick);
    const end = op.return === null ? null : Math.max(call, Math.floor(op.return / tick));
    return { ...op, call, return: end };
  });
}

function isLinearizableByKey(history: readonly KvOperation[]): boolean {
  const byKey = Map.groupBy(history, (op) => register.partition(op));
  return byKey.values().every((part) => isLinearizable(register, part));
}

Deno.test("check() finds an order of every history of an atomic store, key by key", () => {
  for (let seed = 0; seed < 2_000; seed++) {
    const random = randomStream(seed, "options");
    const history = generate(draw(seed, BY_KEY, random));
    const verdict = check(register, history);
    assert(verdict.outcome === "linearizable", `seed ${seed}: ${verdict.outcome}`);
    const byKey = Map.groupBy(history, (op) => register.partition(op));
    assertEquals(verdict.orders.length, byKey.size);
    for (const { name, operations } of verdict.orders) {
      assert(isOrderOf(register, byKey.get(name!)!, operations), `seed ${seed}: a wrong order`);
    }
  }
});

Deno.test("check() decides key by key as all orders tried do, of histories with faults in them", () => {
  let violations = 0;
  for (let seed = 0; seed < 10_000; seed++) {
    const random = randomStream(seed, "options");
    const mutated = mutate(generate(draw(seed, BY_KEY, random)), random);
    const history = random() < 0.3 ? coarsen(mutated, 200 + randomInteger(random, 1_500)) : mutated;
    const expected = isLinearizableByKey(history) ? "linearizable" : "violation";
    assertEquals(check(register, history).outcome, expected, `seed ${seed}`);
    if (expected === "violation") violations++;
  }
  // Enough of both kinds.
  assert(violations > 2_000 && violations < 8_000, `${violations} violations`);
});

Deno.test("check() decides of a whole store as all orders tried do, with revisions and without", () => {
  let violations = 0;
  for (let seed = 0; seed < 10_000; seed++) {
    const random = randomStream(seed, "options");
    const revisions = random() < 0.7;
    const options = { ...draw(seed, [...BY_KEY, "scan"], random), revisions };
    const intact = generate(options);
    const isMutated = seed % 4 > 0;
    const history = isMutated ? mutate(intact, random) : intact;
    const isRight = isLinearizable(store, history);
    assert(isMutated || isRight, `seed ${seed}: the store is not what the model says`);
    const verdict = check(store, history);
    assertEquals(verdict.outcome, isRight ? "linearizable" : "violation", `seed ${seed}`);
    if (verdict.outcome === "linearizable") {
      assert(isOrderOf(store, history, verdict.orders[0]!.operations), `seed ${seed}: wrong order`);
    } else violations++;
  }
  assert(violations > 2_000 && violations < 8_000, `${violations} violations`);
});
