import type { ReplicaId } from "./dot.ts";
import { CounterOverflow, WrongOperation } from "./errors.ts";
import type { Entry } from "./key_state.ts";
import { TOTAL_MAX, TOTAL_MIN } from "./payload.ts";
import { dotsOf, type Operation, type Plan, type Reading, removal } from "./strategy.ts";
import type { Scene, Strategy } from "./strategy.ts";

/**
 * A counter up and down: each replica keeps the sum of what it added itself, and the counter is the sum
 * of these. A new incarnation of a node has a sum of its own.
 *
 * A delete removes the sums that are known here. A replica that counts on without having heard of the
 * delete puts its whole sum back, what was deleted of it included: a known weakness of counters made of
 * sums, here as in Riak. Do not delete counters that are in use.
 */
export const counter: Strategy = {
  name: "counter",
  plan(operation: Operation, { self, entries }: Scene): Plan | undefined {
    switch (operation.type) {
      case "delete":
        return removal(dotsOf(entries));
      case "increment": {
        const own = entries.filter((entry) => isOwn(entry, self));
        const total = sum(newestOf(own)) + operation.by;
        if (total < TOTAL_MIN || total > TOTAL_MAX) throw new CounterOverflow(total);
        return { payload: { type: "total", total }, supersedes: dotsOf(own) };
      }
      default:
        throw new WrongOperation(operation.type, "counter");
    }
  },
  read(entries: readonly Entry[]): Reading {
    const isAbsent = entries.every(({ payload }) => payload.type !== "total");
    return isAbsent ? { type: "absent" } : { type: "counter", total: sum(newestOf(entries)) };
  },
};

/**
 * The newest of each replica. Its sums follow one upon the other; but where one of them has not arrived, the
 * one before that is not known to be superseded, and would be counted twice.
 */
function newestOf(entries: readonly Entry[]): Entry[] {
  const newest = new Map<ReplicaId, Entry>();
  for (const entry of entries) {
    const { replica, n } = entry.dot;
    if (entry.payload.type === "total" && n > (newest.get(replica)?.dot.n ?? 0)) {
      newest.set(replica, entry);
    }
  }
  return [...newest.values()];
}

function isOwn({ dot, payload }: Entry, self: ReplicaId): boolean {
  return dot.replica === self && payload.type === "total";
}

function sum(entries: readonly Entry[]): bigint {
  let total = 0n;
  for (const { payload } of entries) if (payload.type === "total") total += payload.total;
  return total;
}
