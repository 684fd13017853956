import type { Configuration } from "./configuration.ts";
import type { MembershipRequest } from "./membership.ts";

/** A question of a replica: has this epoch ended? */
export type Check = Extract<MembershipRequest, { type: "check" }>;

/** Questions that wait for an answer; of more, the oldest are never answered. */
const CHECKS_MAX = 1024;

interface Waiting {
  readonly check: Check;
  /** The first poll that was, or is to be, sent after the question. */
  readonly poll: number;
}

/**
 * Questions whether epochs have ended, and the polls of the master that answer them. A poll says nothing
 * about what was asked only after it was sent; so those that are asked while one is under way wait for
 * the next, all for the same (Hermes 8: one check covers a batch of reads).
 */
export class Checks {
  /** In the order of what they wait for. */
  #waiting: Waiting[] = [];
  #sent = 0;
  #answered = 0;

  /** Whether something waits that no poll under way will answer, and none is: one is to be sent. */
  get isPollDue(): boolean {
    return this.#answered === this.#sent && this.#waiting.length > 0;
  }

  /** Notes a question. */
  ask(check: Check): void {
    if (this.#waiting.length === CHECKS_MAX) this.#waiting.shift();
    this.#waiting.push({ check, poll: this.#sent + 1 });
  }

  /** A poll is sent now. Returns its number. */
  sent(): number {
    return ++this.#sent;
  }

  /**
   * A poll was answered.
   *
   * @returns What that answers, and all that was asked before.
   */
  answered(poll: number): Check[] {
    this.#answered = Math.max(this.#answered, poll);
    const done = this.#waiting.filter((waiting) => waiting.poll <= poll);
    this.#waiting = this.#waiting.slice(done.length);
    return done.map(({ check }) => check);
  }

  /** The replica of a volume has started anew, and asks no more what the one before it did. */
  forget(volume: number): void {
    this.#waiting = this.#waiting.filter(({ check }) => check.volume !== volume);
  }
}

/** Whether an epoch is still its volume's newest. */
export function isCurrent({ volume, epoch }: Check, configuration: Configuration | null): boolean {
  return configuration?.volumes[volume]?.epoch === epoch;
}
