import { confirmationsNeeded, suspicionMinMs } from "./formulas.ts";
import type { SwimTuning } from "./options.ts";

/**
 * How long one suspect still has (Lifeguard IV-B): much time as long as one member alone suspects it, who
 * may be the one that is slow; less with each further one that says so.
 */
export class Suspicion {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #needed: number;
  readonly #accuser: number;
  readonly #confirmers = new Set<number>();
  #startedAt: number;

  /** Begins at `now`, with the word of `accuser`, in a cluster of so many members. */
  constructor(tuning: SwimTuning, members: number, accuser: number, now: number) {
    this.#needed = confirmationsNeeded(tuning, members);
    this.#minMs = suspicionMinMs(tuning, members);
    this.#maxMs = this.#minMs * tuning.suspicionMaxMult;
    this.#accuser = accuser;
    this.#startedAt = now;
  }

  /** Others that have confirmed it. */
  get confirmations(): number {
    return this.#confirmers.size;
  }

  /** When the suspect is dead, by the clock of whoever holds this. */
  get deadline(): number {
    return this.#startedAt + this.#timeoutMs;
  }

  /** Takes the word of one more; `false` if it is not news, or not needed any longer. */
  confirm(by: number): boolean {
    if (by === this.#accuser || this.#confirmers.has(by)) return false;
    if (this.#confirmers.size >= this.#needed) return false;
    this.#confirmers.add(by);
    return true;
  }

  /** Gives the suspect its full time anew. */
  restart(now: number): void {
    this.#startedAt = now;
    this.#confirmers.clear();
  }

  get #timeoutMs(): number {
    if (this.#needed === 0) return this.#minMs;
    const share = Math.log(this.#confirmers.size + 1) / Math.log(this.#needed + 1);
    return Math.max(this.#minMs, this.#maxMs - share * (this.#maxMs - this.#minMs));
  }
}
