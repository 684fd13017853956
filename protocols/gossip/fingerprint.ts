/**
 * A hash of what a store shows, kept up to date with every change, so that nodes can compare their
 * states in every message. Of what is alive only: when a tombstone goes is each node's own affair.
 *
 * @module
 */
import { type Schema, struct, u32 } from "../../actors/schema.ts";
import type { Dot } from "./dot.ts";
import type { Entry } from "./key_state.ts";
import { isTombstone } from "./payload.ts";

/** Two words: one store in 2^64 has that of another by chance. */
export interface Fingerprint {
  /** The first word. */
  readonly low: number;
  /** The second word. */
  readonly high: number;
}

/** A fingerprint on the wire: 8 bytes. */
export const fingerprintSchema: Schema<Fingerprint> = struct({ low: u32, high: u32 });

/** Keeps the exclusive or of the hashes of all entries that are alive. */
export class RollingFingerprint {
  #low = 0;
  #high = 0;

  /** The fingerprint now. */
  get value(): Fingerprint {
    return { low: this.#low >>> 0, high: this.#high >>> 0 };
  }

  /** Adds an entry that is not in it, or takes out one that is. */
  toggle(key: string, { dot, payload }: Entry): void {
    if (isTombstone(payload)) return;
    const seed = hashText(key);
    this.#low ^= hashDot(seed, dot);
    this.#high ^= hashDot(seed ^ 0x5bd1_e995, dot);
  }
}

function hashText(text: string): number {
  let hash = text.length;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  }
  return hash;
}

/** A dot has one payload at all nodes, so there is no need to hash that. */
function hashDot(seed: number, { replica, n }: Dot): number {
  let hash = seed | 0;
  for (const word of [replica, replica / 2 ** 32, n, n / 2 ** 32]) {
    hash = Math.imul(hash ^ word, 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
    hash ^= hash >>> 16;
  }
  return hash;
}
