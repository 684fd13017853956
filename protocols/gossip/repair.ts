/**
 * Anti-entropy: what one store has and another misses, found by their clocks, exactly.
 *
 * Source: DottedDB (see `clock.ts`); the whole state as the last resort is Chitchat's reset.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { array, type Schema, struct } from "../../actors/schema.ts";
import { clockSchema, INTERVALS_MAX, type NodeClock } from "./clock.ts";
import { DOTS_MAX } from "./dot.ts";
import { type Fragment, fragmentSchema } from "./key_state.ts";
import { payloadBytes } from "./payload.ts";
import type { GossipStore } from "./store.ts";

/**
 * The most gaps that a repair may leave in a clock, which has only so many. Keys come one after the other, with all
 * their events, so whatever is still missing between those may be one.
 */
const GAPS_MAX = INTERVALS_MAX / 2;
/** The most keys of one repair. */
export const REPAIR_KEYS_MAX = 10_000;

/** What the receiver misses, or a part of it. */
export interface Repair {
  /** The clock of the receiver that it was made for. */
  readonly missing: NodeClock;
  /** The clock of the sender, when it was made. */
  readonly clock: NodeClock;
  /** What the receiver misses, key by key. */
  readonly fragments: readonly Fragment[];
}

/** A repair on the wire. */
export const repairSchema: Schema<Repair> = struct({
  missing: clockSchema,
  clock: clockSchema,
  fragments: array(fragmentSchema, REPAIR_KEYS_MAX),
});

/**
 * What a store with the clock `theirs` misses; `nothing`, or `reset` if it needs the whole state: it
 * misses events whose keys are not known any more, or too many of one key.
 *
 * @param bytesMax The repair is closed when it has reached this size; it has one key at least.
 */
export function repairFor(
  store: GossipStore,
  theirs: NodeClock,
  bytesMax: number,
): Repair | "nothing" | "reset" {
  if (!theirs.dominates(store.index.dropped)) return "reset";
  const missing = store.clock.minus(theirs);
  let gaps = missing.intervalCount;
  const keys = new Set<string>();
  const fragments: Fragment[] = [];
  let bytes = 0;
  for (const dot of missing.dots()) {
    if (bytes >= bytesMax || fragments.length === REPAIR_KEYS_MAX) break;
    const key = store.index.keyOf(dot);
    invariant(key !== undefined, "the key of an event is known until it is dropped");
    if (keys.has(key)) continue;
    keys.add(key);
    const fragment = fragmentOf(store, key, theirs);
    if (isTooMuch(fragment)) return "reset";
    fragments.push(fragment);
    bytes += fragmentBytes(fragment);
    gaps += fragment.entries.length + fragment.gone.length;
  }
  if (gaps > GAPS_MAX) return "reset";
  if (fragments.length === 0) return "nothing";
  return { missing: theirs, clock: store.clock.clone(), fragments };
}

/** What a store with the clock `theirs` misses of one key; otherwise as {@linkcode repairFor}. */
export function repairOfKey(
  store: GossipStore,
  theirs: NodeClock,
  key: string,
): Repair | "nothing" | "reset" {
  if (!theirs.dominates(store.index.dropped)) return "reset";
  const fragment = fragmentOf(store, key, theirs);
  if (isTooMuch(fragment)) return "reset";
  if (fragment.entries.length + fragment.gone.length === 0) return "nothing";
  return { missing: theirs, clock: store.clock.clone(), fragments: [fragment] };
}

/**
 * Takes in a repair. False, and nothing is changed, if it was made for a clock that had more than this
 * store's has: then the store has lost memory since it asked, and must ask again.
 */
export function applyRepair(store: GossipStore, repair: Repair): boolean {
  if (!store.clock.dominates(repair.missing)) return false;
  for (const fragment of repair.fragments) store.join(fragment, repair.clock);
  return true;
}

function fragmentOf(store: GossipStore, key: string, theirs: NodeClock): Fragment {
  const { entries, ahead } = store.state(key);
  const alive = entries.map(({ dot }) => dot);
  const missing = entries.filter(({ dot }) => !theirs.has(dot));
  const living = new Set(missing.map(({ dot }) => `${dot.replica}/${dot.n}`));
  const gone = store.index.dotsOf(key).filter((dot) =>
    !theirs.has(dot) && !living.has(`${dot.replica}/${dot.n}`)
  );
  const after = [...gone, ...missing.map(({ dot }) => dot)].flatMap((dot) => {
    const seen = store.index.afterOf(dot);
    return seen === undefined ? [] : [{ dot, after: seen }];
  });
  return { key, alive, entries: missing, gone, after, ahead };
}

const DOT_BYTES = 13;
const FRAGMENT_BYTES = 20;
/** Bytes of a fragment at most, which is sent in one frame, of 8 MiB. */
const FRAGMENT_BYTES_MAX = 7 * 1024 * 1024;
/** Of these beside its payloads. */
const NAMES_BYTES_MAX = 1024 * 1024;

function fragmentBytes(fragment: Fragment): number {
  let bytes = namesBytes(fragment);
  for (const { payload } of fragment.entries) bytes += DOT_BYTES + payloadBytes(payload);
  return bytes;
}

/** Which events it is about, and what their sessions had seen. */
function namesBytes({ key, alive, gone, after, ahead }: Fragment): number {
  let bytes = FRAGMENT_BYTES + key.length + DOT_BYTES * (alive.length + gone.length + ahead.length);
  for (const { after: seen } of after) bytes += DOT_BYTES + seen.bytes;
  return bytes;
}

function isTooMuch(fragment: Fragment): boolean {
  return fragment.gone.length > DOTS_MAX || namesBytes(fragment) > NAMES_BYTES_MAX ||
    fragmentBytes(fragment) > FRAGMENT_BYTES_MAX;
}
