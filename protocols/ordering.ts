/**
 * What a client table and the replica that orders its requests say to each other, whatever the
 * protocol. To the replica a request is bytes; who sent it and what it does is the client table's.
 *
 * @module
 */
import type { Ref } from "../actors/ref.ts";
import type { ClientReply, StalenessBound } from "./client_messages.ts";

/** What a client table asks of its replica. */
export type OrderingRequest =
  /**
   * Put a request into the order. Dropped by a replica that is not leading. `replyTo` travels with it,
   * for the client table that is to answer (`ClientTableOptions.tailReplies`).
   */
  | {
    readonly type: "order";
    readonly request: Uint8Array;
    readonly replyTo?: Ref<ClientReply>;
  }
  /**
   * From which op-number on is a read linearizable that was invoked before this message was sent?
   * Answered by `read-index`, or by `read-refused` if the replica cannot say at present. For a replica
   * that can tell objects apart it names the one that is read, if it is of one only, and how stale the
   * answer may be (`ClientTableOptions.objectReads`).
   */
  | {
    readonly type: "find-read-index";
    readonly ticket: number;
    readonly object?: string;
    readonly bound?: StalenessBound;
  }
  /** Everything up to here is executed; so much more may be sent. */
  | { readonly type: "executed"; readonly opNumber: number }
  /** The snapshot asked for is durable, or was given up. */
  | { readonly type: "snapshot-taken"; readonly op: number; readonly ok: boolean };

/** An entry that a new leader has found in its log. */
export interface InheritedEntry {
  readonly opNumber: number;
  readonly requests: readonly Uint8Array[];
}

/** Who waits for one of an entry's requests, and is answered by whoever executes it with this. */
export interface OwedReply {
  /** Which of the requests, from 0. */
  readonly request: number;
  readonly replyTo: Ref<ClientReply>;
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
    /** Whom to answer, beside those who wait here. */
    readonly owed?: readonly OwedReply[];
  }
  /** The replica has no room for a request. Not ordered. */
  | { readonly type: "order-refused"; readonly request: Uint8Array }
  /**
   * Who leads, and who reads. `inherited` is the log that a new leader has not committed yet: what is in
   * flight is derived from it.
   */
  | {
    readonly type: "role";
    readonly view: number;
    readonly primary: number | null;
    readonly leading: boolean;
    /** The node whose client table answers linearizable queries; `null` if nobody does at present. */
    readonly reader: number | null;
    /** Whether this node has the state at all, to answer other queries from. */
    readonly holds: boolean;
    /** Whether whatever waits here goes on waiting: the order is the one of before, and is seen to. */
    readonly continues: boolean;
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
