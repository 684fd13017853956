/**
 * Requests that cannot be served yet: for the session has seen what is not here, for another member has to be asked
 * first, or for stamps are not durable that far.
 *
 * @module
 */
import { TransientSet } from "../../actors/transient.ts";
import { pull, sendDigest } from "./anti_entropy.ts";
import { nodeOf } from "./dot.ts";
import type { NodeClock } from "./clock.ts";
import { post } from "./flush.ts";
import { sample, someLiving } from "./choice.ts";
import type { GossipReplica } from "./replica.ts";

/** A request that waits. */
export interface Waiting {
  /** Until when, by `Context.now()`. */
  readonly until: number;
  /** Whether it needs to wait no longer. */
  readonly isReady: () => boolean;
  /** Serves it. */
  readonly go: () => void;
  /** Says that it cannot be served. */
  readonly giveUp: () => void;
  /** Asks others for what it waits for. */
  readonly ask?: () => void;
}

/** Those that wait. */
export class WaitingState {
  readonly list = new TransientSet<Waiting>();
  askedAt = -Infinity;
}

/** Serves a request as soon as it can be. */
export function wait(replica: GossipReplica, each: Waiting): void {
  const { waiting: { list }, options } = replica;
  if (each.isReady()) return each.go();
  if (replica.context.now() >= each.until || list.size >= options.waitingMax) return each.giveUp();
  list.add(each);
  each.ask?.();
  replica.keepTime();
}

/** Serves what can be served now. */
export function lookAtWaiting({ waiting: { list } }: GossipReplica): void {
  for (const each of list) {
    if (!each.isReady()) continue;
    list.delete(each);
    each.go();
  }
}

/** Gives up what has waited for too long, and asks again for the rest. */
export function expire(replica: GossipReplica): void {
  const { waiting, options } = replica;
  const now = replica.context.now();
  const isAsking = now - waiting.askedAt >= options.mailRetryMs;
  if (isAsking) waiting.askedAt = now;
  for (const each of waiting.list) {
    if (now >= each.until) {
      waiting.list.delete(each);
      each.giveUp();
    } else if (isAsking) each.ask?.();
  }
  if (waiting.list.size > 0) post(replica);
}

/** Gives up all that waits. */
export function giveUpWaiting({ waiting: { list } }: GossipReplica): void {
  const all = [...list];
  list.clear();
  for (const each of all) each.giveUp();
}

/** Asks those who are likely to have what is required: whoever made it, and one more. */
export function askFor(replica: GossipReplica, required: NodeClock): void {
  const { data, living, others, context } = replica;
  const makers = required.minus(data.store.clock).replicas().map(nodeOf);
  const nodes = new Set(makers.filter((node) => others.includes(node) && living.has(node)));
  for (const node of sample([...nodes], 3, () => context.random())) pull(replica, node);
  for (const node of someLiving(replica, 1, [...nodes])) pull(replica, node);
}

/**
 * How long ago the least recent sync with a living member was; `undefined` if there was none, or if nobody has said
 * yet who lives.
 */
export function stalenessMs(replica: GossipReplica): number | undefined {
  const { others, living, runs, sync, context } = replica;
  if (others.length > 0 && runs.size === 0) return undefined;
  let oldest = context.now();
  for (const node of others) {
    if (!living.has(node)) continue;
    const syncedAt = sync.syncedAt.get(node);
    if (syncedAt === undefined) return undefined;
    oldest = Math.min(oldest, syncedAt);
  }
  return context.now() - oldest;
}

/** Asks the living members with whom the last sync was too long ago. */
export function askForSync(replica: GossipReplica, maxStalenessMs: number): void {
  const { others, living, sync, context } = replica;
  const since = context.now() - maxStalenessMs;
  const nodes = others.filter((node) =>
    living.has(node) && (sync.syncedAt.get(node) ?? -1) < since
  );
  sendDigest(replica, nodes);
}
