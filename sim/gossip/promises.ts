import { NodeClock } from "../../protocols/gossip/clock.ts";
import { type Dot, incarnationOf, nodeOf, type ReplicaId } from "../../protocols/gossip/dot.ts";
import { dotWords } from "./event_table.ts";

/** What a replica has promised to have, at some time. */
export interface Promised {
  readonly replica: ReplicaId;
  readonly clock: NodeClock;
}

/**
 * What replicas have said to have durably. As long as one is the same replica it must have it; and it must be the
 * same, unless something happened to its memory.
 */
export class GossipPromises {
  readonly #clocks = new Map<ReplicaId, NodeClock>();
  /** The present replica of each node, whether it serves or not. */
  readonly #present = new Map<number, ReplicaId>();
  /** The life of each node that last served, and whether it may begin another one. */
  readonly #lives = new Map<number, { replica: ReplicaId; isExcused: boolean }>();
  /** Nodes whose disks were harmed: it may show at any time. */
  readonly #harmed = new Set<number>();
  readonly #removed = new Set<ReplicaId>();
  readonly #admitters = new Map<ReplicaId, ReplicaId>();
  readonly #fail: (what: string) => void;

  constructor(fail: (what: string) => void) {
    this.#fail = fail;
  }

  /** Something happens after which a node has reason to begin another life. */
  excuse(node: number): void {
    const life = this.#lives.get(node);
    if (life !== undefined) life.isExcused = true;
  }

  /** What is on the disk of a node is not what was written any more. */
  harmed(node: number): void {
    this.#harmed.add(node);
  }

  /** A node has a new disk. */
  renewed(node: number): void {
    this.#harmed.delete(node);
    this.excuse(node);
  }

  /** An operator has removed the present replica of a node: it may not know, and takes itself for a member. */
  removed(node: number): void {
    const replica = this.#present.get(node);
    if (replica !== undefined) this.#removed.add(replica);
  }

  /** Whether some node runs a replica that was removed. */
  get hasRemoved(): boolean {
    return [...this.#present.values()].some((replica) => this.#removed.has(replica));
  }

  /** Whether a disk is, or may be, other than it was written. */
  isHarmed(node: number): boolean {
    return this.#harmed.has(node);
  }

  /** A node runs a replica. */
  runs(replica: ReplicaId): void {
    this.#present.set(nodeOf(replica), replica);
  }

  /** A replica serves, in this life. */
  serves(replica: ReplicaId): void {
    const life = this.#lives.get(nodeOf(replica));
    this.runs(replica);
    if (life?.replica === replica) return;
    if (life !== undefined && !this.#isExcused(life)) {
      this.#fail(
        `node ${nodeOf(replica)} began another life (${incarnationOf(replica)}) for no reason`,
      );
    }
    this.#lives.set(nodeOf(replica), { replica, isExcused: false });
  }

  /** Who has admitted a replica: if that one is gone before all know of it, it must begin anew. */
  admitted(replica: ReplicaId, admitter: ReplicaId | null): void {
    if (admitter !== null) this.#admitters.set(replica, admitter);
  }

  /** A replica says to have an event. */
  promiseDot(replica: ReplicaId, dot: Dot): void {
    this.#clockOf(replica).add(dot);
  }

  /** A replica says to have events. */
  promise(replica: ReplicaId, clock: NodeClock): void {
    this.#clockOf(replica).join(clock);
  }

  /** A replica says what it has: that must be all that it ever said to have. */
  reports(replica: ReplicaId, clock: NodeClock): void {
    this.require(replica, clock);
    this.promise(replica, clock);
  }

  /** A replica has this: that must be all that it ever said to have. */
  require(replica: ReplicaId, clock: NodeClock): void {
    const [missing] = this.#clockOf(replica).minus(clock).dots();
    if (missing === undefined) return;
    this.#fail(`node ${nodeOf(replica)} has not ${dotWords(missing)}, which it said to have`);
  }

  /** The present replica of a node. */
  lifeOf(node: number): ReplicaId | undefined {
    return this.#present.get(node);
  }

  /** What the replicas of all nodes have promised so far. */
  snapshot(): ReadonlyMap<number, Promised> {
    return new Map(
      [...this.#present].map(([node, replica]) => [
        node,
        { replica, clock: this.#clockOf(replica).clone() },
      ]),
    );
  }

  #clockOf(replica: ReplicaId): NodeClock {
    let clock = this.#clocks.get(replica);
    if (clock === undefined) this.#clocks.set(replica, clock = new NodeClock());
    return clock;
  }

  #isExcused({ replica, isExcused }: { replica: ReplicaId; isExcused: boolean }): boolean {
    if (isExcused || this.#harmed.has(nodeOf(replica))) return true;
    const admitter = this.#admitters.get(replica);
    if (admitter === undefined) return false;
    const life = this.#lives.get(nodeOf(admitter));
    return life?.replica !== admitter || life.isExcused;
  }
}
