import type { Cancel } from "./actor.ts";

/** Why a message was not delivered. */
export type DeadLetterReason = "no-such-actor" | "stale-incarnation" | "mailbox-full" | "stopped";

/** What observers of a node are told. */
export type SystemEvent =
  | { readonly type: "started"; readonly actor: string; readonly incarnation: number }
  | { readonly type: "failed"; readonly actor: string; readonly error: unknown }
  | { readonly type: "restarted"; readonly actor: string; readonly incarnation: number }
  | { readonly type: "stopped"; readonly actor: string; readonly incarnation: number }
  | { readonly type: "escalated"; readonly actor: string; readonly error: unknown }
  | {
    readonly type: "dead-letter";
    readonly actor: string;
    readonly reason: DeadLetterReason;
    /** How many messages at once. */
    readonly count: number;
  }
  | {
    readonly type: "published";
    /** Who; empty for a part of the node that is no actor. */
    readonly actor: string;
    readonly topic: string;
    readonly detail: unknown;
  };

/** Hands each event to each observer, in order, at once. An observer that throws is ignored. */
export class EventStream {
  readonly #observers = new Set<(event: SystemEvent) => void>();

  /** Starts to observe. */
  subscribe(observer: (event: SystemEvent) => void): Cancel {
    // Wrapped, so that a function that observes twice can cease to do so once.
    const entry = (event: SystemEvent) => observer(event);
    this.#observers.add(entry);
    return () => this.#observers.delete(entry);
  }

  /** Tells everyone. */
  publish(event: SystemEvent): void {
    for (const observer of this.#observers) {
      try {
        observer(event);
      } catch {
        // An observer must not be able to fail the actor that it observes.
      }
    }
  }
}
