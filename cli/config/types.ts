/**
 * The configuration of a cluster: one file, the same for every replica.
 *
 * The comments here are the reference: `docs/configuration.md` is generated from them, so they speak
 * of the options by the names they have in the file.
 *
 * @module
 */

import type { LogLevel } from "../../actors/actor.ts";
import type { DurabilityMode } from "../../protocols/vr/options.ts";
import type { Address } from "../../transport/address.ts";
import type { RespOrder } from "../../transport/resp/window.ts";

/** A replication protocol. */
export type Protocol = "vr" | "chain" | "hermes" | "gossip";
/** The replication protocols that a node can run. */
export const PROTOCOLS: readonly Protocol[] = ["vr", "chain", "hermes", "gossip"];

/** A state machine that comes with Troupe: the key-value store, or the log. */
export type MachineKind = "kv" | "log";
/** The state machines that come with Troupe. */
export const MACHINES: readonly MachineKind[] = ["kv", "log"];

/** Who answers linearizable reads of a chain: every member (CRAQ), or its tail alone (CR). */
export type ChainReads = "any" | "tail";
/** The choices of who answers linearizable reads of a chain. */
export const CHAIN_READS: readonly ChainReads[] = ["any", "tail"];

/**
 * Which data centers a chain runs through, and how many of its members are in each: a number of data
 * centers, their names, or their names and sizes.
 */
export type DataCenters = number | readonly string[] | Readonly<Record<string, number>>;

/** What a linearizable read of Hermes rests on: the node's lease, or a check with a majority. */
export type HermesReads = "lease" | "check";
/** The choices of what a linearizable read of Hermes rests on. */
export const HERMES_READS: readonly HermesReads[] = ["lease", "check"];

/** For which kind of network the protocol `gossip` is tuned. */
export type GossipPreset = "local" | "lan" | "wan";
/** The kinds of network that the protocol `gossip` can be tuned for. */
export const GOSSIP_PRESETS: readonly GossipPreset[] = ["local", "lan", "wan"];

/** Whose replica performs what clients ask of a gossip node: its own, or those of all in turn. */
export type GossipSpread = "local" | "round-robin";
/** The choices of whose replica performs what clients ask. */
export const GOSSIP_SPREADS: readonly GossipSpread[] = ["local", "round-robin"];

/** The ways of resolving conflicts that come with Troupe; `merge:FILE` is one of the user's own. */
export const GOSSIP_STRATEGIES: readonly string[] = ["lww", "siblings", "counter", "set"];

/** The orders in which commands of one RESP connection can be executed. */
export const RESP_ORDERS: readonly RespOrder[] = ["connection", "key"];

/** Where replicas can keep what was acknowledged. */
export const DURABILITY_MODES: readonly DurabilityMode[] = ["disk", "memory"];

/** A failure detector. */
export type DetectorKind = "phi" | "deadline";
/** The failure detectors that a node can use. */
export const DETECTORS: readonly DetectorKind[] = ["phi", "deadline"];

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
   * itself: then it must be the same at every node, and cannot be changed once there is data.
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

