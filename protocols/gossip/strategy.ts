/**
 * What clients do with a key, and what every strategy must say about it.
 *
 * @module
 */
import type { Dots, ReplicaId } from "./dot.ts";
import type { Stamp } from "./hybrid_clock.ts";
import type { Entry } from "./key_state.ts";
import type { Payload } from "./payload.ts";

/** A change to a key. */
export type Operation =
  /** Stores a value; with a context in the place of what the client has seen. */
  | { readonly type: "put"; readonly value: Uint8Array; readonly context?: Dots }
  /** Removes the key; with a context only what the client has seen. */
  | { readonly type: "delete"; readonly context?: Dots }
  /** Adds to a counter; negative to subtract. */
  | { readonly type: "increment"; readonly by: bigint }
  /** Adds an element to a set. */
  | { readonly type: "add"; readonly element: Uint8Array }
  /** Removes an element from a set, as far as it is known here: an unseen addition wins. */
  | { readonly type: "remove"; readonly element: Uint8Array };

/** What a key is to a client. */
export type Reading =
  | { readonly type: "absent" }
  /** One value, or several that no one has decided between; no two the same. */
  | { readonly type: "values"; readonly values: readonly Uint8Array[] }
  | { readonly type: "counter"; readonly total: bigint }
  /** The elements in order. */
  | { readonly type: "set"; readonly elements: readonly Uint8Array[] };

/** The event that an operation becomes. */
export interface Plan {
  /** What it leaves; `null` if it only removes. */
  readonly payload: Payload | null;
  /** What it supersedes. */
  readonly supersedes: Dots;
}

/** What an operation finds. */
export interface Scene {
  /** Who makes the event. */
  readonly self: ReplicaId;
  /** What there is of the key. */
  readonly entries: readonly Entry[];
  /** A new stamp, greater than all in the store. */
  readonly stamp: () => Stamp;
}

/** How conflicts about a key are resolved. */
export interface Strategy {
  /** Its name in the configuration. */
  readonly name: string;
  /**
   * The event for an operation; `undefined` if it would change nothing.
   *
   * @throws {TroupeError} if the operation is not one of this strategy, or the key is full.
   */
  plan(operation: Operation, scene: Scene): Plan | undefined;
  /** What the entries of a key mean. */
  read(entries: readonly Entry[]): Reading;
}

/** The dots of entries. */
export function dotsOf(entries: readonly Entry[]): Dots {
  return entries.map(({ dot }) => dot);
}

/** The removal of some events; `undefined` if there are none to remove. */
export function removal(supersedes: Dots): Plan | undefined {
  return supersedes.length === 0 ? undefined : { payload: null, supersedes };
}
