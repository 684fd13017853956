import type { OverflowPolicy } from "./actor.ts";
import { RingBuffer } from "./ring_buffer.ts";

/** What became of a message handed to a mailbox. */
export type Offered = "accepted" | "rejected" | "dropped-oldest";

/** Something that must reach the actor however full its mailbox is. */
export interface SystemMessage<M> {
  /** Yields the message, or `undefined` if it was withdrawn meanwhile. May throw: an injected crash. */
  take(): M | undefined;
}

/** System messages are bounded by the timers, watches and operations that an actor has under way. */
const SYSTEM_LANE_CAPACITY = 1 << 20;

/**
 * What waits for an actor: a bounded lane for messages, and one for system messages (timers, notices,
 * outcomes of operations), which goes first and is not subject to the overflow policy.
 */
export class Mailbox<M> {
  readonly #messages: RingBuffer<M>;
  readonly #system = new RingBuffer<SystemMessage<M>>(SYSTEM_LANE_CAPACITY);
  readonly #overflow: OverflowPolicy;
  #highWater = 0;

  constructor(capacity: number, overflow: OverflowPolicy) {
    this.#messages = new RingBuffer(capacity);
    this.#overflow = overflow;
  }

  /** Messages waiting, in both lanes. */
  get length(): number {
    return this.#messages.length + this.#system.length;
  }

  /** The most messages that ever waited at once. */
  get highWater(): number {
    return this.#highWater;
  }

  /** The most messages it holds, the system lane aside. */
  get capacity(): number {
    return this.#messages.capacity;
  }

  /** Adds a message, or applies the overflow policy. */
  offer(message: M): Offered {
    let offered: Offered = "accepted";
    if (!this.#messages.push(message)) {
      if (this.#overflow === "reject") return "rejected";
      this.#messages.shift();
      this.#messages.push(message);
      offered = "dropped-oldest";
    }
    if (this.#messages.length > this.#highWater) this.#highWater = this.#messages.length;
    return offered;
  }

  /** Adds a system message. */
  offerSystem(message: SystemMessage<M>): void {
    if (!this.#system.push(message)) throw new RangeError("System lane is full");
  }

  /** Puts messages back at the front, in their order; returns those that found no room. */
  putBack(messages: readonly M[]): number {
    let refused = 0;
    for (let index = messages.length - 1; index >= 0; index--) {
      if (!this.#messages.unshift(messages[index]!)) refused++;
    }
    return refused;
  }

  /** Takes the next message; `undefined` if there is none. */
  take(): M | undefined {
    for (let next = this.#system.shift(); next; next = this.#system.shift()) {
      const message = next.take();
      if (message !== undefined) return message;
    }
    return this.#messages.shift();
  }
}
