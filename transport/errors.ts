/**
 * What a node refuses, or cannot tell, whatever the protocol.
 *
 * @module
 */
import { TroupeError } from "../actors/errors.ts";
import type { RequestId } from "./service.ts";

/** No answer came in time; whether the command was or will be executed is not known. */
export class UnknownOutcome extends TroupeError {
  /** The ids with which the same request can be repeated safely. */
  readonly id: RequestId;

  /** Takes the ids of the request, and how long it was tried, in milliseconds. */
  constructor(id: RequestId, timeoutMs: number) {
    super(
      "outcome_unknown",
      `No answer within ${
        Math.round(timeoutMs)
      } ms: the command may or may not have been executed, or may be yet`,
    );
    this.id = id;
  }
}

/** Certainly not executed: no quorum, no primary, or not ready yet. */
export class Unavailable extends TroupeError {
  /** When to come back, in milliseconds. */
  readonly retryAfterMs: number;

  /** Takes the whole message; to come back after a second, unless another time is given. */
  constructor(why: string, retryAfterMs = 1_000) {
    super("unavailable", why);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Certainly not executed: nobody is left who has the data of that volume, or who may take updates. */
export class NoActiveReplicas extends TroupeError {
  /** When to come back, in milliseconds. */
  readonly retryAfterMs = 1_000;

  /** Takes the volume, and what is the matter with it. */
  constructor(volume: number, why: string) {
    super("no_active_replicas", `Volume ${volume} ${why}`);
  }
}

/** A query that cannot be answered where there are several volumes. */
export class BadQuery extends TroupeError {
  /** Takes the whole message. */
  constructor(why: string) {
    super("bad_request", why);
  }
}

/** What an operator wanted cannot be. */
export class ChangeRefused extends TroupeError {
  /** Takes the reason: that it would lose data, say. */
  constructor(code: "last_member" | "no_such_node" | "not_formed", message: string) {
    super(code, message);
  }
}

/** Certainly not executed: a bound of the node was reached. */
export class Overloaded extends TroupeError {
  /** When to come back, in milliseconds. */
  readonly retryAfterMs: number;

  /** Takes the whole message; to come back after 100 ms, unless another time is given. */
  constructor(what: string, retryAfterMs = 100) {
    super("overloaded", what);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The client's session was evicted, or never existed. */
export class NoSession extends TroupeError {
  /** Takes the client id that is not known. */
  constructor(clientId: number) {
    super("no_session", `No session with client id ${clientId}: it was evicted or never opened`);
  }
}

/** A request number below the newest one executed in its session: its result is gone. */
export class RequestSuperseded extends TroupeError {
  /** Takes the ids of the request, and the newest request number executed in its session. */
  constructor(id: RequestId, newest: number) {
    super(
      "request_superseded",
      `Request ${id.requestNumber} of client ${id.clientId} is older than the newest one executed, ${newest}`,
    );
  }
}

/** Executed, but what it returned is too large to be carried to the client, now or later. */
export class ResultTooLarge extends TroupeError {
  /** Takes the length of the result and the longest that is carried, both in bytes. */
  constructor(resultBytes: number, resultBytesMax: number) {
    super(
      "result_too_large",
      `Executed, but its result of ${resultBytes} bytes exceeds the limit of ${resultBytesMax}`,
    );
  }
}

/** This node is not primary and was asked not to forward. */
export class NotPrimary extends TroupeError {
  /** The node that is, if known. */
  readonly primary: number | null;

  /** Takes the index of the node that was asked, and that of the primary if it knows one. */
  constructor(node: number, primary: number | null) {
    super(
      "not_primary",
      primary === null
        ? `Node ${node} is not primary and knows of none`
        : `Node ${node} is not primary; node ${primary} is`,
    );
    this.primary = primary;
  }
}

/** This node does not replicate the object and was asked not to forward. */
export class NotResponsible extends TroupeError {
  /** The nodes that do. */
  readonly servers: readonly number[];

  /** Takes the index of the node that was asked, and those of the nodes that replicate the object. */
  constructor(node: number, servers: readonly number[]) {
    super(
      "not_responsible",
      `Node ${node} does not replicate this; nodes that do: ${servers.join(", ")}`,
    );
    this.servers = servers;
  }
}

/** The protocol has no such command, or no such query. Certainly not executed. */
export class Unsupported extends TroupeError {
  /** Takes what it is that cannot be. */
  constructor(what: string) {
    super("unsupported", what);
  }
}
