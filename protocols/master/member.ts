import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import type { Ref } from "../../actors/ref.ts";
import type { DetectorEvent } from "../failure_detector_messages.ts";
import type { MembershipRequest } from "./membership.ts";
import { Accusations } from "./accusations.ts";
import { changesOf } from "./changes.ts";
import { Checks, isCurrent } from "./checks.ts";
import type { Configuration } from "./configuration.ts";
import { majorityOf } from "./decisions.ts";
import { Expulsions } from "./expulsions.ts";
import { leaseEnd } from "./lease.ts";
import { LocalReplicas } from "./local_replicas.ts";
import type { PeerMessage } from "./member_messages.ts";
import { nextCommand } from "./next_command.ts";
import { MEMBER_DEFAULTS, type MemberOptions } from "./options.ts";
import { masterSession, type SessionEvent, type SessionRequest } from "./session.ts";

/** For how many heartbeats the master may be silent before nothing is said to it. */
const SILENCE_HEARTBEATS = 4;

type MemberTimer = { readonly type: "beat" } | { readonly type: "expulsion-due" };

/** Everything that a member takes. */
export type MemberMessage =
  | PeerMessage
  | MembershipRequest
  | DetectorEvent
  | SessionEvent
  | MemberTimer;

/** What a member publishes under the topic `membership`. */
export interface MembershipFigures {
  /** The newest that the node knows of; `null` before the first. */
  readonly configuration: Configuration | null;
  /** Until when the node's replicas may serve reads, by `Context.now()`; `null` before the first lease. */
  readonly leaseUntil: number | null;
  /** The part of that which is left, in milliseconds. */
  readonly leaseMs: number;
  /** Whom the node suspects; itself, if it can make nothing durable. */
  readonly suspected: readonly number[];
  /** Whether the master knows of all replicas that are there. */
  readonly entered: boolean;
}

/**
 * Speaks to the master for the node's replicas: enters it, asks for leases, reports whom it suspects, and
 * drives expulsions, as every other member does. There is no leader among the members, and what a member
 * remembers is only what the master has decided and what its own node has said: one that starts anew
 * learns all of it again. At every moment it knows what the master is to be told next, and submits that,
 * one command at a time.
 */
class MembershipMember implements Actor<MemberMessage> {
  readonly #context: Context<MemberMessage>;
  readonly #options: Required<MemberOptions>;
  readonly #session: Ref<SessionRequest>;
  readonly #replicas: LocalReplicas;
  readonly #accusations: Accusations;
  readonly #expulsions: Expulsions;
  readonly #checks = new Checks();
  /** Who has last said that it is cut off. */
  readonly #cutOff = new Set<number>();
  #configuration: Configuration | null = null;
  #leaseUntil: number | null = null;
  /** When the master last answered. */
  #answeredAt = -Infinity;
  /** The command that the session has, and the replicas that were there when it was made. */
  #submitted: ReadonlyMap<number, number> | undefined;
  /** Whether a poll is under way that did not wait for the next beat. */
  #isPollingEarly = false;

  constructor(context: Context<MemberMessage>, options: MemberOptions) {
    this.#context = context;
    this.#options = { ...MEMBER_DEFAULTS, ...options };
    this.#replicas = new LocalReplicas((to, event) => context.send(to, event));
    this.#accusations = new Accusations(options.node);
    this.#expulsions = new Expulsions(this.#options);
    const { node, master } = options;
    const { retryMs } = this.#options;
    const session = masterSession({ node, master, subscriber: context.self, retryMs });
    this.#session = context.spawn("session", session);
    for (let volume = 0; volume < options.volumes; volume++) {
      context.send(options.replica(volume), { type: "membership-started" });
    }
  }

