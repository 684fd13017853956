import { type Ref, refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualEnvironment } from "../../actors/virtual_environment.ts";
import {
  type ClientReply,
  clientReply,
  type ClientRequest,
  clientRequest,
} from "../../protocols/client_messages.ts";
import { encodeRequest } from "../../protocols/request.ts";
import type { Cluster } from "./cluster.ts";
import { bytesOf, textOf } from "./machine.ts";

/** The node that clients live on. */
export const CLIENT_NODE = 100;

/** One question to one client table, and what came back. */
export interface Attempt {
  readonly replies: readonly ClientReply[];
}

/** Asks client tables, attempt by attempt; nothing is repeated unless the test does it. */
export class Clients {
  readonly cluster: Cluster;
  readonly #system: ActorSystem;
  #attempts = 0;
  #nonce = 0;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    const { clock, seed, network } = cluster;
    const environment = new VirtualEnvironment(clock, { seed, name: "clients" });
    this.#system = new ActorSystem({ node: CLIENT_NODE, environment });
    network.join(this.#system);
  }

  /** Sends a request to a node; every reply to it is handed to `onReply`, too. */
  ask(
    node: number,
    request: (replyTo: Ref<ClientReply>) => ClientRequest,
    onReply: (reply: ClientReply) => void = () => {},
  ): Attempt {
    const replies: ClientReply[] = [];
    const name = `attempt-${++this.#attempts}`;
    this.#system.expose(name, clientReply);
    this.#system.spawn<ClientReply>(name, (context) => ({
      receive: (reply) => {
        replies.push(reply);
        onReply(reply);
        context.stop(context.self);
      },
    }));
    const replyTo: Ref<ClientReply> = refTo(CLIENT_NODE, name);
    this.#system.send(refTo(node, "client-table", clientRequest), request(replyTo));
    return { replies };
  }

  /** Submits a command under ids. */
  submit(
    node: number,
    id: { readonly clientId: number; readonly requestNumber: number },
    command: string,
    onReply?: (reply: ClientReply) => void,
  ): Attempt {
    const request = encodeRequest({ type: "command", ...id, command: bytesOf(command) });
    return this.ask(
      node,
      (replyTo) => ({ type: "submit", request, forward: true, replyTo }),
      onReply,
    );
  }

  /** Asks for a session. */
  open(
    node: number,
    options: { readonly nonce?: number; readonly sessionsMax?: number } = {},
    onReply?: (reply: ClientReply) => void,
  ): Attempt {
    const { nonce = ++this.#nonce, sessionsMax = 100 } = options;
    const request = encodeRequest({ type: "open-session", nonce, sessionsMax });
    return this.ask(
      node,
      (replyTo) => ({ type: "submit", request, forward: true, replyTo }),
      onReply,
    );
  }

  /** Asks for the length of the list. */
  query(
    node: number,
    consistency: "linearizable" | "stale" = "linearizable",
    onReply?: (reply: ClientReply) => void,
  ): Attempt {
    const query = new Uint8Array();
    return this.ask(
      node,
      (replyTo) => ({ type: "query", query, consistency, forward: true, replyTo }),
      onReply,
    );
  }

  /** Opens a session at the primary. */
  session(): number {
    const attempt = this.open(this.#primary());
    const reply = this.#answer(attempt);
    if (reply.type !== "session") throw new Error(`no session, but ${reply.type}`);
    return reply.clientId;
  }

  /** Has a command executed; returns its position in the list. */
  execute(id: { readonly clientId: number; readonly requestNumber: number }, command: string) {
    return lengthOf(this.#answer(this.submit(this.#primary(), id, command)));
  }

  /** Opens a session and has so many commands executed in it, one after the other. */
  executeMany(count: number, prefix: string): number {
    const clientId = this.session();
    for (let requestNumber = 1; requestNumber <= count; requestNumber++) {
      this.execute({ clientId, requestNumber }, `${prefix}${requestNumber}`);
    }
    return clientId;
  }

  /** Reads the length of the list, linearizably, at a node. */
  read(node: number): number {
    return lengthOf(this.#answer(this.query(node)));
  }

  #primary(): number {
    const { cluster } = this;
    cluster.until(() => cluster.primary !== undefined, 10_000, "a primary");
    return cluster.primary!.index;
  }

  #answer(attempt: Attempt): ClientReply {
    this.cluster.until(() => attempt.replies.length > 0, 5_000, "an answer");
    return attempt.replies[0]!;
  }
}

/** The number in a result. */
export function lengthOf(reply: ClientReply): number {
  if (reply.type !== "result") throw new Error(`no result, but ${JSON.stringify(reply)}`);
  return Number(textOf(reply.result));
}
