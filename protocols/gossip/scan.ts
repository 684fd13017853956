/**
 * Reads of many keys, at one replica.
 *
 * @module
 */
import { type KeyRange, rangeBetween, rangeOfPrefix } from "../key_range.ts";
import {
  type GossipAsk,
  type GossipReplyOf,
  PAGE_BYTES_MAX,
  PAGE_KEYS_MAX,
} from "./client_messages.ts";
import { whenDurable } from "./flush.ts";
import type { Entry } from "./key_state.ts";
import { payloadBytes } from "./payload.ts";
import { waitForSession } from "./reads.ts";
import type { GossipReplica } from "./replica.ts";
import { contextToken, openSessionOf, sessionToken } from "./serving.ts";
import { afterScan } from "./session.ts";
import { dotsOf } from "./strategy.ts";
import type { Answer } from "./writes.ts";

type ScanAsk = Extract<GossipAsk, { type: "scan" }>;

/** A client wants to see keys, or how many there are. */
export function onScan(
  replica: GossipReplica,
  ask: ScanAsk,
  patienceMs: number,
  answer: Answer,
): void {
  waitForSession(replica, ask, patienceMs, answer, () => {
    const { data: { store }, id, durableTop } = replica;
    const reply = ask.countsOnly ? count(replica, ask) : page(replica, ask);
    if (store.clock.top(id) === durableTop) answer(reply);
    else whenDurable(replica, () => answer(reply));
  });
}

/** The keys of both a range and a prefix. */
function rangeOf({ prefix, from, until }: ScanAsk): KeyRange {
  const between = rangeBetween(from, until ?? undefined);
  const within = rangeOfPrefix(prefix);
  const ends = [between.until, within.until].filter((end) => end !== undefined).sort();
  return { from: between.from > within.from ? between.from : within.from, until: ends[0] };
}

function page(replica: GossipReplica, ask: ScanAsk): GossipReplyOf<"page"> {
  const { data } = replica;
  const rows: GossipReplyOf<"page">["rows"][number][] = [];
  const limit = Math.min(ask.limit, PAGE_KEYS_MAX);
  let bytes = 0;
  let next: string | null = null;
  data.store.ascend(rangeOf(ask), (key, entries) => {
    if (rows.length >= limit || bytes >= PAGE_BYTES_MAX) {
      next = key;
      return false;
    }
    const context = contextToken(replica, key, dotsOf(entries));
    rows.push({ key, reading: data.interpret(key, entries), context });
    bytes += sizeOf(key, entries) + context.length;
    return true;
  });
  return { type: "page", rows, next, session: sessionAfter(replica, ask) };
}

function sizeOf(key: string, entries: readonly Entry[]): number {
  return entries.reduce((bytes, { payload }) => bytes + payloadBytes(payload), key.length);
}

function count(replica: GossipReplica, ask: ScanAsk): GossipReplyOf<"size"> {
  const { data: { store } } = replica;
  let keys = 0;
  if (ask.prefix === "" && ask.from === "" && ask.until === null) keys = store.size;
  else store.ascend(rangeOf(ask), () => ++keys > 0);
  return { type: "size", keys, session: sessionAfter(replica, ask) };
}

function sessionAfter(replica: GossipReplica, { session: asked }: ScanAsk): string | null {
  if (asked === null) return null;
  const { session } = openSessionOf(replica, "read", asked);
  return sessionToken(replica, afterScan(session, replica.data.store));
}
