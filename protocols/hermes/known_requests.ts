/**
 * What a replica answers to a command without beginning it, for it was executed before, or changes nothing.
 * All of it is decided when the object is valid: then it is certain what became of earlier attempts.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { type ClientReply, RESULT_BYTES_MAX } from "../client_messages.ts";
import type { Requester, SessionRecord } from "./messages.ts";
import { makeKnown } from "./notes.ts";
import type { ObjectRecord } from "./objects.ts";
import type { Command } from "./pending.ts";
import { isConfirmed } from "./recall.ts";
import type { HermesReplica } from "./replica.ts";
import { isCertain, replyOf } from "./sessions.ts";
import { answer } from "./updates.ts";

const NO_RESULT = new Uint8Array();
/** Asked again with the same ids, whoever may execute the command knows what became of it. */
export const INTERRUPTED: ClientReply = { type: "interrupted" };

/** Whether a command is ours to execute. */
export function mayBegin(replica: HermesReplica, { clientId, requestNumber }: Command): boolean {
  return replica.isServing && (requestNumber === 0 || isConfirmed(replica, clientId));
}

/** Answers without executing anything, now that the object is valid, if there is an answer. */
export function isAnswered(replica: HermesReplica, command: Command): boolean {
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
  invariant(
    isCertain(known),
    "what became of a request is certain once its object is valid",
  );
  if (known.fate === "executed") return answer(replica, command, replyOf(known));
  makeKnown(replica, known, (isKnown) => {
    answer(replica, command, isKnown ? replyOf(known) : INTERRUPTED);
  });
}

/** A command that changes nothing is a read, of what is valid here; but one that is remembered. */
export function answerUnchanged(
  replica: HermesReplica,
  record: ObjectRecord,
  command: Command,
  result: Uint8Array,
): void {
  const requester = requesterOf(command, result, RESULT_BYTES_MAX);
  const { object, isRmw } = command;
  answerAgain(replica, command, { ...requester, object, ts: record.ts, isRmw, fate: "unchanged" });
}

/** Who asks for an update, and what it returned, unless that is longer than so many bytes. */
export function requesterOf(
  { clientId, requestNumber }: Command,
  result: Uint8Array,
  bytesMax: number,
): Requester {
  const isKept = result.length <= bytesMax;
  const resultBytes = result.length;
  return { clientId, requestNumber, result: isKept ? result : NO_RESULT, resultBytes };
}
