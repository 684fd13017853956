/**
 * What a gateway (HTTP, RESP) may ask of the node it runs on, whatever the protocol.
 *
 * @module
 */
import type { ClusterAdmin } from "./layout.ts";
import type { NodeStatus } from "./status.ts";

export {
  BadQuery,
  ChangeRefused,
  NoActiveReplicas,
  NoSession,
  NotPrimary,
  NotResponsible,
  Overloaded,
  RequestSuperseded,
  ResultTooLarge,
  Unavailable,
  UnknownOutcome,
  Unsupported,
} from "./errors.ts";
export type {
  ClusterAdmin,
  ClusterChange,
  ClusterLayout,
  MemberLayout,
  NodeLayout,
  VolumeLayout,
} from "./layout.ts";
export type {
  AnyVolumeStatus,
  ChainVolumeStatus,
  HermesVolumeStatus,
  KeyStates,
  MasterStatus,
  NodeStatus,
  PeerStatus,
  VolumeStatus,
} from "./status.ts";

/** How fresh the answer to a query must be. */
export type Consistency = "linearizable" | "stale" | "bounded";

/** A session's id and the number of a request in it, for retries that never execute twice. */
export interface RequestId {
  /** What {@linkcode Service.openSession} gave. */
  readonly clientId: number;
  /**
   * The number of the request in its session: 1 for the first, and each greater than the one before. A
   * request is repeated under the number that it had.
   */
  readonly requestNumber: number;
}

/** How a command is submitted. */
export interface SubmitOptions {
  /** The client's own session; without it the gateway uses one of its own. */
  readonly id?: RequestId;
  /**
   * How long to try before giving up, in milliseconds.
   *
   * @default {`timeouts.request_ms` of the configuration}
   */
  readonly timeoutMs?: number;
  /**
   * With `false`, a node that does not take the command itself refuses with {@linkcode NotPrimary} or
   * {@linkcode NotResponsible} instead of passing it on.
   *
   * @default {true}
   */
  readonly forward?: boolean;
}

/** How a query is asked. */
export interface QueryOptions {
  /**
   * `linearizable` reflects every command that was answered before the query was asked. `stale` is
   * answered by the node itself from what it has executed so far, without a message to another.
   * `bounded` is answered by the node itself too, unless what it has may lag behind by more than
   * `maxAgeMs` or `maxVersions`: then it is as `linearizable` (CRAQ 2.4). With the protocol `vr`, which
   * cannot tell how far it lags, `bounded` is always as `linearizable`.
   *
   * @default {"linearizable"}
   */
  readonly consistency?: Consistency;
  /** With `bounded`: for how long the answer may have been out of date, in milliseconds. */
  readonly maxAgeMs?: number;
  /** With `bounded`: by how many updates of the same object the answer may be out of date. */
  readonly maxVersions?: number;
  /**
   * How long to try before giving up, in milliseconds.
   *
   * @default {`timeouts.request_ms` of the configuration}
   */
  readonly timeoutMs?: number;
  /**
   * With `false`, a node that does not answer the query itself refuses with {@linkcode NotPrimary} or
   * {@linkcode NotResponsible} instead of asking another.
   *
   * @default {true}
   */
  readonly forward?: boolean;
}

/** An answer of the state machine. */
export interface Answer {
  /** What `apply` or `query` returned. */
  readonly result: Uint8Array;
  /** The op-number of the command, or the one that the query reflects. */
  readonly opNumber: number;
}

/** What clients may ask of a node. */
export interface Requests {
  /**
   * Has a command executed exactly once.
   *
   * @throws {UnknownOutcome} it was sent, and no answer came in time.
   * @throws {Unavailable} it was certainly not executed.
   * @throws {Overloaded} it was certainly not executed: too much is under way.
   * @throws {NoSession} the session was evicted, or never existed; certainly not executed now.
   * @throws {RequestSuperseded} a later request of the session was executed already.
   * @throws {ResultTooLarge} it was executed, and its result cannot be carried.
   * @throws {NotPrimary} with `forward: false` at a node that is not primary.
   * @throws {NotResponsible} with `forward: false` at a node that does not replicate the object.
   * @throws {Unsupported} the protocol has no such command; certainly not executed.
   */
  submit(command: Uint8Array, options?: SubmitOptions): Promise<Answer>;
  /**
   * Answers a query.
   *
   * A state machine without `query` has it executed as a command, and then the errors of
   * {@linkcode Service.submit} apply as well.
   *
   * @throws {Unavailable} no answer in time. Queries change nothing and may be repeated.
   * @throws {Overloaded} too much is under way.
   * @throws {NotPrimary} with `forward: false` at a node that cannot answer it.
   * @throws {NotResponsible} with `forward: false` at a node that does not replicate the object.
   * @throws {Unsupported} the protocol cannot answer such a query.
   * @throws {BadQuery} it concerns several volumes, and the state machine cannot answer such.
   */
  query(query: Uint8Array, options?: QueryOptions): Promise<Answer>;
  /**
   * Opens a session and returns its client id. Nothing is lost if that goes wrong: a session that
   * nobody uses is evicted in time.
   *
   * @throws {Unavailable} none was opened in time; `timeoutMs` is in milliseconds.
   * @throws {Overloaded} too much is under way.
   */
  openSession(options?: { timeoutMs?: number }): Promise<number>;
}

/** A node as its gateways see it. */
export interface Service extends Requests {
  /** The node's state; see {@linkcode NodeStatus}. */
  status(): NodeStatus;
  /** Whether the node can serve, check by check. */
  readiness(): readonly ReadinessCheck[];
  /** Figures for `/metrics`. */
  metrics(): readonly Metric[];
  /**
   * Crashes the running incarnation of an actor, to exercise supervision.
   *
   * @throws {TroupeError} `no_such_actor` if none of that name is running.
   */
  crashActor(name: string): void;
  /** What operators may do to the configuration of the cluster; absent if the protocol has none. */
  readonly admin?: ClusterAdmin | undefined;
}

/** One line of `/readyz?verbose`. */
export interface ReadinessCheck {
  /** What is checked, in a word: `replica`, `journal`, ... */
  readonly name: string;
  /** Whether it is as it should be. */
  readonly ok: boolean;
  /** How it is, for people. */
  readonly detail: string;
}

/** One sample for Prometheus. */
export interface Metric {
  /** In Prometheus's own terms, `troupe_commit_number`, say. */
  readonly name: string;
  /** What it counts or measures, in one line. */
  readonly help: string;
  /** A `counter` only grows while the process lives; a `gauge` goes up and down. */
  readonly type: "counter" | "gauge";
  /** The sample, in the unit that the name ends with, if any. */
  readonly value: number;
  /** Tells samples of the same name apart: `{ actor: "replica" }`. */
  readonly labels?: Readonly<Record<string, string>>;
}