/** How long to wait for what, in milliseconds. */
export interface Timeouts {
  /**
   * How often a primary with nothing else to say tells its backups that it is alive, and what is
   * committed. Lower finds a dead primary sooner and tells backups of commits sooner, at the price of
   * more idle traffic; raise it together with `suspicion_ms` on slow or distant links. The default
   * leaves ten heartbeats to a suspicion, so that a few lost or late ones mean nothing. With `chain` it is
   * also how often every node asks the master for its lease, and how soon a lost message along the
   * chain is noticed.
   */
  readonly heartbeatMs: number;
  /**
   * The silence after which a node is suspected; with the `phi` detector, the least silence that can
   * be one. More than twice `heartbeat_ms`. Lower fails over sooner, but a pause of the process
   * (garbage collection, a slow disk, a busy machine) then costs a needless view change; raise it if
   * the log shows view changes while all nodes live. The default outlasts ordinary pauses of a
   * loaded machine. A process that has ended, which its machine tells whoever wants to connect, is
   * suspected at once: this is the time for machines that are lost or cut off, and for processes that
   * hang.
   */
  readonly suspicionMs: number;
  /**
   * How long a view change may take before the next view is tried; the wait grows with every
   * attempt. At least twice `heartbeat_ms`. It must be enough for three message delays and the
   * transfer of the log's tail: too low and view changes interrupt one another, too high and a new
   * primary that dies in the middle costs that much more.
   */
  readonly viewChangeMs: number;
  /**
   * How long a primary waits for any backup's acknowledgement before it stops its heartbeats and so
   * lets another be elected. It is what frees clients of a primary that can send but not
   * receive, or whose disk hangs. More than `suspicion_ms`. Lower ends that state sooner, but a
   * passing stall of the whole group then makes a healthy primary give up.
   */
  readonly abdicateMs: number;
  /**
   * How long a gateway tries to have a request answered when the client does not say
   * (`?timeout=`), at most a minute. After it a write is reported as of unknown outcome. Keep it well above
   * `suspicion_ms` plus `view_change_ms`, so that a request outlives the failure of a primary; lower it for
   * clients that would rather know early.
   */
  readonly requestMs: number;
}

/** How a silent node becomes a suspected one. */
export interface Detector {
  /**
   * `deadline` suspects a node after `timeouts.suspicion_ms` of silence: easy to predict. `phi` (phi
   * accrual) learns how regularly a node is heard of and suspects it when its silence has become too
   * unlikely, never before `timeouts.suspicion_ms`: it adapts to a slow or unsteady network.
   */
  readonly kind: DetectorKind;
  /**
   * For `phi`: how unlikely a silence must be, as the negative power of ten of its probability. Since
   * intervals are taken to be exponential, a silence of `2.3 * threshold` mean intervals reaches it; the
   * mean is taken to be one to three times `timeouts.heartbeat_ms`. Raise it for fewer false suspicions,
   * lower it for a faster failover. 4 takes 9.2 intervals: less than `timeouts.suspicion_ms` while heartbeats
   * come regularly, so that the latter decides, and up to 1.4 s while they do not.
   */
  readonly threshold: number;
}

/** What only the protocol `chain` has. */
export interface Chain {
  /**
   * How many chains there are. Each object belongs to one of them for ever, by a hash of its name; each
   * chain has an order of nodes of its own, so that with several the work of heads and tails is
   * spread, and a lost node's data is copied by several at once. A scan asks all of them, and is then
   * not one point in time. It cannot be changed once there is data: what was stored would be looked for
   * in the wrong chain.
   */
  readonly volumes: number;
  /**
   * How many members a chain has; with `data_centers` as a number or a list, how many in each of them.
   * Of `n` members any `n - 1` may lose their disks, and nothing that was acknowledged is lost. The rest
   * of the nodes stand by, and take the place of members that fail. In a longer chain as many writes are
   * done, each a little later: every member adds a message and a disk sync to it. It must be the same at
   * every node, and cannot be changed once there is data: what was decided follows from it.
   */
  readonly length: number | null;
  /**
   * Who answers linearizable reads. With `any` (CRAQ) every member does, asking the tail for a number if
   * the object is just being written; with `tail` (the original Chain Replication) the tail answers all
   * of them. `any` reads several times as much; `tail` is there to compare.
   */
  readonly reads: ChainReads;
  /**
   * How long a member may serve reads after it asked the master's leave, which it does every
   * `heartbeat_ms`. A member that is suspected is expelled only when its lease has run out, so this
   * is part of every failover of a chain. More than three times `heartbeat_ms`. Lower fails over sooner;
   * too low, and a pause of a busy machine, or a change of the master's primary, makes members put reads
   * off for a moment. A node waits for as long as its own leases last until another one is expelled, so it
   * must be the same at every node: to change it, stop all of them first.
   */
  readonly leaseMs: number;
  /**
   * By how much the clocks of two nodes may differ in how fast they run, as a share: `0.01` is one per
   * cent. A lease is waited for that much longer. Only the rate matters, never what time it is; real
   * clocks stay below `0.001`.
   */
  readonly clockDrift: number;
  /**
   * Which data centers chains run through (CRAQ 3). A number: that many, chosen for each chain by its
   * number; a list of names: these; a mapping of names to sizes: these, with so many members in each. The order
   * of a list or mapping is the order along the chain: put the data center of the writers first and that of
   * the readers who need their own writes last. Needs `node_data_centers`. It must be the same at every
   * node, and cannot be changed once there is data.
   */
  readonly dataCenters: DataCenters | null;
  /**
   * The only data center whose nodes take writes, whatever fails. Without it, the next data center along
   * the chain takes over when the first is lost. Needs `node_data_centers`. It must be the same at every
   * node, and cannot be changed once there is data.
   */
  readonly masterDataCenter: string | null;
}

