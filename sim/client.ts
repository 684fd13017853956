import { randomInteger, type RandomStream, randomStream } from "../actors/random.ts";
import { type Ref, refTo } from "../actors/ref.ts";
import {
  type ClientReply,
  clientReply,
  type ClientRequest,
  clientRequest,
  type StalenessBound,
} from "../protocols/client_messages.ts";
import { encodeRequest } from "../protocols/request.ts";
import type { Clients } from "./clients.ts";
import type { Route } from "./routed_world.ts";
import { exponential } from "./distributions.ts";
import { nanoseconds } from "./history.ts";
import type { Question } from "./referee.ts";
import {
  type Ask,
  type HistoryPart,
  historyPart,
  type RecordedOperation,
} from "./workloads/workload.ts";

/** How long a client waits for an answer before it asks another node, in milliseconds. */
const RETRY_MS = 300;
/** The share of operations for which it asks another node, for no reason. */
const WANDER = 0.3;
/** How long it waits after a refusal, in milliseconds. */
const REFUSED_MS = 20;
/** How long it rests after it has lost its session to another, on average, in milliseconds. */
const EVICTED_MS = 1_000;
/** More sessions than there ever are: none is evicted. */
const SESSIONS_MAX = 1_000_000;
/** More clients than there ever are: sessions are opened under nonces of their own. */
const CLIENTS_MAX = 1_000;

/** The longest age, and the most changes, that an answer may lack. */
const BOUND_MS = 1_000;
const BOUND_VERSIONS = 6;

type Result = Extract<ClientReply, { type: "result" }>;

interface Pending extends Question {
  /** `undefined` for the opening of a session. */
  readonly ask: Ask | undefined;
  /** The name under which its answers come. */
  readonly name: string;
  readonly calledAt: number;
  readonly route: Route;
  attempt: number;
  /** Whether an attempt waits to be made again. */
  isWaiting: boolean;
}

/**
 * A client: one operation at a time, asked again under the same ids until it is answered, or given up
 * without knowing what became of it.
 */
export class SimClient {
  readonly #clients: Clients;
  readonly #index: number;
  readonly #random: RandomStream;
  /** Apart from the client's own, so that what it asks for does not depend on how it fares. */
  readonly #draws: RandomStream;
  #clientId = 0;
  #opened = 0;
  #requestNumber = 0;
  #operations = 0;
  /** Under which number the history knows the client. */
  #alias: number;
  #target: number;
  #pending: Pending | undefined;

  constructor(clients: Clients, index: number) {
    this.#clients = clients;
    this.#index = index;
    this.#alias = index;
    const { seed, nodes } = clients.world;
    this.#random = randomStream(seed, `client ${index}`);
    this.#draws = randomStream(seed, `client ${index}/workload`);
    this.#target = index % nodes.length;
  }

  /** Whether an operation is under way. */
  get isBusy(): boolean {
    return this.#pending !== undefined;
  }

  /** What is under way in a log, as it stands in a history. */
  unanswered(log: string): RecordedOperation | undefined {
    return this.#pending?.route.actor === log ? this.#entry(this.#pending) : undefined;
  }

