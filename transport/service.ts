/**
 * What a gateway (HTTP, RESP) may ask of the node it runs on, whatever the protocol.
 *
 * @module
 */
import { TroupeError } from "../actors/errors.ts";
import type { ActorFigures } from "../actors/system.ts";
import type { Configuration } from "../protocols/master/configuration.ts";

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
   * With `false`, a node that is not primary refuses with {@linkcode NotPrimary} instead of passing
   * the command on.
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
   * `maxAgeMs` or `maxVersions`: then it is as `linearizable` (CRAQ 2.4). Only the protocol `chain` can
   * tell how far it lags; with another one `bounded` is always as `linearizable`.
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
   * With `false`, a node that is not primary refuses with {@linkcode NotPrimary} instead of asking the
   * primary.
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

/** What operators may do to who replicates what, with a protocol that has a master. */
export interface ClusterAdmin {
  /**
   * What the master has decided.
   *
   * @throws {Unavailable} no majority of the nodes answers.
   */
  show(): Promise<Configuration>;
  /**
   * Lets a node replicate volumes (again), or takes it out of all of them, or moves all volumes to where
   * the placement wants them. Answers what is decided; the rest follows step by step.
   *
   * @throws {ChangeRefused} what is wanted cannot be.
   * @throws {Unavailable} no majority of the nodes answers.
   * @throws {UnknownOutcome} it was sent, and no answer came in time. It may be repeated.
   */
  change(change: ClusterChange): Promise<Configuration>;
}

/** What an operator wants changed. */
export type ClusterChange =
  | { readonly type: "add" | "remove"; readonly node: number }
  | { readonly type: "rebalance" };

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

/** What `GET /v1/status` answers. */
export interface NodeStatus {
  /** The name of the cluster, from the configuration. */
  readonly cluster: string;
  /** The index of the node, from 0. */
  readonly node: number;
  /** The process id of the node. */
  readonly pid: number;
  /** The replication protocol that the node runs: `vr` or `chain`. */
  readonly protocol: string;
  /**
   * With `vr`: `primary` for the one that orders, `backup` for one that follows; else the same as
   * `status`. With `chain`: `head`, `middle`, `tail`, `single` (head and tail at once), `joining` or
   * `spare`; with several volumes, how many of each: `head 2, tail 1`.
   */
  readonly role: string;
  /**
   * With `vr`: `normal`, `view-change` or `recovering` (VRR 4, Fig. 2). With `chain`: `normal` if the
   * node has an order of every volume, `forming` before.
   */
  readonly status: string;
  /** The view that the replica is in, from 0; with `chain`, the version of the master's configuration. */
  readonly view: number;
  /** The number of the last entry of the node's log; 0 if it is empty. The sum over all volumes. */
  readonly opNumber: number;
  /** The last entry that the node knows to be committed. The sum over all volumes. */
  readonly commitNumber: number;
  /** The node believed to be primary, if any; with `chain`, the head of volume 0. */
  readonly primary: number | null;
  /** How long ago the node was started, in milliseconds. */
  readonly uptimeMs: number;
  /** How many sessions the group remembers. */
  readonly sessions: number;
  /** Every node of the group in the order of their indices, this one included. */
  readonly peers: readonly PeerStatus[];
  /** Every actor of the node, in the order of their start. */
  readonly actors: readonly ActorFigures[];
  /** With `chain`: where the node stands in each volume, in the order of their numbers. */
  readonly volumes?: readonly VolumeStatus[];
  /** With `chain`: the group of all nodes that decides on their order. */
  readonly master?: MasterStatus;
}

/** A volume of a chain, as one node knows it. */
export interface VolumeStatus {
  /** Its number, from 0. */
  readonly volume: number;
  /** The configuration that the node's replica is in; 0 before the first. */
  readonly epoch: number;
  /** The nodes of its members, the head first. */
  readonly order: readonly number[];
  /** This node's part: `head`, `middle`, `tail`, `single`, `joining`, `spare`. */
  readonly role: string;
  /** The head's node: it orders. */
  readonly head: number | null;
  /** The tail's node: it commits, and answers writes. */
  readonly tail: number | null;
  /** The node that is being copied to, if there is one. */
  readonly joining: number | null;
  /** The member that is to leave, if there is one. */
  readonly leaving: number | null;
  /** Whether updates are taken: not while only nodes outside of the master data center are left. */
  readonly writable: boolean;
  /** The last entry that is durable here: what the paper calls applied. */
  readonly applied: number;
  /** The last entry known to be committed: acknowledged by the tail. */
  readonly acknowledged: number;
  /** How many entries were sent to the successor and are not acknowledged: the paper's Sent list. */
  readonly sent: number;
  /** The last entry that the state machine has executed here. */
  readonly executed: number;
  /** For how long the node may serve reads without asking the master again, in milliseconds. */
  readonly leaseMs: number;
  /** Sessions that the volume remembers. */
  readonly sessions: number;
}

/** The master's group, as one node knows it. */
export interface MasterStatus {
  /** The status of this node's replica of it: `normal`, `view-change` or `recovering`. */
  readonly status: string;
  /** Its view, from 0. */
  readonly view: number;
  /** The node believed to be its primary, if any. */
  readonly primary: number | null;
  /** The version of the newest configuration that the node knows; 0 before the first. */
  readonly version: number;
}

/** One node of the group, as this node knows it; itself included. */
export interface PeerStatus {
  /** The index of that node, from 0. */
  readonly node: number;
  /** Where it serves clients: `http://127.0.0.1:7100`. */
  readonly http: string;
  /** Where it listens for other nodes: `127.0.0.1:7200`. */
  readonly address: string;
  /** Whether messages to it can leave; a node is always connected to itself. */
  readonly connected: boolean;
  /** Whether this node's failure detector suspects it of having failed. */
  readonly suspected: boolean;
}

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
