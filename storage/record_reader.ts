import type { Disk } from "./disk.ts";
import { FileWindow } from "./file_window.ts";
import {
  HEADER_BYTES,
  isPayload,
  MAGIC_FIRST_BYTE,
  readHeader,
  recordBytes,
  type RecordHeader,
  recordStart,
  SECTOR_BYTES,
} from "./record.ts";
import { type Steps, wait } from "./steps.ts";

/** Headers looked into while searching for a readable record; then what looks like one is believed. */
const CANDIDATES_MAX = 64;

/** A record that was read. The payload is a view. */
export interface ReadRecord {
  readonly type: number;
  readonly number: number;
  readonly payload: Uint8Array;
  /** Where it starts in the file. */
  readonly offset: number;
  /** Where it ends. */
  readonly end: number;
}

/** Where the readable records of a file end, and why. */
export interface ReadEnd {
  /**
   * - `end`: nothing follows but zeros.
   * - `torn`: a record whose write never finished: the file ends within it, or is all zeros from some
   *   sector boundary within it on, or lacks some other sector of it and holds nothing of a later write.
   * - `broken`: something that is all there, but no record.
   * - `stopped`: the visitor would not have the record.
   */
  readonly kind: "end" | "torn" | "broken" | "stopped";
  /** The offset after the last readable record. */
  readonly offset: number;
  /** Where to look for readable records after it, if it is `broken`. */
  readonly next: number;
  /** The record that it is `broken` by, if that is known to lie here and only its payload is unreadable. */
  readonly spoilt?: { readonly type: number; readonly number: number; readonly end: number };
}

/** Reads the records of a file in their order, in pieces. Lengths are checked before they are used. */
export class RecordReader {
  /** The size of the file when it was opened, in bytes. */
  readonly size: number;
  readonly #window: FileWindow;
  readonly #seed: number;

  constructor(disk: Disk, name: string, size: number, seed: number) {
    this.size = size;
    this.#window = new FileWindow(disk, name, size);
    this.#seed = seed;
  }

  /** Opens a file. */
  static *open(disk: Disk, name: string, seed: number): Steps<RecordReader> {
    return new RecordReader(disk, name, yield* wait(disk.size(name)), seed);
  }