  receive(message: MemberMessage): void {
    switch (message.type) {
      // Other members
      case "alive":
        return this.#onAlive(message);
      case "configured":
        this.#heard(message.node);
        return this.#install(message.configuration);
      // The replicas of this node
      case "ready":
        return this.#onReady(message);
      case "extended":
      case "stopped":
        this.#replicas.say(message);
        return this.#submitNext();
      case "outdated":
        return this.#onOutdated(message);
      case "check":
        this.#checks.ask(message);
        return this.#pollForChecks();
      case "heard":
        return this.#heard(message.node);
      case "deaf":
        this.#accusations.setDeaf(message);
        return this.#submitNext();
      case "stalled":
        this.#accusations.setStalled(message);
        return this.#submitNext();
      // The failure detector
      case "detector-started":
        this.#accusations.hearAll();
        this.#context.send(this.#options.detector, { type: "observe", peers: this.#others() });
        return this.#submitNext();
      case "suspect":
      case "trust":
        this.#accusations.setSilent(message.peer, message.type === "suspect");
        return this.#submitNext();
      // The master
      case "session-started":
        this.#submitted = undefined;
        return this.#beat();
      case "polled":
        return this.#onPolled(message);
      case "executed":
        return this.#onExecuted(message);
      // Timers
      case "beat":
        this.#isPollingEarly = false;
        return this.#beat();
      case "expulsion-due":
        return this.#onExpulsionDue();
    }
  }

  // Other members

