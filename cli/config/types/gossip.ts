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
