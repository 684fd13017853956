import { type Dots, hasDot } from "./dot.ts";
import { KeyFull, WrongOperation } from "./errors.ts";
import type { Entry } from "./key_state.ts";
import { equalBytes } from "./payload.ts";
import { dotsOf, type Operation, type Plan, type Reading, removal } from "./strategy.ts";
import type { Scene, Strategy } from "./strategy.ts";

/** How many values side by side are worth a warning, as in Riak. */
export const SIBLINGS_WARN = 25;
/** How many values there may be side by side before a put that adds one is refused, as in Riak. */
export const SIBLINGS_MAX = 100;

/**
 * Concurrent values stand side by side until a client decides. A put or delete takes away what is in
 * its context, and nothing else; a put without one is concurrent with all there is, and a delete
 * without one removes all that is known here.
 *
 * The limit binds the writes of each node: those of nodes that cannot hear each other may add up.
 */
export const siblings: Strategy = {
  name: "siblings",
  plan(operation: Operation, { entries }: Scene): Plan | undefined {
    switch (operation.type) {
      case "delete":
        return removal(operation.context ?? dotsOf(entries));
      case "put": {
        const supersedes = operation.context ?? [];
        requireRoom(entries, supersedes);
        return { payload: { type: "plain", value: operation.value }, supersedes };
      }
      default:
        throw new WrongOperation(operation.type, "siblings");
    }
  },
  read(entries: readonly Entry[]): Reading {
    const values: Uint8Array[] = [];
    for (const value of valuesOf(entries)) {
      if (!values.some((shown) => equalBytes(shown, value))) values.push(value);
    }
    return values.length === 0 ? { type: "absent" } : { type: "values", values };
  },
};

/** The values of entries, in the order of their dots. */
export function valuesOf(entries: readonly Entry[]): Uint8Array[] {
  return entries.flatMap(({ payload }) =>
    (payload.type === "plain" || payload.type === "stamped") && payload.value !== null
      ? [payload.value]
      : []
  );
}

/** A put that takes away as many as it adds is always taken: else the client could not clean up. */
function requireRoom(entries: readonly Entry[], supersedes: Dots): void {
  if (entries.length < SIBLINGS_MAX) return;
  if (entries.some(({ dot }) => hasDot(supersedes, dot))) return;
  throw new KeyFull("too_many_siblings", `${entries.length} siblings`, SIBLINGS_MAX);
}