  /** Hands every readable record, from an offset on, to `visit`, until that returns `false`. */
  *read(visit: (record: ReadRecord) => boolean | void, from = 0): Steps<ReadEnd> {
    let offset = recordStart(from);
    let end = from;
    while (offset < this.size) {
      // The window is asked first without a generator of its own: that makes small records cheap.
      const head = this.#window.peek(offset, HEADER_BYTES) ??
        (yield* this.#window.view(offset, HEADER_BYTES));
      const header = readHeader(head, 0, this.#seed);
      // What starts before the write that it came with has gone astray: it belongs further on, and may be
      // missing there.
      const isAstray = header !== undefined && header.batch > offset;
      if (header === undefined || isAstray) return yield* this.#ended(end, offset, undefined);
      const recordEnd = offset + recordBytes(header.length);
      if (recordEnd > this.size) return yield* this.#ended(end, offset, header);
      const payload = this.#window.peek(offset + HEADER_BYTES, header.length) ??
        (yield* this.#window.view(offset + HEADER_BYTES, header.length));
      if (!isPayload(payload, header, this.#seed)) return yield* this.#ended(end, offset, header);
      // The end mark is not looked at: without it a record is as good, only its last sector was lost.
      const { type, number } = header;
      const going = visit({ type, number, payload, offset, end: recordEnd });
      if (going === false) return { kind: "stopped", offset: end, next: offset };
      end = recordEnd;
      offset = recordStart(end);
    }
    return { kind: "end", offset: end, next: end };
  }

  /** Whether any readable record starts at `from` or later, and came with a write after `batch`. */
  *hasRecord(from: number, batch = -1): Steps<boolean> {
    let candidates = 0;
    for (let offset = from; offset <= this.size - HEADER_BYTES;) {
      const bytes = yield* this.#window.rest(offset);
      const found = bytes.indexOf(MAGIC_FIRST_BYTE);
      if (found < 0) {
        offset += bytes.length;
        continue;
      }
      offset += found;
      const header = readHeader(yield* this.#window.view(offset, HEADER_BYTES), 0, this.#seed);
      const fits = header !== undefined && offset + recordBytes(header.length) <= this.size;
      if (fits && header.batch > batch) {
        if (++candidates > CANDIDATES_MAX) return true;
        const payload = yield* this.#window.view(offset + HEADER_BYTES, header.length);
        if (isPayload(payload, header, this.#seed)) return true;
      }
      offset++;
    }
    return false;
  }

  /** Tells a write that never finished from one that was damaged later. */
  *#ended(readable: number, offset: number, header: RecordHeader | undefined): Steps<ReadEnd> {
    const end = offset + (header === undefined ? HEADER_BYTES : recordBytes(header.length));
    const next = header === undefined ? offset + 1 : end;
    const dataEnd = yield* this.#dataEnd(offset);
    if (dataEnd === offset) return { kind: "end", offset: readable, next };
    const zerosFrom = Math.ceil(dataEnd / SECTOR_BYTES) * SECTOR_BYTES;
    const isCut = end > this.size || zerosFrom < end;
    const isTorn = isCut ||
      (yield* this.#lacksSector(offset, header)) && !(yield* this.hasRecord(next, offset));
    if (isTorn) return { kind: "torn", offset: readable, next };
    // A header within the payload was written in the wrong place: nobody knows what is missing elsewhere.
    const isSpoilt = header !== undefined &&
      !(yield* this.#holdsHeader(offset + HEADER_BYTES, end));
    const spoilt = isSpoilt ? { type: header.type, number: header.number, end } : undefined;
    return { kind: "broken", offset: readable, next, ...(spoilt && { spoilt }) };
  }

  /** Whether there is a header between two offsets. */
  *#holdsHeader(from: number, to: number): Steps<boolean> {
    for (let offset = from; offset <= to - HEADER_BYTES;) {
      const bytes = yield* this.#window.rest(offset);
      const found = bytes.indexOf(MAGIC_FIRST_BYTE);
      offset += found < 0 ? bytes.length : found;
      if (found < 0 || offset > to - HEADER_BYTES) continue;
      const header = readHeader(yield* this.#window.view(offset, HEADER_BYTES), 0, this.#seed);
      if (header !== undefined) return true;
      offset++;
    }
    return false;
  }

  /** Whether a sector of the record was never written. */
  *#lacksSector(offset: number, header: RecordHeader | undefined): Steps<boolean> {
    const afterFirst = (Math.floor(offset / SECTOR_BYTES) + 1) * SECTOR_BYTES;
    if (header === undefined) return yield* this.#isZero(offset, afterFirst - offset);
    // The end mark is in the last sector.
    const end = offset + recordBytes(header.length);
    const last = Math.max(offset, Math.floor((end - 1) / SECTOR_BYTES) * SECTOR_BYTES);
    if (yield* this.#isZero(last, end - last)) return true;
    if (!header.dense) return false;
    for (let sector = afterFirst; sector < last; sector += SECTOR_BYTES) {
      if (yield* this.#isZero(sector, SECTOR_BYTES)) return true;
    }
    return false;
  }

  *#isZero(offset: number, length: number): Steps<boolean> {
    return (yield* this.#window.view(offset, length)).every((byte) => byte === 0);
  }

  /** The offset after the last byte that is not zero, from `from` on. */
  *#dataEnd(from: number): Steps<number> {
    let dataEnd = from;
    for (let offset = from; offset < this.size;) {
      const bytes = yield* this.#window.rest(offset);
      const last = bytes.findLastIndex((byte) => byte !== 0);
      if (last >= 0) dataEnd = offset + last + 1;
      offset += bytes.length;
    }
    return dataEnd;
  }
}
