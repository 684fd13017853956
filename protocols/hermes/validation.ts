/**
 * Validations (Hermes 3.2): an object may be read once its update is known to be committed. A VAL counts only
 * for the very timestamp that the object has.
 *
 * @module
 */
import { validate } from "./adoption.ts";
import { journalLazily } from "./flush.ts";
import type { HermesMessageOf } from "./messages.ts";
import type { ObjectRecord } from "./objects.ts";
import type { Pending } from "./pending.ts";
import { wake } from "./reads.ts";
import type { HermesReplica } from "./replica.ts";
import { compare } from "./timestamp.ts";
import { answer, proceed, resultOf } from "./updates.ts";

/** These updates are committed. */
export function onVal(replica: HermesReplica, { vals }: HermesMessageOf<"val">): void {
  for (const { object, ts } of vals) {
    const record = replica.objects.get(object);
    if (record === undefined || record.isValid || compare(ts, record.ts) !== 0) continue;
    settle(replica, record);
  }
}

/** What is held of an object is committed: whoever waits for that goes on. */
export function settle(replica: HermesReplica, record: ObjectRecord): void {
  const { replays } = replica;
  validate(replica, record);
  replays.awaited.delete(record);
  journalLazily(replica, { type: "validated", object: record.name, ts: record.ts });
  const { pending } = record;
  // Somebody else may have seen to it that it is committed.
  if (pending?.isNewest) finish(replica, pending);
  wake(replica, record);
  proceed(replica, record);
}

/** An update of ours is committed: whoever asked for it is told. */
export function finish(replica: HermesReplica, pending: Pending): void {
  drop(replica, pending);
  if (pending.command === undefined) return;
  replica.counts.committed++;
  answer(replica, pending.command, resultOf(pending));
}

/** An operation of ours is no more. */
export function drop({ updates }: HermesReplica, pending: Pending): void {
  pending.record.pending = undefined;
  updates.pending.delete(pending);
}
