/**
 * What a client table and the replica that orders its requests say to each other, whatever the
 * protocol. To the replica a request is bytes; who sent it and what it does is the client table's.
 *
 * @module
 */
import type { Ref } from "../actors/ref.ts";

/** What a client table asks of its replica. */
export type OrderingRequest =
  /** Put a request into the order. Dropped by a replica that is not leading. */
  | { readonly type: "order"; readonly request: Uint8Array }
  /**
   * From which op-number on is a read linearizable that was invoked before this message was sent?
   * Answered by `read-index`, or by `read-refused` if the replica cannot say at present.
   */
  | { readonly type: "find-read-index"; readonly ticket: number }
  /** Everything up to here is executed; so much more may be sent. */
  | { readonly type: "executed"; readonly opNumber: number }
  /** The snapshot asked for is durable, or was given up. */
  | { readonly type: "snapshot-taken"; readonly op: number; readonly ok: boolean };

/** An entry that a new leader has found in its log. */
export interface InheritedEntry {
  readonly opNumber: number;
  readonly requests: readonly Uint8Array[];
}

/** What a replica tells its client table. */
export type OrderingEvent =
  /** The replica starts from the journal's snapshot of that op-number; 0 if there is none. */
  | { readonly type: "install-snapshot"; readonly op: number }
  /** Execute the requests of an entry. Entries come in order, each once in a client table's life. */
  | {
    readonly type: "execute";
    readonly opNumber: number;
    readonly time: number;
    readonly requests: readonly Uint8Array[];
  }
  /**
   * Who leads. `inherited` is the log that a new leader has not committed yet: what is in flight is
   * derived from it.
   */
  | {
    readonly type: "role";
    readonly view: number;
    readonly primary: number | null;
    readonly leading: boolean;
    readonly inherited: readonly InheritedEntry[];
  }
  | { readonly type: "read-index"; readonly ticket: number; readonly opNumber: number }
  | { readonly type: "read-refused"; readonly ticket: number }
  /** Write a snapshot of the state after `op`, the last entry executed, to the journal. */
  | {
    readonly type: "take-snapshot";
    readonly op: number;
    readonly base: Uint8Array;
    readonly retain: number;
  };

/** Where a replica finds its client table: any actor that understands {@linkcode OrderingEvent}. */
export type ClientTableRef = Ref<OrderingEvent>;
