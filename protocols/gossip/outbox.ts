import { TransientMap } from "../../actors/transient.ts";
import type { NodeClock } from "./clock.ts";
import type { ReplicaId } from "./dot.ts";

/** An own event that a member has not said to have. */
interface Hint {
  readonly n: number;
  readonly bytes: Uint8Array;
  /** When it was made. */
  readonly at: number;
  /** When it was mailed last; `-Infinity` if it was not. */
  sentAt: number;
}

/** How much is kept for one member. */
export interface OutboxBounds {
  readonly hintsMax: number;
  readonly hintsBytesMax: number;
  readonly hintsMaxAgeMs: number;
}

/** The own events that one member is not known to have, the oldest first: mailed again, or kept as hints. */
export class Outbox {
  readonly #bounds: OutboxBounds;
  readonly #hints = new TransientMap<number, Hint>();
  #bytes = 0;
  #unsent = 0;
  /** Times that something was mailed again since the member last answered. */
  vain = 0;

  /** An empty one. */
  constructor(bounds: OutboxBounds) {
    this.#bounds = bounds;
  }

  /** How many events it has. */
  get size(): number {
    return this.#hints.size;
  }

  /** Whether there is something that was never mailed. */
  get hasUnsent(): boolean {
    return this.#unsent > 0;
  }

  /** How many bytes they have. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds an event. Returns how many others had to go for it. */
  add(n: number, bytes: Uint8Array, at: number, isSent: boolean): number {
    this.#hints.set(n, { n, bytes, at, sentAt: isSent ? at : -Infinity });
    this.#bytes += bytes.length;
    if (!isSent) this.#unsent++;
    const { hintsMax, hintsBytesMax } = this.#bounds;
    let dropped = 0;
    for (const hint of this.#hints.values()) {
      if (this.#hints.size <= hintsMax && this.#bytes <= hintsBytesMax) break;
      this.#remove(hint);
      dropped++;
    }
    return dropped;
  }

  /** Drops what is older than may be. Returns how many. */
  expire(now: number): number {
    let dropped = 0;
    for (const hint of this.#hints.values()) {
      if (now - hint.at <= this.#bounds.hintsMaxAgeMs) break;
      this.#remove(hint);
      dropped++;
    }
    return dropped;
  }

  /** The member has these of a replica: the own one. */
  confirm(self: ReplicaId, clock: NodeClock): void {
    if (this.#hints.size === 0) return;
    const intervals = clock.intervals(self);
    let count = 0;
    for (let at = 0; at < intervals.length; at += 2) {
      count += intervals[at + 1]! - intervals[at]! + 1;
    }
    if (count > this.#hints.size) {
      for (const hint of this.#hints.values()) {
        if (clock.has({ replica: self, n: hint.n })) this.#remove(hint);
      }
      return;
    }
    for (let at = 0; at < intervals.length; at += 2) {
      for (let n = intervals[at]!; n <= intervals[at + 1]!; n++) {
        const hint = this.#hints.get(n);
        if (hint !== undefined) this.#remove(hint);
      }
    }
  }

  /** Events that were not mailed after a moment, up to so many bytes: as mailed now. */
  take(sentBefore: number, now: number, bytesMax: number, countMax: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    let bytes = 0;
    for (const hint of this.#hints.values()) {
      if (hint.sentAt > sentBefore) continue;
      if (taken.length > 0 && bytes + hint.bytes.length > bytesMax) break;
      if (hint.sentAt === -Infinity) this.#unsent--;
      hint.sentAt = now;
      taken.push(hint.bytes);
      bytes += hint.bytes.length;
      if (taken.length === countMax) break;
    }
    return taken;
  }

  #remove(hint: Hint): void {
    this.#hints.delete(hint.n);
    this.#bytes -= hint.bytes.length;
    if (hint.sentAt === -Infinity) this.#unsent--;
  }
}