  #beat(): void {
    const { node, heartbeatMs } = this.#options;
    this.#context.setTimer("beat", heartbeatMs, { type: "beat" });
    this.#tellOthers({ type: "alive", node, version: this.#version, isCutOff: this.#isCutOff });
    this.#poll();
    this.#submitNext();
    this.#publish();
  }

  #onAlive({ node, version, isCutOff }: Extract<PeerMessage, { type: "alive" }>): void {
    if (isCutOff) this.#cutOff.add(node);
    else this.#cutOff.delete(node);
    this.#heard(node);
    if (version > this.#version) this.#pollEarly();
  }

  /**
   * Whoever is heard and hears nobody would stay where it is for ever: it falls silent as far as others are
   * concerned, so that they can do without it. But if all are cut off, someone has to be heard first.
   */
  #heard(node: number): void {
    if (this.#cutOff.has(node) && !this.#isCutOff) return;
    this.#context.send(this.#options.detector, { type: "heard", peer: node });
  }

  /** Whether this node hears so few others that it is likelier to be cut off than they are to be down. */
  get #isCutOff(): boolean {
    return this.#accusations.silent >= majorityOf(this.#options.nodeCount);
  }

  #tellOthers(message: PeerMessage): void {
    for (const node of this.#others()) this.#context.send(this.#options.peer(node), message);
  }

  #others(): number[] {
    const { node, nodeCount } = this.#options;
    return Array.from({ length: nodeCount }, (_, other) => other).filter((other) => other !== node);
  }

  // Replicas

  #onReady(message: Extract<MembershipRequest, { type: "ready" }>): void {
    if (this.#replicas.ready(message)) {
      this.#accusations.forget(message.volume);
      this.#checks.forget(message.volume);
    } else this.#inform();
    this.#submitNext();
  }

  #onOutdated({ volume, epoch }: Extract<MembershipRequest, { type: "outdated" }>): void {
    const known = this.#configuration?.volumes[volume]?.epoch ?? 0;
    if (epoch > known) this.#pollEarly();
  }

  #inform(): void {
    if (this.#configuration !== null) this.#replicas.assign(this.#configuration);
    if (this.#leaseUntil !== null) this.#replicas.lease(this.#leaseUntil);
  }

  // Leases

  #poll(): void {
    if (this.#context.maybe("member/skip-poll")) return;
    const poll = this.#checks.sent();
    this.#context.send(this.#session, { type: "poll", poll, known: this.#version });
  }

  /** Others know more than we do: once until there is an answer, as many may say so at a time. */
  #pollEarly(): void {
    if (this.#isPollingEarly) return;
    this.#isPollingEarly = true;
    this.#poll();
  }

  /** If it is lost, the next beat's will do. */
  #pollForChecks(): void {
    if (this.#checks.isPollDue) this.#poll();
  }

  #onPolled(polled: Extract<SessionEvent, { type: "polled" }>): void {
    const { poll, sentAt, lease, configuration } = polled;
    this.#isPollingEarly = false;
    this.#answeredAt = this.#context.now();
    if (lease) this.#leaseUntil = Math.max(this.#leaseUntil ?? 0, leaseEnd(sentAt, this.#options));
    if (configuration !== null) this.#install(configuration);
    this.#inform();
    this.#answerChecks(poll);
    this.#submitNext();
  }

  /** What is known by now is at least as new as what the poll was answered from. */
  #answerChecks(poll: number): void {
    for (const check of this.#checks.answered(poll)) {
      if (!isCurrent(check, this.#configuration)) continue;
      this.#replicas.tell(check.volume, { type: "checked", ticket: check.ticket });
    }
    this.#pollForChecks();
  }

  // Configurations

  get #version(): number {
    return this.#configuration?.version ?? 0;
  }

  /** Whatever way it came, it was decided; but what comes late may be old. */
  #install(configuration: Configuration): void {
    if (configuration.version <= this.#version) return;
    for (const change of changesOf(this.#configuration, configuration)) {
      this.#context.log("info", change);
    }
    this.#configuration = configuration;
    this.#expulsions.see(configuration, this.#context.now());
    this.#awaitExpulsion();
    this.#inform();
    this.#submitNext();
    this.#publish();
  }

  // Expulsions

  #awaitExpulsion(): void {
    const { nextAt } = this.#expulsions;
    if (nextAt === undefined) return this.#context.cancelTimer("expulsion");
    const delayMs = nextAt - this.#context.now();
    this.#context.setTimer("expulsion", delayMs, { type: "expulsion-due" });
  }

  #onExpulsionDue(): void {
    this.#submitNext();
    // Timers may be early, by a little.
    if (this.#expulsions.due(this.#context.now()) === undefined) this.#awaitExpulsion();
  }

  // Commands

  /**
   * Whoever does not hear the master says nothing to it: what it held against others would stay there, and
   * count, although its own silence is what is wrong.
   */
  #submitNext(): void {
    if (this.#submitted !== undefined || !this.#hearsMaster) return;
    const configuration = this.#configuration;
    if (configuration === null) return;
    const command = nextCommand({
      node: this.#options.node,
      dataCenter: this.#options.dataCenter,
      configuration,
      replicas: this.#replicas,
      suspects: this.#accusations.suspects,
      expulsion: this.#expulsions.due(this.#context.now()),
    });
    if (command === undefined) return;
    this.#submitted = this.#replicas.incarnations();
    this.#context.send(this.#session, { type: "command", command });
  }

  get #hearsMaster(): boolean {
    const silenceMs = this.#options.heartbeatMs * SILENCE_HEARTBEATS;
    return this.#context.now() - this.#answeredAt <= silenceMs;
  }

  #onExecuted(
    { command, outcome, configuration }: Extract<SessionEvent, { type: "executed" }>,
  ): void {
    const submitted = this.#submitted;
    this.#submitted = undefined;
    this.#answeredAt = this.#context.now();
    const { type } = command;
    if (type === "extended" || type === "stopped") this.#replicas.unsay(command.volume);
    if (type === "enter" && outcome === "done" && submitted !== undefined) {
      this.#replicas.entered(submitted);
    }
    const isNews = configuration.version > this.#version;
    if (isNews && !this.#context.maybe("member/skip-push")) {
      this.#tellOthers({ type: "configured", node: this.#options.node, configuration });
    }
    this.#install(configuration);
    this.#inform();
    this.#submitNext();
  }

  #publish(): void {
    const leaseUntil = this.#leaseUntil;
    const figures: MembershipFigures = {
      configuration: this.#configuration,
      leaseUntil,
      leaseMs: Math.max(0, (leaseUntil ?? 0) - this.#context.now()),
      suspected: this.#accusations.suspects,
      entered: (this.#configuration?.nodes[this.#options.node]?.entrances ?? 0) > 0 &&
        !this.#replicas.isEntryDue,
    };
    this.#context.publish("membership", figures);
  }
}

/**
 * The factory of a member: the actor `membership/member`. Its child `session` speaks to the master's
 * client table. The detector that it is subscribed to starts after it, and restarts with it.
 */
export function member(options: MemberOptions): ActorFactory<MemberMessage> {
  return (context) => new MembershipMember(context, options);
}
