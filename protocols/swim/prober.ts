import { randomInteger, type RandomStream } from "../../actors/random.ts";
import type { LocalHealth } from "./health.ts";
import type { MemberList } from "./member_list.ts";
import type { SwimMessageOf } from "./messages.ts";
import type { SwimOptions } from "./options.ts";
import type { Step } from "./step.ts";

/** One probe of the node's own. */
interface Probe {
  readonly target: number;
  /** The target's, as it was: what comes of the probe says nothing of a later one. */
  readonly incarnation: number;
  readonly sequence: number;
  /** Until when an answer counts. */
  readonly endsAt: number;
  /** Who was asked to probe the target, too, and has said nothing yet. */
  readonly helpers: Set<number>;
  helpersAsked: number;
  answered: boolean;
}

/** A probe for another. */
interface Relay {
  readonly origin: number;
  readonly sequence: number;
}

/** Probes for others that are under way, at most. */
const RELAYS_MAX = 256;
/** The part of the time that a helper is given after which it says that it has heard nothing. */
const NACK_SHARE = 0.8;
const SEQUENCES = 2 ** 32;

/**
 * Probes one member after the other (SWIM 3.1): directly, then through others, and if nothing comes of
 * it the member is suspect. What its own failed probes say of the node itself goes into its health.
 */
export class Prober {
  readonly #options: SwimOptions;
  readonly #step: Step;
  readonly #list: MemberList;
  readonly #health: LocalHealth;
  readonly #relays = new Map<number, Relay>();
  #probe: Probe | undefined;
  #sequence: number;

  constructor(
    options: SwimOptions,
    step: Step,
    list: MemberList,
    health: LocalHealth,
    random: RandomStream,
  ) {
    this.#options = options;
    this.#step = step;
    this.#list = list;
    this.#health = health;
    // Answers to an earlier process of the node are not to be taken for answers to this one.
    this.#sequence = randomInteger(random, SEQUENCES);
  }

  /** Ends the probe that is under way, and begins the next. */
  next(): void {
    this.#conclude();
    const { probeIntervalMs, probeTimeoutMs } = this.#options.tuning;
    const intervalMs = this.#health.stretch(probeIntervalMs);
    this.#step.setTimer({ type: "probe" }, intervalMs);
    const target = this.#list.nextProbed();
    if (target === undefined) return;
    this.#probe = {
      target: target.node,
      incarnation: target.incarnation,
      sequence: this.ping(target.node),
      endsAt: this.#step.now + intervalMs,
      helpers: new Set(),
      helpersAsked: 0,
      answered: false,
    };
    this.#step.setTimer({ type: "probe-timeout" }, probeTimeoutMs);
  }

  /** Asks a member whether it is there, and tells it what is held against it. */
  ping(target: number): number {
    this.#sequence = (this.#sequence + 1) % SEQUENCES;
    const { node } = this.#options;
    const updates = this.#list.newsForProbed(target);
    this.#step.send(target, { type: "ping", node, sequence: this.#sequence, updates });
    return this.#sequence;
  }

  /** Draws no conclusion from the probe that is under way. */
  abandon(): void {
    this.#probe = undefined;
    this.#step.cancelTimer({ type: "probe-timeout" });
  }

  /** Stops probing. */
  stop(): void {
    this.abandon();
    this.#step.cancelTimer({ type: "probe" });
  }

  /** Takes any sign of life for an answer. */
  heard(node: number): void {
    if (this.#probe?.target === node) this.#probe.answered = true;
  }

  /** No direct answer: others are asked to probe, too. */
  onTimeout(): void {
    const probe = this.#probe;
    if (probe === undefined || probe.answered) return;
    const { node, tuning } = this.#options;
    const { target, sequence, helpers } = probe;
    const timeoutMs = Math.max(0, Math.floor(probe.endsAt - this.#step.now));
    for (const helper of this.#list.chooseHelpers(tuning.indirectProbes, target)) {
      helpers.add(helper);
      const updates = this.#list.newsFor(helper);
      this.#step.send(helper, { type: "pingRequest", node, sequence, target, timeoutMs, updates });
    }
    probe.helpersAsked = helpers.size;
  }

  onPing({ node: from, sequence }: SwimMessageOf<"ping">): void {
    const { node } = this.#options;
    this.#step.send(from, { type: "ack", node, sequence, updates: this.#list.newsFor(from) });
  }

  onAck({ sequence }: SwimMessageOf<"ack">): void {
    const relay = this.#relays.get(sequence);
    if (relay !== undefined) return this.#passOn(sequence, relay);
    const probe = this.#probe;
    if (probe?.sequence !== sequence || probe.answered) return;
    probe.answered = true;
    this.#health.worsen(-1);
  }

  onNack({ node, sequence }: SwimMessageOf<"nack">): void {
    if (this.#probe?.sequence === sequence) this.#probe.helpers.delete(node);
  }

  onPingRequest({ node: origin, sequence, target, timeoutMs }: SwimMessageOf<"pingRequest">): void {
    const { node, tuning } = this.#options;
    if (this.#relays.size >= RELAYS_MAX || target === node) {
      return this.#step.send(origin, { type: "nack", node, sequence });
    }
    const own = this.ping(target);
    this.#relays.set(own, { origin, sequence });
    const waitMs = Math.min(timeoutMs, this.#health.stretch(tuning.probeIntervalMs)) * NACK_SHARE;
    this.#step.setTimer({ type: "relay", sequence: own }, waitMs);
  }

  /** Who was probed for another has not answered; who asked is to know that we do. */
  onRelayTimeout(own: number): void {
    const relay = this.#relays.get(own);
    if (relay === undefined) return;
    this.#relays.delete(own);
    const { node } = this.#options;
    this.#step.send(relay.origin, { type: "nack", node, sequence: relay.sequence });
  }

  #passOn(own: number, { origin, sequence }: Relay): void {
    this.#relays.delete(own);
    this.#step.cancelTimer({ type: "relay", sequence: own });
    const { node } = this.#options;
    const updates = this.#list.newsFor(origin);
    this.#step.send(origin, { type: "ack", node, sequence, updates });
  }

  /**
   * Nobody has answered. If helpers did not even say so, it may be the node itself that is cut off or slow;
   * if there were none to ask, nobody knows.
   */
  #conclude(): void {
    const probe = this.#probe;
    this.abandon();
    if (probe === undefined || probe.answered) return;
    this.#health.worsen(probe.helpersAsked === 0 ? 1 : probe.helpers.size);
    this.#list.accuse(probe.target, probe.incarnation);
  }
}
