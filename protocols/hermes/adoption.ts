/**
 * How an update becomes what a replica holds of an object, wherever it comes from: a client, a peer, the
 * journal, or a copy.
 *
 * @module
 */
import { takeEarly } from "./acknowledgement.ts";
import { journal } from "./flush.ts";
import type { HeldObject, ObjectVersion, SessionRecord, Update } from "./messages.ts";
import type { ObjectRecord } from "./objects.ts";
import type { HermesReplica } from "./replica.ts";
import { compare } from "./timestamp.ts";
import { overtake } from "./updates.ts";
import { settle } from "./validation.ts";

/** Takes a later update of an object, of which `lastWriter` is to see to it that it is committed. */
export function adopt(
  replica: HermesReplica,
  record: ObjectRecord,
  update: Update,
  lastWriter: number,
): void {
  takeUp(replica, record, update, lastWriter);
  journal(replica, { type: "held", object: { update, isValid: false, lastWriter } });
  if (replica.options.broadcastsAcks) takeEarly(replica, record);
  const { pending } = record;
  if (pending !== undefined && pending.update !== update) overtake(replica, pending);
}

/** Takes what another replica holds of an object, to hold what it does, if that is later than what we do. */
export function adoptCopied(replica: HermesReplica, { update, isValid, lastWriter }: HeldObject) {
  const record = replica.objects.obtain(update.object);
  const order = compare(update.ts, record.ts);
  if (order > 0) adopt(replica, record, update, lastWriter);
  if (order >= 0 && isValid && !record.isValid) settle(replica, record);
}

/** Takes what another replica remembers of a request. */
export function adoptRecord(replica: HermesReplica, record: SessionRecord): void {
  if (replica.sessions.adopt(record)) journal(replica, { type: "session", record });
}

/** Takes up again what the disk says was held of an object. */
export function restore(replica: HermesReplica, { update, isValid, lastWriter }: HeldObject): void {
  const record = replica.objects.obtain(update.object);
  const order = compare(update.ts, record.ts);
  if (order > 0) takeUp(replica, record, update, lastWriter);
  else recall(replica, update);
  if (isValid) restoreValid(replica, update);
}

/** Takes up again what the disk says is committed. */
export function restoreValid(replica: HermesReplica, { object, ts }: ObjectVersion): void {
  const record = replica.objects.get(object);
  if (record !== undefined && compare(ts, record.ts) === 0) validate(replica, record);
  else replica.sessions.settle(object, ts);
}

/** Notes that what is held of an object is committed, and so are the requests that led there. */
export function validate({ objects, sessions }: HermesReplica, record: ObjectRecord): void {
  objects.validate(record);
  sessions.settle(record.name, record.ts);
}

/** What came later may be here before it, out of a snapshot; what it did to requests is not. */
function recall({ sessions }: HermesReplica, update: Update): void {
  sessions.overtake(update);
  sessions.note(update);
}

function takeUp(
  { objects, sessions, context }: HermesReplica,
  record: ObjectRecord,
  update: Update,
  lastWriter: number,
): void {
  objects.adopt(record, update, lastWriter, context.now());
  sessions.overtake(update);
  sessions.note(update);
}
