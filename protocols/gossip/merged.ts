import { MergeFailed, WrongOperation } from "./errors.ts";
import type { Entry } from "./key_state.ts";
import { PAYLOAD_BYTES_MAX } from "./payload.ts";
import { valuesOf } from "./siblings.ts";
import { dotsOf, type Operation, type Plan, type Reading, removal } from "./strategy.ts";
import type { Scene, Strategy } from "./strategy.ts";

/**
 * Makes one value of two. Must be commutative, associative and idempotent, depend on its arguments
 * alone, and leave them as they are: `checkMerge` tests that.
 */
export type Merge = (left: Uint8Array, right: Uint8Array) => Uint8Array;

/** Of the error of a merge function, in characters. */
const EXCERPT_LENGTH = 200;

/**
 * Concurrent values are merged by a function of the user's. A put without a context is merged with what
 * is known here, and so loses nothing; one with a context replaces what the client has seen.
 *
 * Values are merged where they are read and where they are written, never where they are received: what
 * is stored does not depend on the function.
 */
export function merged(merge: Merge): Strategy {
  const fold = (values: readonly Uint8Array[]) =>
    values.reduce((left, right) => mergeTwo(merge, left, right));
  return {
    name: "merge",
    plan(operation: Operation, { entries }: Scene): Plan | undefined {
      switch (operation.type) {
        case "delete":
          return removal(operation.context ?? dotsOf(entries));
        case "put": {
          const { value, context } = operation;
          if (context !== undefined) {
            return { payload: { type: "plain", value }, supersedes: context };
          }
          const whole = fold([...valuesOf(entries), value]);
          return { payload: { type: "plain", value: whole }, supersedes: dotsOf(entries) };
        }
        default:
          throw new WrongOperation(operation.type, "merge");
      }
    },
    read(entries: readonly Entry[]): Reading {
      const values = valuesOf(entries);
      if (values.length === 0) return { type: "absent" };
      return { type: "values", values: [fold(values)] };
    },
  };
}

/** A function that fails must not take the node with it. */
function mergeTwo(merge: Merge, left: Uint8Array, right: Uint8Array): Uint8Array {
  let whole: unknown;
  try {
    whole = merge(left, right);
  } catch (error) {
    throw new MergeFailed(`throws: ${excerpt(String(error))}`);
  }
  if (!(whole instanceof Uint8Array)) throw new MergeFailed("returns no bytes");
  if (whole.length <= PAYLOAD_BYTES_MAX) return whole;
  throw new MergeFailed(`returns ${whole.length} bytes, more than ${PAYLOAD_BYTES_MAX}`);
}

function excerpt(text: string): string {
  return text.length <= EXCERPT_LENGTH ? text : `${text.slice(0, EXCERPT_LENGTH)}...`;
}
