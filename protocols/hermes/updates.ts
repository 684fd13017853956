/**
 * Updates that this replica coordinates (Hermes 3.2, 3.6). One begins from an object that is valid, and on
 * which nothing of ours is under way; the others wait in the order in which they came.
 *
 * A read-modify-write that is overtaken is not given up as long as it may yet be committed by somebody who
 * replays it (4.5 of the reference: "aborted" is not "never happens"): it waits until its object is valid
 * again, and what is remembered of its request tells then whether it was executed, or has to be begun anew.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { TransientSet } from "../../actors/transient.ts";
import { type ClientReply, resultReply } from "../client_messages.ts";
import { acknowledgeToAll } from "./acknowledgement.ts";
import { adopt } from "./adoption.ts";
import { post } from "./flush.ts";
import {
  answerUnchanged,
  INTERRUPTED,
  isAnswered,
  mayBegin,
  requesterOf,
} from "./known_requests.ts";
import { STATE_BYTES_MAX, type Update } from "./messages.ts";
import type { ObjectRecord } from "./objects.ts";
import { type Command, Pending } from "./pending.ts";
import { expectValid } from "./replays.ts";
import type { HermesReplica } from "./replica.ts";
import {
  cidOf,
  nextRmw,
  nextWrite,
  revisionOf,
  type Timestamp,
  UPDATES_OF_OBJECT_MAX,
} from "./timestamp.ts";
import { drop } from "./validation.ts";

/** How often a read-modify-write is begun before its client is asked to come back later. */
const ATTEMPTS_MAX = 1_000;

/** What this replica coordinates. */
export class UpdateState {
  /** Operations under way, the one first that was sent longest ago. */
  readonly pending = new TransientSet<Pending>();
  /** Objects that commands wait for. */
  readonly queued = new TransientSet<ObjectRecord>();
  /** Commands that are not answered yet, of those that are `submit`ted. */
  commands = 0;
}

/** Takes a command, to be begun when it is its turn. It is answered, unless the replica starts anew. */
export function submit(replica: HermesReplica, command: Command): void {
  const { updates, options, standing, objects, isServing } = replica;
  if (!isServing || !standing.isWritable) {
    return command.answer({ type: "unavailable", why: "This node takes no updates at present" });
  }
  if (updates.commands >= options.updatesMax) {
    return command.answer({ type: "overloaded", what: "updates" });
  }
  updates.commands++;
  const record = objects.obtain(command.object);
  wait(replica, record, command, "last");
  proceed(replica, record);
}

/** Begins what waits for an object, as far as it can. */
export function proceed(replica: HermesReplica, record: ObjectRecord): void {
  const { queue } = record;
  if (queue === undefined) return;
  while (queue.length > 0 && record.isValid && record.pending === undefined) {
    begin(replica, record, queue.shift()!);
  }
  if (queue.length > 0) return expectValid(replica, record);
  record.queue = undefined;
  replica.updates.queued.delete(record);
  replica.objects.release(record);
}

/** Begins a command, unless it turns out that there is nothing to begin. */
function begin(replica: HermesReplica, record: ObjectRecord, command: Command): void {
  if (isAnswered(replica, command)) return;
  if (++command.attempts > ATTEMPTS_MAX) {
    return answer(replica, command, { type: "overloaded", what: "updates of the same object" });
  }
  const ts = nextTimestamp(replica, record, command.isRmw);
  const { result, after } = command.execute(record.bytes, record.revision, revisionOf(ts));
  if (after === undefined) return answerUnchanged(replica, record, command, result);
  const bytes = after?.length ?? 0;
  if (bytes > STATE_BYTES_MAX) {
    const what = `a state of more than ${STATE_BYTES_MAX} bytes`;
    return answer(replica, command, { type: "unsupported", what });
  }
  const update: Update = {
    object: command.object,
    ts,
    base: record.ts,
    isRmw: command.isRmw,
    state: after,
    requester: requesterOf(command, result, STATE_BYTES_MAX - bytes),
  };
  coordinate(replica, new Pending(record, update, command, result, replica.context.now()));
}

/** Starts an operation: everybody is told, and we hold it ourselves. */
export function coordinate(replica: HermesReplica, pending: Pending): void {
  const { flushing, updates, node, options } = replica;
  const { record, update } = pending;
  record.pending = pending;
  updates.pending.add(pending);
  if (!pending.isNewest) adopt(replica, record, update, node);
  flushing.invs.push(update);
  flushing.own.push(pending);
  if (options.broadcastsAcks) acknowledgeToAll(replica, update);
  post(replica);
}

/** Something later has taken the place of an update of ours. */
export function overtake(replica: HermesReplica, pending: Pending): void {
  const { record, command } = pending;
  // A write goes on (Trans): it was executed just before, once it has its acknowledgements.
  if (command !== undefined && !command.isRmw) return;
  drop(replica, pending);
  if (command === undefined) return;
  replica.counts.aborts++;
  wait(replica, record, command, "first");
  expectValid(replica, record);
}

/** Tells a command's client what became of it. */
export function answer({ updates }: HermesReplica, command: Command, reply: ClientReply): void {
  updates.commands--;
  command.answer(reply);
}

/** What to tell of an update that is committed. */
export function resultOf({ update, result }: Pending): ClientReply {
  return resultReply(revisionOf(update.ts), result);
}

/**
 * Another epoch. What waits for its turn was never begun, so whoever may begin it now may: its client has to
 * ask them. Those whom we serve still go on.
 */
export function beginUpdates(replica: HermesReplica): void {
  for (const record of replica.updates.queued) {
    const queue = record.queue!;
    record.queue = queue.filter((command) => {
      if (mayBegin(replica, command)) return true;
      answer(replica, command, INTERRUPTED);
      return false;
    });
    proceed(replica, record);
  }
}

/** Gives up everything: this replica's word counts no more. */
export function abandonUpdates(replica: HermesReplica): void {
  for (const pending of [...replica.updates.pending]) {
    drop(replica, pending);
    if (pending.command !== undefined) {
      answer(replica, pending.command, INTERRUPTED);
    }
  }
}

function wait(
  { updates }: HermesReplica,
  record: ObjectRecord,
  command: Command,
  place: "first" | "last",
): void {
  record.queue ??= [];
  if (place === "first") record.queue.unshift(command);
  else record.queue.push(command);
  updates.queued.add(record);
}

function nextTimestamp(
  { options, context, node, life }: HermesReplica,
  { ts }: ObjectRecord,
  isRmw: boolean,
): Timestamp {
  const virtual = Math.floor(context.random() * options.virtualIds);
  const cid = cidOf(node, life, virtual);
  const next = isRmw ? nextRmw(ts, cid) : nextWrite(ts, cid);
  invariant(next.version + next.step <= UPDATES_OF_OBJECT_MAX, "timestamps are safe integers");
  return next;
}
