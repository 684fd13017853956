/**
 * What a client table and the replica that holds its objects say to each other.
 *
 * @module
 */
import type { Ref } from "../../actors/ref.ts";
import type { ClientReply, QueryConsistency } from "../client_messages.ts";

/** What a client table asks of its replica. */
export type ReplicaRequest =
  /**
   * Execute a command of a client's session, exactly once. Answered by `answered`, or not at all if the
   * replica starts anew: it says so by `role`. A request that was executed before is answered from what is
   * remembered of it.
   */
  | {
    readonly type: "execute";
    readonly clientId: number;
    readonly requestNumber: number;
    readonly command: Uint8Array;
  }
  /** Give out a client id. Answered by `opened`. */
  | { readonly type: "open-session"; readonly nonce: number }
  /** Answer a query, to `replyTo`: at once, or when the objects are valid. */
  | {
    readonly type: "read";
    readonly query: Uint8Array;
    readonly consistency: QueryConsistency;
    readonly replyTo: Ref<ClientReply>;
  };

/** What a replica tells its client table. */
export type ReplicaEvent =
  /**
   * Who replicates the volume, and what this node is to it. A client table that hears of another `life` or
   * that it serves no more knows that what it waits for will not be answered.
   */
  | {
    readonly type: "role";
    readonly epoch: number;
    readonly life: number;
    /** The nodes that serve clients, in the order of their indices; empty if nobody does. */
    readonly servers: readonly number[];
    /** Whether this node is one of them: in the newest epoch that it knows of, its disk read. */
    readonly serves: boolean;
  }
  /** A command is executed, or is known not to be. */
  | {
    readonly type: "answered";
    readonly clientId: number;
    readonly requestNumber: number;
    readonly reply: ClientReply;
  }
  | { readonly type: "opened"; readonly nonce: number; readonly reply: ClientReply };
