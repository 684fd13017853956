import { encode } from "../../actors/schema.ts";
import { equalBytes, isTombstone, payloadSchema } from "../../protocols/gossip/payload.ts";
import type { GossipStore } from "../../protocols/gossip/store.ts";
import { dotName, dotWords, type EventTable } from "./event_table.ts";

/** How closely a state is looked at. */
export interface Closeness {
  /** Whether what stands there is compared byte by byte, too. */
  readonly byBytes: boolean;
}

/**
 * What is wrong with a state: it must show of every key what follows from the events in its clock, whatever
 * way they came. `undefined` if nothing is, and while it has events that are not durable yet.
 */
export function wrongState(
  store: GossipStore,
  table: EventTable,
  { byBytes }: Closeness,
): string | undefined {
  if (!table.all.dominates(store.clock)) return undefined;
  let alive = 0;
  for (const key of table.keys) {
    const expected = table.living(key, store.clock);
    if (expected.length > 0) alive++;
    const shown = store.entries(key).filter(({ payload }) => !isTombstone(payload));
    const isSame = shown.length === expected.length &&
      shown.every(({ dot }, at) => dotName(dot) === dotName(expected[at]!.delta.dot));
    if (!isSame) {
      const [has, due] = [shown.map(({ dot }) => dot), expected.map(({ delta }) => delta.dot)]
        .map((dots) => dots.map(dotWords).join(", ") || "nothing");
      return `shows ${has} of ${key}, where ${due} is due`;
    }
    const other = byBytes &&
      shown.find(({ payload }, at) =>
        !equalBytes(
          encode(payloadSchema, payload),
          encode(payloadSchema, expected[at]!.delta.payload!),
        )
      );
    if (other) return `shows other content of ${key} than ${dotWords(other.dot)} has`;
  }
  if (store.size !== alive) return `shows ${store.size} keys, where ${alive} are due`;
  return undefined;
}
