/**
 * How long a lease lasts, and how long it takes until one has surely run out.
 *
 * A lease is a linearizable poll that the master did not refuse, and lasts `leaseMs` from when the poll
 * was **sent**. An intention to expel a node is a command of the master's log: a poll answered from a
 * state without it was sent before it was committed. Whoever knows of the intention knows that it is
 * committed; so every lease of the node ends within `leaseMs` from then, by the node's clock, whatever
 * became of the master's primary meanwhile. An intention that is withdrawn and decided anew has another
 * name, and is waited for anew (chain.md 1.7).
 *
 * @module
 */
import type { MemberOptions } from "./options.ts";

type LeaseOptions = Required<Pick<MemberOptions, "leaseMs" | "driftBound" | "staggerMs">>;

/** Until when a node may serve reads, by its own clock, that asked at `sentAt`. */
export function leaseEnd(sentAt: number, { leaseMs }: Pick<LeaseOptions, "leaseMs">): number {
  return sentAt + leaseMs;
}

/**
 * When a node that has seen an intention at `seenAt` may submit the expulsion. `rank` is how many others
 * do so before it.
 */
export function expulsionDue(seenAt: number, rank: number, options: LeaseOptions): number {
  const { leaseMs, driftBound, staggerMs } = options;
  return seenAt + leaseMs * (1 + driftBound) + staggerMs * rank;
}
