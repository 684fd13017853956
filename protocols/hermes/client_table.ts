import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import type { Ref } from "../../actors/ref.ts";
import { type ClientReply, type ClientRequest, resultReply } from "../client_messages.ts";
import { InFlight } from "../in_flight.ts";
import type { ObjectMachine } from "../object_machine.ts";
import { decodeRequest, type Request, type SessionCommand } from "../request.ts";
import { homeOf } from "./home.ts";
import type { ReplicaEvent, ReplicaRequest } from "./requests.ts";

/** How a client table is set up. */
export interface HermesTableOptions {
  /** Its volume: sessions are opened in volume 0. */
  readonly volume: number;
  /** Knows what commands and queries are about. */
  readonly machine: Pick<ObjectMachine, "commandObject" | "refuse">;
  /** Who holds the objects, on this node. */
  readonly replica: Ref<ReplicaRequest>;
  /** The client tables of other nodes, by index. */
  readonly peer: (node: number) => Ref<ClientRequest>;
  /**
   * Requests under way at once; beyond that clients are told that the node is overloaded.
   *
   * @default {16_384}
   */
  readonly inFlightMax?: number;
}

/** What a client table publishes under the topic `client-table`. */
export interface HermesTableFigures {
  /** Requests that its replica was given, and has not answered. */
  readonly inFlight: number;
  /** Requests answered by its replica since it started. */
  readonly answered: number;
}

/** Everything that a client table takes. */
export type HermesTableMessage = ClientRequest | ReplicaEvent | { readonly type: "publish" };

type Submit = Extract<ClientRequest, { type: "submit" }>;
type Role = Extract<ReplicaEvent, { type: "role" }>;

const IN_FLIGHT_MAX = 16_384;
/** Between two publications of figures, in milliseconds. */
const PUBLISH_MS = 250;
/** Before the replica has said anything. */
const NO_ROLE: Role = { type: "role", epoch: 0, life: 0, servers: [], serves: false };

/**
 * Takes the requests of clients to where they are executed: each client's to its home, queries to the
 * replica of this node, or of a node that serves. A repeated request joins the one in flight.
 */
class HermesTable implements Actor<HermesTableMessage> {
  readonly #context: Context<HermesTableMessage>;
  readonly #options: HermesTableOptions;
  readonly #inFlight = new InFlight();
  #role = NO_ROLE;
  #answered = 0;

  constructor(context: Context<HermesTableMessage>, options: HermesTableOptions) {
    this.#context = context;
    this.#options = options;
    this.#publish();
  }

  receive(message: HermesTableMessage): void {
    switch (message.type) {
      case "submit":
        return this.#submit(message);
      case "query":
        return this.#query(message);
      case "role":
        return this.#takeRole(message);
      case "answered":
        return this.#end({ ...message, type: "command", command: NOTHING }, message.reply);
      case "opened":
        return this.#end({ ...message, type: "open-session", sessionsMax: 0 }, message.reply);
      case "publish":
        return this.#publish();
    }
  }

  // Requests

  #submit(message: Submit): void {
    const request = decodeRequest(message.request);
    if (request?.type === "command") return this.#command(message, request);
    const isHere = request !== undefined && this.#options.volume === 0;
    if (!isHere) return this.#reply(message.replyTo, { type: "noSession" });
    // Whoever serves gives out ids whose home it is, or is to be elsewhere.
    const { serves } = this.#role;
    const opener = serves ? this.#context.node : this.#someServer();
    if (!this.#isForUs(message, opener) || !this.#attach(request, message.replyTo)) return;
    this.#context.send(this.#options.replica, { type: "open-session", nonce: request.nonce });
  }