/** What only the protocol `hermes` has. */
export interface Hermes {
  /**
   * How many shares the keys are divided into. A key belongs to one of them for ever, by a hash of its
   * name; each has replicas of its own, which a ring of hashes chooses, and moves as a whole. With fewer
   * `replicas` than nodes, more of them spread the keys more evenly over the nodes; each costs a log, with
   * a sync of its own, at every node that replicates it. A scan asks all of them. It cannot be changed once
   * there is data: what was stored would be looked for in the wrong one.
   */
  readonly volumes: number;
  /**
   * How many replicas each key has. Of `n` any `n - 1` may lose their disks, and nothing that was
   * acknowledged is lost; each of them can read and write the key by itself, and each has to acknowledge
   * every write. A node that has no replica of a key passes requests on to one that does. 3 is usual; more
   * read more and write less. It must be the same at every node, and cannot be changed once there is
   * data.
   */
  readonly replicas: number | null;
  /**
   * How many places each node has on the ring that says which nodes replicate a volume. More of them
   * share the volumes, and what a node that comes or goes moves, more evenly; with fewer than 16 some nodes
   * have twice the work of others. It must be the same at every node, and cannot be changed once there is
   * data. It has no effect where every node replicates everything.
   */
  readonly virtualNodes: number;
  /**
   * What a linearizable read rests on. With `lease` a replica answers at once, as long as its lease lasts.
   * With `check` no clock is trusted: every read waits until a majority of all nodes has said, after it,
   * that the replicas are still the same (one question for all reads that wait): a round trip more to the
   * master for each read, and safe however differently clocks run.
   */
  readonly reads: HermesReads;
  /**
   * How long a replica may serve reads after it asked the master's leave, which it does every
   * `heartbeat_ms`. A replica that is suspected is expelled only when its lease has run out, so this is
   * part of every failover. More than three times `heartbeat_ms`. Lower fails over sooner; too low,
   * and a pause of a busy machine, or a change of the master's primary, makes replicas put reads off for a
   * moment. A node waits for as long as its own leases last until another one is expelled, so it must be the
   * same at every node: to change it, stop all of them first.
   */
  readonly leaseMs: number;
  /**
   * By how much the clocks of two nodes may differ in how fast they run, as a share: `0.01` is one per
   * cent. A lease is waited for that much longer. Only the rate matters, never what time it is; real
   * clocks stay below `0.001`.
   */
  readonly clockDrift: number;
  /**
   * Whether who coordinates a write that another one has overtaken spares the others the message that it
   * is committed, which they would ignore (the paper's optimisation O1). It costs nothing; `false` is
   * there to compare.
   */
  readonly sparesValidations: boolean;
  /**
   * How many ids each node draws from for its writes (O2). With 1, the node of the highest index wins
   * whenever two nodes write a key at the same time; with more, it is anybody's luck.
   */
  readonly virtualIds: number;
  /**
   * Whether replicas acknowledge a write to all others instead of to its coordinator alone (O3). Everybody
   * then sees by itself when the write is committed, so that a key is unreadable for half a round trip
   * less; a write takes 8 messages instead of 6 with 3 replicas, and 24 instead of 12 with 5. It must be
   * the same at every node: to change it, stop all of them first.
   */
  readonly broadcastsAcks: boolean;
  /**
   * The message-loss timeout: after it a write that lacks acknowledgements is sent again, and after twice
   * that a key that nobody says is committed is settled by whoever needs it. Lower is done with a lost
   * message sooner; too low, and messages that are only slow are sent again.
   */
  readonly mltMs: number;
  /**
   * How long a replica may owe an acknowledgement that others have given before that is held against it
   * and it is expelled. More than `mlt_ms`. Lower frees the writes of a replica whose disk hangs sooner;
   * too low, and a slow disk is taken for a dead one.
   */
  readonly deafMs: number;
}

