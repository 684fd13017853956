import type { ClientReply } from "../client_messages.ts";
import type { Execution } from "../object_machine.ts";
import type { Command } from "./pending.ts";
import type { HermesReplica } from "./replica.ts";
import type { ReplicaRequest } from "./requests.ts";

type Execute = Extract<ReplicaRequest, { type: "execute" }>;

/** A command of a client's session. */
export class ClientCommand implements Command {
  readonly object: string;
  readonly isRmw: boolean;
  readonly clientId: number;
  readonly requestNumber: number;
  attempts = 0;
  readonly #replica: HermesReplica;
  readonly #command: Uint8Array;

  constructor(replica: HermesReplica, object: string, request: Execute) {
    const { clientId, requestNumber, command } = request;
    this.object = object;
    this.isRmw = replica.options.machine.isReadModifyWrite(command);
    this.clientId = clientId;
    this.requestNumber = requestNumber;
    this.#replica = replica;
    this.#command = command;
  }

  execute(before: Uint8Array | null, modRevision: number, revision: number): Execution {
    return this.#replica.options.machine.execute(this.#command, before, modRevision, revision);
  }

  answer(reply: ClientReply): void {
    const { clientId, requestNumber } = this;
    const { context, options } = this.#replica;
    context.send(options.clientTable, { type: "answered", clientId, requestNumber, reply });
  }
}
