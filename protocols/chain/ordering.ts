/**
 * The head puts requests into the order, and gathers them into entries.
 *
 * @module
 */
import type { Ref } from "../../actors/ref.ts";
import type { ClientReply } from "../client_messages.ts";
import { sealEntry } from "../entry.ts";
import type { OwedReply } from "../ordering.ts";
import type { ChainReplica } from "./replica.ts";
import { append } from "./updates.ts";

interface Waiting {
  readonly request: Uint8Array;
  readonly replyTo: Ref<ClientReply> | undefined;
}

/** What ordering remembers. */
export class OrderingState {
  queue: Waiting[] = [];
  queueBytes = 0;
  isSealScheduled = false;
}

/** Whether this replica orders: it is the head, and the chain takes updates. */
export function isOrdering({ position }: ChainReplica): boolean {
  const isHead = position.role === "head" || position.role === "single";
  return isHead && position.isWritable && !position.isLeaving;
}

/** Queues a request for the next batch. */
export function onOrder(
  replica: ChainReplica,
  request: Uint8Array,
  replyTo: Ref<ClientReply> | undefined,
): void {
  // The client table learns that we no longer order and asks elsewhere.
  if (!isOrdering(replica)) return;
  const { ordering, options, context } = replica;
  const isFull = ordering.queueBytes + request.length > options.queueBytesMax &&
    ordering.queue.length > 0;
  if (isFull) return context.send(options.clientTable, { type: "order-refused", request });
  ordering.queue.push({ request, replyTo });
  ordering.queueBytes += request.length;
  scheduleSeal(replica);
}

/**
 * The batch is closed by a message to ourselves: it comes behind everything that is in the mailbox
 * already, so a batch holds whatever has gathered, without any timer.
 */
export function scheduleSeal(replica: ChainReplica): void {
  const { ordering, context } = replica;
  if (ordering.isSealScheduled || ordering.queue.length === 0) return;
  ordering.isSealScheduled = true;
  context.send(context.self, { type: "seal" });
}

/** Turns what has gathered into entries, as long as there is room for more under way. */
export function onSeal(replica: ChainReplica): void {
  const { ordering, options, context } = replica;
  ordering.isSealScheduled = false;
  // The next heartbeat will do it.
  if (!isOrdering(replica) || context.maybe("chain/seal-later")) return;
  while (isBatchDue(replica)) {
    const requestsMax = context.maybe("chain/batch-of-one") ? 1 : options.requestsMax;
    seal(replica, takeBatch(ordering, options.entryBytesMax, requestsMax));
  }
}

/**
 * While an entry is being made durable here, the next one gathers, unless it is full: so there is one
 * entry to each sync, and as many of them under way as the chain has stages.
 */
function isBatchDue(replica: ChainReplica): boolean {
  const { log, commitNumber, durability, options } = replica;
  const { queue, queueBytes } = replica.ordering;
  if (queue.length === 0 || log.opNumber - commitNumber >= options.pipeline) return false;
  const isFull = queue.length >= options.requestsMax || queueBytes >= options.entryBytesMax;
  return isFull || durability.durableOp === log.opNumber;
}

function takeBatch(ordering: OrderingState, bytesMax: number, requestsMax: number): Waiting[] {
  let count = 0;
  let bytes = 0;
  for (const { request } of ordering.queue) {
    if (count === requestsMax || (count > 0 && bytes + request.length > bytesMax)) break;
    bytes += request.length;
    count++;
  }
  ordering.queueBytes -= bytes;
  return ordering.queue.splice(0, count);
}

function seal(replica: ChainReplica, batch: readonly Waiting[]): void {
  const { context, log, position } = replica;
  const entry = sealEntry({
    opNumber: log.opNumber + 1,
    view: position.epoch,
    time: Math.max(log.time, context.wallTime()),
    parent: log.head,
    requests: batch.map(({ request }) => request),
  });
  const owed: OwedReply[] = [];
  for (const [request, { replyTo }] of batch.entries()) {
    if (replyTo !== undefined) owed.push({ request, replyTo });
  }
  append(replica, entry, owed);
}

/** Another orders, or nobody: what waits here was never ordered. */
export function dropQueue(replica: ChainReplica): void {
  Object.assign(replica.ordering, { queue: [], queueBytes: 0 });
}
