/**
 * What a gateway (HTTP, RESP) may ask of the node it runs on, whatever the protocol.
 *
 * @module
 */
import { TroupeError } from "../actors/errors.ts";

/** How fresh the answer to a query must be. */
export type Consistency = "linearizable" | "stale";

/** A session's id and the number of a request in it, for retries that never execute twice. */
export interface RequestId {
  readonly clientId: number;
  readonly requestNumber: number;
}

/** How a command is submitted. */
export interface SubmitOptions {
  /** The client's own session; without it the gateway uses one of its own. */
  readonly id?: RequestId;
  /** How long to try before giving up, in milliseconds. */
  readonly timeoutMs?: number;
  /** With `false`, a node that is not primary refuses with {@linkcode NotPrimary}. Default true. */
  readonly forward?: boolean;
}

/** How a query is asked. */
export interface QueryOptions {
  /** @default {"linearizable"} */
  readonly consistency?: Consistency;
  readonly timeoutMs?: number;
  readonly forward?: boolean;
}

/** An answer of the state machine. */
export interface Answer {
  /** What `apply` or `query` returned. */
  readonly result: Uint8Array;
  /** The op-number of the command, or the one that the query reflects. */
  readonly opNumber: number;
}

/** A node as its gateways see it. */
export interface Service {
  /**
   * Has a command executed exactly once.
   *
   * @throws {UnknownOutcome} it was sent, and no answer came in time.
   * @throws {Unavailable} it was certainly not executed.
   * @throws {Overloaded} it was certainly not executed: too much is under way.
   * @throws {NoSession} the session was evicted, or never existed; certainly not executed now.
   * @throws {RequestSuperseded} a later request of the session was executed already.
   * @throws {NotPrimary} with `forward: false` at a node that is not primary.
   */
  submit(command: Uint8Array, options?: SubmitOptions): Promise<Answer>;
  /**
   * Answers a query.
   *
   * @throws {Unavailable} no answer in time. Queries change nothing and may be repeated.
   */
  query(query: Uint8Array, options?: QueryOptions): Promise<Answer>;
  /** Opens a session and returns its client id. */
  openSession(options?: { timeoutMs?: number }): Promise<number>;
  /** The node's state; see {@linkcode NodeStatus}. */
  status(): NodeStatus;
  /** Whether the node can serve, check by check. */
  readiness(): readonly ReadinessCheck[];
  /** Figures for `/metrics`. */
  metrics(): readonly Metric[];
  /**
   * Crashes an actor, to exercise supervision.
   *
   * @throws {TroupeError} `no_such_actor`.
   */
  crashActor(name: string): void;
}

/** One line of `/readyz?verbose`. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** One sample for Prometheus. */
export interface Metric {
  /** In Prometheus's own terms, `troupe_commit_number`, say. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What `GET /v1/status` answers. */
export interface NodeStatus {
  readonly cluster: string;
  /** The index of the node, from 0. */
  readonly node: number;
  readonly pid: number;
  readonly protocol: string;
  /** `primary` for the one that orders. */
  readonly role: string;
  /** `normal`, `view-change`, `recovering`, ... */
  readonly status: string;
  readonly view: number;
  readonly opNumber: number;
  readonly commitNumber: number;
  /** The node believed to be primary, if any. */
  readonly primary: number | null;
  readonly uptimeMs: number;
  readonly sessions: number;
  readonly peers: readonly PeerStatus[];
  readonly actors: readonly ActorStatus[];
}

/** One node of the group, as this node knows it; itself included. */
export interface PeerStatus {
  readonly node: number;
  readonly http: string;
  readonly address: string;
  readonly connected: boolean;
  readonly suspected: boolean;
}

/** One actor of the node. */
export interface ActorStatus {
  readonly name: string;
  readonly incarnation: number;
  readonly state: "running" | "restarting" | "stopped";
  readonly mailbox: number;
  readonly mailboxHighWater: number;
  readonly processed: number;
  readonly restarts: number;
}

/** No answer came in time; whether the command was or will be executed is not known. */
export class UnknownOutcome extends TroupeError {
  /** The ids with which the same request can be repeated safely. */
  readonly id: RequestId;

  constructor(id: RequestId, timeoutMs: number) {
    super(
      "outcome_unknown",
      `No answer within ${timeoutMs} ms: the command may or may not have been executed, or may be yet`,
    );
    this.id = id;
  }
}

/** Certainly not executed: no quorum, no primary, or not ready yet. */
export class Unavailable extends TroupeError {
  /** When to come back, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(why: string, retryAfterMs = 1_000) {
    super("unavailable", why);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Certainly not executed: a bound of the node was reached. */
export class Overloaded extends TroupeError {
  /** When to come back, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(what: string, retryAfterMs = 100) {
    super("overloaded", what);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The client's session was evicted, or never existed. */
export class NoSession extends TroupeError {
  constructor(clientId: number) {
    super("no_session", `No session with client id ${clientId}: it was evicted or never opened`);
  }
}

/** A request number below the newest one executed in its session: its result is gone. */
export class RequestSuperseded extends TroupeError {
  constructor(id: RequestId, newest: number) {
    super(
      "request_superseded",
      `Request ${id.requestNumber} of client ${id.clientId} is older than the newest one executed, ${newest}`,
    );
  }
}

/** This node is not primary and was asked not to forward. */
export class NotPrimary extends TroupeError {
  /** The node that is, if known. */
  readonly primary: number | null;

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