  #command(message: Submit, request: SessionCommand): void {
    const { clientId, requestNumber, command } = request;
    const refusal = this.#refusalOf(command);
    if (refusal !== undefined) return this.#reply(message.replyTo, refusal);
    const home = homeOf(clientId, this.#role.servers);
    if (!this.#isForUs(message, home) || !this.#attach(request, message.replyTo)) return;
    this.#context.send(this.#options.replica, {
      type: "execute",
      clientId,
      requestNumber,
      command,
    });
  }

  /** What is of no object is executed nowhere. */
  #refusalOf(command: Uint8Array): ClientReply | undefined {
    const { machine } = this.#options;
    if (machine.commandObject(command) !== undefined) return undefined;
    const refusal = machine.refuse(command);
    return refusal === undefined
      ? { type: "unsupported", what: "a command of several objects" }
      : resultReply(0, refusal);
  }

  /** Whether a request is new; it is under way then, and its client waits for it. */
  #attach(request: Request, replyTo: Ref<ClientReply>): boolean {
    const { inFlightMax = IN_FLIGHT_MAX } = this.#options;
    const { count } = this.#inFlight;
    if (count >= inFlightMax || this.#context.maybe("hermes-table/full")) {
      const what = `${count} requests are under way`;
      this.#reply(replyTo, { type: "overloaded", what });
      return false;
    }
    return !this.#inFlight.attach(request, replyTo);
  }

  #end(request: Request, reply: ClientReply): void {
    this.#answered++;
    for (const waiter of this.#inFlight.take(request)) this.#reply(waiter, reply);
  }

  // Queries

  #query(message: Extract<ClientRequest, { type: "query" }>): void {
    const { query, consistency, replyTo } = message;
    const server = this.#role.serves ? this.#context.node : this.#someServer();
    if (!this.#isForUs(message, server)) return;
    this.#context.send(this.#options.replica, { type: "read", query, consistency, replyTo });
  }

  // Where to

  /** Whether this node is to see to a request. If it is not, the request is passed on once, or refused. */
  #isForUs(message: ClientRequest, server: number | undefined): boolean {
    const { node } = this.#context;
    const { serves, servers } = this.#role;
    const { replyTo, forward } = message;
    if (server === node && serves) return true;
    if (server === undefined || server === node || this.#context.maybe("hermes-table/nobody")) {
      this.#reply(replyTo, { type: "unavailable", why: "Nobody is known to serve at present" });
    } else if (forward) {
      this.#context.send(this.#options.peer(server), { ...message, forward: false });
    } else if (serves) {
      this.#reply(replyTo, { type: "notPrimary", primary: server });
    } else {
      this.#reply(replyTo, { type: "notResponsible", servers });
    }
    return false;
  }

  /** A node that serves: those that do not spread over those that do. */
  #someServer(): number | undefined {
    const { node } = this.#context;
    const servers = this.#role.servers.filter((server) => server !== node);
    return servers[node % servers.length];
  }

  #reply(to: Ref<ClientReply>, reply: ClientReply): void {
    this.#context.send(to, reply);
  }

  // The replica

  #takeRole(role: Role): void {
    const { life } = this.#role;
    this.#role = role;
    // Whatever an earlier life was asked is not answered any more.
    if (role.life !== life) {
      for (const waiter of this.#inFlight.takeAll()) this.#reply(waiter, { type: "interrupted" });
    }
    const primary = role.serves ? this.#context.node : this.#someServer() ?? null;
    this.#context.publish("role", { view: role.epoch, primary });
    this.#publish();
  }

  /** Lets observers of the node see where the table stands: now, and again before long. */
  #publish(): void {
    this.#context.setTimer("publish", PUBLISH_MS, { type: "publish" });
    const figures: HermesTableFigures = {
      inFlight: this.#inFlight.count,
      answered: this.#answered,
    };
    this.#context.publish("client-table", figures);
  }
}

const NOTHING = new Uint8Array(0);

/** The factory of a client table of Hermes. */
export function hermesTable(options: HermesTableOptions): ActorFactory<HermesTableMessage> {
  return (context) => new HermesTable(context, options);
}
