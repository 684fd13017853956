/**
 * The configuration of a cluster: one file, the same for every replica.
 *
 * The comments here and in the files beside it are the reference: `docs/configuration.md` is generated from
 * them, so they speak of the options by the names they have in the file.
 *
 * @module
 */

import type { LogLevel } from "../../../actors/actor.ts";
import type { DurabilityMode } from "../../../protocols/vr/options.ts";
import type { Address } from "../../../transport/address.ts";
import type { RespOrder } from "../../../transport/resp/window.ts";
import type { Chain } from "./chain.ts";
import type { Gossip } from "./gossip.ts";
import type { Hermes } from "./hermes.ts";
import type { Batching, Limits, Snapshots } from "./limits.ts";
import type { Detector, Timeouts } from "./timeouts.ts";

/** A replication protocol. */
export type Protocol = "vr" | "chain" | "hermes" | "gossip";
/** The replication protocols that a node can run. */
export const PROTOCOLS: readonly Protocol[] = ["vr", "chain", "hermes", "gossip"];

/** A state machine that comes with Troupe: the key-value store, or the log. */
export type MachineKind = "kv" | "log";
/** The state machines that come with Troupe. */
export const MACHINES: readonly MachineKind[] = ["kv", "log"];

/** The orders in which commands of one RESP connection can be executed. */
export const RESP_ORDERS: readonly RespOrder[] = ["connection", "key"];

/** Where replicas can keep what was acknowledged. */
export const DURABILITY_MODES: readonly DurabilityMode[] = ["disk", "memory"];

