import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import type { Ref } from "../../actors/ref.ts";
import { TransientMap } from "../../actors/transient.ts";
import type { GossipAsk, GossipReply } from "./client_messages.ts";
import type { CoordinatorMessage, Standing } from "./coordinator_messages.ts";
import type { PeerMessage, ReplicaRequest } from "./messages.ts";
import { COORDINATOR_DEFAULTS, type CoordinatorTuning } from "./options.ts";
import type { Introduce } from "./replica.ts";

/** How a coordinator is set up. */
export interface CoordinatorOptions extends CoordinatorTuning {
  /** The replica of the node. */
  readonly replica: Ref<ReplicaRequest | Introduce>;
  /** The replica of another node. */
  readonly peer: (node: number) => Ref<PeerMessage | ReplicaRequest>;
}

/** A request under way. */
interface Request {
  readonly ask: GossipAsk;
  readonly replyTo: Ref<GossipReply>;
  readonly until: number;
  /** The nodes that were asked. */
  readonly asked: Set<number>;
  /** Whom the answer is awaited from, and until when. */
  node: number;
  attemptUntil: number;
  /** What the last of them has said; it is told if nobody can do better. */
  last: GossipReply | undefined;
}

/** How much longer than it may take an answer is awaited, in milliseconds. */
const GRACE_MS = 200;
/** Between two looks at what has been waiting too long, in milliseconds. */
const TICK_MS = 50;

/**
 * Speaks to clients for the whole cluster: finds a replica that can do what is asked, and another if that cannot.
 * What has been asked of a replica that has not answered is never asked of another if it writes: it might be done
 * twice.
 */
class Coordinator implements Actor<CoordinatorMessage> {
  readonly #context: Context<CoordinatorMessage>;
  readonly #options: CoordinatorOptions & Required<CoordinatorTuning>;
  readonly #requests = new TransientMap<number, Request>();
  #ticket: number;
  #standing: Standing = { type: "standing", life: 0, isServing: false, living: [] };
  #turn = 0;
  #isTicking = false;

  constructor(context: Context<CoordinatorMessage>, options: CoordinatorOptions) {
    this.#context = context;
    this.#options = { ...COORDINATOR_DEFAULTS, ...options };
    // An answer to an earlier incarnation must not be taken for one to this one.
    this.#ticket = Math.floor(context.random() * 2 ** 52);
    context.send(options.replica, { type: "introduce" });
  }

  receive(message: CoordinatorMessage): void {
    switch (message.type) {
      case "ask":
        return this.#onAsk(message.ask, message.replyTo);
      case "answer":
        return this.#onAnswer(message.ticket, message.reply);
      case "standing":
        return this.#onStanding(message);
      case "tick":
        return this.#onTick();
    }
  }

  #onAsk(ask: GossipAsk, replyTo: Ref<GossipReply>): void {
    const { requestsMax } = this.#options;
    if (this.#requests.size >= requestsMax) {
      return this.#context.send(replyTo, { type: "overloaded", what: "requests of clients" });
    }
    const now = this.#context.now();
    const timeoutMs = ask.type === "remove" ? REMOVE_MS : ask.timeoutMs;
    const until = now + timeoutMs;
    const asked = new Set<number>();
    const request = { ask, replyTo, until, asked, node: -1, attemptUntil: until, last: undefined };
    this.#try(request, this.#first(ask));
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#context.setTimer("tick", TICK_MS, { type: "tick" });
  }

  /** Whom to ask first. */
  #first(ask: GossipAsk): number {
    const { node } = this.#context;
    const { isServing, living } = this.#standing;
    if (isBound(ask) || living.length === 0) return node;
    // The pages of a scan fit together best when they are of one replica.
    const isOwn = this.#options.spread === "local" || ask.type === "scan";
    if (isOwn && isServing) return node;
    // Who has heard of the first attempt does not do it again.
    const turn = ask.type === "write" && ask.requester !== null
      ? ask.requester.client
      : this.#turn++;
    return living[turn % living.length]!;
  }

  #try(request: Request, node: number): void {
    const { ask, asked } = request;
    const now = this.#context.now();
    asked.add(node);
    request.node = node;
    const leftMs = Math.max(0, request.until - now);
    const isLast = this.#next(request) === undefined;
    // While another can be asked, nobody has all of the time.
    const patienceMs = Math.floor(isLast ? leftMs : leftMs / 2);
    const isRepeatable = !isLast && ask.type !== "write";
    request.attemptUntil = now + (isRepeatable ? patienceMs : leftMs) + GRACE_MS;
    const ticket = ++this.#ticket;
    this.#requests.set(ticket, request);
    const to: Ref<ReplicaRequest> = node === this.#context.node
      ? this.#options.replica
      : this.#options.peer(node);
    const rest = "timeoutMs" in ask ? { ...ask, timeoutMs: Math.floor(leftMs) } : ask;
    const replyTo = this.#context.self;
    this.#context.send(to, { type: "serve", ticket, ask: rest, patienceMs, replyTo });
  }

  /** Another member that could be asked. */
  #next({ ask, asked }: Request): number | undefined {
    if (isBound(ask)) return undefined;
    return this.#standing.living.find((node) => !asked.has(node));
  }

  #onAnswer(ticket: number, reply: GossipReply): void {
    const request = this.#requests.get(ticket);
    if (request === undefined) return;
    this.#requests.delete(ticket);
    if (isElsewhere(reply)) this.#elsewhere(request, reply);
    else this.#context.send(request.replyTo, reply);
  }

  /** One could not; maybe another can. */
  #elsewhere(request: Request, reply: GossipReply): void {
    request.last = reply;
    const next = this.#next(request);
    if (next === undefined || this.#context.now() >= request.until) {
      return this.#context.send(request.replyTo, reply);
    }
    this.#try(request, next);
  }

  #onStanding(standing: Standing): void {
    const hasForgotten = standing.life !== this.#standing.life;
    this.#standing = standing;
    if (!hasForgotten) return;
    for (const [ticket, request] of this.#requests) {
      if (request.node === this.#context.node) this.#giveUp(ticket, request);
    }
  }

  #onTick(): void {
    this.#isTicking = this.#requests.size > 0;
    if (!this.#isTicking) return;
    this.#context.setTimer("tick", TICK_MS, { type: "tick" });
    const now = this.#context.now();
    for (const [ticket, request] of this.#requests) {
      if (now >= request.attemptUntil) this.#giveUp(ticket, request);
    }
  }

  /** Whoever was asked will not answer. */
  #giveUp(ticket: number, request: Request): void {
    this.#requests.delete(ticket);
    const { ask: { type }, last, replyTo, node } = request;
    if (type === "read" || type === "scan") {
      const why = `node ${node} does not answer`;
      return this.#elsewhere(request, last ?? { type: "unavailable", why });
    }
    this.#context.send(replyTo, { type: "unknown" });
  }
}

/** How long an operator waits for a removal, in milliseconds. */
const REMOVE_MS = 5_000;

/** Whether only the replica of the node itself can do it. */
function isBound(ask: GossipAsk): boolean {
  if (ask.type === "scan") return false;
  return ask.type === "leave" || ask.type === "remove" || ask.level === "local";
}

/** Whether another replica might have a better answer; nothing was done. */
function isElsewhere({ type }: GossipReply): boolean {
  return type === "unavailable" || type === "staleReplica" || type === "tooStale" ||
    type === "overloaded";
}

/** The factory of a coordinator. */
export function coordinator(options: CoordinatorOptions): ActorFactory<CoordinatorMessage> {
  return (context) => new Coordinator(context, options);
}
