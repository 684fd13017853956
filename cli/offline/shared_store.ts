/**
 * The shared store as a merge sees it: what is common to clusters that are linearizable and to those that
 * are not.
 *
 * @module
 */
import type { RequestId } from "../../transport/service.ts";
import type { Change, View } from "./entries.ts";

/** What the shared store says of a key. */
export interface Sight {
  /** Where it stands with the key: opaque, to be compared and handed back. */
  readonly seen: string;
  readonly view: View;
  /** The node that said so, where it matters. */
  readonly place: string;
}

/** A write that was done. */
export interface Done {
  /** Where the shared store stands now; `null` if it does not say. */
  readonly seen: string | null;
  /** What the key is now; `null` if it does not say. */
  readonly view: View | null;
}

/** A request to write. */
export interface WriteRequest {
  readonly id: RequestId;
  readonly key: string;
  readonly change: Change;
  /** Takes place only there; in a store without conditions, supersedes only that; `null` for nothing. */
  readonly on: string | null;
  /** Where to send it, as {@linkcode Sight.place} said. */
  readonly place: string;
}

/** Calls may be aborted. */
export interface StoreCalls {
  readonly signal?: AbortSignal;
}

/**
 * The shared store, through the ordinary client API. Calls throw what the client throws: `Unavailable` and
 * `Overloaded` for what was certainly not done, `UnknownOutcome` for what may have been, `NoSession` where
 * the ids are known no more, `RequestRefused` for what it would never do.
 */
export interface SharedStore {
  /** The name of the cluster. */
  readonly cluster: string;
  readonly protocol: string;
  /** Opens a session: its id is for requests with numbers from 1. */
  openSession(calls: StoreCalls): Promise<number>;
  /** Looks at a key; at a set if that is what the change is about. */
  look(key: string, kind: "value" | "set", calls: StoreCalls): Promise<Sight>;
  /** Whether the key was not changed between two positions, as far as they tell. */
  isSame(left: string, right: string): boolean;
  /** Whether a value can stand beside the one of a position. */
  sitsBeside(seen: string): boolean;
  /**
   * Writes, once however often it is called with the same id.
   *
   * @throws {PreconditionFailed} if the store is not at `on` any more. Nothing was done.
   */
  write(request: WriteRequest, calls: StoreCalls): Promise<Done>;
}
