/**
 * The data of a replica: the causal store, the strategies of its keys and the clock of its stamps, as
 * the replica's actor uses them. Nothing here sends, waits or writes: what an operation returns must be
 * made durable, and only then be mailed and acknowledged.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import type { NodeClock } from "./clock.ts";
import { type Dots, hasDot, uniteDots } from "./dot.ts";
import { InputTooLarge, KeyFull, TokenError } from "./errors.ts";
import { compareStamps, type HybridClock, type Stamp } from "./hybrid_clock.ts";
import { type Delta, type Entry, KEY_BYTES_MAX } from "./key_state.ts";
import { contentLength, PAYLOAD_BYTES_MAX, payloadBytes, stampOf } from "./payload.ts";
import { applyRepair, type Repair, repairFor } from "./repair.ts";
import type { GossipStore, StoreVersion } from "./store.ts";
import type { Strategies } from "./strategies.ts";
import { dotsOf, type Operation, type Plan, type Reading } from "./strategy.ts";

/**
 * How large the entries of a key may be together, in bytes, before a write that adds to them is refused.
 * All that a member misses of a key goes in one frame of 8 MiB, so there is room for the writes of seven
 * parts of a cluster that cannot hear each other.
 */
export const KEY_CONTENT_BYTES_MAX = 1024 * 1024;

/** What a write did. */
export interface Written {
  /** What to make durable and to mail; `undefined` if nothing was changed. */
  readonly delta: Delta | undefined;
  /**
   * The context for the client's next write: its own event, and what it had seen that this node has not.
   * The rest of what it had seen is superseded by its event, at every node that has that. Siblings that
   * it has not seen are not in it (the put-ack rule of DVVSet).
   */
  readonly context: Dots;
  /** How many entries the key has. */
  readonly entries: number;
}

/** What a read found. */
export interface Read {
  /** What the key is. */
  readonly reading: Reading;
  /** The context for a write that replaces what was read. */
  readonly context: Dots;
  /** How many entries the key has, equal values counted each. */
  readonly entries: number;
}

/** The data of one replica. */
export class GossipData {
  /** What there is of every key. */
  readonly store: GossipStore;
  readonly #strategies: Strategies;
  readonly #hybridClock: HybridClock;

  /** Puts the parts together. */
  constructor(store: GossipStore, strategies: Strategies, hybridClock: HybridClock) {
    this.store = store;
    this.#strategies = strategies;
    this.#hybridClock = hybridClock;
    hybridClock.observe(store.latest);
  }

  /** What a key is here and now. */
  read(key: string): Read {
    const entries = this.store.entries(key);
    return {
      reading: this.interpret(key, entries),
      context: dotsOf(entries),
      entries: entries.length,
    };
  }

  /** What the entries of a key mean: for those that `GossipStore.ascend` shows. */
  interpret(key: string, entries: readonly Entry[]): Reading {
    return this.#strategies.of(key).read(entries);
  }

  /**
   * Makes an operation an event of this replica.
   *
   * @param after What the client's session has seen: `precedingWrite`.
   * @throws {TroupeError} `wrong_operation`, `too_many_siblings`, `set_full`, `key_too_large`,
   * `too_large`, `counter_overflow`, `lease_exhausted`, `token_foreign`: nothing was changed.
   */
  perform(key: string, operation: Operation, nowMs: number, after?: NodeClock): Written {
    requireKey(key);
    const entries = this.store.entries(key);
    const { self } = this.store;
    const stamp = () => this.#stampAfter(entries, nowMs);
    const plan = this.#strategies.of(key).plan(operation, { self, entries, stamp });
    const seen = "context" in operation ? operation.context ?? [] : [];
    this.#requireIssued(seen);
    if (plan === undefined) return { delta: undefined, context: seen, entries: entries.length };
    requireRoom(entries, plan);
    return this.#write(key, plan, seen, after);
  }

  /**
   * Takes in the event of another replica, or one from the log.
   *
   * @throws {ClockDrift} if its stamp is too far ahead: it stays missing.
   */
  receive(delta: Delta, nowMs: number): "applied" | "known" | "refused" {
    const stamp = delta.payload === null ? undefined : stampOf(delta.payload);
    this.#hybridClock.check(stamp, nowMs);
    const outcome = this.store.apply(delta);
    if (outcome === "applied" && stamp !== undefined) this.#hybridClock.observe(stamp);
    return outcome;
  }

