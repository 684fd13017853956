import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { refTo } from "../../actors/ref.ts";
import {
  type GossipAsk,
  type GossipReply,
  gossipReply,
  gossipRequest,
} from "../../protocols/gossip/client_messages.ts";
import { GOSSIP } from "../../protocols/gossip/names.ts";
import { drawWeighted, exponential } from "../distributions.ts";
import type { GossipClients } from "./gossip_clients.ts";
import { drawGuarantees, drawOperation, drawTimeout, type GossipDraw } from "./gossip_draws.ts";
import type { Promised } from "./promises.ts";
import type { Told } from "./reply_check.ts";
import { SimSession } from "./sim_session.ts";

/** One kind of question. */
export type GossipAskOf<T extends GossipAsk["type"]> = Extract<GossipAsk, { type: T }>;

/** How long a client waits for an answer before it asks another node, in milliseconds. */
const RETRY_MS = 400;
/** How long it waits after a refusal, in milliseconds. */
const REFUSED_MS = 30;
/** How long it goes on asking, in milliseconds. */
const PATIENCE_MS = 4_000;
/** The share of operations for which it asks another node. */
const WANDER = 0.5;
/** The share of operations before which it begins a new session. */
const FRESH = 0.02;

interface Pending {
  readonly ask: GossipAsk;
  readonly session: SimSession | undefined;
  readonly name: string;
  readonly before: ReadonlyMap<number, Promised>;
  readonly calledAt: number;
  readonly until: number;
  attempt: number;
}

/** A client: one operation at a time, asked again under the same ids until it is answered or given up. */
export class GossipClient {
  readonly #clients: GossipClients;
  readonly #index: number;
  readonly #random: RandomStream;
  readonly #draws: RandomStream;
  readonly #contexts = new Map<string, string>();
  #session: SimSession | undefined;
  #operations = 0;
  #target: number;
  #pending: Pending | undefined;

  constructor(clients: GossipClients, index: number) {
    this.#clients = clients;
    this.#index = index;
    const { seed, nodes } = clients.world;
    this.#random = randomStream(seed, `client ${index}`);
    this.#draws = randomStream(seed, `client ${index}/workload`);
    this.#target = index % nodes.length;
    if (this.#draws() < clients.work.sessions) this.#openSession();
  }

  /** Whether an operation is under way. */
  get isBusy(): boolean {
    return this.#pending !== undefined;
  }

  /** Asks for the next thing. */
  begin(): void {
    const { world, work, system } = this.#clients;
    if (this.#session !== undefined && this.#random() < FRESH) this.#openSession();
    this.#operations++;
    const drawn = drawOperation(work, {
      client: this.#index,
      count: this.#operations,
      random: this.#draws,
      contextOf: (key) => this.#contexts.get(key),
    });
    const ask = this.#askOf(drawn);
    const pending: Pending = {
      ask,
      session: this.#session,
      name: `client-${this.#index}-${this.#operations}`,
      before: world.promises.snapshot(),
      calledAt: world.clock.now,
      until: world.clock.now + PATIENCE_MS,
      attempt: 0,
    };
    this.#pending = pending;
    if (ask.type === "write") world.replies.asks(ask, this.#session);
    if (this.#random() < WANDER) this.#wander();
    system.expose(pending.name, gossipReply);
    system.spawn<GossipReply>(pending.name, () => ({
      receive: (reply) => this.#take(pending, reply),
    }));
    this.#ask(pending);
  }

  #openSession(): void {
    this.#session = new SimSession(drawGuarantees(this.#clients.work, this.#draws));
  }

  #wander(): void {
    this.#target = randomInteger(this.#random, this.#clients.world.nodes.length);
  }

  #askOf(drawn: GossipDraw): GossipAsk {
    const session = this.#session?.asked ?? null;
    const level = drawWeighted(this.#draws, this.#clients.work.levels);
    const timeoutMs = drawTimeout(this.#draws);
    switch (drawn.type) {
      case "write": {
        // Numbers of a client only grow.
        const requester = { client: this.#index + 1, number: this.#operations };
        return { ...drawn, level, requester, session, timeoutMs };
      }
      case "read":
        return { ...drawn, level, session, timeoutMs };
      case "scan":
        return {
          ...drawn,
          from: drawn.prefix,
          until: null,
          session,
          maxStalenessMs: null,
          timeoutMs,
        };
    }
  }

  #ask(pending: Pending): void {
    const { system } = this.#clients;
    const attempt = ++pending.attempt;
    const coordinator = refTo(this.#target, GOSSIP.coordinator, gossipRequest);
    const replyTo = refTo<GossipReply>(system.node, pending.name);
    system.send(coordinator, { type: "ask", ask: pending.ask, replyTo });
    const timeoutMs = "timeoutMs" in pending.ask ? pending.ask.timeoutMs : 0;
    const delayMs = (RETRY_MS + timeoutMs) * (0.5 + this.#random());
    system.environment.after(delayMs, () => this.#retry(pending, attempt));
  }

  #retry(pending: Pending, attempt: number): void {
    if (pending !== this.#pending || attempt !== pending.attempt) return;
    if (this.#clients.world.clock.now >= pending.until) return this.#end(pending);
    this.#wander();
    this.#ask(pending);
  }

  #take(pending: Pending, reply: GossipReply): void {
    if (pending !== this.#pending) return;
    switch (reply.type) {
      case "unavailable":
      case "overloaded": {
        const { attempt } = pending;
        const delayMs = REFUSED_MS * (0.5 + this.#random());
        this.#clients.system.environment.after(delayMs, () => this.#retry(pending, attempt));
        return;
      }
      case "staleReplica":
        // What it has seen may be lost with all who had it.
        if (this.#random() < 0.2) this.#openSession();
        return this.#end(pending);
      case "tooStale":
      case "unknown":
        return this.#end(pending);
      default:
        this.#judge(pending, reply);
        this.#clients.countAnswer();
        return this.#end(pending);
    }
  }

  #judge(pending: Pending, reply: GossipReply): void {
    const { world } = this.#clients;
    const wrong = this.#wrong(pending, reply);
    if (wrong !== undefined) world.fail(`client ${this.#index} (${pending.name}): ${wrong}`);
    if ("session" in reply && reply.session !== null && pending.session !== undefined) {
      pending.session.token = reply.session;
    }
    const { ask } = pending;
    if ("key" in ask && "context" in reply && reply.context !== "") {
      this.#contexts.set(ask.key, reply.context);
    }
  }

  #wrong(pending: Pending, reply: GossipReply): string | undefined {
    const { world } = this.#clients;
    const { replies } = world;
    const told = { ...pending, membersMin: world.membersSince(pending.calledAt), reply };
    const { ask } = pending;
    switch (reply.type) {
      case "written":
      case "insufficientWrite":
        if (ask.type === "write") return replies.write(told as Told<typeof ask, typeof reply>);
        break;
      case "found":
      case "insufficientRead":
        if (ask.type === "read") return replies.read(told as Told<typeof ask, typeof reply>);
        break;
      case "page":
        if (ask.type === "scan") return replies.page(told as Told<typeof ask, typeof reply>);
        break;
      case "size":
        if (ask.type === "scan" && ask.countsOnly) return undefined;
        break;
      case "refused":
        return replies.refused(reply);
    }
    return `a ${ask.type} is answered by "${reply.type}"`;
  }

  #end(pending: Pending): void {
    const { system, options } = this.#clients;
    this.#pending = undefined;
    system.stop(refTo(system.node, pending.name));
    this.#clients.rest(this, exponential(this.#random, options.thinkMs));
  }
}
