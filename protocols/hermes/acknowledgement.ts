/**
 * Acknowledgements (Hermes 3.2): an update is committed once every live replica holds it, or a later one,
 * durably. Only those count that name its very timestamp, and were sent in this epoch.
 *
 * With O3 (Hermes 3.3) they go to everybody, and whoever has seen all of them for what it holds knows by
 * itself that it is committed. The coordinator acknowledges then, too, since its INV left before its own copy
 * was durable.
 *
 * @module
 */
import { TransientMap } from "../../actors/transient.ts";
import { toSortable } from "../key_range.ts";
import { owe, post } from "./flush.ts";
import type { HermesMessageOf, ObjectVersion } from "./messages.ts";
import type { ObjectRecord } from "./objects.ts";
import type { Pending } from "./pending.ts";
import type { HermesReplica } from "./replica.ts";
import { bitOf } from "./standing.ts";
import { compare, type Timestamp } from "./timestamp.ts";
import { proceed } from "./updates.ts";
import { finish, settle } from "./validation.ts";

/** Acknowledgements of updates that are yet to come, for at most so many objects. */
const EARLY_MAX = 65_536;

/** What acknowledgements are remembered of, where they go to everybody. */
export class AcknowledgementState {
  /** By object: those of an update that has not come yet, of the highest timestamp. */
  readonly early = new TransientMap<string, { readonly ts: Timestamp; acks: number }>();
}

/** Somebody holds these updates, or later ones. */
export function onAck(replica: HermesReplica, { node, acks }: HermesMessageOf<"ack">): void {
  for (const version of acks) {
    const record = replica.objects.get(version.object);
    const pending = record?.pending;
    if (pending !== undefined && compare(pending.update.ts, version.ts) === 0) {
      pending.acks |= bitOf(node);
      tryCommit(replica, pending);
    }
    if (replica.options.broadcastsAcks) count(replica, record, version, bitOf(node));
  }
}

/** Acknowledges an update to whoever sent it, or to all. */
export function acknowledge(replica: HermesReplica, to: number, version: ObjectVersion): void {
  if (replica.options.broadcastsAcks) acknowledgeToAll(replica, version);
  else owe(replica, to, version);
}

/** Acknowledges an update to everybody, ourselves included (O3). */
export function acknowledgeToAll(replica: HermesReplica, version: ObjectVersion): void {
  owe(replica, replica.node, version);
  for (const other of replica.standing.others) owe(replica, other, version);
}

/** What we hold of these objects, or held, is durable (O3). */
export function acknowledgeToSelf(replica: HermesReplica, acks: readonly ObjectVersion[]): void {
  for (const version of acks) {
    count(replica, replica.objects.get(version.object), version, bitOf(replica.node));
  }
}

/** Takes up the acknowledgements of an update that came before it did (O3). */
export function takeEarly({ acknowledgement }: HermesReplica, record: ObjectRecord): void {
  const { early } = acknowledgement;
  const known = early.get(record.sortable);
  if (known === undefined || compare(known.ts, record.ts) > 0) return;
  early.delete(record.sortable);
  if (compare(known.ts, record.ts) === 0) record.acks = known.acks;
}

/** Commits an update of ours if nothing is missing. */
export function tryCommit(replica: HermesReplica, pending: Pending): void {
  const { standing, options, flushing, context } = replica;
  const { record, update, isNewest } = pending;
  if (record.pending !== pending || !pending.isDurable) return;
  if ((standing.othersMask & ~pending.acks) !== 0) return;
  const isSpared = options.broadcastsAcks || (options.sparesValidations && !isNewest);
  if (!isSpared && !context.maybe("hermes/lose-val")) {
    flushing.vals.push(update);
    post(replica);
  }
  if (isNewest) return settle(replica, record);
  finish(replica, pending);
  proceed(replica, record);
}

/** Counts a node's acknowledgement of what we hold (O3). */
function count(
  replica: HermesReplica,
  record: ObjectRecord | undefined,
  version: ObjectVersion,
  bit: number,
): void {
  const order = record === undefined ? 1 : compare(version.ts, record.ts);
  if (order > 0) return keepEarly(replica, version, bit);
  if (order < 0 || record!.isValid) return;
  record!.acks |= bit;
  const { standing, node } = replica;
  const all = standing.othersMask | bitOf(node);
  if ((all & ~record!.acks) === 0) settle(replica, record!);
}

/** Lost if there are too many: whoever misses one replays the update, and has it acknowledged again. */
function keepEarly({ acknowledgement }: HermesReplica, version: ObjectVersion, bit: number): void {
  const { early } = acknowledgement;
  const name = toSortable(version.object);
  const known = early.get(name);
  const order = known === undefined ? 1 : compare(version.ts, known.ts);
  if (order === 0) known!.acks |= bit;
  else if (order > 0 && (known !== undefined || early.size < EARLY_MAX)) {
    early.set(name, { ts: version.ts, acks: bit });
  }
}