/** How much a node may write to its log, from most to least. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** The whole configuration, validated, with every default filled in. */
export interface ClusterConfig {
  /**
   * The name of the cluster: letters, digits, `.`, `_` and `-`, at most 64. Nodes of different clusters
   * refuse to talk to each other, so two clusters that share a machine need two names. It also
   * names the default data directory.
   */
  readonly cluster: string;
  /**
   * The replication protocol. Every replica must run the same one, and data written by one protocol
   * is not readable by another. `vr` (Viewstamped Replication) needs a majority of the replicas and
   * nobody else: any failed minority is outlived within `suspicion_ms` or so. `chain` (Chain
   * Replication with CRAQ) lets every replica answer reads by itself and sends each write over each
   * link once, so it reads and writes more; a replica that fails stops the writes until it was
   * expelled, after `suspicion_ms` and `chain.lease_ms`. One member is enough to have lost nothing; but
   * who the members are, and who may answer reads, is decided by a group of all nodes (the master), so
   * to serve takes a majority of them, too. `hermes` (Hermes) lets every replica of a key coordinate
   * its writes too, in one round trip to all the others, and answer its reads by itself; a replica that
   * fails or is slow stops the writes of what it replicates until it was expelled by the same master. It
   * replicates objects that have nothing to do with one another, so it takes the key-value store only.
   * `gossip` lets every replica answer everything by itself, even if it can reach no other, and spreads
   * what was written afterwards: there is no order of all writes, and what happens to writes of the same key
   * that did not know of each other is chosen by `gossip.strategies`. It takes the key-value store only.
   */
  readonly protocol: Protocol;
  /**
   * What is replicated: `kv`, the key-value store, or `log`, a log of records that are appended at its
   * end and read from any offset. Data of one is not readable by the other. A state machine of your
   * own (`--machine`) takes its place. The protocols `hermes` and `gossip` take `kv` only.
   */
  readonly stateMachine: MachineKind;
  /**
   * Where replicas keep what was acknowledged. With `disk`, each writes it to its `data` directory and
   * syncs it first, so that it survives even the failure of all of them at once. With `memory`, nothing
   * is written anywhere: a node that crashes, or one of whose actors does, forgets everything and
   * recovers from the others. Acknowledged data survives as long as no more than a minority (1 of 3, 2
   * of 5) is down or recovering at a time; beyond that what is left refuses to serve until it is restarted
   * as well, and then the group is empty. Use it for what can be made again (caches, locks, rendezvous) and
   * where disks are slow; a group of one or two is safe from no crash. It must be the same at every replica.
   * The protocols `chain` and `hermes` take `disk` only: a chain, or the replicas of a key, may shrink to
   * one member, whose memory would then be all there is. With `gossip` and `memory` a node that starts again
   * copies the state of another one; what no other had heard of is lost with it.
   */
  readonly durability: DurabilityMode;
  /**
   * The addresses, `host:port`, on which the replicas talk to each other; a replica's place in this
   * list, from 0, is its index. The list must be identical, order included, at every replica. With
   * `gossip` one to sixteen: these are the seeds, by any of which other nodes may join that are not in the list
   * (`cli/node.ts --index N --address HOST:PORT`). With the other protocols one to
   * seven: `2f+1` replicas survive `f` failures, so 3 survive one and 5 survive two. An even number
   * survives no more than the odd number below it. Every replica more costs throughput (5 reach
   * roughly 0.6 to 0.8 of what 3 do).
   */
  readonly replicasAddresses: readonly Address[];
  /**
   * With the protocol `chain`: the data center that each replica is in, in the order of
   * `replicas_addresses`. Names are letters, digits, `.`, `_` and `-`, the first of them a letter. Without
   * it, all are in one.
   */
  readonly nodeDataCenters: readonly string[];
  /**
   * The addresses, `host:port`, on which the replicas serve clients over HTTP, in the order of
   * `replicas_addresses`. By default the host of the peer address and its port minus 100.
   */
  readonly httpAddresses: readonly Address[];
  /**
   * The addresses, `host:port`, on which the replicas serve clients of Redis over RESP, in the order of
   * `replicas_addresses`; an empty list for none. By default the host of the peer address and its port plus
   * 100. Only the state machine `kv` is served so.
   */
  readonly respAddresses: readonly Address[];
  /**
   * In which order the commands of one RESP connection are executed that a client has sent without waiting for
   * answers (a pipeline). With `connection` every write waits for what was sent before it, as in Redis: others
   * who see it see that, too. With `key` only commands on the same key wait for one another: writes of other
   * keys are under way at the same time, which makes pipelines of writes several times as fast, and others may
   * see them in any order until they are answered. Reads that follow one another are under way together
   * with both.
   */
  readonly respOrder: RespOrder;
  /**
   * The directory for logs and snapshots; node `i` uses `<data>/node-<i>`. A relative path starts at the
   * working directory of the process, not at the file. What is acknowledged is in here, and
   * nowhere else: losing it at a majority of the replicas loses data.
   */
  readonly data: string;
  /**
   * Host names under which clients may call, besides the HTTP addresses themselves and the
   * loopback names. A request with any other `Host` header is refused, which is what stops a web page
   * from reaching the store by rebinding its own name to `127.0.0.1`. Add the name of a reverse proxy
   * here.
   */
  readonly httpHosts: readonly string[];
  /**
   * Allows addresses other than loopback ones. Nothing that Troupe sends is encrypted and nobody
   * who connects is asked who they are, so every machine that reaches the ports can read and write
   * everything. Set it only on a network where all of them may.
   */
  readonly insecure: boolean;
  /** How long to wait for what. */
  readonly timeouts: Timeouts;
  /** How a silent node becomes a suspected one. */
  readonly detector: Detector;
  /** What only the protocol `chain` has. */
  readonly chain: Chain;
  /** What only the protocol `hermes` has. */
  readonly hermes: Hermes;
  /** What only the protocol `gossip` has. */
  readonly gossip: Gossip;
  /**
   * How requests share log entries. Replicas of `hermes` log and send whatever has come in one turn of theirs,
   * so that with it all of this holds for the master's own log only, and as the bound of a single request.
   */
  readonly batching: Batching;
  /** When the log is replaced by a snapshot. */
  readonly snapshots: Snapshots;
  /**
   * How many client sessions the cluster remembers. Beyond it, the session that was used least
   * recently is forgotten, and a request that is repeated in it is answered `no_session`
   * instead of its first result. A session costs its last result in memory and in every snapshot: raise it
   * if clients are many and return late, lower it to save memory. The number
   * of the node at which a session is opened goes into the log with it, so that all replicas forget
   * the same sessions. With several `chain.volumes`, those beside the first go by the number of the node
   * itself: then it must be the same at every node, and cannot be changed once there is data. With `hermes`
   * there is no log, and each replica forgets by itself: a session that one of them has forgotten is answered
   * `no_session` everywhere from the next time on that its node restarts or the members change.
   */
  readonly sessionsMax: number;
  /**
   * What is refused, each with an error that says so. The key-value store checks keys and values
   * where they are executed, so `key_bytes` and `value_bytes` must be the same at every replica.
   */
  readonly limits: Limits;
  /**
   * How much a node writes to its log: `debug`, `info`, `warn` or `error`. `debug` shows every view change
   * message and connection attempt; `warn` shows only what needs a look.
   */
  readonly log: LogLevel;
}
