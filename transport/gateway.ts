import { type Ref, refTo } from "../actors/ref.ts";
import type { ActorSystem } from "../actors/system.ts";
import { TransientSet } from "../actors/transient.ts";
import type { ClientReply, ClientRequest, QueryConsistency } from "../protocols/client_messages.ts";
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

/** How long a request is tried, and whether another node may be asked. */
interface Limits {
  readonly forward: boolean;
  readonly timeoutMs: number;
  readonly deadline: number;
}

/** What is asked of the client table. */
type Errand =
  | {
    readonly type: "command";
    readonly request: Uint8Array;
    readonly id: RequestId;
    readonly limits: Limits;
  }
  | { readonly type: "opening"; readonly request: Uint8Array; readonly limits: Limits }
  | {
    readonly type: "query";
    readonly query: Uint8Array;
    readonly consistency: QueryConsistency;
    readonly limits: Limits;
  };

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
  readonly #waitingForRole = new TransientSet<() => void>();

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
    const limits = this.#limits(timeoutMs, forward);
    if (id !== undefined) {
      return this.#order(id, command, limits).then((reply) => answerOf(reply, id));
    }
    const idle = this.#sessions.takeIdle();
    return idle === undefined
      ? this.#submitAnew(command, limits)
      : this.#submitIn(idle, command, limits);
  }

  /** Opens a session and returns its client id. */
  async openSession(options: { timeoutMs?: number } = {}): Promise<number> {
    const { sessionsMax, nonce: draw = anyNonce } = this.#options;
    const request = encodeRequest({ type: "open-session", nonce: draw(), sessionsMax });
    const limits = this.#limits(options.timeoutMs ?? this.#options.requestMs, true);
    const reply = await this.#persist({ type: "opening", request, limits });
    if (reply.type === "session") return reply.clientId;
    throw new Unavailable("The group answered the opening of a session by something else");
  }

  /** See `Service.query`. */
  query(query: Uint8Array, options: QueryOptions = {}): Promise<Answer> {
    const { forward = true, timeoutMs = this.#options.requestMs } = options;
    const consistency = consistencyOf(options);
    const limits = this.#limits(timeoutMs, forward);
    return this.#persist({ type: "query", query, consistency, limits }).then((reply) => {
      return reply.type === "noQueries"
        ? this.submit(query, { timeoutMs, forward })
        : answerOf(reply);
    });
  }

  /** Submits in a session of our own that is just opened. */
  async #submitAnew(command: Uint8Array, limits: Limits): Promise<Answer> {
    const session = await this.#sessions.takeNew(limits.deadline - this.#now());
    return await this.#submitIn(session, command, limits);
  }

  /**
   * Submits in a session of our own, and gives it back unless it is of no use any more. If the group has
   * evicted it the command was not executed, so another session may have it.
   */
  #submitIn(session: PooledSession, command: Uint8Array, limits: Limits): Promise<Answer> {
    const id = nextId(session);
    return this.#order(id, command, limits).then((reply) => {
      if (reply.type !== "noSession") {
        this.#sessions.release(session);
        return answerOf(reply, id);
      }
      this.#sessions.discard();
      if (id.requestNumber > 1) return this.#submitAnew(command, limits);
      throw new Unavailable("The group forgets sessions faster than this node can use them");
    }, (error) => {
      // The ids of an unknown outcome serve to find it out: no later request may supersede them.
      if (error instanceof UnknownOutcome) this.#sessions.discard();
      else this.#sessions.release(session);
      throw error;
    });
  }

  #order(id: RequestId, command: Uint8Array, limits: Limits): Promise<ClientReply> {
    const { clientId, requestNumber } = id;
    const request = encodeRequest({ type: "command", clientId, requestNumber, command });
    return this.#persist({ type: "command", request, id, limits });
  }

  /**
   * Attempts until there is an answer. Nearly always the first attempt has it, and costs no more promises
   * than that takes: an `async` function of its own would leave another 1 KB of garbage behind.
   */
  #persist(errand: Errand): Promise<ClientReply> {
    const { forward, timeoutMs } = errand.limits;
    if (!(timeoutMs > 0)) return Promise.reject(new Unavailable("There was no time to try"));
    return this.#attempt(errand, forward, Math.min(timeoutMs, ATTEMPT_MS)).then(
      (attempt) => isFailure(attempt) ? this.#insist(errand, attempt) : attempt,
      (error) => this.#insist(errand, attemptOf(error)),
    );
  }

  /**
   * Attempts again after a failure. When time is up the outcome is unknown if some attempt may have had an
   * effect; if none can have had, it is {@linkcode Unavailable}. What may have had one is forwarded,
   * whatever was asked for: to send the client elsewhere would say that it had none.
   */
  async #insist(errand: Errand, first: Attempt): Promise<ClientReply> {
    const { forward, timeoutMs, deadline } = errand.limits;
    let mayHaveEffect = false;
    let forwarding = forward;
    let attempt = first;
    while (isFailure(attempt)) {
      const isSilent = attempt.type === "silent" || attempt.type === "interrupted";
      if (isSilent) mayHaveEffect = errand.type !== "query";
      const definite = definiteError(attempt, this.#system.node, forwarding);
      if (definite !== undefined && !mayHaveEffect) throw definite;
      // Whatever it was: a table that answers at once must not be asked in a tight loop.
      await this.#pause(Math.min(deadline - this.#now(), PAUSE_MS));
      const left = deadline - this.#now();
      if (left <= 0) {
        throw mayHaveEffect ? unknown(errand) : new Unavailable(describe(attempt, timeoutMs));
      }
      forwarding ||= mayHaveEffect;
      attempt = await this.#attempt(errand, forwarding, Math.min(left, ATTEMPT_MS)).catch(
        attemptOf,
      );
      // Evicted since an earlier attempt, which may have been executed before.
      if (attempt.type === "noSession" && mayHaveEffect) throw unknown(errand);
    }
    return attempt;
  }

  #now(): number {
    return this.#system.environment.now();
  }

  #limits(timeoutMs: number, forward: boolean): Limits {
    return { forward, timeoutMs, deadline: this.#now() + timeoutMs };
  }

  #attempt(errand: Errand, forward: boolean, timeoutMs: number): Promise<Attempt> {
    const asked = this.#system.ask<ClientRequest, ClientReply>(
      this.#table,
      (replyTo) => messageOf(errand, forward, replyTo),
      { timeoutMs },
    );
    const { isAnsweredElsewhere = false } = this.#options;
    const isAnsweredHere = this.#primary === this.#system.node && !isAnsweredElsewhere;
    return isAnsweredHere ? asked : this.#untilRoleChange(asked);
  }

  /** Passed on to another node, an answer may never come: a new primary is a reason to ask anew. */
  #untilRoleChange(asked: Promise<ClientReply>): Promise<Attempt> {
    return new Promise((resolve, reject) => {
      const wake = () => resolve({ type: "silent" });
      this.#waitingForRole.add(wake);
      asked.then((reply) => {
        this.#waitingForRole.delete(wake);
        resolve(reply);
      }, (error) => {
        this.#waitingForRole.delete(wake);
        reject(error);
      });
    });
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

function messageOf(errand: Errand, forward: boolean, replyTo: Ref<ClientReply>): ClientRequest {
  if (errand.type !== "query") return { type: "submit", request: errand.request, forward, replyTo };
  const { query, consistency } = errand;
  return { type: "query", query, consistency, forward, replyTo };
}

/** What to throw when time is up for something that may have been done. */
function unknown(errand: Errand): Error {
  const { timeoutMs } = errand.limits;
  if (errand.type === "command") return new UnknownOutcome(errand.id, timeoutMs);
  // Nobody misses a session that was opened and not heard of: it is evicted in time.
  return new Unavailable(`No session was opened within ${Math.round(timeoutMs)} ms`);
}

function anyNonce(): number {
  return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
}