  /** Asks for the next thing. */
  begin(): void {
    const { world, options, system } = this.#clients;
    const ask = this.#draw();
    if (ask === undefined) this.#opened++;
    else if ("command" in ask) this.#requestNumber++;
    const route = world.route(ask, this.#random);
    const pending: Pending = {
      ask,
      route,
      client: this.#alias,
      floor: route.oracle.answered,
      name: `client-${this.#index}-${++this.#operations}`,
      calledAt: world.clock.now,
      attempt: 0,
      isWaiting: false,
    };
    this.#pending = pending;
    // Somebody has to ask those whom nobody else would ask any more.
    if (this.#random() < WANDER) this.#target = randomInteger(this.#random, world.nodes.length);
    system.expose(pending.name, clientReply);
    system.spawn<ClientReply>(pending.name, () => ({
      receive: (reply) => this.#take(pending, reply),
    }));
    if (this.#random() < options.impatient) {
      const patience = exponential(this.#random, options.patienceMs);
      system.environment.after(patience, () => this.#giveUp(pending));
    }
    this.#ask(pending);
  }

  #draw(): Ask | undefined {
    if (this.#clientId === 0) return undefined;
    const asker = { client: this.#index, count: this.#operations, random: this.#draws };
    const ask = this.#clients.workload.draw(asker);
    const { bounded = 0 } = this.#clients.options;
    const isBounded = bounded > 0 && "query" in ask && ask.consistency === undefined &&
      this.#draws() < bounded;
    return isBounded ? { ...ask, consistency: drawBound(this.#draws) } : ask;
  }

  #ask(pending: Pending): void {
    const { system } = this.#clients;
    const attempt = ++pending.attempt;
    pending.isWaiting = false;
    const request = this.#request(pending.ask, refTo(system.node, pending.name));
    system.send(refTo(this.#target, pending.route.actor, clientRequest), request);
    const delayMs = RETRY_MS * (0.5 + this.#random());
    system.environment.after(delayMs, () => this.#retry(pending, attempt));
  }

  #request(ask: Ask | undefined, replyTo: Ref<ClientReply>): ClientRequest {
    const { sessionsMax = SESSIONS_MAX, unforwarded = 0 } = this.#clients.options;
    const forward = this.#random() >= unforwarded;
    if (ask === undefined) {
      const nonce = this.#opened * CLIENTS_MAX + this.#index;
      const request = encodeRequest({ type: "open-session", nonce, sessionsMax });
      return { type: "submit", request, forward, replyTo };
    }
    if ("query" in ask) {
      const { query, consistency = "linearizable" } = ask;
      return { type: "query", query, consistency, forward, replyTo };
    }
    const { command } = ask;
    const ids = { clientId: this.#clientId, requestNumber: this.#requestNumber };
    const request = encodeRequest({ type: "command", ...ids, command });
    return { type: "submit", request, forward, replyTo };
  }

  #retry(pending: Pending, attempt: number): void {
    if (pending !== this.#pending || attempt !== pending.attempt) return;
    this.#target = randomInteger(this.#random, this.#clients.world.nodes.length);
    this.#ask(pending);
  }

  #take(pending: Pending, reply: ClientReply): void {
    if (pending !== this.#pending) return;
    const { oracle } = pending.route;
    switch (reply.type) {
      case "session":
        oracle.checkSession(pending, reply.clientId, reply.opNumber);
        this.#clientId = reply.clientId;
        this.#clients.countAnswer();
        return this.#end(pending);
      case "result":
        return this.#answered(pending, reply);
      case "noSession":
        oracle.checkEvicted(pending, this.#clientId);
        // An earlier attempt may have been executed before.
        this.#clientId = 0;
        return this.#endUnknown(pending, EVICTED_MS);
      case "resultTooLarge":
      case "superseded":
      case "noQueries":
        return oracle.fail(`client ${pending.client} is told "${reply.type}"`);
      default: {
        if (pending.isWaiting) return;
        pending.isWaiting = true;
        const { attempt } = pending;
        const delayMs = REFUSED_MS * (0.5 + this.#random());
        const { environment } = this.#clients.system;
        environment.after(delayMs, () => this.#retry(pending, attempt));
      }
    }
  }

  #answered(pending: Pending, reply: Result): void {
    const { world, workload } = this.#clients;
    const { ask, client, route: { oracle } } = pending;
    if (ask === undefined) return world.fail(`client ${client}: no session was opened`);
    if ("query" in ask) {
      const { query, consistency = "linearizable" } = ask;
      const isStale = consistency === "stale";
      const { calledAt } = pending;
      const bound = typeof consistency === "object" ? { ...consistency, calledAt } : undefined;
      oracle.checkRead({ ...pending, query, isStale, bound }, reply);
    } else {
      const id = { clientId: this.#clientId, requestNumber: this.#requestNumber };
      oracle.checkWrite({ ...pending, command: ask.command }, id, reply);
    }
    const judge = () => workload.answered?.(ask, reply.result, this.#index);
    oracle.judge(`client ${client}`, judge);
    this.#clients.countAnswer();
    this.#clients.record(pending.route, this.#entry(pending, reply.result));
    this.#end(pending);
  }

  #giveUp(pending: Pending): void {
    if (pending !== this.#pending || this.#clients.isStopped) return;
    // Without a session there is nothing to go on with.
    if (pending.ask !== undefined) this.#endUnknown(pending, this.#clients.options.thinkMs);
  }

  #endUnknown(pending: Pending, restMs: number): void {
    this.#clients.record(pending.route, this.#entry(pending));
    this.#alias = this.#clients.newAlias();
    this.#end(pending, restMs);
  }

  #end(pending: Pending, restMs: number = this.#clients.options.thinkMs): void {
    const { system } = this.#clients;
    this.#pending = undefined;
    system.stop(refTo(system.node, pending.name));
    this.#clients.rest(this, exponential(this.#random, restMs));
  }

  #entry(
    { ask, client, calledAt, route }: Pending,
    result?: Uint8Array,
  ): RecordedOperation | undefined {
    const { workload, world } = this.#clients;
    const part = ask && historyPart(workload, ask, result);
    if (part === undefined) return undefined;
    const isAnswered = result !== undefined;
    return {
      client,
      ...(route.oracle.readsByObject && "query" in ask! ? withoutRevision(part) : part),
      call: nanoseconds(calledAt),
      return: isAnswered ? nanoseconds(world.clock.now) : null,
      outcome: isAnswered ? "ok" : "unknown",
    };
  }
}

/** How stale an answer may be: by time, by changes, or by both. */
function drawBound(random: RandomStream): StalenessBound {
  const ageMs = random() < 0.6 ? Math.floor(random() * BOUND_MS) : null;
  const versions = ageMs === null || random() < 0.5 ? randomInteger(random, BOUND_VERSIONS) : null;
  return { ageMs, versions };
}

/** Where reads lack changes of other objects, the revision of the whole says nothing of when they were. */
function withoutRevision(part: HistoryPart): HistoryPart {
  if (!("op" in part) || !("revision" in part.output)) return part;
  const { revision: _, ...output } = part.output;
  return { ...part, output } as HistoryPart;
}
