/**
 * What is drawn for every cluster that a master looks after.
 *
 * @module
 */
import type { RandomStream } from "../../actors/random.ts";
import { oneOf } from "../distributions.ts";
import type { FaultRates, Plan } from "../plan.ts";

/** A poll is six messages, one after the other, if it has to wait for one before it; some are late. */
const POLL_MESSAGES = 15;

/** How long leases last, in milliseconds: shorter than it takes to get one, a lease is none. */
export function drawLease(random: RandomStream, { latency }: Plan["network"]): number {
  const { minMs, tailMs } = latency;
  return Math.max(oneOf(random, [150, 300, 500]), Math.ceil(POLL_MESSAGES * (minMs + tailMs)));
}

/** Faults that strike so many times as seldom, so that there is time to do something in between. */
export function slowed(rates: FaultRates, factor: number): FaultRates {
  const entries = Object.entries(rates).map(([kind, meanMs]) => [kind, meanMs * factor]);
  return Object.fromEntries(entries) as unknown as FaultRates;
}
