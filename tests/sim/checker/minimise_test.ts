import { assert, assertEquals } from "@std/assert";
import { randomInteger, randomStream } from "../../../actors/random.ts";
import { check } from "../../../sim/checker/check.ts";
import type { KvOperation } from "../../../sim/checker/kv/operations.ts";
import { type Register, RegisterModel } from "../../../sim/checker/kv/register_model.ts";
import { minimise, type Minimised } from "../../../sim/checker/minimise.ts";
import { isLinearizable } from "./brute_force.ts";
import { generate } from "./generate.ts";
import { mutate } from "./mutate.ts";

const model = new RegisterModel();
const kinds = ["put", "get", "get", "delete", "cas"] as const;

/** Some operations of which it is not certain any more that they took effect. */
class Weakened {
  readonly initial = model.initial;
  readonly #originals = new Map<KvOperation, KvOperation>();

  /** The operation that may have taken effect, with the answer that it got, or may not. */
  uncertain(op: KvOperation): KvOperation {
    const weaker: KvOperation = { ...op, outcome: "unknown", return: null };
    this.#originals.set(weaker, op);
    return weaker;
  }

  step(state: Register, op: KvOperation): Register | undefined {
    return model.step(state, this.#originals.get(op) ?? op);
  }
}

function shownBy(
  { certain, possible }: Minimised<KvOperation>,
  weakened: Weakened,
): KvOperation[] {
  return [...certain, ...possible.map((op) => weakened.uncertain(op))];
}

Deno.test("minimise() leaves a violation of which every certain operation matters", () => {
  let violations = 0;
  for (let seed = 0; violations < 300; seed++) {
    const random = randomStream(seed, "options");
    const values = random() < 0.5 ? Infinity : 3;
    const size = { clients: 4, operations: 8 + randomInteger(random, 4), keys: 1 };
    const history = mutate(generate({ ...size, seed, kinds, values, unknown: 0.1 }), random);
    if (check(model, history).outcome !== "violation") continue;
    violations++;
    const minimised = minimise(model, history, { timeMs: Infinity });
    const weakened = new Weakened();
    const shown = shownBy(minimised, weakened);
    assert(minimised.isMinimal, `seed ${seed}`);
    assertEquals(shown.length + minimised.leftOut, history.length, `seed ${seed}`);
    assert(!isLinearizable(weakened, shown), `seed ${seed}: nothing is wrong with what is left`);
    for (const op of minimised.certain) {
      const weaker = shown.map((other) => other === op ? weakened.uncertain(op) : other);
      assert(
        isLinearizable(weakened, weaker),
        `seed ${seed}: ${model.describe(op)} does not matter`,
      );
    }
  }
});

Deno.test("minimise() finds the two operations of 6,000 that contradict each other", () => {
  const history = generate({ seed: 5, clients: 16, operations: 6_000, keys: 1, kinds });
  const reads = history.filter((op) => op.op === "get");
  const [early, late] = [reads[100]!, reads.at(-50)!];
  const wrong = history.map((op) =>
    op === late ? { ...op, output: early.output } as KvOperation : op
  );
  const { certain, leftOut } = minimise(model, wrong, { timeMs: Infinity });
  assert(certain.length <= 4, `${certain.length} operations are left`);
  assert(certain.some(({ call }) => call === late.call), "the wrong one is not among them");
  assert(leftOut > 5_900, `${leftOut} left out`);
});

Deno.test("minimise() says that it had not the time to try everything, and shows a violation", () => {
  const history = generate({ seed: 5, clients: 8, operations: 500, keys: 1, kinds, values: 3 });
  const last = { client: 9, call: 1e9, return: 2e9, outcome: "ok" } as const;
  const read: KvOperation = { ...last, op: "get", key: "k0", args: {}, output: { value: "x" } };
  const minimised = minimise(model, [...history, read], { stepsMax: 500, timeMs: Infinity });
  assertEquals(minimised.isMinimal, false);
  const shown = shownBy(minimised, new Weakened());
  assertEquals(check(model, shown).outcome, "violation");
});
