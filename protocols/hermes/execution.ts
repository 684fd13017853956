/**
 * Commands of clients' sessions, as the client table hands them over.
 *
 * @module
 */
import { type ClientReply, resultReply } from "../client_messages.ts";
import { ClientCommand } from "./client_command.ts";
import { OBJECT_BYTES_MAX } from "./messages.ts";
import { confirm, isConfirmed } from "./recall.ts";
import type { HermesReplica } from "./replica.ts";
import type { ReplicaRequest } from "./requests.ts";
import { submit } from "./updates.ts";

type Execute = Extract<ReplicaRequest, { type: "execute" }>;

/** The client table has a command of a session. */
export function onExecute(replica: HermesReplica, request: Execute): void {
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
    isConfirmed(replica, clientId)
      ? replica.sessions.refuse(clientId, 0)!
      : { type: "interrupted" },
  );
}

/** No UTF-16 code unit takes more than three bytes: most names need not be measured. */
function isTooLong(object: string): boolean {
  return object.length * 3 > OBJECT_BYTES_MAX &&
    new TextEncoder().encode(object).length > OBJECT_BYTES_MAX;
}

/** A command that is of no object. */
function refuse(
  { options, context }: HermesReplica,
  { clientId, requestNumber, command }: Execute,
): void {
  const refusal = options.machine.refuse(command);
  const reply: ClientReply = refusal === undefined
    ? { type: "unsupported", what: "a command of several objects" }
    : resultReply(0, refusal);
  context.send(options.clientTable, { type: "answered", clientId, requestNumber, reply });
}
