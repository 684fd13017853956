import type { Condition } from "../../protocols/kv/commands.ts";

/** A key that is there. */
export interface Versioned {
  readonly value: Uint8Array;
  /** Names this value of the key: a `mod-revision` that a write can be made to depend on. */
  readonly modRevision: number;
}

/** Some of the keys, in order. */
export interface KeyPage {
  readonly keys: readonly string[];
  /** How to go on; `null` if these were the last. */
  readonly cursor: string | null;
}

/** Which keys are wanted. */
export interface PageOf {
  /** What they begin with. */
  readonly prefix: string;
  /** How to go on, from the page before. */
  readonly cursor: string | undefined;
  /** The most keys, from 1 to 1000. */
  readonly limit: number;
}

/** What became of a write under a condition, or of a removal. */
export type Outcome = "done" | "absent" | "refused";

/**
 * What commands are made of. Nothing that is passed is looked at after the call has returned. Whatever
 * goes wrong rejects with an error that `toRespError()` understands.
 */
export interface Store {
  /**
   * The number of the group that a write of at most so many bytes goes with: writes of one group are executed
   * in the order in which they were begun. `undefined` if every write goes by itself.
   */
  groupFor(bytes: number): number | undefined;
  /** The value of a key, `null` if it is absent; `isStale` allows one that was overtaken. */
  read(key: string, isStale: boolean): Promise<Uint8Array | null>;
  /** The newest value of a key, and how to write it only if it has not changed. */
  find(key: string): Promise<Versioned | undefined>;
  /** Writes a key; `refused` if the condition does not hold. */
  put(key: string, value: Uint8Array, condition?: Condition): Promise<Outcome>;
  /** Writes several keys: at once if the store can. */
  putAll(pairs: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void>;
  /** Removes a key; `absent` if there was none, `refused` if the condition does not hold. */
  remove(key: string, condition?: Condition): Promise<Outcome>;
  /** Removes several keys, at once if the store can; returns how many there were. */
  removeAll(keys: readonly string[]): Promise<number>;
  /** Adds to a number and returns the sum. */
  increment(key: string, delta: bigint): Promise<bigint>;
  /** Some of the keys. */
  page(wanted: PageOf, isStale: boolean): Promise<KeyPage>;
  /** How many keys there are. */
  size(isStale: boolean): Promise<number>;
}
