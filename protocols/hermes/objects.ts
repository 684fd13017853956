/**
 * The objects of a volume, as a replica holds them (Hermes 3.2, Fig. 3).
 *
 * The five states of the paper follow from what a record holds: it is valid or not, and there is an operation
 * of ours under way on it or not, of its present timestamp or of an earlier one.
 *
 * | valid | pending | state |
 * |---|---|---|
 * | yes | no | Valid |
 * | no | no | Invalid |
 * | no | of its timestamp, a write or a read-modify-write | Write |
 * | no | of its timestamp, a replay | Replay |
 * | any | of an earlier timestamp | Trans, or Valid to readers |
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { TransientSet } from "../../actors/transient.ts";
import { CowTree, type Visitor } from "../cow_tree.ts";
import { fromSortable, type KeyRange, toSortable } from "../key_range.ts";
import { NO_SLAB, type Placed, type Slab, Slabs, valueOf } from "../slabs.ts";
import type { HeldObject, Requester, Update } from "./messages.ts";
import type { Command, Pending } from "./pending.ts";
import { compare, ORIGIN, revisionOf, type Timestamp } from "./timestamp.ts";

/** The object that holds the last client id (`opening.ts`). The machine has none of this name, nor sees it. */
export const OPENING_OBJECT = "";

/** Where the state of an object lies. Each state has one of its own. */
class PlacedState implements Placed {
  slab: Slab = NO_SLAB;
  offset = 0;
  length = 0;
  live = true;
}

/**
 * An object as a replica holds it. What was never written is absent, valid, and of {@linkcode ORIGIN}.
 *
 * One that was removed is remembered for ever: without its timestamp, versions would begin anew, and a
 * delayed INV would bring it back. That costs about 300 bytes of memory and the name, and 100 bytes and
 * the name of each snapshot and copy.
 */
export class ObjectRecord {
  /** The name in the form that `<` orders; see `key_range.ts`. */
  readonly sortable: string;
  ts: Timestamp = ORIGIN;
  /** The timestamp of the committed state that its update began from. */
  base: Timestamp = ORIGIN;
  isRmw = false;
  /** Where its state lies; `null` if it is absent. */
  state: Placed | null = null;
  isValid = true;
  /** The node that is to see to it that its update is committed. */
  lastWriter = 0;
  /** Who asked for its update; forgotten once that is known to be committed. */
  requester: Requester | null = null;
  /** Our own operation on it, if one is under way. */
  pending: Pending | undefined = undefined;
  /** Commands that wait for it, the first one first. */
  queue: Command[] | undefined = undefined;
  /** The nodes that hold its timestamp or a later one, as bits; counted where acknowledgements go to all (O3). */
  acks = 0;
  /** When it became invalid, by `Context.now()`, or was last heard to be under way. */
  since = 0;

  constructor(sortable: string) {
    this.sortable = sortable;
  }

  /** Whether it is one of the machine's. */
  get isVisible(): boolean {
    return this.sortable !== OPENING_OBJECT;
  }

  get name(): string {
    return fromSortable(this.sortable);
  }

  /** A view of its state that must not be kept for long: it holds a whole slab. `null` if it is absent. */
  get bytes(): Uint8Array | null {
    return this.state === null ? null : valueOf(this.state);
  }

  /** What clients see of its timestamp; 0 if it was never written. */
  get revision(): number {
    return revisionOf(this.ts);
  }

  /** Its update, as it travels. */
  get update(): Update {
    const { name: object, ts, base, isRmw, bytes: state, requester } = this;
    return { object, ts, base, isRmw, state, requester };
  }

  /** All of it, as it is copied. */
  get held(): HeldObject {
    const { update, isValid, lastWriter } = this;
    return { update, isValid, lastWriter };
  }
}

/** Objects in the order of their names, and where to go on; `null` if these were the last. */
export interface ObjectPage {
  readonly objects: readonly HeldObject[];
  /** A sortable name. */
  readonly next: string | null;
}

/** What an object takes up in a page beside its name, state and result, in bytes. */
const HELD_BYTES = 100;

