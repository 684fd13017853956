import { ActorStopped, AskTimeout, MailboxFull } from "../actors/errors.ts";
import { type Ref, refTo } from "../actors/ref.ts";
import type { ActorSystem } from "../actors/system.ts";
import {
  type ClientReply,
  type ClientRequest,
  RESULT_BYTES_MAX,
} from "../protocols/client_messages.ts";
import { encodeRequest } from "../protocols/request.ts";
import {
  type Answer,
  NoSession,
  NotPrimary,
  Overloaded,
  type QueryOptions,
  type RequestId,
  RequestSuperseded,
  ResultTooLarge,
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
}

/** What an attempt came to: an answer of the client table, or that none came. */
type Attempt =
  | ClientReply
  /** No answer; the request may have been ordered. */
  | { readonly type: "silent" }
  /** The client table takes nothing more; not ordered. */
  | { readonly type: "full" };

/** Words a request for the client table. */
type Message = (replyTo: Ref<ClientReply>, forward: boolean) => ClientRequest;

type Failure = Exclude<Attempt, { type: "result" | "session" }>;

/** How long one attempt waits before the next, in milliseconds. */
const ATTEMPT_MS = 1_000;
/** How long to wait for a primary before asking again, in milliseconds. */
const PAUSE_MS = 25;

/**
 * Asks the node's client table on behalf of clients, again and again until there is an answer or the
 * time is up. The only place, with what calls it, where promises live.
 */
export class Gateway {
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
    this.#sessions = new SessionPool(open, options.inFlightMax);
    options.system.events.subscribe((event) => {
      if (event.type !== "published" || event.topic !== "role") return;
      this.#primary = (event.detail as { primary: number | null }).primary;
      for (const wake of this.#waitingForRole) wake();
      this.#waitingForRole.clear();
    });
  }

