import type { Timestamp } from "../../protocols/hermes/timestamp.ts";

/** What a timestamp is known by. */
export function stampKey({ version, cid, step, stepCid }: Timestamp): string {
  return `${version}.${cid}.${step}.${stepCid}`;
}

/**
 * Negative if `a` is lower than `b`, positive if it is higher, 0 if they are the same. Written down a second
 * time, so that what is watched is not what it is judged by.
 */
export function order(a: Timestamp, b: Timestamp): number {
  const [left, right] = [a, b].map((ts) => [ts.version, ts.cid, ts.step, ts.stepCid]);
  const place = left!.findIndex((part, index) => part !== right![index]);
  return place < 0 ? 0 : left![place]! - right![place]!;
}

/** Whether it is that of an object that was never written. */
export function isOrigin(ts: Timestamp): boolean {
  return ts.version === 0 && ts.step === 0;
}

/** A timestamp in words: `3.17`, and after a read-modify-write from it `3.17+1.9`. */
export function stampWords({ version, cid, step, stepCid }: Timestamp): string {
  return `${version}.${cid}${step === 0 ? "" : `+${step}.${stepCid}`}`;
}
