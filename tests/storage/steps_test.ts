import { assertEquals } from "@std/assert";
import type { Operation, Outcome } from "../../actors/actor.ts";
import { inSteps, wait } from "../../storage/steps.ts";

/** Operations that end when the test says so. */
class Manual {
  readonly #ends: (() => void)[] = [];

  operation<T>(outcome: Outcome<T>): Operation<T> {
    return (done) => this.#ends.push(() => done(outcome));
  }

  get waiting(): number {
    return this.#ends.length;
  }

  endNext(): void {
    this.#ends.shift()!();
  }
}

Deno.test("inSteps() starts an operation when the one before it has ended", () => {
  const manual = new Manual();
  const outcomes: Outcome<number>[] = [];
  inSteps(function* () {
    const one = yield* wait(manual.operation({ ok: true, value: 1 }));
    const two = yield* wait(manual.operation({ ok: true, value: 2 }));
    return one + two;
  })((outcome) => outcomes.push(outcome));
  assertEquals(manual.waiting, 1);
  manual.endNext();
  assertEquals([manual.waiting, outcomes.length], [1, 0]);
  manual.endNext();
  assertEquals(outcomes, [{ ok: true, value: 3 }]);
});

Deno.test("inSteps() throws into the steps what an operation fails with", () => {
  const manual = new Manual();
  const error = new Error("disk on fire");
  const outcomes: Outcome<string>[] = [];
  inSteps(function* () {
    try {
      yield* wait(manual.operation({ ok: false, error }));
      return "unreachable";
    } catch (caught) {
      yield* wait(manual.operation({ ok: true, value: 0 }));
      return (caught as Error).message;
    }
  })((outcome) => outcomes.push(outcome));
  manual.endNext();
  manual.endNext();
  assertEquals(outcomes, [{ ok: true, value: "disk on fire" }]);
});

Deno.test("inSteps() fails with what the steps do not catch", () => {
  const manual = new Manual();
  const error = new Error("disk on fire");
  const outcomes: Outcome<void>[] = [];
  inSteps(function* () {
    yield* wait(manual.operation({ ok: false, error }));
  })((outcome) => outcomes.push(outcome));
  manual.endNext();
  assertEquals(outcomes, [{ ok: false, error }]);
});
