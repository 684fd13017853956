/** What a linearizable read of Hermes rests on: the node's lease, or a check with a majority. */
export type HermesReads = "lease" | "check";
/** The choices of what a linearizable read of Hermes rests on. */
export const HERMES_READS: readonly HermesReads[] = ["lease", "check"];

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
   * clocks stay below `0.001`. A clock that stands still is worse: Linux' does while the machine is
   * suspended, and most while a virtual machine is paused. Such a node may answer stale reads when it
   * wakes, for what was left of its lease (a process that was stopped does not).
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
