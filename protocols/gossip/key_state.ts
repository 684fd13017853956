/**
 * What a store has of one key, and how two states of it are joined: the optimized observed-remove
 * semantics of delta-CRDTs, with the clock of the whole node as the causal context.
 *
 * A join keeps `(s ∩ s') ∪ (s ∖ c') ∪ (s' ∖ c)`: a dot that the other side has taken in, and has not
 * any more, was superseded there. Here the context of a key is the clock of its node and, besides, the
 * key's dots *ahead*: those that are known to be superseded although they have not arrived. Without
 * these an event that overtakes what it supersedes would have to be counted as having brought it, and
 * what *that* one superseded in turn would stay for ever at nodes that missed it.
 *
 * Source: Almeida, Shoker, Baquero: "Delta State Replicated Data Types" (arXiv 1603.01529).
 *
 * @module
 */
import { array, nullable, type Schema, struct, text } from "../../actors/schema.ts";
import { clockSchema, type NodeClock } from "./clock.ts";
import {
  compareDots,
  type Dot,
  type Dots,
  DOTS_MAX,
  dotSchema,
  dotsSchema,
  hasDot,
  uniteDots,
} from "./dot.ts";
import { compareStamps } from "./hybrid_clock.ts";
import { type Payload, payloadSchema, type Stamped } from "./payload.ts";

/** The longest key, in bytes. */
export const KEY_BYTES_MAX = 4_096;

/** An event and what it left. */
export interface Entry {
  /** The event. */
  readonly dot: Dot;
  /** What it left. */
  readonly payload: Payload;
}

/** What a store has of a key. Never changed in place: a frozen tree may share it. */
export interface KeyState {
  /** What no known event supersedes, in the order of the dots. */
  readonly entries: readonly Entry[];
  /** Superseded, and not in the clock. */
  readonly ahead: Dots;
}

/** A key of which nothing is known. */
export const NO_STATE: KeyState = { entries: [], ahead: [] };

/** One event, as its replica mails it to all others. */
export interface Delta {
  /** The key. */
  readonly key: string;
  /** The event. */
  readonly dot: Dot;
  /** What it leaves; `null` if it only removes. */
  readonly payload: Payload | null;
  /** The events of the key that it supersedes. */
  readonly supersedes: Dots;
  /** What the session that made it had read and written before, as far as some member may miss it. */
  readonly after: NodeClock;
}

/** What the session of an event had seen. */
export interface Precedence {
  /** The event. */
  readonly dot: Dot;
  /** What its session had read and written before. */
  readonly after: NodeClock;
}

/**
 * What a node has of a key, for one that misses some of it: everything of the key that the sender's
 * clock has and the receiver's has not. A part of that could not be taken in: what the missing part
 * supersedes would be unknown, and the clock would say that it is known.
 */
export interface Fragment {
  /** The key. */
  readonly key: string;
  /** The dots of all entries. */
  readonly alive: Dots;
  /** The entries that the receiver misses. */
  readonly entries: readonly Entry[];
  /** What it misses and will not see: superseded already. */
  readonly gone: Dots;
  /** Of all that it misses, what their sessions had seen; not of those that had seen nothing. */
  readonly after: readonly Precedence[];
  /** The sender's dots ahead. */
  readonly ahead: Dots;
}

const entrySchema: Schema<Entry> = struct({ dot: dotSchema, payload: payloadSchema });
/** A key on the wire. */
export const keySchema: Schema<string> = text(KEY_BYTES_MAX);

/** Entries on the wire. */
export const entriesSchema: Schema<readonly Entry[]> = array(entrySchema, DOTS_MAX);

/** A delta on the wire. */
export const deltaSchema: Schema<Delta> = struct({
  key: keySchema,
  dot: dotSchema,
  payload: nullable(payloadSchema),
  supersedes: dotsSchema,
  after: clockSchema,
});

/** A fragment on the wire. */
export const fragmentSchema: Schema<Fragment> = struct({
  key: keySchema,
  alive: dotsSchema,
  entries: entriesSchema,
  gone: dotsSchema,
  after: array(struct({ dot: dotSchema, after: clockSchema }), DOTS_MAX),
  ahead: dotsSchema,
});

/** Whether a dot is in a clock. */
export type Knows = (dot: Dot) => boolean;

/** The state after an event that was not known. `knows` is the clock, the event included. */
export function applyEvent(state: KeyState, delta: Delta, knows: Knows): KeyState {
  const kept = state.entries.filter(({ dot }) => !hasDot(delta.supersedes, dot));
  if (delta.payload !== null && !hasDot(state.ahead, delta.dot)) {
    kept.push({ dot: delta.dot, payload: delta.payload });
  }
  return settle(kept, uniteDots(state.ahead, delta.supersedes), knows);
}

/** One side of a join. */
export interface Side {
  /** The dots of its entries. */
  readonly alive: Dots;
  /** Its entries; of those that the other side knows, the payload may be left out. */
  readonly entries: readonly Entry[];
  /** Superseded, and not in its clock. */
  readonly ahead: Dots;
  /** Its clock, before the join. */
  readonly knows: Knows;
}

/** A state as one side of a join. */
export function sideOf(state: KeyState, knows: Knows): Side {
  return { ...state, alive: state.entries.map(({ dot }) => dot), knows };
}

/** The state after a join. `knows` is the clock after it. */
export function joinSides(mine: Side, theirs: Side, knows: Knows): KeyState {
  const kept = mine.entries.filter(({ dot }) => survives(dot, theirs));
  const added = theirs.entries.filter(({ dot }) => !hasDot(mine.alive, dot) && isNews(dot, mine));
  return settle([...kept, ...added], uniteDots(mine.ahead, theirs.ahead), knows);
}

function survives(dot: Dot, other: Side): boolean {
  return hasDot(other.alive, dot) || isNews(dot, other);
}

function isNews(dot: Dot, side: Side): boolean {
  return !side.knows(dot) && !hasDot(side.ahead, dot);
}

/** Puts entries in order, and drops what is beaten or no longer ahead. */
function settle(entries: readonly Entry[], ahead: Dots, knows: Knows): KeyState {
  return {
    entries: dropBeaten(entries).sort((left, right) => compareDots(left.dot, right.dot)),
    ahead: ahead.filter((dot) => !knows(dot)),
  };
}

/**
 * Of stamped values only the greatest is kept: by stamp, then by dot, so that no two are equal. It
 * depends on the payloads alone and not on the strategy of the key, so that nodes that are configured
 * differently store the same.
 */
function dropBeaten(entries: readonly Entry[]): Entry[] {
  const winner = lastStamped(entries);
  return entries.filter(({ dot, payload }) => payload.type !== "stamped" || dot === winner?.dot);
}

/** The stamped entry that beats the others. */
export function lastStamped(
  entries: readonly Entry[],
): Entry & { readonly payload: Stamped } | undefined {
  let last: Entry & { readonly payload: Stamped } | undefined;
  for (const { dot, payload } of entries) {
    if (payload.type !== "stamped") continue;
    const order = last === undefined
      ? 1
      : compareStamps(payload.stamp, last.payload.stamp) || compareDots(dot, last.dot);
    if (order > 0) last = { dot, payload };
  }
  return last;
}
