/**
 * Linearizable reads that append nothing to the log. A read may be answered from the state after
 * some op-number if, after the read was invoked, a quorum was still in the view whose primary named
 * that op-number: no later view can then have committed anything before the invocation.
 *
 * All reads that wait share one round. A backup that asks the primary confirms the view by asking,
 * so in a group of three its reads cost one message each way. A primary asks those who were the first to
 * confirm the round before, as many as a quorum needs, and the others only if they are late: a round costs
 * each backup that is asked some 0.1 ms of processor time, and the primary a write and a read.
 *
 * @module
 */
import type { VrMessageOf } from "./messages.ts";
import type { Replica } from "./replica.ts";
import { startInstall } from "./transfer.ts";
import { resendStartView } from "./view_change.ts";

/** Who asked for a read index (a replica, for its client table), and the newest ticket of each. */
type Askers = Map<number, number>;

/** What reads remember. */
export class ReadState {
  /**
   * The op-number at which the view began. What earlier views committed may lie up to here, whether
   * or not this primary knows it to be committed.
   */
  floor = 0;
  round = 0;
  /** Who waits for the round under way, and what it will be told. */
  asking: Askers = new Map();
  opNumber = 0;
  confirmedBy = new Set<number>();
  /** Who confirmed the last round of this view, and is asked first. */
  prompt: readonly number[] = [];
  /** Who waits for the round after it. */
  next: Askers = new Map();
  /** The ticket of our own client table that the primary has been asked about; 0 if none. */
  forwarded = 0;
}

/** How long those who are asked first have before all the others are asked, too, in milliseconds. */
const LATE_MS = 5;

/** Our own client table wants to read. */
export function onFindReadIndex(replica: Replica, ticket: number): void {
  const { reads, context, options, view, index } = replica;
  if (replica.isLeading) return enqueue(replica, index, ticket);
  const isRefused = context.maybe("replica/refuse-read");
  if (replica.status !== "normal" || replica.transfer?.purpose === "install" || isRefused) {
    return context.send(options.clientTable, { type: "read-refused", ticket });
  }
  reads.forwarded = ticket;
  replica.send(replica.primary, { type: "readIndex", view, ticket, replica: index });
}

/** A backup wants to read; that it asks in our view confirms our view. */
export function onReadIndex(replica: Replica, message: VrMessageOf<"readIndex">): void {
  if (message.view > replica.view) return startInstall(replica, message.view, message.replica);
  if (!replica.isLeading) return;
  if (message.view < replica.view) return resendStartView(replica, message.replica);
  const { ticket, replica: asker } = message;
  // Our own vote and the asker's: in a group of three that is a quorum.
  const isEnough = replica.quorum <= 2 && !replica.context.maybe("replica/confirm-anyway");
  if (!isEnough) return enqueue(replica, asker, ticket);
  answer(replica, asker, ticket, readIndexNow(replica));
}

function readIndexNow(replica: Replica): number {
  return Math.max(replica.commitNumber, replica.reads.floor);
}

function enqueue(replica: Replica, asker: number, ticket: number): void {
  replica.reads.next.set(asker, ticket);
  if (replica.reads.asking.size === 0) startRound(replica);
}

function startRound(replica: Replica): void {
  const { reads } = replica;
  reads.asking = reads.next;
  reads.next = new Map();
  reads.round++;
  reads.opNumber = readIndexNow(replica);
  reads.confirmedBy.clear();
  const isKnown = reads.prompt.length > 0;
  ask(replica, isKnown ? reads.prompt : replica.others());
  if (isKnown) replica.context.setTimer("ask-again", LATE_MS, { type: "ask-again" });
  finishIfQuorum(replica);
}

/**
 * Puts the question of the round under way to all backups: it may have been lost, or those who were asked
 * may be gone.
 */
export function askAgain(replica: Replica): void {
  if (replica.reads.asking.size > 0) ask(replica, replica.others());
}

/** Not after an abdication (E16): it would be a sign of life of a primary that cannot hear their answers. */
function ask(replica: Replica, backups: readonly number[]): void {
  const { reads, view } = replica;
  if (replica.normal.abdicated) return;
  for (const backup of backups) replica.send(backup, { type: "confirm", view, round: reads.round });
}

/** The primary asks whether it still is. */
export function onConfirm(replica: Replica, message: VrMessageOf<"confirm">): void {
  const { view, round } = message;
  if (replica.status === "recovering") return;
  if (view > replica.view) return startInstall(replica, view, view % replica.options.replicaCount);
  if (view !== replica.view || replica.status !== "normal") return;
  if (replica.transfer?.purpose === "install") return;
  replica.heard(replica.primary);
  if (replica.context.maybe("replica/confirm-later")) return;
  replica.send(replica.primary, { type: "confirmed", view, round, replica: replica.index });
}

/** One more that is still in our view. */
export function onConfirmed(replica: Replica, message: VrMessageOf<"confirmed">): void {
  if (message.view !== replica.view || !replica.isLeading) return;
  if (message.round !== replica.reads.round) return;
  replica.reads.confirmedBy.add(message.replica);
  finishIfQuorum(replica);
}

function finishIfQuorum(replica: Replica): void {
  const { reads } = replica;
  if (reads.asking.size === 0 || reads.confirmedBy.size + 1 < replica.quorum) return;
  const { asking, opNumber } = reads;
  reads.asking = new Map();
  reads.prompt = [...reads.confirmedBy];
  for (const [asker, ticket] of asking) answer(replica, asker, ticket, opNumber);
  if (reads.next.size > 0) startRound(replica);
}

function answer(replica: Replica, to: number, ticket: number, opNumber: number): void {
  if (to === replica.index) {
    replica.context.send(replica.options.clientTable, { type: "read-index", ticket, opNumber });
  } else {
    replica.send(to, { type: "readIndexIs", view: replica.view, ticket, opNumber });
  }
}

/** The primary's answer, for our client table. */
export function onReadIndexIs(replica: Replica, message: VrMessageOf<"readIndexIs">): void {
  const { ticket, opNumber } = message;
  if (replica.reads.forwarded !== ticket) return;
  replica.reads.forwarded = 0;
  replica.context.send(replica.options.clientTable, { type: "read-index", ticket, opNumber });
}

/** The view is over: whoever waits has to ask again. */
export function refuseReads(replica: Replica): void {
  const { reads, index, context, options } = replica;
  const tickets = [reads.asking.get(index), reads.next.get(index), reads.forwarded];
  for (const ticket of tickets) {
    if (ticket) context.send(options.clientTable, { type: "read-refused", ticket });
  }
  reads.asking = new Map();
  reads.next = new Map();
  reads.forwarded = 0;
}

/** A view has begun. */
export function beginReads(replica: Replica): void {
  refuseReads(replica);
  replica.reads.prompt = [];
  replica.reads.floor = replica.log.opNumber;
}
