import { assert, assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../../actors/errors.ts";
import { check } from "../../../sim/checker/check.ts";
import type { KvOperation, KvPut } from "../../../sim/checker/kv/operations.ts";
import { RegisterModel } from "../../../sim/checker/kv/register_model.ts";
import { StoreModel } from "../../../sim/checker/kv/store_model.ts";
import type { CheckLimits } from "../../../sim/checker/limits.ts";
import { generate } from "./generate.ts";

const register = new RegisterModel();

/** Increments that all overlap, and sums that no order of any of them gives: all must be tried. */
function hardPart(key: string): KvOperation[] {
  const increments = Array.from({ length: 24 }, (_, client) => ({
    client,
    op: "increment",
    key,
    args: { delta: String(2 ** (client + 1)) },
    output: {},
    call: client,
    return: 1_000,
    outcome: "ok",
  } as const));
  const times = { client: 30, call: 2_000, return: 3_000, outcome: "ok" } as const;
  return [...increments, {
    ...times,
    op: "increment",
    key,
    args: { delta: "1" },
    output: { created: true },
  }];
}

function easyPart(key: string): KvPut {
  const times = { call: 0, return: 1, outcome: "ok" } as const;
  return { client: 99, op: "put", key, args: { value: "a" }, output: {}, ...times };
}

function limitOf(history: readonly KvOperation[], limits: CheckLimits): string {
  const verdict = check(register, history, limits);
  return verdict.outcome === "undecided" ? verdict.limit : verdict.outcome;
}

Deno.test("check() is undecided, and says of what, when the steps are used up", () => {
  const history = [easyPart("easy"), ...hardPart("hard")];
  const verdict = check(register, history, { stepsMax: 200 });
  assert(verdict.outcome === "undecided", verdict.outcome);
  assertEquals(verdict.limit, "steps");
  assertEquals(verdict.undecided.map(({ name }) => name), ["hard"]);
  assert(verdict.steps >= 200 && verdict.steps < 400, `${verdict.steps} steps`);
});

Deno.test("check() with a limit to the steps gives the same verdict every time", () => {
  const history = generate({
    seed: 3,
    clients: 12,
    operations: 600,
    keys: 1,
    values: 3,
    kinds: ["put", "get", "delete", "cas"],
  });
  const decided = check(register, history);
  assertEquals(decided.outcome, "linearizable");
  assertEquals(check(register, history, { stepsMax: decided.steps + 1 }), decided);
  assertEquals(limitOf(history, { stepsMax: decided.steps - 1 }), "steps");
});

Deno.test("check() is undecided when the time or the memory is used up", () => {
  let now = 0;
  assertEquals(limitOf(hardPart("hard"), { timeMs: 1_000, now: () => now += 300 }), "time");
  assertEquals(limitOf(hardPart("hard"), { memoryBytes: 50_000 }), "memory");
});

Deno.test("check() finds a violation beside a part that it cannot decide", () => {
  const read = { op: "get", key: "bad", args: {}, output: { value: "never" } } as const;
  const bad: KvOperation = { ...read, client: 50, call: 0, return: 1, outcome: "ok" };
  const verdict = check(register, [...hardPart("hard"), bad], { stepsMax: 500 });
  assert(verdict.outcome === "violation", verdict.outcome);
  assertEquals(verdict.violations.map(({ name }) => name), ["bad"]);
  assertEquals(verdict.undecided.map(({ name }) => name), ["hard"]);
});

Deno.test("check() refuses limits that are none", () => {
  for (const limits of [{ stepsMax: 0 }, { timeMs: -1 }, { memoryBytes: NaN }]) {
    const error = assertThrows(() => check(register, [], limits), TroupeError);
    assertEquals(error.code, "bad_option");
  }
});

Deno.test("check() decides 15,000 operations of 24 clients on 3 keys in few steps", () => {
  const kinds = ["put", "get", "get", "delete", "cas"] as const;
  const size = { clients: 24, operations: 15_000, keys: 3, kinds };
  for (const [seed, unknown] of [[1, 0], [2, 0.002], [3, 0.005]] as const) {
    const history = generate({ ...size, seed, unknown });
    const verdict = check(register, history, { stepsMax: 1_000_000 });
    assertEquals(verdict.outcome, "linearizable", `seed ${seed}`);
    assertEquals(check(register, stale(history), { stepsMax: 1_000_000 }).outcome, "violation");
  }
});

Deno.test("check() decides 10,000 operations of 16 clients on a whole store by their revisions", () => {
  const kinds = ["put", "get", "delete", "cas", "increment", "scan"] as const;
  const size = { clients: 16, operations: 10_000, keys: 4, kinds, revisions: true };
  for (const [seed, unknown] of [[1, 0], [2, 0.001]] as const) {
    const history = generate({ ...size, seed, unknown });
    const verdict = check(new StoreModel(), history, { stepsMax: 500_000 });
    assertEquals(verdict.outcome, "linearizable", `seed ${seed}`);
  }
});

Deno.test("check() finds by what was seen later which lost write made a revision", () => {
  const kinds = ["put", "get", "delete", "increment", "conditional", "scan"] as const;
  const size = { clients: 5, operations: 1_000, keys: 4, kinds, revisions: true, unknown: 0.02 };
  for (let seed = 1; seed <= 8; seed++) {
    const verdict = check(new StoreModel(), generate({ ...size, seed }), { stepsMax: 100_000 });
    assertEquals(verdict.outcome, "linearizable", `seed ${seed}`);
  }
});

/** The history in which one late read sees what was overwritten long before. */
function stale(history: readonly KvOperation[]): KvOperation[] {
  const reads = history.filter(({ op, outcome }) => op === "get" && outcome === "ok");
  const victim = reads.at(-10)!;
  const early = reads.find((op) =>
    op.op === "get" && op.output.value !== null && "key" in victim && op.key === victim.key
  )!;
  return history.map((op) => op === victim ? { ...op, output: early.output } as KvOperation : op);
}
