import type { ClientReply, ClientRequest } from "../../protocols/client_messages.ts";
import { CLIENT_NODE } from "../clients.ts";
import type { SentMessage } from "../network.ts";
import type { Volume } from "./chain_world.ts";

/** Watches who answers linearizable reads: never somebody who is no member any more. */
export class ReadWatch {
  readonly #volumes: readonly Volume[];
  /** By the name under which the answer comes: the volume of a linearizable read. */
  readonly #reads = new Map<string, Volume>();

  constructor(volumes: readonly Volume[]) {
    this.#volumes = volumes;
  }

  /** A message from clients, or to them. */
  see({ actor, from, to, message, isReplay }: SentMessage): void {
    if (isReplay) return;
    if (from === CLIENT_NODE) return this.#asked(actor, message as ClientRequest);
    if (to === CLIENT_NODE) this.#answered(actor, from, message as ClientReply);
  }

  #asked(actor: string, request: ClientRequest): void {
    if (request.type !== "query" || request.consistency !== "linearizable") return;
    const volume = this.#volumes.find(({ names }) => names.clientTable === actor);
    if (volume !== undefined) this.#reads.set(request.replyTo.name, volume);
  }

  #answered(name: string, node: number, reply: ClientReply): void {
    if (reply.type !== "result") return;
    this.#reads.get(name)?.watch.answersRead(node);
  }
}