  /** A stamp that every event from now on exceeds, for this replica's next report. */
  promise(nowMs: number): Stamp {
    return this.#hybridClock.promise(nowMs);
  }

  /** What a node with the clock `theirs` misses; see `repairFor`. */
  repairFor(theirs: NodeClock, bytesMax: number): Repair | "nothing" | "reset" {
    return repairFor(this.store, theirs, bytesMax);
  }

  /**
   * Takes in a repair, but for the keys that have a stamp too far ahead: they stay missing, and their
   * number is returned. `undefined`, and nothing is taken, if the repair was made for a clock that had
   * more than this one has.
   */
  applyRepair(repair: Repair, nowMs: number): number | undefined {
    const fragments = repair.fragments.filter(({ entries }) =>
      entries.every(({ payload }) => this.#hybridClock.accepts(stampOf(payload), nowMs))
    );
    if (!applyRepair(this.store, { ...repair, fragments })) return undefined;
    this.#hybridClock.observe(this.store.latest);
    return repair.fragments.length - fragments.length;
  }

  /**
   * Takes in the whole state of another: for a new replica, and for one that misses what nobody can send
   * key by key.
   *
   * @throws {ClockDrift} if a stamp in it is too far ahead: nothing was taken.
   */
  adopt(state: StoreVersion, nowMs: number): void {
    for (const leaf of state.tree.leaves()) {
      for (const { entries } of leaf.values) {
        for (const { payload } of entries) this.#hybridClock.check(stampOf(payload), nowMs);
      }
    }
    this.store.joinAll(state);
    this.#hybridClock.observe(this.store.latest);
  }

  /** An own event that is yet to come would be superseded before it is made, and never seen. */
  #requireIssued(context: Dots): void {
    const { self, clock } = this.store;
    const last = clock.top(self);
    const unissued = context.find(({ replica, n }) => replica === self && n > last);
    if (unissued === undefined) return;
    throw new TokenError(
      "token_foreign",
      `it names event ${unissued.n} of a replica that made ${last}`,
    );
  }

  #write(key: string, plan: Plan, seen: Dots, after: NodeClock | undefined): Written {
    const unknown = seen.filter((dot) => !this.store.clock.has(dot));
    const delta = this.store.write(key, plan.payload, plan.supersedes, after);
    return {
      delta,
      context: uniteDots([delta.dot], unknown),
      entries: this.store.entries(key).length,
    };
  }

  #stampAfter(entries: readonly Entry[], nowMs: number): Stamp {
    const stamp = this.#hybridClock.next(nowMs);
    const isGreatest = entries.every(({ payload }) => {
      const other = stampOf(payload);
      return other === undefined || compareStamps(other, stamp) < 0;
    });
    invariant(isGreatest, "a write has a greater stamp than what it replaces");
    return stamp;
  }
}

function requireKey(key: string): void {
  // No UTF-16 code unit takes more than three bytes: most keys need not be measured.
  if (key.length * 3 <= KEY_BYTES_MAX) return;
  const bytes = new TextEncoder().encode(key).length;
  if (bytes > KEY_BYTES_MAX) throw new InputTooLarge("key", bytes, KEY_BYTES_MAX);
}

/** A write that takes away as much as it adds is always taken: else the client could not clean up. */
function requireRoom(entries: readonly Entry[], { payload, supersedes }: Plan): void {
  if (payload === null) return;
  const length = contentLength(payload);
  if (length > PAYLOAD_BYTES_MAX) throw new InputTooLarge("value", length, PAYLOAD_BYTES_MAX);
  const added = payloadBytes(payload);
  let kept = 0;
  let freed = 0;
  for (const entry of entries) {
    if (hasDot(supersedes, entry.dot)) freed += payloadBytes(entry.payload);
    else kept += payloadBytes(entry.payload);
  }
  if (kept + added <= KEY_CONTENT_BYTES_MAX || added <= freed) return;
  throw new KeyFull("key_too_large", `${kept} bytes`, KEY_CONTENT_BYTES_MAX);
}