/** What only the protocol `gossip` has. */
export interface Gossip {
  /**
   * For which kind of network the following times, and those of the failure detection (SWIM), have their
   * defaults: `local` (rounds of 200 ms, mail repeated after 100 ms), `lan` (1 s, 250 ms) or `wan` (5 s, 2 s).
   */
  readonly preset: GossipPreset;
  /**
   * What becomes of values of a key that did not know of each other: `lww` keeps the last one by the
   * clocks of the nodes and forgets the others; `siblings` keeps all of them until a client decides; `counter`
   * adds up what is added; `set` unites the elements that are added; `merge:FILE` calls the function of two
   * values that is the module's default export, which must be commutative, associative and idempotent
   * (`checkMerge` tests that). It must be the same at every node. This one is for keys that no prefix of
   * `strategies` fits.
   */
  readonly strategy: string;
  /**
   * The strategies of keys by what they begin with: `{ "cart/": siblings, "hits/": counter }`. The longest
   * prefix that fits counts. It must be the same at every node: nodes that disagree store the same, but read
   * and write it differently, and say so in their readiness.
   */
  readonly strategies: Readonly<Record<string, string>>;
  /**
   * Whose replica performs what clients ask of a node: with `local` its own, with `round-robin` those of all
   * living members in turn, which spreads the load of clients that all ask one node, and costs a round
   * trip. A session makes it invisible.
   */
  readonly spread: GossipSpread;
  /**
   * Between two rounds of anti-entropy that a replica begins. What mail has missed is repaired within about
   * `interval_ms * log2(members)`. Lower repairs sooner and finds tombstones to drop sooner; each round
   * costs `2 * sync_fanout` messages.
   */
  readonly intervalMs: number;
  /** The share of `interval_ms` that is drawn at random, so that rounds of members do not fall together. */
  readonly jitter: number;
  /**
   * With how many members, drawn at random, each round is made. Higher repairs sooner and more evenly, and
   * repeats more.
   */
  readonly syncFanout: number;
  /**
   * Up to how many members a write is mailed to all of them at once. With more it goes to `fanout` of them at
   * random, who pass it on. Higher spreads faster in large clusters, and has every writer pay for all.
   */
  readonly mailAllMax: number;
  /**
   * To how many members a write is mailed in a cluster of more than `mail_all_max`, and passed on by whom it is
   * new to. A share of about `e^-fanout` of the members is missed, and repaired by anti-entropy.
   */
  readonly fanout: number;
  /**
   * After which time what was mailed and not answered is mailed again; it doubles each time in vain. Well
   * above a round trip and a disk sync. Lower mends loss sooner, and repeats what is only slow.
   */
  readonly mailRetryMs: number;
  /**
   * The most writes kept for one member that has not answered: its hints, mailed when it is back. Beyond it
   * the oldest are dropped, and anti-entropy repairs them instead.
   */
  readonly hintsMax: number;
  /** The most bytes of hints for one member: memory, once for each member that is away. */
  readonly hintsBytes: number;
  /** How long hints are kept. Whoever was away for longer gets everything by anti-entropy. */
  readonly hintsMaxAgeMs: number;
  /** How much of a repair goes into one message. Higher catches up in fewer round trips. */
  readonly repairBytes: number;
  /**
   * Between two comparisons of what is shown with some other member, at equal clocks. A difference is an
   * alarm: the node is not ready until it has joined the states anew.
   */
  readonly scrubMs: number;
  /**
   * How far ahead of a node's own clock a stamp of another may be. Beyond it the write is refused until the
   * clocks agree again. Lower bounds what a wrong clock does to `lww` keys; too low, and writes of nodes
   * whose clocks are merely badly set are held back.
   */
  readonly maxDriftMs: number;
}

