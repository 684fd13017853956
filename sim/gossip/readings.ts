/**
 * What a client may be shown of a key, if it must be shown the effect of some events at least: necessary
 * conditions, from the explicit histories. What is shown beyond these events is free.
 *
 * @module
 */
import type { GossipReplyOf } from "../../protocols/gossip/client_messages.ts";
import type { NodeClock } from "../../protocols/gossip/clock.ts";
import { equalBytes, isTombstone, type Payload } from "../../protocols/gossip/payload.ts";
import { compareWrites, dotWords, type EventTable, type KnownEvent } from "./event_table.ts";
import { strategyOf, wordsOf } from "./strategies.ts";

/** What a client was shown of a key. */
export type Shown = GossipReplyOf<"found">["reading"];

/** What is wrong with what was shown of a key, if the events of `required` had to be respected. */
export function wrongReading(
  table: EventTable,
  key: string,
  shown: Shown,
  required: NodeClock,
): string | undefined {
  const events = table.of(key);
  const due = events.filter(({ delta }) => required.has(delta.dot));
  switch (strategyOf(key)) {
    case "lww":
      return wrongLast(key, events, shown, due);
    case "counter":
      return wrongTotal(key, events, shown, due);
    case "siblings":
    case "set":
    case "merge":
      return wrongValues(table, key, events, shown, due);
  }
}

/** The events that a client has certainly seen, by what it was shown. */
export function seenEvents(table: EventTable, key: string, shown: Shown): readonly KnownEvent[] {
  if (strategyOf(key) === "merge") return [];
  return contentsOf(shown).flatMap((value) => {
    const candidates = table.of(key).filter((event) => holds(event, value));
    // One that was asked for again may be several.
    return candidates.length === 1 ? candidates : [];
  });
}

function contentsOf(shown: Shown): readonly Uint8Array[] {
  switch (shown.type) {
    case "values":
      return shown.values;
    case "set":
      return shown.elements;
    default:
      return [];
  }
}

function contentOf(payload: Payload | null): Uint8Array | null {
  switch (payload?.type) {
    case "stamped":
    case "plain":
      return payload.value;
    case "element":
      return payload.element;
    default:
      return null;
  }
}

function holds({ delta }: KnownEvent, value: Uint8Array): boolean {
  const content = contentOf(delta.payload);
  return content !== null && equalBytes(content, value);
}

/** The greatest write that is due, or a greater one, must be what is shown. */
function wrongLast(
  key: string,
  events: readonly KnownEvent[],
  shown: Shown,
  due: readonly KnownEvent[],
): string | undefined {
  const values = contentsOf(shown);
  if (values.length > 1) return `${values.length} values of ${key} are shown`;
  const [value] = values;
  const candidates = events.filter((event) =>
    value === undefined
      ? event.delta.payload !== null && isTombstone(event.delta.payload)
      : holds(event, value)
  );
  if (value !== undefined && candidates.length === 0) {
    return `a value of ${key} that nobody wrote is shown`;
  }
  const top = due.toSorted((a, b) => compareWrites(a.delta, b.delta)).at(-1);
  if (top === undefined) return undefined;
  if (candidates.some((event) => compareWrites(event.delta, top.delta) >= 0)) return undefined;
  return `what is shown of ${key} is older than ${dotWords(top.delta.dot)}`;
}

/** Totals of a replica only grow: clients only add, and delete no counters. */
function wrongTotal(
  key: string,
  events: readonly KnownEvent[],
  shown: Shown,
  due: readonly KnownEvent[],
): string | undefined {
  const total = shown.type === "counter" ? shown.total : 0n;
  const [least, most] = [greatestTotals(due), greatestTotals(events)];
  if (total < least) return `${key} is shown as ${total}, where ${least} is the least`;
  if (total > most) return `${key} is shown as ${total}, where ${most} is the most`;
  return undefined;
}

function greatestTotals(events: readonly KnownEvent[]): bigint {
  const totals = new Map<number, bigint>();
  for (const { delta: { dot, payload } } of events) {
    if (payload?.type !== "total") continue;
    const before = totals.get(dot.replica) ?? 0n;
    if (payload.total > before) totals.set(dot.replica, payload.total);
  }
  return [...totals.values()].reduce((sum, total) => sum + total, 0n);
}

/** Each event that is due is shown, or something that supersedes it is there. */
function wrongValues(
  table: EventTable,
  key: string,
  events: readonly KnownEvent[],
  shown: Shown,
  due: readonly KnownEvent[],
): string | undefined {
  const contents = contentsOf(shown);
  const isMerged = strategyOf(key) === "merge";
  const words = new Set(isMerged ? contents.flatMap(wordsOf) : []);
  if (!isMerged) {
    const strange = contents.some((value) => !events.some((event) => holds(event, value)));
    if (strange) return `a value of ${key} that nobody wrote is shown`;
  }
  const isShown = (event: KnownEvent) => {
    const content = contentOf(event.delta.payload);
    if (content === null) return true;
    if (isMerged) return wordsOf(content).every((word) => words.has(word));
    return contents.some((value) => equalBytes(value, content));
  };
  const covered = new Map<KnownEvent, boolean>();
  const isCovered = (event: KnownEvent): boolean => {
    const known = covered.get(event);
    if (known !== undefined) return known;
    covered.set(event, false);
    const is = isShown(event) || table.supersedersOf(event.delta.dot).some(isCovered);
    covered.set(event, is);
    return is;
  };
  const missing = due.find((event) => !isCovered(event));
  return missing && `${dotWords(missing.delta.dot)} of ${key} is neither shown nor superseded`;
}
