/**
 * Where values are kept: side by side in slabs of 64 KiB, since an array of its own costs a value of
 * 100 bytes another 450 bytes, and the garbage collector three times the work.
 *
 * Bytes once written are never overwritten, so a snapshot that holds an item of an earlier state
 * reads it undisturbed. A slab whose values have mostly been replaced moves the rest to a new slab
 * and is left to the garbage collector, together with the last snapshot that reads it; so slabs hold
 * at most twice the bytes in use, and each byte written is moved about once at most.
 *
 * @module
 */

const SLAB_BYTES = 64 * 1024;
/** A value longer than this has a slab of its own. */
const SHARED_BYTES_MAX = 8 * 1024;
/** What a value takes up at least: bounds the values of a slab, and so the work of moving them. */
const FOOTPRINT_MIN = 16;

/** Something whose value is kept in a slab. */
export interface Placed {
  slab: Slab;
  offset: number;
  length: number;
  /** False once it was replaced or removed; a snapshot may hold it still. */
  live: boolean;
}

/** A piece of memory that values share. */
export interface Slab {
  readonly bytes: Uint8Array;
  /** What was placed here, dead or alive. */
  readonly items: Placed[];
  /** Bytes taken. */
  used: number;
  /** Bytes taken by what is alive. */
  live: number;
}

function makeSlab(length: number): Slab {
  return { bytes: new Uint8Array(length), items: [], used: 0, live: 0 };
}

/** The slab of items that are yet to be placed. */
export const NO_SLAB: Slab = makeSlab(0);

/** The value of an item, as a view that must not be kept. */
export function valueOf(item: Placed): Uint8Array {
  return item.slab.bytes.subarray(item.offset, item.offset + item.length);
}

function footprint(length: number): number {
  return Math.max(length, FOOTPRINT_MIN);
}

function isSparse(slab: Slab): boolean {
  return slab.live * 2 < slab.used;
}

/** All the slabs of a store. */
export class Slabs {
  #current = makeSlab(SLAB_BYTES);
  #allocatedBytes = SLAB_BYTES;

  /** The size of all slabs that are in use, in bytes. */
  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  /** Copies a value and makes it the item's. */
  place(item: Placed, value: Uint8Array): void {
    const length = value.length;
    const slab = length > SHARED_BYTES_MAX ? this.#allocate(length) : this.#withRoomFor(length);
    slab.bytes.set(value, slab.used);
    item.slab = slab;
    item.offset = slab.used;
    item.length = length;
    slab.items.push(item);
    slab.used += footprint(length);
    slab.live += footprint(length);
  }

  /** Says that an item was replaced or removed. */
  release(item: Placed): void {
    const slab = item.slab;
    item.live = false;
    slab.live -= footprint(item.length);
    if (slab !== this.#current && isSparse(slab)) this.#vacate(slab);
  }

  #allocate(length: number): Slab {
    this.#allocatedBytes += length;
    return makeSlab(length);
  }

  #withRoomFor(length: number): Slab {
    const full = this.#current;
    if (full.used + footprint(length) <= SLAB_BYTES) return full;
    this.#current = this.#allocate(SLAB_BYTES);
    // What moves fills less than half of the new slab, so this ends, and there is room left.
    if (isSparse(full)) this.#vacate(full);
    return this.#current;
  }

  /** Moves what is alive out of a slab. */
  #vacate(slab: Slab): void {
    this.#allocatedBytes -= slab.bytes.length;
    for (const item of slab.items) {
      if (item.live) this.place(item, valueOf(item));
    }
    // A snapshot may keep the slab for what is dead; it need not keep the rest with it.
    slab.items.length = 0;
  }
}
