import { type Ref, refTo } from "../actors/ref.ts";
import type { ActorSystem } from "../actors/system.ts";
import type { ClientReply, ClientRequest } from "../protocols/client_messages.ts";
import { encodeRequest } from "../protocols/request.ts";
import {
  answerOf,
  type Attempt,
  attemptOf,
  consistencyOf,
  definiteError,
  describe,
  isFailure,
} from "./attempt.ts";
import {
  type Answer,
  type QueryOptions,
  type RequestId,
  type Requests,
  type SubmitOptions,
  Unavailable,
  UnknownOutcome,
} from "./service.ts";
import { nextId, type PooledSession, SessionPool } from "./session_pool.ts";

/** How a gateway is set up. */
export interface GatewayOptions {
  readonly system: ActorSystem;
  /** The name of the node's client table. */
  readonly clientTable: string;
  /** How long a request is tried if it does not say, in milliseconds. */
  readonly requestMs: number;
  /** Sessions that the group keeps; see `OpenSession`. */
  readonly sessionsMax: number;
  /** Requests without ids under way at once. */
  readonly inFlightMax: number;
  /**
   * Where sessions of the gateway's own come from.
   *
   * @default {opened by the gateway itself}
   */
  readonly sessions?: SessionPool;
  /**
   * Whether another node than the one that orders answers (a tail): a change of roles may then lose an
   * answer wherever the request is.
   *
   * @default {false}
   */
  readonly isAnsweredElsewhere?: boolean;
  /**
   * Names the opening of a session, however often it has to be asked for. Never the same number twice.
   *
   * @default {a random safe integer}
   */
  readonly nonce?: () => number;
}

/** Words a request for the client table. */
type Message = (replyTo: Ref<ClientReply>, forward: boolean) => ClientRequest;

/** How long a request is tried. */
interface Limit {
  readonly timeoutMs: number;
  readonly deadline: number;
}

/** How long one attempt waits before the next, in milliseconds. */
const ATTEMPT_MS = 1_000;
/** How long to wait for a primary before asking again, in milliseconds. */
const PAUSE_MS = 25;

/**
 * Asks the node's client table on behalf of clients, again and again until there is an answer or the
 * time is up. The only place, with what calls it, where promises live.
 */
export class Gateway implements Requests {
  readonly #options: GatewayOptions;
  readonly #system: ActorSystem;
  readonly #table: Ref<ClientRequest>;
  readonly #sessions: SessionPool;
  #primary: number | null = null;
  /** Those who want to know that a role has changed: a set, so that nothing gathers when none does. */
  readonly #waitingForRole = new Set<() => void>();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#system = options.system;
    this.#table = refTo(options.system.node, options.clientTable);
    const open = (timeoutMs: number) => this.openSession({ timeoutMs });
    this.#sessions = options.sessions ?? new SessionPool(open, options.inFlightMax);
    options.system.events.subscribe((event) => {
      if (event.type !== "published" || event.topic !== "role") return;
      if (event.actor !== options.clientTable) return;
      this.#primary = (event.detail as { primary: number | null }).primary;
      for (const wake of this.#waitingForRole) wake();
      this.#waitingForRole.clear();
    });
  }

