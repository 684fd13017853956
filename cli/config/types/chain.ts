/** Who answers linearizable reads of a chain: every member (CRAQ), or its tail alone (CR). */
export type ChainReads = "any" | "tail";
/** The choices of who answers linearizable reads of a chain. */
export const CHAIN_READS: readonly ChainReads[] = ["any", "tail"];

/**
 * Which data centers a chain runs through, and how many of its members are in each: a number of data
 * centers, their names, or their names and sizes.
 */
export type DataCenters = number | readonly string[] | Readonly<Record<string, number>>;

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
   * clocks stay below `0.001`. A clock that stands still is worse: Linux' does while the machine is
   * suspended, and most while a virtual machine is paused. Such a node may answer stale reads when it
   * wakes, for what was left of its lease (a process that was stopped does not).
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
