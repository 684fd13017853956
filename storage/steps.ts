/**
 * Several disk operations as one: written as a generator that waits for each with `yield*`, run by
 * callbacks. Reads like `await`, but nothing happens between two operations except when the disk
 * says so, which leaves the order of everything to the simulator.
 *
 * @module
 */
import type { Operation, Outcome } from "../actors/actor.ts";
import { DiskError } from "./disk.ts";

/** A sequence of operations that ends in a value, or throws. */
export type Steps<T> = Generator<Operation<unknown>, T, Outcome<unknown>>;

/**
 * Waits for one operation; to be used with `yield*`.
 *
 * @throws {Error} whatever the operation failed with.
 */
export function* wait<T>(operation: Operation<T>): Steps<T> {
  const outcome = yield operation as Operation<unknown>;
  if (!outcome.ok) throw outcome.error;
  return outcome.value as T;
}

/**
 * Makes one operation of a sequence. It ends when the sequence does, so never within the call unless
 * the sequence waits for nothing.
 */
export function inSteps<T>(steps: () => Steps<T>): Operation<T> {
  return (done) => {
    const running = steps();
    advance(() => running.next(), running, done);
  };
}

function advance<T>(
  resume: () => IteratorResult<Operation<unknown>, T>,
  running: Steps<T>,
  done: (outcome: Outcome<T>) => void,
): void {
  let result: IteratorResult<Operation<unknown>, T>;
  try {
    result = resume();
  } catch (error) {
    return done({ ok: false, error: error instanceof Error ? error : new Error(String(error)) });
  }
  if (result.done) return done({ ok: true, value: result.value });
  result.value((outcome) => advance(() => running.next(outcome), running, done));
}

/**
 * Clears away what does not count any more, if the disk has room even for that: whoever opens the disk next
 * clears away the rest.
 */
export function* unlessFull(steps: Steps<void>): Steps<void> {
  try {
    yield* steps;
  } catch (error) {
    if (!(error instanceof DiskError) || !error.full) throw error;
  }
}
