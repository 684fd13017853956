import type { RandomStream } from "../../actors/random.ts";
import { Dissemination } from "./dissemination.ts";
import { memberOf, type SwimMember } from "./events.ts";
import { LocalHealth } from "./health.ts";
import { MemberList } from "./member_list.ts";
import type { SwimMessage } from "./messages.ts";
import { checkMeta, checkSwimOptions, type SwimOptions } from "./options.ts";
import { Prober } from "./prober.ts";
import { Step, type SwimInput, type SwimOutput } from "./step.ts";

/** What is known of a member's own state. */
export interface SwimFigures {
  /** The node itself. */
  readonly self: SwimMember;
  /** Everyone else that is known, living or not. */
  readonly others: readonly SwimMember[];
  /** How ill the node believes itself to be; 0 if all is well. */
  readonly healthScore: number;
  /** Members that there is news of that is still passed on. */
  readonly news: number;
}

/**
 * One member of a cluster that finds out by itself who takes part: SWIM, with Lifeguard, and memberlist's
 * exchange of whole lists. A state machine that knows neither clock nor network: it is told the time, and
 * takes messages, timers and commands one at a time. What it sends may be lost, delayed, or come twice.
 *
 * A member may be held to be dead while it lives (it, or the way to it, is too slow), and different members
 * may hold different things for a while. Once nothing fails any more, all agree, and on the truth.
 */
export class SwimCore {
  readonly #options: SwimOptions;
  readonly #random: RandomStream;
  readonly #step = new Step();
  readonly #health: LocalHealth;
  readonly #list: MemberList;
  readonly #prober: Prober;
  readonly #dissemination: Dissemination;
  /** When nodes were last told something out of turn: once in an interval of probes each. */
  readonly #remindedAt = new Map<number, number>();
  /** When the node last noticed that it had been standing still. */
  #resumedAt = -Infinity;

  /**
   * Knows nobody yet, and does nothing before it is told to join.
   *
   * @throws {TroupeError} `bad_option` if an option is out of its range.
   */
  constructor(options: SwimOptions, random: RandomStream) {
    checkSwimOptions(options);
    this.#options = options;
    this.#random = random;
    this.#health = new LocalHealth(options.tuning.healthMax);
    this.#list = new MemberList(options, this.#step, random, this.#health);
    this.#prober = new Prober(options, this.#step, this.#list, this.#health, random);
    this.#dissemination = new Dissemination(options, this.#step, this.#list, random);
  }

  /** What it knows. */
  get figures(): SwimFigures {
    return {
      self: memberOf(this.#list.own.record),
      others: this.#list.others,
      healthScore: this.#health.score,
      news: this.#list.newsCount,
    };
  }

  /** Whether another node takes part, suspected or not. */
  isLiving(node: number): boolean {
    return this.#list.isLiving(node);
  }

  /** How many take part, the node itself among them. */
  get livingCount(): number {
    return this.#list.livingCount;
  }

  /**
   * Takes one input, at a time that never goes back; says what is to be done about it, in that order.
   *
   * @throws {TroupeError} `bad_option` if it is to describe the node by more than 128 bytes.
   */
  take(now: number, input: SwimInput): readonly SwimOutput[] {
    this.#step.begin(now);
    this.#handle(input);
    this.#dissemination.gossipSoon();
    return this.#step.end();
  }

  #handle(input: SwimInput): void {
    switch (input.type) {
      case "message":
        return this.#onMessage(input.message);
      case "timer":
        return this.#onTimer(input);
      case "join":
        return this.#join();
      case "leave":
        return this.#leave();
      case "describe":
        checkMeta(input.meta);
        return this.#list.own.describe(input.meta);
      case "heard":
        return this.#heard(input.node);
    }
  }

  get #hasLeft(): boolean {
    return this.#list.own.record.state === "left";
  }

  // Messages

  #onMessage(message: SwimMessage): void {
    if (message.node === this.#options.node) return;
    switch (message.type) {
      case "ping":
        this.#takeNews(message);
        return this.#prober.onPing(message);
      case "ack":
        this.#takeNews(message);
        return this.#prober.onAck(message);
      case "pingRequest":
        this.#takeNews(message);
        return this.#prober.onPingRequest(message);
      case "nack":
        return this.#prober.onNack(message);
      case "gossip":
        return this.#takeNews(message);
      case "sync":
        this.#list.takeList(message.members);
        return this.#dissemination.sendList(message.node, "syncReply");
      case "syncReply":
        return this.#list.takeList(message.members);
    }
  }

  #takeNews({ node, updates }: Extract<SwimMessage, { updates: unknown }>): void {
    for (const update of updates) this.#list.take(update);
    if (this.#list.find(node) === undefined) this.#remind(node);
  }

  /** Something has come from a node that does not speak of who is there. */
  #heard(node: number): void {
    if (node === this.#options.node) return;
    this.#prober.heard(node);
    if (this.#list.find(node)?.state !== "alive") this.#remind(node);
  }

  /** Has a node say how it is that is there, although it is not known, or said not to be. */
  #remind(node: number): void {
    if (this.#hasLeft) return;
    const { now } = this.#step;
    const lastAt = this.#remindedAt.get(node) ?? -Infinity;
    if (now - lastAt < this.#options.tuning.probeIntervalMs) return;
    this.#remindedAt.set(node, now);
    if (this.#list.find(node) === undefined) this.#dissemination.sendList(node, "sync");
    else this.#prober.ping(node);
  }

  // Timers

  #onTimer({ timer, dueAt }: Extract<SwimInput, { type: "timer" }>): void {
    this.#notice(dueAt);
    switch (timer.type) {
      case "probe":
        return this.#prober.next();
      case "probe-timeout":
        return this.#prober.onTimeout();
      case "relay":
        return this.#prober.onRelayTimeout(timer.sequence);
      case "suspicion":
        return this.#list.suspicionOver(timer.node);
      case "gossip":
        return this.#dissemination.gossip();
      case "sync":
        return this.#dissemination.sync();
      case "reconnect":
        return this.#dissemination.reconnect();
      case "departed":
        return this.#step.tell({ type: "swim-departed" });
    }
  }

  /**
   * A process that was itself stopped, or collecting garbage, hears nobody meanwhile: it blames itself, and
   * gives everyone their time anew.
   */
  #notice(dueAt: number): void {
    const { now } = this.#step;
    const isLate = now - dueAt > this.#options.tuning.probeTimeoutMs;
    if (!isLate || dueAt <= this.#resumedAt) return;
    this.#resumedAt = now;
    this.#health.worsen(1);
    this.#prober.abandon();
    this.#list.restartSuspicions();
  }

  // Joining and leaving

  #join(): void {
    this.#list.own.rejoin();
    const { probeIntervalMs } = this.#options.tuning;
    // Members that are started together do not all probe together.
    this.#step.setTimer({ type: "probe" }, this.#random() * probeIntervalMs);
    this.#dissemination.start();
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#list.own.leave();
    this.#prober.stop();
    this.#dissemination.stop();
  }
}
