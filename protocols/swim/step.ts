/**
 * What goes into the core of a member, and what comes out. The core does nothing by itself: it is told
 * what time it is, and its outputs are for whoever runs it to carry out, in their order.
 *
 * @module
 */
import type { SwimEvent } from "./events.ts";
import type { SwimMessage } from "./messages.ts";

/** A timer of the core. */
export type SwimTimer =
  /** It is time for the next probe. */
  | { readonly type: "probe" }
  /** The member that is being probed has not answered directly. */
  | { readonly type: "probe-timeout" }
  /** The member that was probed for another has not answered. */
  | { readonly type: "relay"; readonly sequence: number }
  /** A suspect has had its time. */
  | { readonly type: "suspicion"; readonly node: number }
  | { readonly type: "gossip" }
  | { readonly type: "sync" }
  | { readonly type: "reconnect" }
  /** Its departure has been told often enough. */
  | { readonly type: "departed" };

/** What the core of a member takes. */
export type SwimInput =
  | { readonly type: "message"; readonly message: SwimMessage }
  /** A timer that the core had set has fired; `dueAt` is from the output that set it. */
  | { readonly type: "timer"; readonly timer: SwimTimer; readonly dueAt: number }
  /** Joins by the seeds: the first thing that a core is told; again after a departure. */
  | { readonly type: "join" }
  /** Leaves on purpose. */
  | { readonly type: "leave" }
  /** Says something else of itself from now on. */
  | { readonly type: "describe"; readonly meta: Uint8Array }
  /** Something other than a message of SWIM has come from a node. */
  | { readonly type: "heard"; readonly node: number };

/** What the core of a member has done. */
export type SwimOutput =
  | { readonly type: "send"; readonly to: number; readonly message: SwimMessage }
  /** Sets a timer; one of the same key is replaced. */
  | {
    readonly type: "set-timer";
    readonly key: string;
    readonly delayMs: number;
    readonly timer: SwimTimer;
    readonly dueAt: number;
  }
  | { readonly type: "cancel-timer"; readonly key: string }
  | { readonly type: "event"; readonly event: SwimEvent };

/** Collects what one step of the core does, and knows when it is. */
export class Step {
  #now = 0;
  #outputs: SwimOutput[] = [];

  /** The time that the step was told. */
  get now(): number {
    return this.#now;
  }

  /** Begins a step. */
  begin(now: number): void {
    this.#now = now;
    this.#outputs = [];
  }

  /** What the step has done. */
  end(): readonly SwimOutput[] {
    return this.#outputs;
  }

  /** Sends a message to a node. */
  send(to: number, message: SwimMessage): void {
    this.#outputs.push({ type: "send", to, message });
  }

  /** Sets a timer, in place of the same one. */
  setTimer(timer: SwimTimer, delayMs: number): void {
    const key = keyOf(timer);
    this.#outputs.push({ type: "set-timer", key, delayMs, timer, dueAt: this.#now + delayMs });
  }

  /** Cancels a timer; one that is not set is ignored. */
  cancelTimer(timer: SwimTimer): void {
    this.#outputs.push({ type: "cancel-timer", key: keyOf(timer) });
  }

  /** Tells what has become of a member. */
  tell(event: SwimEvent): void {
    this.#outputs.push({ type: "event", event });
  }
}

function keyOf(timer: SwimTimer): string {
  switch (timer.type) {
    case "relay":
      return `relay ${timer.sequence}`;
    case "suspicion":
      return `suspicion ${timer.node}`;
    default:
      return timer.type;
  }
}
