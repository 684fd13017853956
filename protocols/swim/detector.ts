import type { Context } from "../../actors/actor.ts";
import type { Ref } from "../../actors/ref.ts";
import type { DetectorEvent, DetectorRequest } from "../failure_detector_messages.ts";
import type { SwimCore } from "./core.ts";
import type { SwimEvent } from "./events.ts";
import { Flaps } from "./flaps.ts";
import { suspicionMinMs } from "./formulas.ts";
import type { SwimTuning } from "./options.ts";

/** A member that flaps has been there for long enough. */
export interface HoldOver {
  readonly type: "hold-over";
  readonly node: number;
}

/**
 * Speaks as a failure detector does, on the strength of what SWIM holds: a peer is suspected once SWIM has
 * declared it dead, or has seen it leave, and trusted when it is back. What SWIM itself calls a suspicion
 * is not said: a member may still contradict that.
 */
export class SwimDetector {
  readonly #context: Context<DetectorRequest | HoldOver>;
  readonly #subscriber: Ref<DetectorEvent>;
  readonly #core: SwimCore;
  readonly #tuning: SwimTuning;
  readonly #flaps: Flaps;
  #peers = new Set<number>();
  readonly #suspected = new Set<number>();

  constructor(
    context: Context<DetectorRequest | HoldOver>,
    subscriber: Ref<DetectorEvent>,
    core: SwimCore,
    tuning: SwimTuning,
  ) {
    this.#context = context;
    this.#subscriber = subscriber;
    this.#core = core;
    this.#tuning = tuning;
    this.#flaps = new Flaps(tuning.probeIntervalMs, tuning.flapWindowMs);
    context.send(subscriber, { type: "detector-started" });
  }

  /** Those who are gone, or were never there, have as long as a suspect has at the least. */
  observe(peers: readonly number[]): void {
    for (const peer of this.#suspected) this.#context.cancelTimer(holdKey(peer));
    this.#peers = new Set(peers);
    this.#suspected.clear();
    const graceMs = suspicionMinMs(this.#tuning, this.#core.livingCount);
    this.#context.setTimer("check", graceMs, { type: "check" });
  }

  /** The time of those who were not there when they were to be observed is over. */
  check(): void {
    for (const peer of this.#peers) {
      if (!this.#core.isLiving(peer)) this.#suspect(peer);
    }
  }

  /** Takes what has become of a member. */
  take(event: SwimEvent): void {
    switch (event.type) {
      case "member-failed":
        this.#flaps.died(event.member.node, this.#context.now());
        return this.#suspect(event.member.node);
      case "member-left":
        return this.#suspect(event.member.node);
      case "member-joined":
        return this.#hold(event.member.node);
      default:
        return;
    }
  }

  /** A member that was held is trusted. */
  trust(peer: number): void {
    if (!this.#suspected.delete(peer)) return;
    this.#context.send(this.#subscriber, { type: "trust", peer });
  }

  #suspect(peer: number): void {
    this.#context.cancelTimer(holdKey(peer));
    if (!this.#peers.has(peer) || this.#suspected.has(peer)) return;
    this.#suspected.add(peer);
    this.#context.send(this.#subscriber, { type: "suspect", peer });
  }

  #hold(peer: number): void {
    if (!this.#suspected.has(peer)) return;
    const holdMs = this.#flaps.holdMs(peer);
    if (holdMs === 0) return this.trust(peer);
    this.#context.setTimer(holdKey(peer), holdMs, { type: "hold-over", node: peer });
  }
}

function holdKey(peer: number): string {
  return `hold ${peer}`;
}
