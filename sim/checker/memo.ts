import type { Meter } from "./limits.ts";
import type { StateKey } from "./model.ts";

/** About what an entry takes besides its state, in bytes. */
const ENTRY_BYTES = 400;

/** What a memo must know of the states it is given. */
export interface MemoOptions<State> {
  readonly key: (state: State) => StateKey;
  readonly bytesOf: (state: State) => number;
  readonly meter: Meter;
}

/** What was reached with one set of operations that had to take effect. */
interface Entry<State> {
  /** The only state so far, whose key nobody has needed yet. */
  only: { readonly state: State; readonly used: Uint32Array } | null;
  /** By the key of the state: the sets of optional operations with which it was reached. */
  byKey: Map<StateKey, Uint32Array[]> | null;
}

/**
 * Where a search has been: a set of operations that took effect, and the state they led to (Lowe's
 * memoisation of Wing and Gong's search).
 *
 * From such a place fewer optional operations used up are never worse: what can still be done after
 * using more of them can be done after using fewer. So a place counts as known if it was reached
 * before with no others than now.
 */
export class Memo<State> {
  readonly #options: MemoOptions<State>;
  readonly #entries = new Map<string | number, Entry<State>>();
  #bytes = 0;

  constructor(options: MemoOptions<State>) {
    this.#options = options;
  }

  /**
   * Whether the search has been here; if not, it has from now on.
   *
   * @param due Names the set of operations that had to take effect.
   * @param used The set of those that had not.
   */
  visit(due: string | number, state: State, used: Uint32Array): boolean {
    const entry = this.#entries.get(due);
    if (entry === undefined) {
      this.#count(state);
      this.#entries.set(due, { only: { state, used: used.slice() }, byKey: null });
      return false;
    }
    const known = this.#byKey(entry);
    const key = this.#options.key(state);
    const sets = known.get(key);
    this.#options.meter.step(sets?.length ?? 0);
    if (sets?.some((set) => isSubset(set, used))) return true;
    this.#count(state);
    const others = sets?.filter((set) => !isSubset(used, set)) ?? [];
    known.set(key, [...others, used.slice()]);
    return false;
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#options.meter.remember(-this.#bytes);
    this.#bytes = 0;
  }

  /** Most places are reached once: the key of a state, which may cost much, is made at the second. */
  #byKey(entry: Entry<State>): Map<StateKey, Uint32Array[]> {
    entry.byKey ??= new Map();
    if (entry.only !== null) {
      entry.byKey.set(this.#options.key(entry.only.state), [entry.only.used]);
      entry.only = null;
    }
    return entry.byKey;
  }

  #count(state: State): void {
    const bytes = ENTRY_BYTES + this.#options.bytesOf(state);
    this.#bytes += bytes;
    this.#options.meter.remember(bytes);
  }
}

function isSubset(part: Uint32Array, whole: Uint32Array): boolean {
  for (let word = 0; word < part.length; word++) {
    if ((part[word]! & ~whole[word]!) !== 0) return false;
  }
  return true;
}
