import { invariant } from "../actors/errors.ts";
import { type Entry, equalChecksums, GENESIS } from "./entry.ts";

/** The point that a log starts after: nothing, or a snapshot. */
export interface LogBase {
  readonly opNumber: number;
  readonly checksum: Uint8Array;
  readonly time: number;
}

/** The base of a log from which nothing was compacted away. */
export const GENESIS_BASE: LogBase = { opNumber: 0, checksum: GENESIS, time: 0 };

/**
 * The log in memory: consecutive, hash-chained entries after a base. Compaction moves the base
 * forward; everything before it lives in a snapshot.
 */
export class Log {
  #base: LogBase;
  #entries: Entry[] = [];
  #bytes = 0;

  constructor(base: LogBase = GENESIS_BASE) {
    this.#base = base;
  }

  /** The op-number of the last entry, or the base's. */
  get opNumber(): number {
    return this.#base.opNumber + this.#entries.length;
  }

  /** The op-number after which entries are held. */
  get baseOp(): number {
    return this.#base.opNumber;
  }

  /** Bytes of all entries held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The checksum of the last entry: it vouches for the whole log. */
  get head(): Uint8Array {
    return this.#entries.at(-1)?.checksum ?? this.#base.checksum;
  }

  /** The time of the last entry. */
  get time(): number {
    return this.#entries.at(-1)?.time ?? this.#base.time;
  }

  /** An entry; `undefined` if it is compacted away or not there yet. */
  get(opNumber: number): Entry | undefined {
    return this.#entries[opNumber - this.#base.opNumber - 1];
  }

  /** The checksum at an op-number, the base's included; `undefined` if it is not known. */
  checksumAt(opNumber: number): Uint8Array | undefined {
    if (opNumber === this.#base.opNumber) return this.#base.checksum;
    return this.get(opNumber)?.checksum;
  }

  /** Whether exactly this log, up to this op-number, is held. */
  contains(opNumber: number, checksum: Uint8Array): boolean {
    const own = this.checksumAt(opNumber);
    return own !== undefined && equalChecksums(own, checksum);
  }

  /** Whether an entry is the next one. */
  continues(entry: Entry): boolean {
    return entry.opNumber === this.opNumber + 1 && equalChecksums(entry.parent, this.head);
  }

  /** Appends the next entry. */
  append(entry: Entry): void {
    invariant(this.continues(entry), `entry ${entry.opNumber} does not follow ${this.opNumber}`);
    this.#entries.push(entry);
    this.#bytes += entry.bytes.length;
  }

  /** Drops every entry after an op-number. */
  truncate(opNumber: number): void {
    invariant(opNumber >= this.#base.opNumber, `cannot truncate to ${opNumber}, before the base`);
    for (const entry of this.#entries.splice(opNumber - this.#base.opNumber)) {
      this.#bytes -= entry.bytes.length;
    }
  }

  /** Forgets entries up to an op-number: a snapshot holds what they did. */
  compact(opNumber: number): void {
    const last = this.get(opNumber);
    if (last === undefined) return;
    for (const entry of this.#entries.splice(0, opNumber - this.#base.opNumber)) {
      this.#bytes -= entry.bytes.length;
    }
    this.#base = { opNumber, checksum: last.checksum, time: last.time };
  }

  /** Entries after an op-number, as many as `bytesMax` allows, but one at least if there is one. */
  after(opNumber: number, bytesMax: number): Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    for (let op = opNumber + 1; op <= this.opNumber; op++) {
      const entry = this.get(op);
      if (entry === undefined) return [];
      bytes += entry.bytes.length;
      if (entries.length > 0 && bytes > bytesMax) break;
      entries.push(entry);
    }
    return entries;
  }
}
