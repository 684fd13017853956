/**
 * Linearizable reads that append nothing to the log. A read may be answered from the state after
 * some op-number if, after the read was invoked, a quorum was still in the view whose primary named
 * that op-number: no later view can then have committed anything before the invocation.
 *
 * All reads that wait share one round. A backup that asks the primary confirms the view by asking,
 * so in a group of three its reads cost one message each way.
 *
 * @module
 */
import type { VrMessageOf } from "./messages.ts";
import type { Replica } from "./replica.ts";
import { startInstall } from "./state_transfer.ts";
import { resendStartView } from "./view_change.ts";

/** Who asked for a read index: our own client table, or a backup. */
type Asker = { readonly ticket: number; readonly replica: number };

/** What reads remember. */
export class ReadState {
  /**
   * The op-number at which the view began. What earlier views committed may lie up to here, whether
   * or not this primary knows it to be committed.
   */
  floor = 0;
  round = 0;
  /** Who waits for the round under way, and what it will be told. */
  asking: Asker[] = [];
  opNumber = 0;
  confirmedBy = new Set<number>();
  /** Who waits for the round after it. */
  next: Asker[] = [];
  /** Tickets of our own client table that the primary has been asked about. */
  forwarded = new Set<number>();
}

/** Our own client table wants to read. */
export function onFindReadIndex(replica: Replica, ticket: number): void {
  const { reads, context, options, view, index } = replica;
  if (replica.isLeading) return enqueue(replica, { ticket, replica: index });
  if (replica.status !== "normal" || replica.transfer?.purpose === "install") {
    return context.send(options.clientTable, { type: "read-refused", ticket });
  }
  reads.forwarded.add(ticket);
  replica.send(replica.primary, { type: "readIndex", view, ticket, replica: index });
}

/** A backup wants to read; that it asks in our view confirms our view. */
export function onReadIndex(replica: Replica, message: VrMessageOf<"readIndex">): void {
  if (message.view > replica.view) return startInstall(replica, message.view, message.replica);
  if (!replica.isLeading) return;
  if (message.view < replica.view) return resendStartView(replica, message.replica);
  const { ticket, replica: asker } = message;
  // Our own vote and the asker's: in a group of three that is a quorum.
  if (replica.quorum <= 2) {
    return answer(replica, { ticket, replica: asker }, readIndexNow(replica));
  }
  enqueue(replica, { ticket, replica: asker });
}

function readIndexNow(replica: Replica): number {
  return Math.max(replica.commitNumber, replica.reads.floor);
}

function enqueue(replica: Replica, asker: Asker): void {
  replica.reads.next.push(asker);
  if (replica.reads.asking.length === 0) startRound(replica);
}

function startRound(replica: Replica): void {
  const { reads, view } = replica;
  reads.asking = reads.next;
  reads.next = [];
  reads.round++;
  reads.opNumber = readIndexNow(replica);
  reads.confirmedBy.clear();
  replica.broadcast({ type: "confirm", view, round: reads.round });
  finishIfQuorum(replica);
}

/** The primary asks whether it still is. */
export function onConfirm(replica: Replica, message: VrMessageOf<"confirm">): void {
  const { view, round } = message;
  if (replica.status === "recovering") return;
  if (view > replica.view) return startInstall(replica, view, view % replica.options.replicaCount);
  if (view !== replica.view || replica.status !== "normal") return;
  if (replica.transfer?.purpose === "install") return;
  replica.heard(replica.primary);
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
  if (reads.asking.length === 0 || reads.confirmedBy.size + 1 < replica.quorum) return;
  const { asking, opNumber } = reads;
  reads.asking = [];
  for (const asker of asking) answer(replica, asker, opNumber);
  if (reads.next.length > 0) startRound(replica);
}

function answer(replica: Replica, asker: Asker, opNumber: number): void {
  const { ticket, replica: to } = asker;
  if (to === replica.index) {
    replica.context.send(replica.options.clientTable, { type: "read-index", ticket, opNumber });
  } else {
    replica.send(to, { type: "readIndexIs", view: replica.view, ticket, opNumber });
  }
}

/** The primary's answer, for our client table. */
export function onReadIndexIs(replica: Replica, message: VrMessageOf<"readIndexIs">): void {
  const { ticket, opNumber } = message;
  if (!replica.reads.forwarded.delete(ticket)) return;
  replica.context.send(replica.options.clientTable, { type: "read-index", ticket, opNumber });
}

/** The view is over: whoever waits has to ask again. */
export function refuseReads(replica: Replica): void {
  const { reads, index, context, options } = replica;
  const own = [...reads.asking, ...reads.next].filter((asker) => asker.replica === index);
  for (const ticket of [...own.map((asker) => asker.ticket), ...reads.forwarded]) {
    context.send(options.clientTable, { type: "read-refused", ticket });
  }
  reads.asking = [];
  reads.next = [];
  reads.forwarded.clear();
}

/** A view has begun. */
export function beginReads(replica: Replica): void {
  refuseReads(replica);
  replica.reads.floor = replica.log.opNumber;
}
