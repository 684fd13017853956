import type { ClientReply, ClientRequest } from "../../protocols/client_messages.ts";
import type { volumeNames } from "../../protocols/volume_names.ts";
import { CLIENT_NODE } from "../client_pool.ts";
import type { SentMessage } from "../network.ts";

/** A volume, and who is told that a node has answered a linearizable read of it. */
export interface ReadableVolume {
  readonly names: ReturnType<typeof volumeNames>;
  readonly watch: { answersRead(node: number): void };
}

/** Watches who answers linearizable reads: never somebody who is no member any more. */
export class ReadWatch {
  readonly #volumes: readonly ReadableVolume[];
  /** By the name under which the answer comes: the volume of a linearizable read. */
  readonly #reads = new Map<string, ReadableVolume>();

  constructor(volumes: readonly ReadableVolume[]) {
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
