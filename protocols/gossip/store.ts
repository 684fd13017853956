/**
 * The causal store of a node: one clock, and of every key what no known event supersedes.
 *
 * Two stores whose clocks are equal show the same, in whatever order and by whatever way the events
 * came. Nothing here knows of strategies or of time: see `data.ts`.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { CowTree, type TreeVersion } from "../cow_tree.ts";
import { fromSortable, type KeyRange, toSortable } from "../key_range.ts";
import { NodeClock } from "./clock.ts";
import type { Dot, Dots, ReplicaId } from "./dot.ts";
import { DotIndex, type EventRecord } from "./dot_index.ts";
import { ReplicaAmnesia } from "./errors.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { compareStamps, type Stamp } from "./hybrid_clock.ts";
import {
  applyEvent,
  type Delta,
  type Entry,
  type Fragment,
  joinSides,
  type KeyState,
  type Knows,
  NO_STATE,
  sideOf,
} from "./key_state.ts";
import { copyPayload, isTombstone, type Payload } from "./payload.ts";
import { isAlive, Tally } from "./tally.ts";

/** The most gaps in what mail has brought of one replica; what comes later is left to anti-entropy. */
const GAPS_MAX = 1_024;

/** A state that no later change touches. */
export interface StoreVersion {
  /** Its clock. */
  readonly clock: NodeClock;
  /** What there is of every key; keys in sortable form. */
  readonly tree: TreeVersion<KeyState>;
  /** The events whose keys are known. */
  readonly index: readonly EventRecord[];
  /** The events whose keys are not known any more. */
  readonly dropped: NodeClock;
}

/** Sees a key and what is alive of it; returns whether to go on. */
export type KeyVisitor = (key: string, entries: readonly Entry[]) => boolean;

/** A store of one replica. Changes take memory only; making them durable is up to its owner. */
export class GossipStore {
  /** The replica whose dots new events take. */
  readonly self: ReplicaId;
  readonly #tree = new CowTree<KeyState>();
  readonly #clock = new NodeClock();
  readonly #index = new DotIndex();
  readonly #tally = new Tally();
  readonly #knows: Knows = (dot) => this.#clock.has(dot);

  /** An empty store. */
  constructor(self: ReplicaId) {
    this.self = self;
  }

  /** The events taken in. Not to be changed; clone it to send it. */
  get clock(): NodeClock {
    return this.#clock;
  }

  /** The keys of the events that some member may miss. Not to be changed. */
  get index(): DotIndex {
    return this.#index;
  }

  /** The greatest stamp that any event brought. */
  get latest(): Stamp {
    return this.#tally.latest;
  }

  /** How many keys have something alive. */
  get size(): number {
    return this.#tally.size;
  }

  /** How many tombstones there are. */
  get tombstones(): number {
    return this.#tally.tombstones.size;
  }

  /** A hash of all that is alive; the same at stores whose clocks are equal. */
  get fingerprint(): Fingerprint {
    return this.#tally.fingerprint;
  }

  /** What no known event of a key supersedes, tombstones included. */
  entries(key: string): readonly Entry[] {
    return this.state(key).entries;
  }

  /** All that there is of a key. */
  state(key: string): KeyState {
    return this.#tree.get(toSortable(key)) ?? NO_STATE;
  }