/** All objects of a volume. What is counted of them are those of the machine. */
export class ObjectTable {
  #tree = new CowTree<ObjectRecord>();
  #slabs = new Slabs();
  #existing = 0;
  #revision = 0;
  /** Those that are not valid, in the order in which they became so. */
  readonly unsettled = new TransientSet<ObjectRecord>();

  /** Objects that are remembered, tombstones included. */
  get count(): number {
    return this.#tree.size - (this.#tree.get(OPENING_OBJECT) === undefined ? 0 : 1);
  }

  /** Objects that exist. */
  get existing(): number {
    return this.#existing;
  }

  /** The greatest revision of any. */
  get revision(): number {
    return this.#revision;
  }

  /** An object that was written, or asked for by `obtain`. */
  get(name: string): ObjectRecord | undefined {
    return this.#tree.get(toSortable(name));
  }

  /** An object of a sortable name. */
  getSortable(sortable: string): ObjectRecord | undefined {
    return this.#tree.get(sortable);
  }

  /** An object; remembered from now on. */
  obtain(name: string): ObjectRecord {
    const sortable = toSortable(name);
    const known = this.#tree.get(sortable);
    if (known !== undefined) return known;
    const record = new ObjectRecord(sortable);
    this.#tree.set(sortable, record);
    return record;
  }

  /**
   * Takes a later update of an object, not yet known to be committed (Hermes 3.2, *adopt*).
   *
   * @param now By `Context.now()`.
   */
  adopt(record: ObjectRecord, update: Update, lastWriter: number, now: number): void {
    invariant(compare(update.ts, record.ts) > 0, "an object's timestamp only grows");
    this.#place(record, update.state);
    record.ts = update.ts;
    record.base = update.base;
    record.isRmw = update.isRmw;
    record.requester = update.requester;
    record.lastWriter = lastWriter;
    record.acks = 0;
    if (record.isVisible) this.#revision = Math.max(this.#revision, record.revision);
    this.invalidate(record, now);
  }

  /** Notes that an object is not known to be committed, and moves it behind all others of which that is so. */
  invalidate(record: ObjectRecord, now: number): void {
    if (!record.isValid) this.unsettled.delete(record);
    record.isValid = false;
    record.since = now;
    this.unsettled.add(record);
  }

  /** Notes that what is held of an object is committed. */
  validate(record: ObjectRecord): void {
    record.isValid = true;
    record.requester = null;
    this.unsettled.delete(record);
  }

  /** Forgets an object that was never written after all. */
  release(record: ObjectRecord): void {
    if (record.ts === ORIGIN && record.pending === undefined && record.queue === undefined) {
      this.#tree.delete(record.sortable);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#tree = new CowTree();
    this.#slabs = new Slabs();
    this.#existing = 0;
    this.#revision = 0;
    this.unsettled.clear();
  }

  /** Shows the objects of a range to `visit`, tombstones included, in order, until it returns false. */
  ascend(range: KeyRange, visit: Visitor<ObjectRecord>): void {
    this.#tree.ascend(range, visit);
  }

  /** Shows the objects of a range to `visit`, tombstones included, last first, until it returns false. */
  descend(range: KeyRange, visit: Visitor<ObjectRecord>): void {
    this.#tree.descend(range, visit);
  }

  /** Objects from a sortable name on, as they are now: about `bytesMax` bytes of them, and one at least. */
  page(from: string, bytesMax: number): ObjectPage {
    const objects: HeldObject[] = [];
    let bytes = 0;
    let next: string | null = null;
    this.#tree.ascend({ from, until: undefined }, (sortable, record) => {
      if (bytes >= bytesMax) {
        next = sortable;
        return false;
      }
      objects.push(record.held);
      bytes += HELD_BYTES + sortable.length + (record.state?.length ?? 0) +
        (record.requester?.result.length ?? 0);
      return true;
    });
    return { objects, next };
  }

  #place(record: ObjectRecord, state: Uint8Array | null): void {
    const before = record.state;
    if (record.isVisible) this.#existing += Number(state !== null) - Number(before !== null);
    record.state = null;
    if (state !== null) {
      record.state = new PlacedState();
      this.#slabs.place(record.state, state);
    }
    if (before !== null) this.#slabs.release(before);
  }
}
