import { WrongOperation } from "./errors.ts";
import { lastStamped } from "./key_state.ts";
import type { Entry } from "./key_state.ts";
import { dotsOf, type Operation, type Plan, type Reading, type Scene } from "./strategy.ts";
import type { Strategy } from "./strategy.ts";

/**
 * The last write wins: the greatest stamp, and the greater dot of two events with the same. Contexts
 * do not matter. Of writes that are concurrent all but one are lost, silently: for keys where that does
 * not matter.
 *
 * A removal is a write of nothing, so that it beats an older value that arrives later.
 */
export const lww: Strategy = {
  name: "lww",
  plan(operation: Operation, { entries, stamp }: Scene): Plan {
    if (operation.type !== "put" && operation.type !== "delete") {
      throw new WrongOperation(operation.type, "lww");
    }
    const value = operation.type === "put" ? operation.value : null;
    const payload = { type: "stamped", stamp: stamp(), value } as const;
    return { payload, supersedes: dotsOf(entries) };
  },
  read(entries: readonly Entry[]): Reading {
    const value = lastStamped(entries)?.payload.value ?? lastPlain(entries);
    return value === undefined ? { type: "absent" } : { type: "values", values: [value] };
  },
};

/** A value from before the key's strategy was this one: it is older than any with a stamp. */
function lastPlain(entries: readonly Entry[]): Uint8Array | undefined {
  if (lastStamped(entries) !== undefined) return undefined;
  const last = entries.findLast(({ payload }) => payload.type === "plain");
  return last?.payload.type === "plain" ? last.payload.value : undefined;
}
