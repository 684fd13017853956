import { refTo } from "../../actors/ref.ts";
import { decode } from "../../actors/schema.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualEnvironment } from "../../actors/virtual_environment.ts";
import {
  type ClientReply,
  clientReply,
  type ClientRequest,
  clientRequest,
} from "../../protocols/client_messages.ts";
import {
  encodeCommand,
  masterAnswer,
  type MasterCommand,
  type MasterOutcome,
} from "../../protocols/master/commands.ts";
import { MASTER } from "../../protocols/master/names.ts";
import { encodeRequest } from "../../protocols/request.ts";
import type { MasterCluster } from "./cluster.ts";

/** The first node that clients live on; each has its own. */
const CLIENT_NODE = 100;

/** An operator, who speaks to the master through the client table of a node. */
export class MasterClient {
  readonly #cluster: MasterCluster;
  readonly #node: number;
  readonly #system: ActorSystem;
  readonly #replies: ClientReply[] = [];
  #clientId: number | undefined;
  #ticket = 0;

  constructor(cluster: MasterCluster, node: number) {
    this.#cluster = cluster;
    this.#node = node;
    const environment = new VirtualEnvironment(cluster.clock, { seed: 1, name: "operator" });
    this.#system = new ActorSystem({ node: CLIENT_NODE + node, environment });
    this.#system.expose("operator", clientReply);
    this.#system.spawn<ClientReply>("operator", () => ({
      receive: (reply) => void this.#replies.push(reply),
    }));
    cluster.network.join(this.#system);
  }

  /** Submits a command, and waits for what becomes of it. */
  submit(command: MasterCommand): MasterOutcome {
    this.#clientId ??= this.#open(256);
    const ticket = ++this.#ticket;
    const request = encodeRequest({
      type: "command",
      clientId: this.#clientId,
      requestNumber: ticket,
      command: encodeCommand(ticket, command),
    });
    const reply = this.#ask(request);
    if (reply.type !== "result") throw new Error(`No result: ${JSON.stringify(reply)}`);
    const answer = decode(masterAnswer, reply.result);
    if (answer.type !== "executed") throw new Error(`No outcome: ${JSON.stringify(answer)}`);
    return answer.outcome;
  }

  /** Has all sessions but its own evicted. */
  evictAll(): void {
    this.#clientId = this.#open(1);
  }

  #open(sessionsMax: number): number {
    const reply = this.#ask(encodeRequest({ type: "open-session", nonce: 1, sessionsMax }));
    if (reply.type !== "session") throw new Error(`No session: ${JSON.stringify(reply)}`);
    return reply.clientId;
  }

  #ask(request: Uint8Array): ClientReply {
    const replyTo = refTo<ClientReply>(CLIENT_NODE + this.#node, "operator");
    const { length } = this.#replies;
    const table = refTo<ClientRequest>(this.#node, MASTER.clientTable, clientRequest);
    this.#system.send(table, { type: "submit", request, forward: true, replyTo });
    this.#cluster.until(() => this.#replies.length > length, 1_000, "a reply");
    return this.#replies.at(-1)!;
  }
}
