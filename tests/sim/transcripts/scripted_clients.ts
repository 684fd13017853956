import { ActorSystem } from "../../../actors/system.ts";
import { refTo } from "../../../actors/ref.ts";
import {
  type ClientReply,
  clientReply,
  type ClientRequest,
  clientRequest,
  type QueryConsistency,
} from "../../../protocols/client_messages.ts";
import { encodeRequest } from "../../../protocols/request.ts";
import { CLIENT_NODE } from "../../../sim/client_pool.ts";
import { NodeEnvironment } from "../../../sim/environment.ts";
import type { World } from "../../../sim/world.ts";

interface Session {
  clientId: number;
  requestNumber: number;
  last: ClientRequest | undefined;
  replies: ClientReply[];
}

/** Clients that ask what they are told to, each under a name and with a session. */
export class ScriptedClients {
  readonly #world: World;
  readonly #system: ActorSystem;
  readonly #table: string;
  readonly #sessions = new Map<string, Session>();

  /** @param table The name of the actor that answers them on every node. */
  constructor(world: World, table = "client-table") {
    this.#world = world;
    this.#table = table;
    const environment = new NodeEnvironment({
      clock: world.clock,
      hash: world.hash,
      seed: world.seed,
      node: CLIENT_NODE,
      name: "clients",
      wallTime: (at) => at,
      onLog: () => {},
      maybe: () => false,
    });
    this.#system = new ActorSystem({ node: CLIENT_NODE, environment });
    world.network.join(this.#system);
  }

  /**
   * Opens a session under a name; the world runs until it is open.
   *
   * @param options Sessions that are kept (the one used least recently is evicted), and the node asked.
   */
  open(name: string, { sessionsMax = 100, node = 0 } = {}): void {
    const session: Session = { clientId: 0, requestNumber: 0, last: undefined, replies: [] };
    this.#sessions.set(name, session);
    this.#system.expose(name, clientReply);
    this.#system.spawn<ClientReply>(name, () => ({
      receive: (reply) => {
        session.replies.push(reply);
        if (reply.type === "session") session.clientId = reply.clientId;
      },
    }));
    const nonce = this.#sessions.size;
    const request = encodeRequest({ type: "open-session", nonce, sessionsMax });
    this.#send(session, node, {
      type: "submit",
      request,
      forward: true,
      replyTo: this.#replyTo(name),
    });
    this.#world.runUntil(() => session.clientId !== 0, 1_000);
  }

  /** What a client was told, oldest first. */
  repliesTo(name: string): readonly ClientReply[] {
    return this.#session(name).replies;
  }

  /** Asks for a command to be executed. */
  submit(name: string, node: number, command: Uint8Array): void {
    const session = this.#session(name);
    const ids = { clientId: session.clientId, requestNumber: ++session.requestNumber };
    const request = encodeRequest({ type: "command", ...ids, command });
    const replyTo = this.#replyTo(name);
    this.#send(session, node, { type: "submit", request, forward: true, replyTo });
  }

  /** Asks again for what was asked for last, under the same ids. */
  repeat(name: string, node: number): void {
    const session = this.#session(name);
    if (session.last === undefined) throw new Error(`Client ${name} has asked for nothing yet`);
    this.#send(session, node, session.last);
  }

  /** Asks a query. */
  query(
    name: string,
    node: number,
    query: Uint8Array,
    consistency: QueryConsistency = "linearizable",
  ): void {
    const replyTo = this.#replyTo(name);
    const session = this.#session(name);
    this.#send(session, node, { type: "query", query, consistency, forward: true, replyTo });
  }

  #send(session: Session, node: number, request: ClientRequest): void {
    session.last = request;
    this.#system.send(refTo(node, this.#table, clientRequest), request);
  }

  #replyTo(name: string) {
    return refTo<ClientReply>(CLIENT_NODE, name);
  }

  #session(name: string): Session {
    const session = this.#sessions.get(name);
    if (session === undefined) throw new Error(`There is no client ${name}`);
    return session;
  }
}
