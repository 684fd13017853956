import type { RandomStream } from "../actors/random.ts";

/** What a disk writes whole or not at all, in bytes. */
export const SECTOR_BYTES = 512;

/** What a power failure makes of changes that were not synced. */
export type CrashKind =
  /** All of them are lost. */
  | "lose"
  /** All of them had reached the disk. */
  | "keep"
  /** The first few were whole, and one of them was under way. */
  | "tear"
  /** Any sector may be there or not, whatever the order of the writes. */
  | "scatter";

/** What becomes of sectors that were being written when the power failed. */
export interface Garbling {
  /** The share of those that were not written whole that hold garbage, and not what they held before. */
  readonly share: number;
  readonly random: RandomStream;
}

type Change =
  | { readonly type: "write"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly type: "truncate"; readonly length: number };

/** Bytes that grow and shrink; what is between is zeros. */
class Content {
  #bytes: Uint8Array;
  length: number;

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  copy(from = 0, to = Infinity): Uint8Array {
    return this.#bytes.slice(from, Math.min(to, this.length));
  }

  apply(change: Change): void {
    if (change.type === "truncate") return this.resize(change.length);
    this.resize(Math.max(this.length, change.offset + change.bytes.length));
    this.#bytes.set(change.bytes, change.offset);
  }

  resize(length: number): void {
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    if (length < this.length) this.#bytes.fill(0, length, this.length);
    this.length = length;
  }
}

/** A file of a simulated disk: what the process sees, what is durable, and the changes in between. */
export class SimFile {
  #content = new Content();
  readonly #durable = new Content();
  #unsynced: Change[] = [];

  /** A file that holds these bytes durably. */
  static durably(bytes: Uint8Array): SimFile {
    const file = new SimFile();
    file.write(0, bytes);
    file.sync();
    return file;
  }

  get length(): number {
    return this.#content.length;
  }

  read(offset = 0, length = Infinity): Uint8Array {
    return this.#content.copy(offset, offset + length);
  }

  /** What would be there after a power failure that loses everything not synced. */
  durable(): Uint8Array {
    return this.#durable.copy();
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#change({ type: "write", offset, bytes: bytes.slice() });
  }

  truncate(length: number): void {
    this.#change({ type: "truncate", length });
  }

  sync(): void {
    for (const change of this.#unsynced) this.#durable.apply(change);
    this.#unsynced = [];
  }

  /** Changes bits where they lie, durably, behind everyone's back. */
  rot(offset: number, mask: number): void {
    for (const content of [this.#content, this.#durable]) {
      if (offset >= content.length) continue;
      const byte = content.copy(offset, offset + 1)[0]!;
      content.apply({ type: "write", offset, bytes: Uint8Array.of(byte ^ mask) });
    }
  }

  /** Whether anything was written that is not synced. */
  get isWritten(): boolean {
    return this.#unsynced.some(({ type }) => type === "write");
  }

  /** The power fails; returns how many sectors hold garbage now. */
  crash(kind: CrashKind, random: RandomStream, garbling?: Garbling): number {
    const changes = this.#unsynced;
    this.#unsynced = [];
    let garbled = 0;
    if (kind === "keep") this.#keep(changes);
    if (kind === "tear") garbled = this.#tear(changes, random, garbling);
    if (kind === "scatter") garbled = this.#scatter(changes, random, garbling);
    this.#content = new Content(this.#durable.copy());
    return garbled;
  }

  #change(change: Change): void {
    this.#content.apply(change);
    this.#unsynced.push(change);
  }

  #keep(changes: readonly Change[]): void {
    for (const change of changes) this.#durable.apply(change);
  }

  #tear(changes: readonly Change[], random: RandomStream, garbling?: Garbling): number {
    const kept = Math.floor(random() * (changes.length + 1));
    this.#keep(changes.slice(0, kept));
    const torn = changes[kept];
    if (torn?.type !== "write") return 0;
    const isKept = (share: number) => share < 0.5 === random() < 0.8;
    const garbled = this.#keepSectors(torn, isKept, garbling);
    // A file may have grown before its content came.
    if (random() < 0.5) this.#grow(torn.offset + torn.bytes.length);
    return garbled;
  }

  #scatter(changes: readonly Change[], random: RandomStream, garbling?: Garbling): number {
    const share = random();
    let garbled = 0;
    for (const change of changes) {
      // The file system orders what it does to a file's length, if not what is in it.
      if (change.type === "truncate") {
        if (random() >= share) break;
        this.#durable.apply(change);
        continue;
      }
      garbled += this.#keepSectors(change, () => random() < share, garbling);
      if (random() < 0.5) this.#grow(change.offset + change.bytes.length);
    }
    return garbled;
  }

  #grow(length: number): void {
    if (length > this.#durable.length) this.#durable.resize(length);
  }

  /** Keeps those sectors of a write that `isKept`, asked with their place in it from 0 to 1. */
  #keepSectors(
    { offset, bytes }: { readonly offset: number; readonly bytes: Uint8Array },
    isKept: (place: number) => boolean,
    garbling: Garbling | undefined,
  ): number {
    const end = offset + bytes.length;
    let garbled = 0;
    for (let from = offset; from < end;) {
      const to = Math.min(end, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      if (isKept((from - offset) / bytes.length)) {
        const kept = bytes.subarray(from - offset, to - offset);
        this.#durable.apply({ type: "write", offset: from, bytes: kept });
      } else if (garbling !== undefined && garbling.random() < garbling.share) {
        this.#garble(from, to, garbling.random);
        garbled++;
      }
      from = to;
    }
    return garbled;
  }

  /** A sector is written whole: what it held before, next to the write, is garbage as well. */
  #garble(from: number, to: number, random: RandomStream): void {
    const offset = Math.floor(from / SECTOR_BYTES) * SECTOR_BYTES;
    const end = Math.max(to, Math.min(this.#durable.length, offset + SECTOR_BYTES));
    const bytes = Uint8Array.from({ length: end - offset }, () => Math.floor(random() * 256));
    this.#durable.apply({ type: "write", offset, bytes });
  }
}