/** How requests share log entries. */
export interface Batching {
  /**
   * The most bytes that one log entry may hold. All that queues while earlier entries are on their
   * way goes into the next one, up to this. Raise it for large values (it must hold the largest
   * key and value); lower it so that one batch delays what comes after it less. 1 MiB is written and
   * synced in a few milliseconds. No request may be larger than an entry, and 2 MiB is the most that a
   * node passes on to the primary in one message.
   */
  readonly entryBytesMax: number;
  /**
   * The most requests that one log entry may hold. An entry is executed in one turn, so this bounds how
   * long a node does nothing else. More than the clients have in flight changes nothing.
   */
  readonly requestsMax: number;
  /**
   * How many entries may be on their way, prepared and not yet committed. While there are any, the next
   * one waits until it is full, or holds as many requests as they do together: so each is at least as
   * large as all before it, and few are ever needed. With 8 clients or more it also waits for those that
   * were just answered, up to 5 ms after that, so that one entry serves nearly all of them. 1 waits a
   * full round trip and disk sync for every entry; raise it where round trips are long. A new primary
   * has at most this many entries to settle.
   * With `chain` it holds for the master's own log only: along a chain entries follow each other anyway.
   */
  readonly pipeline: number;
}

/** When the log is replaced by a snapshot. */
export interface Snapshots {
  /**
   * How much log gathers before the state is written as a snapshot and the log before it dropped. Lower
   * restarts faster (less to replay) and uses less disk; raise it if the state is so large that
   * writing it shows in the latency. At least `batching.entry_bytes_max`.
   */
  readonly logBytes: number;
  /**
   * How many entries before a snapshot are kept all the same, so that a replica that is a little behind
   * can be sent entries instead of the whole state. Raise it if replicas are often away for
   * longer than it takes to write this many; it costs their bytes on disk. With `hermes` it holds for the
   * master's own log only: replicas are sent keys, never entries.
   */
  readonly retainEntries: number;
}

/** What a gateway refuses. */
export interface Limits {
  /**
   * The longest key, in bytes of UTF-8. Keys are held in memory and in every scan's answer, and the form
   * in which commands travel has no room for one of more than 8 KiB.
   */
  readonly keyBytes: number;
  /**
   * The largest value. Together with a key of the largest size and 1 KiB it must fit into
   * `batching.entry_bytes_max`. A large value delays every request that is ordered behind it. At
   * least 20 bytes: the longest number that an increment can make. With the state machine `log` it is the
   * longest record.
   */
  readonly valueBytes: number;
  /**
   * With the state machine `log`: how much its records may take together, 16 bytes for each included. It
   * is held in memory; beyond it appending is refused (`log_full`) until older records are dropped. It
   * must be the same at every replica.
   */
  readonly logBytes: number;
  /**
   * How many HTTP requests a node works on at a time. One more is answered 503 `overloaded` at once,
   * certainly not applied. Lower it to keep the latency of what is accepted; raise it if clients
   * in good standing are refused while the machine is not busy. The most is such that the requests of
   * all nodes of the largest cluster fit into the mailboxes of the primary, so that none is lost there.
   */
  readonly httpInFlightMax: number;
  /**
   * How many RESP connections a node takes at a time. One more is told so and closed. Each is a file
   * descriptor, of which the system gives a process a limited number (`ulimit -n`), and takes a few
   * KiB; up to 1024 of their commands are under way at a time, others wait.
   */
  readonly respConnectionsMax: number;
}
