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
import { type ClientReply, RESULT_BYTES_MAX, resultReply } from "../client_messages.ts";
import { acknowledgeToAll } from "./acknowledgement.ts";
import { adopt } from "./adoption.ts";
import { ClientCommand } from "./client_command.ts";
import { post } from "./flush.ts";
import {
  OBJECT_BYTES_MAX,
  type Requester,
  type SessionRecord,
  STATE_BYTES_MAX,
  type Update,
} from "./messages.ts";
import type { ObjectRecord } from "./objects.ts";
import { type Command, Pending } from "./pending.ts";
import { makeKnown } from "./notes.ts";
import { confirm, isConfirmed } from "./recall.ts";
import { expectValid } from "./replays.ts";
import type { HermesReplica } from "./replica.ts";
import type { ReplicaRequest } from "./requests.ts";
import { replyOf } from "./sessions.ts";
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
const NO_RESULT = new Uint8Array();
const INTERRUPTED: ClientReply = { type: "interrupted" };

/** What this replica coordinates. */
export class UpdateState {
  /** Operations under way, the one first that was sent longest ago. */
  readonly pending = new Set<Pending>();
  /** Objects that commands wait for. */
  readonly queued = new Set<ObjectRecord>();
  /** Commands that are not answered yet, of those that are `submit`ted. */
  commands = 0;
}

/** The client table has a command of a session. */
export function onExecute(
  replica: HermesReplica,
  request: Extract<ReplicaRequest, { type: "execute" }>,
): void {
  const { machine } = replica.options;
  const { clientId, requestNumber, command } = request;
  const object = machine.commandObject(command);
  if (object === undefined) return refuse(replica, request);
  const executed = new ClientCommand(replica, object, request);
  // The empty name is taken, by what opens sessions.
  if (object === "" || isTooLong(object)) {
    return executed.answer({ type: "unsupported", what: "an object of that name" });
  }
  confirm(replica, clientId, () => {
    if (requestNumber === 0) answerUnnumbered(replica, executed);
    else submit(replica, executed);
  });
}

/** Requests are numbered from 1: whoever asks by number 0 wants to know whether there is such a session. */
function answerUnnumbered(replica: HermesReplica, command: ClientCommand): void {
  const { clientId } = command;
  command.answer(
    isConfirmed(replica, clientId) ? replica.sessions.refuse(clientId, 0)! : INTERRUPTED,
  );
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
  if (after === undefined) return answerRead(replica, record, command, result);
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

/** Whether a command is ours to execute. */
function mayBegin(replica: HermesReplica, { clientId, requestNumber }: Command): boolean {
  return replica.isServing && (requestNumber === 0 || isConfirmed(replica, clientId));
}

/** Answers without executing anything, now that the object is valid, if there is an answer. */
function isAnswered(replica: HermesReplica, command: Command): boolean {
  const known = mayBegin(replica, command) ? knownOf(replica, command) : INTERRUPTED;
  if (known === undefined) return false;
  if ("type" in known) answer(replica, command, known);
  else answerAgain(replica, command, known);
  return true;
}

/** What is remembered of a request that was executed, or why it is not to be; `undefined` if it is new. */
function knownOf(
  { sessions }: HermesReplica,
  { clientId, requestNumber, object }: Command,
): SessionRecord | ClientReply | undefined {
  // It opens the session.
  if (requestNumber === 0) return undefined;
  const refusal = sessions.refuse(clientId, requestNumber);
  if (refusal !== undefined) return refusal;
  const known = sessions.recordOf(clientId);
  if (known === undefined || known.requestNumber < requestNumber) return undefined;
  // The same ids for another command: whatever that is, it is no retry.
  if (known.object !== object) return { type: "superseded", newest: known.requestNumber };
  return known.fate === "overtaken" ? undefined : known;
}

/** Tells what a request returned when it was executed, once that cannot be forgotten. */
function answerAgain(replica: HermesReplica, command: Command, known: SessionRecord): void {
  if (known.fate !== "unchanged") return answer(replica, command, replyOf(known));
  makeKnown(replica, known, (isKnown) => {
    answer(replica, command, isKnown ? replyOf(known) : INTERRUPTED);
  });
}

/** A command that changes nothing is a read, of what is valid here; but one that is remembered. */
function answerRead(
  replica: HermesReplica,
  record: ObjectRecord,
  command: Command,
  result: Uint8Array,
): void {
  const requester = requesterOf(command, result, RESULT_BYTES_MAX);
  const { object, isRmw } = command;
  answerAgain(replica, command, { ...requester, object, ts: record.ts, isRmw, fate: "unchanged" });
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

function requesterOf(
  { clientId, requestNumber }: Command,
  result: Uint8Array,
  bytesMax: number,
): Requester {
  const isKept = result.length <= bytesMax;
  const resultBytes = result.length;
  return { clientId, requestNumber, result: isKept ? result : NO_RESULT, resultBytes };
}

/** No UTF-16 code unit takes more than three bytes: most names need not be measured. */
function isTooLong(object: string): boolean {
  return object.length * 3 > OBJECT_BYTES_MAX &&
    new TextEncoder().encode(object).length > OBJECT_BYTES_MAX;
}

/** A command that is of no object. */
function refuse(
  { options, context }: HermesReplica,
  { clientId, requestNumber, command }: Extract<ReplicaRequest, { type: "execute" }>,
): void {
  const refusal = options.machine.refuse(command);
  const reply: ClientReply = refusal === undefined
    ? { type: "unsupported", what: "a command of several objects" }
    : resultReply(0, refusal);
  context.send(options.clientTable, { type: "answered", clientId, requestNumber, reply });
}
