import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import { decode, encode } from "../../actors/schema.ts";
import type { Ref } from "../../actors/ref.ts";
import type { ClientReply, ClientRequest } from "../client_messages.ts";
import { encodeRequest } from "../request.ts";
import {
  encodeCommand,
  type MasterAnswer,
  masterAnswer,
  type MasterCommand,
  type MasterOutcome,
  masterQuery,
} from "./commands.ts";
import type { Configuration } from "./configuration.ts";

/** What a master session is asked. */
export type SessionRequest =
  /** Have a command executed, however long it takes. One at a time. */
  | { readonly type: "command"; readonly command: MasterCommand }
  /** Ask for a lease, and for a configuration that is not the one of version `known`. */
  | { readonly type: "poll"; readonly poll: number; readonly known: number }
  /** Its own timer: what was submitted may have been lost. */
  | { readonly type: "retry" };

/** What a master session tells whom it works for. */
export type SessionEvent =
  /** It has started, or started again, and knows of no command. */
  | { readonly type: "session-started" }
  /** An answer to a poll, which was sent at `sentAt`, by `Context.now()`. */
  | {
    readonly type: "polled";
    readonly poll: number;
    readonly sentAt: number;
    readonly lease: boolean;
    readonly configuration: Configuration | null;
  }
  /** The command was executed. */
  | {
    readonly type: "executed";
    readonly command: MasterCommand;
    readonly outcome: MasterOutcome;
    readonly configuration: Configuration;
  };

/** How a master session is set up. */
export interface SessionOptions {
  readonly node: number;
  /** This node's client table of the master's group. */
  readonly master: Ref<ClientRequest>;
  readonly subscriber: Ref<SessionEvent>;
  /** After which time without an answer a command is submitted again, in milliseconds. */
  readonly retryMs: number;
}

/** Sessions of the master's client table: of all nodes and their restarts, and of operators. */
const SESSIONS_MAX = 256;
/** Polls whose answers are waited for; an answer to an older one would say nothing new. */
const POLLS_MAX = 16;

interface SentPoll {
  /** As the subscriber numbers them. */
  readonly poll: number;
  readonly sentAt: number;
}

interface Submitted {
  readonly command: MasterCommand;
  /** The number of the request, too. */
  readonly ticket: number;
  readonly bytes: Uint8Array;
}

/**
 * Has commands executed by the master, each at least once, and asks it for leases. Replies of a client
 * table do not say to which request they belong: answers of the master carry a number for that, and all
 * else is taken for a hint to ask again.
 */
class MasterSession implements Actor<SessionRequest | ClientReply> {
  readonly #context: Context<SessionRequest | ClientReply>;
  readonly #options: SessionOptions;
  #clientId: number | undefined;
  #submitted: Submitted | undefined;
  /** Counts up for the whole life of the actor, so that no two commands ever share a number. */
  #ticket = 0;
  #openings: number;
  #nonce: number;
  /** Polls by their nonces, the oldest first. */
  readonly #polls = new Map<number, SentPoll>();
  /** Whether there was any answer since something was last submitted. */
  #isAnswered = false;

  constructor(context: Context<SessionRequest | ClientReply>, options: SessionOptions) {
    this.#context = context;
    this.#options = options;
    this.#openings = Math.floor(context.random() * 2 ** 52);
    this.#nonce = Math.floor(context.random() * 2 ** 52);
    this.#tell({ type: "session-started" });
  }

  receive(message: SessionRequest | ClientReply): void {
    this.#isAnswered ||= !isRequest(message);
    switch (message.type) {
      case "command":
        return this.#take(message.command);
      case "poll":
        return this.#poll(message);
      case "retry":
        return this.#retry();
      case "result":
        return this.#onAnswer(decode(masterAnswer, message.result));
      case "session":
        return this.#onSession(message.clientId);
      case "noSession":
      case "superseded":
        return this.#onSessionLost();
      case "resultTooLarge":
      case "notPrimary":
      case "overloaded":
      case "unavailable":
      case "interrupted":
      case "noQueries":
        return;
    }
  }

