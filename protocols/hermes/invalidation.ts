/**
 * Invalidations (Hermes 3.2, 3.6): the objects have a new state, which nobody may read before it is
 * committed.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { acknowledge } from "./acknowledgement.ts";
import { adopt } from "./adoption.ts";
import { journal, post } from "./flush.ts";
import type { HermesMessageOf, Update } from "./messages.ts";
import type { ObjectRecord } from "./objects.ts";
import type { HermesReplica } from "./replica.ts";
import { compare } from "./timestamp.ts";

/** Somebody coordinates these updates, or finishes them. */
export function onInv(replica: HermesReplica, { node, updates }: HermesMessageOf<"inv">): void {
  for (const update of updates) invalidate(replica, node, update);
  post(replica);
}

function invalidate(replica: HermesReplica, from: number, update: Update): void {
  const record = replica.objects.obtain(update.object);
  const order = compare(update.ts, record.ts);
  if (order < 0 && update.isRmw) return refuse(replica, from, record);
  if (order > 0) adopt(replica, record, update, from);
  else if (order < 0) remember(replica, record, update);
  else hearAgain(replica, record, update, from);
  acknowledge(replica, from, update);
}

/** A write that was overtaken before it came: it was executed just before what overtook it. */
function remember(replica: HermesReplica, held: ObjectRecord, update: Update): void {
  const { sessions } = replica;
  if (update.requester === null || !sessions.note(update)) return;
  if (held.isValid) sessions.settle(update.object, held.ts);
  const record = sessions.recordOf(update.requester.clientId);
  if (record !== undefined) journal(replica, { type: "session", record });
}

function hearAgain(
  { objects, context }: HermesReplica,
  record: ObjectRecord,
  update: Update,
  from: number,
): void {
  invariant(
    compare(update.base, record.base) === 0 && update.isRmw === record.isRmw &&
      update.state?.length === record.state?.length,
    "a timestamp is given to one update only",
  );
  if (record.isValid) return;
  // Whoever replays it has made it its own concern.
  record.lastWriter = from;
  objects.invalidate(record, context.now());
}

/**
 * A read-modify-write whose place something later has taken: in place of an acknowledgement its coordinator
 * gets that. If it is valid here nobody else may be about to say so.
 */
function refuse(replica: HermesReplica, from: number, record: ObjectRecord): void {
  const { update, isValid } = record;
  replica.send(from, { type: "inv", updates: [update] });
  if (isValid) replica.send(from, { type: "val", vals: [update] });
}