  /** See `Service.submit`. */
  submit(command: Uint8Array, options: SubmitOptions = {}): Promise<Answer> {
    const { id, forward = true, timeoutMs = this.#options.requestMs } = options;
    const limit = this.#limit(timeoutMs);
    if (id !== undefined) return this.#submitAs(id, command, forward, limit);
    const idle = this.#sessions.takeIdle();
    return idle === undefined
      ? this.#submitAnew(command, forward, limit)
      : this.#submitIn(idle, command, forward, limit);
  }

  /** Opens a session and returns its client id. */
  async openSession(options: { timeoutMs?: number } = {}): Promise<number> {
    const { sessionsMax, nonce: draw = anyNonce } = this.#options;
    const nonce = draw();
    const request = encodeRequest({ type: "open-session", nonce, sessionsMax });
    const timeoutMs = options.timeoutMs ?? this.#options.requestMs;
    const message: Message = (replyTo, forward) => ({ type: "submit", request, forward, replyTo });
    const reply = await this.#persist(this.#limit(timeoutMs), true, message, () => {
      // Nobody misses a session that was opened and not heard of: it is evicted in time.
      return new Unavailable(`No session was opened within ${Math.round(timeoutMs)} ms`);
    });
    if (reply.type === "session") return reply.clientId;
    throw new Unavailable("The group answered the opening of a session by something else");
  }

  /** See `Service.query`. */
  async query(query: Uint8Array, options: QueryOptions = {}): Promise<Answer> {
    const { forward = true } = options;
    const consistency = consistencyOf(options);
    const timeoutMs = options.timeoutMs ?? this.#options.requestMs;
    const message: Message = (replyTo, forward) => ({
      type: "query",
      query,
      consistency,
      forward,
      replyTo,
    });
    const giveUp = () =>
      new Unavailable(`The query was not answered within ${Math.round(timeoutMs)} ms`);
    const limit = this.#limit(timeoutMs);
    const reply = await this.#persist(limit, forward, message, giveUp, true);
    if (reply.type === "noQueries") return await this.submit(query, { timeoutMs, forward });
    return answerOf(reply);
  }

  async #submitAs(
    id: RequestId,
    command: Uint8Array,
    forward: boolean,
    limit: Limit,
  ): Promise<Answer> {
    return answerOf(await this.#order(id, command, forward, limit), id);
  }

  /** Submits in a session of our own that is just opened. */
  async #submitAnew(command: Uint8Array, forward: boolean, limit: Limit): Promise<Answer> {
    const session = await this.#sessions.takeNew(limit.deadline - this.#now());
    return await this.#submitIn(session, command, forward, limit);
  }

  /**
   * Submits in a session of our own, and gives it back unless it is of no use any more. If the group has
   * evicted it the command was not executed, so another session may have it.
   */
  async #submitIn(
    session: PooledSession,
    command: Uint8Array,
    forward: boolean,
    limit: Limit,
  ): Promise<Answer> {
    const id = nextId(session);
    let reply: ClientReply;
    try {
      reply = await this.#order(id, command, forward, limit);
    } catch (error) {
      // The ids of an unknown outcome serve to find it out: no later request may supersede them.
      if (error instanceof UnknownOutcome) this.#sessions.discard();
      else this.#sessions.release(session);
      throw error;
    }
    if (reply.type === "noSession") {
      this.#sessions.discard();
      if (id.requestNumber === 1) {
        throw new Unavailable("The group forgets sessions faster than this node can use them");
      }
      return await this.#submitAnew(command, forward, limit);
    }
    this.#sessions.release(session);
    return answerOf(reply, id);
  }

  #order(
    id: RequestId,
    command: Uint8Array,
    forward: boolean,
    limit: Limit,
  ): Promise<ClientReply> {
    const { clientId, requestNumber } = id;
    const request = encodeRequest({ type: "command", clientId, requestNumber, command });
    const message: Message = (replyTo, forward) => ({ type: "submit", request, forward, replyTo });
    return this.#persist(limit, forward, message, () => new UnknownOutcome(id, limit.timeoutMs));
  }

  /**
   * Attempts until there is an answer. When time is up, `whenUnknown` says what to throw if some
   * attempt may have had an effect; if none can have had, it is {@linkcode Unavailable}. What may have
   * had one is forwarded, whatever was asked for: to send the client elsewhere would say that it had none.
   */
  async #persist(
    limit: Limit,
    forward: boolean,
    message: Message,
    whenUnknown: () => Error,
    harmless = false,
  ): Promise<ClientReply> {
    let mayHaveEffect = false;
    let why = "There was no time to try";
    for (let left = limit.timeoutMs; left > 0; left = limit.deadline - this.#now()) {
      const forwarding = forward || mayHaveEffect;
      let attempt: Attempt;
      try {
        attempt = await this.#attempt(message, forwarding, Math.min(left, ATTEMPT_MS));
      } catch (error) {
        attempt = attemptOf(error);
      }
      // Evicted since an earlier attempt, which may have been executed before.
      if (attempt.type === "noSession" && mayHaveEffect) throw whenUnknown();
      if (!isFailure(attempt)) return attempt;
      if (attempt.type === "silent" || attempt.type === "interrupted") mayHaveEffect = !harmless;
      const definite = definiteError(attempt, this.#system.node, forwarding);
      if (definite !== undefined && !mayHaveEffect) throw definite;
      why = describe(attempt, limit.timeoutMs);
      // Whatever it was: a table that answers at once must not be asked in a tight loop.
      await this.#pause(Math.min(limit.deadline - this.#now(), PAUSE_MS));
    }
    throw mayHaveEffect ? whenUnknown() : new Unavailable(why);
  }

  #now(): number {
    return this.#system.environment.now();
  }

  #limit(timeoutMs: number): Limit {
    return { timeoutMs, deadline: this.#now() + timeoutMs };
  }

  #attempt(message: Message, forward: boolean, timeoutMs: number): Promise<Attempt> {
    const asked = this.#system.ask<ClientRequest, ClientReply>(
      this.#table,
      (replyTo) => message(replyTo, forward),
      { timeoutMs },
    );
    const { isAnsweredElsewhere = false } = this.#options;
    const isAnsweredHere = this.#primary === this.#system.node && !isAnsweredElsewhere;
    return isAnsweredHere ? asked : this.#untilRoleChange(asked);
  }

  /** Passed on to another node, an answer may never come: a new primary is a reason to ask anew. */
  async #untilRoleChange(asked: Promise<ClientReply>): Promise<Attempt> {
    const { promise, resolve } = Promise.withResolvers<Attempt>();
    const wake = () => resolve({ type: "silent" });
    this.#waitingForRole.add(wake);
    try {
      return await Promise.race([asked, promise]);
    } finally {
      this.#waitingForRole.delete(wake);
      // If it loses the race its end interests nobody.
      asked.catch(() => {});
    }
  }

  /** Waits a little, or until someone leads. */
  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#system.environment.after(ms, resolve);
    this.#waitingForRole.add(resolve);
    await promise;
    cancel();
    this.#waitingForRole.delete(resolve);
  }
}

function anyNonce(): number {
  return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
}
