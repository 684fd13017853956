/**
 * How a replica gets to know that entries are committed: as the tail by having them durable, elsewhere by
 * what others say.
 *
 * @module
 */
import { sendAck } from "./acknowledgement.ts";
import { sendCommitted } from "./execution.ts";
import type { ChainReplica } from "./replica.ts";

/** Whether this replica is the tail, and may act as such: it has neither stopped nor frozen. */
export function isServingTail(replica: ChainReplica): boolean {
  const { isLast, isLeaving } = replica.position;
  return isLast && !isLeaving && !replica.extension.isFrozen;
}

/**
 * As the tail, commits what is durable, and tells the chain. All those before it have it, durable, too. It
 * answers whom the entries name: those of a tail that has failed included (CR 3.2).
 */
export function commitAsTail(replica: ChainReplica): void {
  if (!isServingTail(replica)) return;
  if (replica.durability.durableOp <= replica.commitNumber) return;
  replica.commitNumber = replica.durability.durableOp;
  sendCommitted(replica);
  sendAck(replica);
}

/** Others have committed so far, and whoever is the tail there answers. */
export function commitTo(replica: ChainReplica, committed: number): void {
  const { commitNumber, log, pending } = replica;
  const opNumber = Math.min(committed, log.opNumber);
  if (opNumber <= commitNumber) return;
  for (let op = commitNumber + 1; op <= opNumber; op++) pending.settle(op);
  replica.commitNumber = opNumber;
  sendCommitted(replica);
}
