import { KeyFull, WrongOperation } from "./errors.ts";
import type { Entry } from "./key_state.ts";
import { compareBytes, equalBytes } from "./payload.ts";
import { dotsOf, type Operation, type Plan, type Reading, removal } from "./strategy.ts";
import type { Scene, Strategy } from "./strategy.ts";

/** How many elements a set may have before an addition is refused. */
export const ELEMENTS_MAX = 4_096;

/**
 * A set whose additions win over concurrent removals (observed-remove set): a removal takes away the
 * additions that are known here, and an addition that is not known stays. Elements are bytes.
 */
export const set: Strategy = {
  name: "set",
  plan(operation: Operation, { entries }: Scene): Plan | undefined {
    switch (operation.type) {
      case "delete":
        return removal(dotsOf(entries));
      case "remove":
        return removal(dotsOf(additionsOf(entries, operation.element)));
      case "add": {
        const { element } = operation;
        const supersedes = dotsOf(additionsOf(entries, element));
        if (supersedes.length === 0 && entries.length >= ELEMENTS_MAX) {
          throw new KeyFull("set_full", `${entries.length} elements`, ELEMENTS_MAX);
        }
        return { payload: { type: "element", element }, supersedes };
      }
      default:
        throw new WrongOperation(operation.type, "set");
    }
  },
  read(entries: readonly Entry[]): Reading {
    const sorted = entries
      .flatMap(({ payload }) => payload.type === "element" ? [payload.element] : [])
      .sort(compareBytes);
    const elements = sorted.filter((element, at) =>
      at === 0 || !equalBytes(sorted[at - 1]!, element)
    );
    return elements.length === 0 ? { type: "absent" } : { type: "set", elements };
  },
};

function additionsOf(entries: readonly Entry[], element: Uint8Array): Entry[] {
  return entries.filter(({ payload }) =>
    payload.type === "element" && equalBytes(payload.element, element)
  );
}