  /** Shows the keys of a range that have something alive, in order, until `visit` returns false. */
  ascend(range: KeyRange, visit: KeyVisitor): void {
    this.#tree.ascend(range, (sortable, { entries }) => {
      return !isAlive(entries) || visit(fromSortable(sortable), entries);
    });
  }

  /** Takes the next own dot for an event of a session that has seen `after`, and applies it. */
  write(
    key: string,
    payload: Payload | null,
    supersedes: Dots,
    after: NodeClock = new NodeClock(),
  ): Delta {
    const dot = { replica: this.self, n: this.#clock.top(this.self) + 1 };
    const delta = { key, dot, payload, supersedes, after };
    invariant(this.apply(delta) === "applied", "a new dot is not known");
    return delta;
  }

  /**
   * Takes in an event: `known` if it was there already, `refused` if it leaves a gap where there are
   * too many. Own events come here too, when a log is replayed.
   */
  apply(delta: Delta): "applied" | "known" | "refused" {
    const { key, dot } = delta;
    if (this.#clock.has(dot)) return "known";
    const gaps = this.#clock.intervals(dot.replica).length / 2;
    if (gaps >= GAPS_MAX && this.#clock.opensGap(dot)) return "refused";
    const payload = delta.payload === null ? null : copyPayload(delta.payload);
    this.#take(delta);
    this.#replace(key, (state) => applyEvent(state, { ...delta, payload }, this.#knows));
    return "applied";
  }

  /**
   * Takes in what a node with the clock `clock` has of a key: all of it that this store's clock misses.
   */
  join(fragment: Fragment, clock: NodeClock): void {
    const { key, alive, gone, ahead } = fragment;
    const news = fragment.entries.filter(({ dot }) => !this.#clock.has(dot));
    const entries = news.map(({ dot, payload }) => ({ dot, payload: copyPayload(payload) }));
    const theirs = { alive, entries, ahead, knows: (dot: Dot) => clock.has(dot) };
    const after = new Map(fragment.after.map((of) => [`${of.dot.replica}/${of.dot.n}`, of.after]));
    for (const dot of [...gone, ...news.map((entry) => entry.dot)]) {
      if (this.#clock.has(dot)) continue;
      this.#take({ dot, key, after: after.get(`${dot.replica}/${dot.n}`) ?? new NodeClock() });
    }
    // Of the entries none was known: only those were kept.
    this.#replace(key, (state) => joinSides(sideOf(state, () => false), theirs, this.#knows));
  }

  /**
   * Takes in the whole state of another store: for one that is new, or misses events whose keys no one
   * knows any more. Takes the time of all keys of both, in one go.
   */
  joinAll(other: StoreVersion): void {
    const before = this.#clock.clone();
    const knew: Knows = (dot) => before.has(dot);
    const knows: Knows = (dot) => other.clock.has(dot);
    this.#clock.join(other.clock);
    for (const event of other.index) this.#index.record(event);
    this.#index.markDropped(other.dropped);
    const keys = new Set<string>();
    for (const tree of [this.#tree.freeze(), other.tree]) {
      for (const leaf of tree.leaves()) for (const key of leaf.keys) keys.add(key);
    }
    for (const sortable of keys) {
      const theirs = sideOf(other.tree.get(sortable) ?? NO_STATE, knows);
      this.#replaceSortable(
        sortable,
        (state) => joinSides(sideOf(state, knew), theirs, this.#knows),
      );
    }
  }

  /**
   * Checks that nobody has seen events of this replica that it does not know itself.
   *
   * @throws {ReplicaAmnesia} if the clock of another has some: this replica must write no more.
   */
  checkMemory(clock: NodeClock): void {
    const own = this.#clock.top(this.self);
    const elsewhere = clock.top(this.self);
    if (elsewhere > own) throw new ReplicaAmnesia(own, elsewhere);
  }

  /** Forgets the keys of the events that every member has; returns how many. */
  prune(stable: NodeClock): number {
    return this.#index.prune(stable);
  }

  /** Forgets the keys of the oldest events beyond a number: who misses one will need all. */
  trimIndex(sizeMax: number): void {
    this.#index.trim(sizeMax);
  }

  /**
   * Drops the tombstones whose stamps are not after `horizon`, at most `limit` of them; returns how
   * many. `StableCut.horizon` says how far this is safe.
   */
  collect(horizon: Stamp, limit: number): number {
    let dropped = 0;
    for (const [sortable, stamp] of this.#tally.tombstones) {
      if (dropped === limit) break;
      if (compareStamps(stamp, horizon) > 0) continue;
      this.#replaceSortable(sortable, ({ entries, ahead }) => {
        return { entries: entries.filter(({ payload }) => !isTombstone(payload)), ahead };
      });
      dropped++;
    }
    return dropped;
  }

  /** The state as it is now. */
  freeze(): StoreVersion {
    return {
      clock: this.#clock.clone(),
      tree: this.#tree.freeze(),
      index: this.#index.list(),
      dropped: this.#index.dropped.clone(),
    };
  }

  #take(event: EventRecord): void {
    this.#clock.add(event.dot);
    this.#index.record(event);
  }

  #replace(key: string, change: (state: KeyState) => KeyState): void {
    this.#replaceSortable(toSortable(key), change);
  }

  #replaceSortable(sortable: string, change: (state: KeyState) => KeyState): void {
    const before = this.#tree.get(sortable) ?? NO_STATE;
    const after = change(before);
    if (after.entries.length > 0 || after.ahead.length > 0) this.#tree.set(sortable, after);
    else if (before !== NO_STATE) this.#tree.delete(sortable);
    this.#tally.replace(sortable, before.entries, after.entries);
  }
}