  /** See `Service.submit`. */
  async submit(command: Uint8Array, options: SubmitOptions = {}): Promise<Answer> {
    const { id, forward = true, timeoutMs = this.#options.requestMs } = options;
    if (id !== undefined) return await this.#submitAs(id, command, forward, timeoutMs);
    const deadline = this.#now() + timeoutMs;
    const idle = this.#sessions.takeIdle();
    const answer = idle && await this.#submitIn(idle, command, forward, timeoutMs);
    if (answer !== undefined) return answer;
    const fresh = await this.#sessions.takeNew(deadline - this.#now());
    const second = await this.#submitIn(fresh, command, forward, deadline - this.#now());
    if (second !== undefined) return second;
    throw new Unavailable("The group forgets sessions faster than this node can use them");
  }

  /** Opens a session and returns its client id. */
  async openSession(options: { timeoutMs?: number } = {}): Promise<number> {
    const nonce = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    const { sessionsMax } = this.#options;
    const request = encodeRequest({ type: "open-session", nonce, sessionsMax });
    const timeoutMs = options.timeoutMs ?? this.#options.requestMs;
    const reply = await this.#persist(timeoutMs, true, submission(request), () => {
      // Nobody misses a session that was opened and not heard of: it is evicted in time.
      return new Unavailable(`No session was opened within ${Math.round(timeoutMs)} ms`);
    });
    if (reply.type === "session") return reply.clientId;
    throw new Unavailable("The group answered the opening of a session by something else");
  }

  /** See `Service.query`. */
  async query(query: Uint8Array, options: QueryOptions = {}): Promise<Answer> {
    const { consistency = "linearizable", forward = true } = options;
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
    const reply = await this.#persist(timeoutMs, forward, message, giveUp, true);
    if (reply.type === "noQueries") return await this.submit(query, { timeoutMs, forward });
    return answerOf(reply);
  }

  /**
   * Submits in a session of our own, and gives it back unless it is of no use any more. `undefined` if
   * the group has evicted it: the command was not executed, so another session may have it.
   */
  async #submitIn(
    session: PooledSession,
    command: Uint8Array,
    forward: boolean,
    timeoutMs: number,
  ): Promise<Answer | undefined> {
    try {
      const answer = await this.#submitAs(nextId(session), command, forward, timeoutMs);
      this.#sessions.release(session);
      return answer;
    } catch (error) {
      // The ids of an unknown outcome serve to find it out: no later request may supersede them.
      const isOver = error instanceof NoSession || error instanceof UnknownOutcome;
      if (isOver) this.#sessions.discard();
      else this.#sessions.release(session);
      if (error instanceof NoSession) return undefined;
      throw error;
    }
  }

  async #submitAs(
    id: RequestId,
    command: Uint8Array,
    forward: boolean,
    timeoutMs: number,
  ): Promise<Answer> {
    const request = encodeRequest({ type: "command", ...id, command });
    const unknown = () => new UnknownOutcome(id, timeoutMs);
    const reply = await this.#persist(timeoutMs, forward, submission(request), unknown);
    if (reply.type === "noSession") throw new NoSession(id.clientId);
    if (reply.type === "superseded") throw new RequestSuperseded(id, reply.newest);
    return answerOf(reply);
  }

  /**
   * Attempts until there is an answer. When time is up, `whenUnknown` says what to throw if some
   * attempt may have had an effect; if none can have had, it is {@linkcode Unavailable}. What may have
   * had one is forwarded, whatever was asked for: to send the client elsewhere would say that it had none.
   */
  async #persist(
    timeoutMs: number,
    forward: boolean,
    message: Message,
    whenUnknown: () => Error,
    harmless = false,
  ): Promise<ClientReply> {
    const deadline = this.#now() + timeoutMs;
    let mayHaveEffect = false;
    let why = "There was no time to try";
    while (true) {
      const left = deadline - this.#now();
      if (left <= 0) throw mayHaveEffect ? whenUnknown() : new Unavailable(why);
      const forwarding = forward || mayHaveEffect;
      const attempt = await this.#attempt(
        (replyTo) => message(replyTo, forwarding),
        Math.min(left, ATTEMPT_MS),
      );
      // Evicted since an earlier attempt, which may have been executed before.
      if (attempt.type === "noSession" && mayHaveEffect) throw whenUnknown();
      if (!isFailure(attempt)) return attempt;
      if (attempt.type === "silent" || attempt.type === "interrupted") mayHaveEffect = !harmless;
      const definite = definiteError(attempt, this.#system.node, forwarding);
      if (definite !== undefined && !mayHaveEffect) throw definite;
      why = describe(attempt, timeoutMs);
      // Whatever it was: a table that answers at once must not be asked in a tight loop.
      await this.#pause(Math.min(deadline - this.#now(), PAUSE_MS));
    }
  }

  #now(): number {
    return this.#system.environment.now();
  }

  async #attempt(
    message: (replyTo: Ref<ClientReply>) => ClientRequest,
    timeoutMs: number,
  ): Promise<Attempt> {
    const asked = this.#system.ask<ClientRequest, ClientReply>(this.#table, message, { timeoutMs });
    try {
      if (this.#primary === this.#system.node) return await asked;
      return await this.#untilRoleChange(asked);
    } catch (error) {
      if (error instanceof MailboxFull) return { type: "full" };
      if (error instanceof AskTimeout || error instanceof ActorStopped) return { type: "silent" };
      throw error;
    }
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

function submission(request: Uint8Array): Message {
  return (replyTo, forward) => ({ type: "submit", request, forward, replyTo });
}

function isFailure(attempt: Attempt): attempt is Failure {
  switch (attempt.type) {
    case "silent":
    case "full":
    case "interrupted":
    case "unavailable":
    case "notPrimary":
    case "overloaded":
      return true;
    default:
      return false;
  }
}

/** What need not be tried again. */
function definiteError(attempt: Failure, node: number, forward: boolean): Error | undefined {
  switch (attempt.type) {
    case "notPrimary":
      return forward ? undefined : new NotPrimary(node, attempt.primary);
    case "overloaded":
      return new Overloaded(`Overloaded: ${attempt.what}`);
    case "full":
      return new Overloaded("The client table of this node takes no more requests");
    default:
      return undefined;
  }
}

function describe(attempt: Failure, timeoutMs: number): string {
  const why = attempt.type === "unavailable" ? attempt.why : "No primary took the request";
  return `${why}, for ${Math.round(timeoutMs)} ms`;
}

function answerOf(reply: ClientReply): Answer {
  if (reply.type === "resultTooLarge") {
    throw new ResultTooLarge(reply.resultBytes, RESULT_BYTES_MAX);
  }
  if (reply.type !== "result") throw new Unavailable(`Unexpected answer "${reply.type}"`);
  return { result: reply.result, opNumber: reply.opNumber };
}
