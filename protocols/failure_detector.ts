import type { Actor, ActorFactory, Context } from "../actors/actor.ts";
import type { Ref } from "../actors/ref.ts";
import type { DetectorEvent, DetectorRequest } from "./failure_detector_messages.ts";
import { DeadlineEstimator, type Estimator, PhiEstimator } from "./suspicion.ts";

/** How a failure detector is set up. */
export interface DetectorOptions {
  /** Who is told. */
  readonly subscriber: Ref<DetectorEvent>;
  /** How often a peer is expected to be heard, in milliseconds. */
  readonly heartbeatMs: number;
  /**
   * The silence after which a peer may be suspected, in milliseconds. Lower finds a failure sooner;
   * too low, and a pause for garbage collection is taken for one.
   *
   * @default {500}
   */
  readonly suspicionMs?: number;
  /**
   * `deadline` suspects after that silence. `phi` waits longer for a peer that is usually heard
   * later than it should be.
   *
   * @default {"phi"}
   */
  readonly kind?: "phi" | "deadline";
  /**
   * For `phi`: how unlikely a silence must be, as the negative power of ten of its probability.
   *
   * @default {4}
   */
  readonly threshold?: number;
}

interface Peer {
  readonly estimator: Estimator;
  suspected: boolean;
}

/** How late the detector's own timer may be before it blames itself, in heartbeats. */
const PAUSE_HEARTBEATS = 4;

/**
 * Turns silence into suspicion, and decides nothing. A process that was itself paused (stopped, or
 * collecting garbage) hears nobody meanwhile: when its own timer fires late, the detector blames
 * itself, and every peer gets its full time anew (Cassandra's and Lifeguard's rule). A process that is
 * known to have ended is suspected at once.
 */
class FailureDetector implements Actor<DetectorRequest> {
  readonly #context: Context<DetectorRequest>;
  readonly #options: Required<DetectorOptions>;
  #peers = new Map<number, Peer>();
  #checkAt = 0;

  constructor(context: Context<DetectorRequest>, options: DetectorOptions) {
    this.#context = context;
    this.#options = { suspicionMs: 500, kind: "phi", threshold: 4, ...options };
    context.send(options.subscriber, { type: "detector-started" });
    this.#scheduleCheck();
  }

  receive(message: DetectorRequest): void {
    switch (message.type) {
      case "observe":
        return this.#observe(message.peers);
      case "heard":
        return this.#heard(message.peer);
      case "gone":
        return this.#gone(message.peer);
      case "check":
        return this.#check();
    }
  }

  #observe(peers: readonly number[]): void {
    const now = this.#context.now();
    this.#peers = new Map(peers.map((peer) => {
      const estimator = this.#peers.get(peer)?.estimator ?? this.#newEstimator();
      estimator.restart(now);
      return [peer, { estimator, suspected: false }];
    }));
  }

  #newEstimator(): Estimator {
    const { kind, heartbeatMs, suspicionMs, threshold } = this.#options;
    return kind === "phi"
      ? new PhiEstimator(heartbeatMs, suspicionMs, threshold)
      : new DeadlineEstimator(suspicionMs);
  }

  #heard(index: number): void {
    const peer = this.#peers.get(index);
    if (peer === undefined) return;
    const now = this.#context.now();
    if (!peer.suspected) return peer.estimator.heard(now);
    // The silence itself says nothing about how often the peer is usually heard.
    peer.estimator.restart(now);
    peer.suspected = false;
    this.#context.send(this.#options.subscriber, { type: "trust", peer: index });
  }

  /** What was sent before may yet be heard, and is a sign of life like any other: silence decides then. */
  #gone(index: number): void {
    const peer = this.#peers.get(index);
    if (peer !== undefined && !peer.suspected) this.#suspect(index, peer);
  }

  #suspect(index: number, peer: Peer): void {
    peer.suspected = true;
    this.#context.send(this.#options.subscriber, { type: "suspect", peer: index });
  }

  #check(): void {
    const now = this.#context.now();
    const wasPaused = now - this.#checkAt > this.#options.heartbeatMs * PAUSE_HEARTBEATS;
    for (const [index, peer] of this.#peers) {
      if (wasPaused && !peer.suspected) peer.estimator.restart(now);
      if (peer.suspected) continue;
      const isSuspect = peer.estimator.isSuspect(now);
      if (!isSuspect && !this.#context.maybe("detector/suspect-early")) continue;
      this.#suspect(index, peer);
    }
    this.#scheduleCheck();
  }

  #scheduleCheck(): void {
    const delayMs = this.#options.heartbeatMs;
    this.#checkAt = this.#context.now() + delayMs;
    this.#context.setTimer("check", delayMs, { type: "check" });
  }
}

/** The factory of a failure detector. */
export function failureDetector(options: DetectorOptions): ActorFactory<DetectorRequest> {
  return (context) => new FailureDetector(context, options);
}
