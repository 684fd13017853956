/**
 * Updates, down the chain over a numbered FIFO link (CR 3): each is appended to the log and made durable;
 * then, and not before, it is forwarded, or at the tail committed. So the log of each replica is a beginning
 * of the log of the one before it, over crashes, too (CR's Update Propagation Invariant).
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import type { Entry } from "../entry.ts";
import type { OwedReply } from "../ordering.ts";
import { acknowledgeDurable, sendAck } from "./acknowledgement.ts";
import { commitAsTail, commitTo } from "./commit.ts";
import { freezeIfClose } from "./extension.ts";
import { pump } from "./forwarding.ts";
import { resume, resumeIfDue } from "./joining.ts";
import type { ChainMessageOf } from "./messages.ts";
import { isSilent, noteCame } from "./neighbours.ts";
import { scheduleSeal } from "./ordering.ts";
import type { ChainReplica } from "./replica.ts";

/** Appends an entry; it goes on its way when it is durable. */
export function append(replica: ChainReplica, entry: Entry, owed: readonly OwedReply[]): void {
  const { log, pending, context, position } = replica;
  log.append(entry);
  // What one that joins is sent may have been committed long ago.
  const arrivedAt = position.role === "joining" ? -Infinity : context.now();
  pending.add(entry.opNumber, owed, arrivedAt);
  replica.durability.append([entry], () => onDurable(replica));
}

function onDurable(replica: ChainReplica): void {
  commitAsTail(replica);
  acknowledgeDurable(replica);
  pump(replica);
  freezeIfClose(replica);
  scheduleSeal(replica);
}

/** The next entry, from the predecessor. */
export function onUpdate(replica: ChainReplica, message: ChainMessageOf<"update">): void {
  const { position, log } = replica;
  const { entry, committed, owed } = message;
  if (!isOnLink(replica, message)) return;
  // What the disk does not take must not gather in memory.
  if (replica.reports.stalled !== null) return;
  if (entry.opNumber > log.opNumber + 1) return resumeIfDue(replica);
  if (entry.opNumber <= log.opNumber) {
    // Sent again: our acknowledgement was lost.
    if (log.contains(entry.opNumber, entry.checksum)) commitTo(replica, committed);
    if (entry.opNumber === log.opNumber) sendAck(replica);
    return;
  }
  if (!log.continues(entry)) {
    invariant(!position.isMember, `entry ${entry.opNumber} of our predecessor follows our log`);
    return resume(replica);
  }
  append(replica, entry, owed);
  commitTo(replica, committed);
}

/** The predecessor says where it stands. */
export function onTip(replica: ChainReplica, message: ChainMessageOf<"tip">): void {
  const { log } = replica;
  if (!isOnLink(replica, message)) return;
  if (replica.reports.stalled === null && message.opNumber > log.opNumber) resumeIfDue(replica);
  commitTo(replica, message.committed);
  sendAck(replica);
}

/**
 * Whether a message is of the present link to the predecessor, which has then seen that our log is a
 * beginning of its own.
 */
function isOnLink(replica: ChainReplica, message: ChainMessageOf<"update" | "tip">): boolean {
  const { position, joining } = replica;
  if (message.node !== position.predecessor) return false;
  replica.heard(message.node);
  if (joining.checkpoint !== undefined) return false;
  if (message.link === joining.link) {
    joining.isLinked = true;
    noteCame(replica, message.committed);
    return true;
  }
  // It does not know where to begin, or has not heard of it; of a link before something may be left.
  if (message.link === 0) resume(replica);
  else if (!joining.isLinked || isSilent(replica)) resumeIfDue(replica);
  return false;
}