  #take(command: MasterCommand): void {
    const ticket = ++this.#ticket;
    this.#submitted = { command, ticket, bytes: encodeCommand(ticket, command) };
    this.#submit();
  }

  /**
   * What was submitted may have been lost, or its answer. But whoever is not answered at all, not even its
   * polls, may yet be heard, and would fill the master's log with sessions for nobody (chain seed 52001489).
   */
  #retry(): void {
    if (this.#isAnswered) return this.#submit();
    this.#awaitAnswer();
  }

  #submit(): void {
    if (this.#submitted === undefined) return;
    const { bytes, ticket } = this.#submitted;
    const clientId = this.#clientId;
    const request = clientId === undefined
      ? encodeRequest({ type: "open-session", nonce: this.#openings, sessionsMax: SESSIONS_MAX })
      : encodeRequest({ type: "command", clientId, requestNumber: ticket, command: bytes });
    this.#ask({ type: "submit", request, forward: true, replyTo: this.#context.self });
    this.#isAnswered = false;
    this.#awaitAnswer();
  }

  #awaitAnswer(): void {
    const isSoon = this.#context.maybe("session/submit-again");
    const retryMs = isSoon ? 0 : this.#options.retryMs;
    this.#context.setTimer("retry", retryMs, { type: "retry" });
  }

  #poll({ poll, known }: Extract<SessionRequest, { type: "poll" }>): void {
    const nonce = ++this.#nonce;
    const oldest = this.#polls.keys().next();
    if (this.#polls.size >= POLLS_MAX && !oldest.done) this.#polls.delete(oldest.value);
    // The lease is counted from here, so not from any later than the master's answer.
    this.#polls.set(nonce, { poll, sentAt: this.#context.now() });
    const query = encode(masterQuery, { type: "poll", node: this.#options.node, nonce, known });
    const replyTo = this.#context.self;
    this.#ask({ type: "query", query, consistency: "linearizable", forward: true, replyTo });
  }

  #onAnswer(answer: MasterAnswer): void {
    if (answer.type === "polled") return this.#onPolled(answer);
    const submitted = this.#submitted;
    if (answer.type !== "executed" || answer.ticket !== submitted?.ticket) return;
    this.#submitted = undefined;
    this.#context.cancelTimer("retry");
    const { outcome, configuration } = answer;
    this.#tell({ type: "executed", command: submitted.command, outcome, configuration });
  }

  #onPolled({ nonce, lease, configuration }: Extract<MasterAnswer, { type: "polled" }>): void {
    const sent = this.#polls.get(nonce);
    if (sent === undefined) return;
    for (const older of this.#polls.keys()) {
      if (older <= nonce) this.#polls.delete(older);
    }
    this.#tell({ type: "polled", ...sent, lease, configuration });
  }

  #onSession(clientId: number): void {
    // Of an opening that was asked for twice, one is enough.
    if (this.#clientId !== undefined) return;
    this.#clientId = clientId;
    this.#submit();
  }

  /**
   * The session was evicted. The command may have been executed all the same, before that; but none of
   * them does harm if it is executed again.
   */
  #onSessionLost(): void {
    if (this.#clientId === undefined) return;
    this.#clientId = undefined;
    this.#openings++;
    this.#submit();
  }

  #ask(request: ClientRequest): void {
    this.#context.send(this.#options.master, request);
  }

  #tell(event: SessionEvent): void {
    this.#context.send(this.#options.subscriber, event);
  }
}

function isRequest({ type }: SessionRequest | ClientReply): boolean {
  return type === "command" || type === "poll" || type === "retry";
}

/** The factory of a master session. */
export function masterSession(
  options: SessionOptions,
): ActorFactory<SessionRequest | ClientReply> {
  return (context) => new MasterSession(context, options);
}
