import type { Success } from "./clients.ts";

/** Requests that succeeded around the loss of a node. */
export interface Trace {
  /** How many in each bucket of time, from `BEFORE_MS` before the loss on. */
  readonly buckets: readonly number[];
  /** How long no request succeeded, in milliseconds; the longest such time after the loss. */
  readonly outageMs: number;
  /** How long no write succeeded. */
  readonly writeOutageMs: number;
  /** How long the client that fared worst was not served. */
  readonly slowestMs: number;
  /** From the loss until the throughput was back at nine tenths of what it had been, in milliseconds. */
  readonly recoveredMs: number;
  /** The throughput in the end, in parts of that before the loss. */
  readonly ratio: number;
}

/** How much time is looked at before the loss, and after it, in milliseconds. */
export const BEFORE_MS = 1_000;
export const AFTER_MS = 5_000;
/** How long a bucket is, in milliseconds. */
export const BUCKET_MS = 20;
/** What counts as the throughput in the end: the last part of the time, in milliseconds. */
const END_MS = 2_000;
/** Buckets over which the throughput is taken to tell that it is back. */
const RECOVERED_BUCKETS = 5;

/** What happened around the loss of a node. */
export function traceOf(successes: readonly Success[], lostAt: number): Trace {
  const buckets = Array.from({ length: (BEFORE_MS + AFTER_MS) / BUCKET_MS }, () => 0);
  for (const { at } of successes) {
    const bucket = Math.floor((at - lostAt + BEFORE_MS) / BUCKET_MS);
    if (bucket >= 0 && bucket < buckets.length) buckets[bucket]!++;
  }
  const before = mean(buckets.slice(0, BEFORE_MS / BUCKET_MS));
  const end = mean(buckets.slice(-END_MS / BUCKET_MS));
  const times = (chosen: readonly Success[]) => longestGap(chosen.map(({ at }) => at), lostAt);
  const byClient = Map.groupBy(successes, ({ client }) => client);
  return {
    buckets,
    outageMs: times(successes),
    writeOutageMs: times(successes.filter(({ isWrite }) => isWrite)),
    slowestMs: Math.max(...byClient.values().map(times)),
    recoveredMs: recoveredMs(buckets, Math.min(before, end)),
    ratio: end / before,
  };
}

/** The first time after the outage at which some buckets together reach nine tenths of the goal. */
function recoveredMs(buckets: readonly number[], goal: number): number {
  const loss = BEFORE_MS / BUCKET_MS;
  const down = buckets.findIndex((count, index) => index >= loss && count < goal / 2);
  const from = down < 0 ? loss : down;
  for (let index = from; index + RECOVERED_BUCKETS <= buckets.length; index++) {
    const now = mean(buckets.slice(index, index + RECOVERED_BUCKETS));
    if (now >= 0.9 * goal) return index * BUCKET_MS - BEFORE_MS;
  }
  return AFTER_MS;
}

/** The longest time between two that follow each other, of those from `from` on and the one before. */
function longestGap(times: readonly number[], from: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let longest = 0;
  for (let index = 1; index < sorted.length; index++) {
    if (sorted[index]! >= from) longest = Math.max(longest, sorted[index]! - sorted[index - 1]!);
  }
  return longest;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
