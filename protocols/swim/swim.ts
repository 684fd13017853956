import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import type { Ref } from "../../actors/ref.ts";
import type { DetectorEvent, DetectorRequest } from "../failure_detector_messages.ts";
import { SwimCore } from "./core.ts";
import { type HoldOver, SwimDetector } from "./detector.ts";
import type { SwimEvent } from "./events.ts";
import type { SwimMessage } from "./messages.ts";
import { SWIM_LAN, type SwimIdentity, type SwimTuning } from "./options.ts";
import type { SwimInput, SwimOutput, SwimTimer } from "./step.ts";

/** What the actor is told by its own node. */
export type SwimCommand =
  /**
   * Leaves the cluster on purpose, and tells `swim-departed` when others know. The actor goes on answering
   * until it is stopped.
   */
  | { readonly type: "leave" }
  /** Takes part again, after a departure. A member that has just been started needs not be told. */
  | { readonly type: "join" }
  /** The listener has started, and knows nobody: tells it again of everyone who takes part, as having joined. */
  | { readonly type: "survey" }
  /** Says something else of the node from now on: at most 128 bytes, as `SwimIdentity.meta`. */
  | { readonly type: "describe"; readonly meta: Uint8Array };

/** What the actor tells its listener. */
export type SwimNotice =
  | SwimEvent
  /** The actor has started, or started again, and knows nobody: whoever was there will join anew. */
  | { readonly type: "swim-started" };

interface SwimTick {
  readonly type: "swim-timer";
  readonly timer: SwimTimer;
  readonly dueAt: number;
}

/** Everything that the actor takes. */
export type SwimRequest = SwimMessage | SwimCommand | DetectorRequest | SwimTick | HoldOver;

/** How the actor is set up. */
export interface SwimActorOptions extends SwimIdentity {
  /** The same actor on another node. */
  readonly peer: (node: number) => Ref<SwimMessage>;
  /** Who is told of every change of membership. */
  readonly listener?: Ref<SwimNotice>;
  /**
   * For whom the actor is a failure detector, in place of `failureDetector()`. It is slower than that, and
   * more rarely wrong: with {@linkcode SWIM_LAN} a crash is noticed after 4 to 12 s, by all members at about
   * the same time, at the cost of two messages a second for each member, however many there are.
   */
  readonly subscriber?: Ref<DetectorEvent>;
  /**
   * How eagerly it probes, doubts and tells.
   *
   * @default {SWIM_LAN}
   */
  readonly tuning?: SwimTuning;
}

/**
 * A member of a cluster that finds out by itself who takes part: {@linkcode SwimCore} with a clock, a network
 * and a source of chance. It keeps nothing: one that starts anew joins anew, and outbids what was said of it
 * meanwhile. Publishes its {@linkcode SwimFigures} under the topic `swim`.
 */
class Swim implements Actor<SwimRequest> {
  readonly #context: Context<SwimRequest>;
  readonly #options: SwimActorOptions;
  readonly #core: SwimCore;
  readonly #detector: SwimDetector | undefined;

  constructor(context: Context<SwimRequest>, options: SwimActorOptions) {
    const { tuning = SWIM_LAN, listener, subscriber } = options;
    this.#context = context;
    this.#options = options;
    this.#core = new SwimCore({ ...options, tuning }, () => context.random());
    if (subscriber !== undefined) {
      this.#detector = new SwimDetector(context, subscriber, this.#core, tuning);
    }
    if (listener !== undefined) context.send(listener, { type: "swim-started" });
    this.#take({ type: "join" });
    this.#publish();
  }

  receive(request: SwimRequest): void {
    switch (request.type) {
      // Other members
      case "ping":
      case "ack":
      case "pingRequest":
      case "nack":
      case "gossip":
      case "sync":
      case "syncReply":
        return this.#take({ type: "message", message: request });
      // The node
      case "join":
      case "leave":
      case "describe":
        return this.#take(request);
      case "survey":
        return this.#survey();
      // As a failure detector
      case "heard":
        return this.#take({ type: "heard", node: request.peer });
      case "observe":
        return this.#detector?.observe(request.peers);
      case "check":
        return this.#detector?.check();
      case "hold-over":
        return this.#detector?.trust(request.node);
      // Timers
      case "swim-timer":
        this.#take({ type: "timer", timer: request.timer, dueAt: request.dueAt });
        if (request.timer.type === "probe") this.#publish();
        return;
    }
  }

  #survey(): void {
    const { listener } = this.#options;
    if (listener === undefined) return;
    for (const member of this.#core.figures.others) {
      const isLiving = member.state === "alive" || member.state === "suspect";
      if (isLiving) this.#context.send(listener, { type: "member-joined", member });
    }
  }

  #take(input: SwimInput): void {
    for (const output of this.#core.take(this.#context.now(), input)) this.#carryOut(output);
  }

  #carryOut(output: SwimOutput): void {
    switch (output.type) {
      case "send":
        return this.#context.send(this.#options.peer(output.to), output.message);
      case "set-timer": {
        const { key, delayMs, timer, dueAt } = output;
        return this.#context.setTimer(key, delayMs, { type: "swim-timer", timer, dueAt });
      }
      case "cancel-timer":
        return this.#context.cancelTimer(output.key);
      case "event":
        return this.#tell(output.event);
    }
  }

  #tell(event: SwimEvent): void {
    if ("member" in event) this.#context.log("info", `${event.type}: node ${event.member.node}`);
    if (this.#options.listener !== undefined) this.#context.send(this.#options.listener, event);
    this.#detector?.take(event);
    this.#publish();
  }

  #publish(): void {
    this.#context.publish("swim", this.#core.figures);
  }
}

/**
 * The factory of a member of a cluster. Expose the actor to other nodes under the schema `swimMessage`.
 *
 * @throws {TroupeError} `bad_option` when the actor is started, if an option is out of its range.
 */
export function swim(options: SwimActorOptions): ActorFactory<SwimRequest> {
  return (context) => new Swim(context, options);
}
