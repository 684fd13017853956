import { compareDots } from "./dot.ts";
import { type Fingerprint, RollingFingerprint } from "./fingerprint.ts";
import { type Stamp, STAMP_ZERO } from "./hybrid_clock.ts";
import type { Entry } from "./key_state.ts";
import { isTombstone, laterStamp, stampOf } from "./payload.ts";

/** What is known of a store as a whole, kept up to date with every change of a key. */
export class Tally {
  readonly #fingerprint = new RollingFingerprint();
  readonly #tombstones = new Map<string, Stamp>();
  #latest: Stamp = STAMP_ZERO;
  #size = 0;

  /** How many keys have something alive. */
  get size(): number {
    return this.#size;
  }

  /** The greatest stamp that any entry had. */
  get latest(): Stamp {
    return this.#latest;
  }

  /** A hash of all that is alive. */
  get fingerprint(): Fingerprint {
    return this.#fingerprint.value;
  }

  /** The keys that have a tombstone, sortable, and the stamps of these. */
  get tombstones(): ReadonlyMap<string, Stamp> {
    return this.#tombstones;
  }

  /** Takes note of a change of a key; entries are in the order of their dots. */
  replace(sortable: string, before: readonly Entry[], after: readonly Entry[]): void {
    let [b, a] = [0, 0];
    while (b < before.length || a < after.length) {
      const [old, made] = [before[b], after[a]];
      const order = old === undefined
        ? 1
        : made === undefined
        ? -1
        : compareDots(old.dot, made.dot);
      if (order <= 0) b++;
      if (order >= 0) a++;
      if (order < 0) this.#fingerprint.toggle(sortable, old!);
      if (order > 0) this.#add(sortable, made!);
    }
    this.#size += Number(isAlive(after)) - Number(isAlive(before));
    const tombstone = after.find(({ payload }) => isTombstone(payload));
    if (tombstone === undefined) this.#tombstones.delete(sortable);
    else this.#tombstones.set(sortable, stampOf(tombstone.payload)!);
  }

  #add(sortable: string, entry: Entry): void {
    this.#fingerprint.toggle(sortable, entry);
    this.#latest = laterStamp(this.#latest, stampOf(entry.payload) ?? STAMP_ZERO);
  }
}

/** Whether any of a key's entries is more than a tombstone. */
export function isAlive(entries: readonly Entry[]): boolean {
  return entries.some(({ payload }) => !isTombstone(payload));
}
