import type { OverflowPolicy } from "./actor.ts";
import { RingBuffer } from "./ring_buffer.ts";

/** What became of a message handed to a mailbox. */
export type Offered = "accepted" | "rejected" | "dropped-oldest";

/** The absence of a message; `undefined` is a message like any other. */
export const NOTHING: unique symbol = Symbol("nothing");

/** Something that must reach the actor however full its mailbox is. */
export interface SystemMessage<M> {
  /** Yields the message, or nothing if it was withdrawn meanwhile. May throw: an injected crash. */
  take(): M | typeof NOTHING;
}

/** More timers, watches and operations than this at once are a defect of the actor. */
export const SYSTEM_LANE_CAPACITY = 1 << 20;

/**
 * What waits for an actor, in three lanes that are emptied one after the other: system messages
 * (timers, notices, outcomes of operations), what was put back from the stash, and ordinary
 * messages. Only the last is subject to the overflow policy.
 */
export class Mailbox<M> {
  readonly #system = new RingBuffer<SystemMessage<M>>(SYSTEM_LANE_CAPACITY);
  readonly #messages: RingBuffer<M>;
  readonly #overflow: OverflowPolicy;
  /** Most actors never stash. */
  #unstashed: RingBuffer<M> | undefined;
  #highWater = 0;

  constructor(capacity: number, overflow: OverflowPolicy) {
    this.#messages = new RingBuffer(capacity);
    this.#overflow = overflow;
  }

  /** Messages waiting, in all lanes. */
  get length(): number {
    return this.#system.length + this.unstashed + this.#messages.length;
  }

  /** Messages put back from the stash and not taken again yet. */
  get unstashed(): number {
    return this.#unstashed?.length ?? 0;
  }

  /** The most ordinary messages that ever waited at once. */
  get highWater(): number {
    return this.#highWater;
  }

  /** The most ordinary messages it holds. */
  get capacity(): number {
    return this.#messages.capacity;
  }

  /** Messages that would be lost if it were thrown away, system messages aside. */
  get undelivered(): number {
    return this.unstashed + this.#messages.length;
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

  /** Adds a system message; `false` if there are far too many. */
  offerSystem(message: SystemMessage<M>): boolean {
    return this.#system.push(message);
  }

  /**
   * Puts messages back before all ordinary ones, in their order.
   *
   * @throws {RangeError} if more than the capacity has been put back and not taken again.
   */
  putBack(messages: readonly M[]): void {
    const lane = this.#unstashed ??= new RingBuffer(this.capacity);
    for (const message of messages.toReversed()) {
      if (!lane.unshift(message)) {
        throw new RangeError(`Cannot put back more than ${this.capacity} messages`);
      }
    }
  }

  /** Takes the next message. */
  take(): M | typeof NOTHING {
    while (this.#system.length > 0) {
      const message = this.#system.shift()!.take();
      if (message !== NOTHING) return message;
    }
    if (this.#unstashed !== undefined && this.#unstashed.length > 0) {
      return this.#unstashed.shift() as M;
    }
    return this.#messages.length > 0 ? this.#messages.shift() as M : NOTHING;
  }
}
