import type { Environment } from "./environment.ts";
import type { DeadLetterReason, EventStream } from "./events.ts";

/** Dead letters logged one by one before the log falls silent. */
const LOGGED_FIRST = 10;
/** After that, one line in this many milliseconds says how many there were. */
const LOG_INTERVAL_MS = 10_000;

/** Counts messages that found no one, and logs them sparingly. */
export class DeadLetters {
  readonly #environment: Environment;
  readonly #events: EventStream;
  #total = 0;
  #unlogged = 0;
  #loggedAt = -Infinity;

  constructor(environment: Environment, events: EventStream) {
    this.#environment = environment;
    this.#events = events;
  }

  /** Messages not delivered since the start. */
  get total(): number {
    return this.#total;
  }

  /** Counts `count` messages for an actor. */
  add(actor: string, reason: DeadLetterReason, count = 1): void {
    this.#total += count;
    this.#events.publish({ type: "dead-letter", actor, reason, count });
    const now = this.#environment.now();
    if (this.#total > LOGGED_FIRST && now - this.#loggedAt < LOG_INTERVAL_MS) {
      this.#unlogged += count;
      return;
    }
    const more = this.#unlogged > 0 ? ` and ${this.#unlogged} more since the last line` : "";
    this.#environment.log("debug", actor, `${count} dead letters (${reason})${more}`);
    this.#unlogged = 0;
    this.#loggedAt = now;
  }
}
