/**
 * The link to the successor: which updates it was sent, and which it is known to have. Together with the
 * log that is CR's Sent list.
 *
 * @module
 */
import { offerState } from "./joining_donor.ts";
import type { ChainMessageOf } from "./messages.ts";
import { noteTaken } from "./neighbours.ts";
import type { ChainReplica } from "./replica.ts";

/** What is known of the successor; forgotten with every new epoch. */
export class LinkState {
  /** Its number; 0 until the successor has said where to begin. */
  number = 0;
  /** Updates were sent up to here. */
  sentTo = 0;
  /** Everything up to here is durable at the successor, which has said so if `isAcked`. */
  received = 0;
  isAcked = false;
  /** The lengths of the entries that were sent and are not known to be durable there. */
  sizes: number[] = [];
  bytes = 0;
}

/** The most bytes under way to a successor, in the largest batches. */
const WINDOW_BATCHES = 16;

/** Sends the successor what is durable here and it was not sent yet, as far as the window allows. */
export function pump(replica: ChainReplica): void {
  const { link, log, durability, commitNumber, pending, position: { successor } } = replica;
  if (successor === null || link.number === 0) return;
  while (link.sentTo < durability.durableOp && hasRoom(replica)) {
    const entry = log.get(link.sentTo + 1);
    // Compacted away: it has been joining for too long.
    if (entry === undefined) return cutOff(replica);
    link.sentTo++;
    link.sizes.push(entry.bytes.length);
    link.bytes += entry.bytes.length;
    const owed = pending.owedOf(entry.opNumber);
    replica.send(successor, {
      type: "update",
      link: link.number,
      committed: commitNumber,
      entry,
      owed,
    });
    // The rest follows with the next acknowledgement.
    if (replica.context.maybe("chain/forward-one")) return;
  }
}

function hasRoom({ link, options }: ChainReplica): boolean {
  return link.sizes.length < options.window &&
    (link.sizes.length === 0 || link.bytes < options.entryBytesMax * WINDOW_BATCHES);
}

function cutOff(replica: ChainReplica): void {
  offerState(replica, replica.link.number);
  replica.link.number = 0;
}

/** The successor has made this much durable. */
export function noteReceived(replica: ChainReplica, received: number): void {
  const { link } = replica;
  link.isAcked = true;
  if (received <= link.received) return;
  link.received = Math.min(received, link.sentTo);
  noteTaken(replica, link.received);
  const settled = link.sizes.length - (link.sentTo - link.received);
  for (const size of link.sizes.splice(0, Math.max(0, settled))) link.bytes -= size;
}

/** The successor says where to begin. */
export function onResume(replica: ChainReplica, message: ChainMessageOf<"resume">): void {
  const { link, log, durability, position, context } = replica;
  const { opNumber, head, node } = message;
  if (node !== position.successor) return;
  replica.heard(node);
  // Asked again before it had our answer.
  if (message.link === link.number) return;
  if (!log.contains(opNumber, head)) {
    link.number = 0;
    if (position.isLast) return offerState(replica, message.link);
    return context.log("error", `the log of node ${node} up to ${opNumber} is not part of ours`);
  }
  // It has more than is durable here: it is to have no more than we can still give after a crash.
  if (opNumber > durability.durableOp) return;
  Object.assign(link, {
    number: message.link,
    sentTo: opNumber,
    received: 0,
    isAcked: false,
    sizes: [],
    bytes: 0,
  });
  pump(replica);
  sendTip(replica);
}

/** Tells the successor where we stand. */
export function sendTip(replica: ChainReplica): void {
  const { link, commitNumber, position: { successor } } = replica;
  if (successor === null) return;
  replica.send(successor, {
    type: "tip",
    link: link.number,
    opNumber: link.sentTo,
    committed: commitNumber,
  });
}

/** Starts afresh in a new epoch. */
export function beginLink(replica: ChainReplica): void {
  replica.link = new LinkState();
  sendTip(replica);
}
