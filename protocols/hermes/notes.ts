/**
 * What no update makes known to all, and yet is told a client. A request must not be executed once more when a
 * copy of it that was delayed arrives after its client was told; so before that every live replica
 * remembers what the request returned, as it does with an update that it acknowledges.
 *
 * One kind are commands that change nothing: a comparison that fails, say. To the object that is a local read
 * (4.5 of the reference), but by the time of the copy the comparison may hold. To make it known also shows
 * that what was read was up to date, without lease or check: everybody was still in this epoch afterwards.
 *
 * The other kind are writes that only some replicas got before their coordinator was gone, and that another
 * write has overtaken there: nobody finishes them, and they are executed none the less.
 *
 * @module
 */
import { TransientMap } from "../../actors/transient.ts";
import { adoptRecord } from "./adoption.ts";
import { journal, whenDurable } from "./flush.ts";
import type { HermesMessageOf, SessionRecord } from "./messages.ts";
import type { HermesReplica } from "./replica.ts";
import { bitOf } from "./standing.ts";

/** A record that everybody is to have. */
interface Note {
  readonly record: SessionRecord;
  /** Who has it, of the others in this epoch, as bits. */
  acks: number;
  isDurable: boolean;
  sentAt: number;
  readonly then: (isKnown: boolean) => void;
}

/** What is being made known. */
export class NoteState {
  /** The newest of each client. */
  readonly underWay = new TransientMap<number, Note>();
}

/**
 * Has every live replica remember what a request returned. `then` is told whether they
 * all do; they may not if this replica stops serving, or the client has gone on to its next request.
 */
export function makeKnown(
  replica: HermesReplica,
  record: SessionRecord,
  then: (isKnown: boolean) => void,
): void {
  const { notes: { underWay }, sessions, context } = replica;
  underWay.get(record.clientId)?.then(false);
  const note: Note = { record, acks: 0, isDurable: false, sentAt: context.now(), then };
  underWay.set(record.clientId, note);
  sessions.adopt(record);
  journal(replica, { type: "session", record });
  whenDurable(replica, () => {
    note.isDurable = true;
    conclude(replica, note);
  });
  send(replica, note);
}

function send(replica: HermesReplica, { record, acks }: Note): void {
  for (const other of replica.standing.others) {
    if ((acks & bitOf(other)) === 0) replica.send(other, { type: "note", record });
  }
}

function conclude({ notes: { underWay }, standing }: HermesReplica, note: Note): void {
  const { record: { clientId }, acks, isDurable, then } = note;
  if (underWay.get(clientId) !== note || !isDurable) return;
  if ((standing.othersMask & ~acks) !== 0) return;
  underWay.delete(clientId);
  then(true);
}

/** Another replica is about to tell what a request returned. */
export function onNote(replica: HermesReplica, message: HermesMessageOf<"note">): void {
  const { node, epoch, record } = message;
  const { clientId, requestNumber } = record;
  // It is sent again, and nobody knows how often until the journal makes progress.
  if (replica.reports.stalled !== null) return;
  adoptRecord(replica, record);
  // Known from before, it may still be on its way to the disk.
  whenDurable(replica, () => {
    if (replica.standing.epoch !== epoch) return;
    replica.send(node, { type: "noted", clientId, requestNumber });
  });
}

/** Another replica remembers what a request returned. */
export function onNoted(replica: HermesReplica, message: HermesMessageOf<"noted">): void {
  const { node, clientId, requestNumber } = message;
  const note = replica.notes.underWay.get(clientId);
  if (note === undefined || note.record.requestNumber !== requestNumber) return;
  note.acks |= bitOf(node);
  conclude(replica, note);
}

/** What was sent, or its acknowledgement, may have been lost. */
export function askAgain(replica: HermesReplica): void {
  const { notes: { underWay }, context, options } = replica;
  const now = context.now();
  for (const note of underWay.values()) {
    if (note.sentAt > now - options.mltMs) continue;
    note.sentAt = now;
    send(replica, note);
  }
}

/** Says again what is not known to all: in another epoch, once it is begun. */
export function sendNotes(replica: HermesReplica): void {
  for (const note of replica.notes.underWay.values()) send(replica, note);
}

/** Another epoch: everybody in it has to know. */
export function beginNotes(replica: HermesReplica): void {
  const { notes: { underWay }, isServing } = replica;
  for (const note of [...underWay.values()]) {
    note.acks = 0;
    if (isServing) {
      conclude(replica, note);
      continue;
    }
    underWay.delete(note.record.clientId);
    note.then(false);
  }
}
