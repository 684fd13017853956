/**
 * Reads the log: its segments in order, each entry replacing those of its number and higher. Where
 * something is unreadable the log ends, unless a later segment starts with a repair of just that
 * place: then it goes on there.
 *
 * @module
 */
import { Reader, Writer } from "../actors/schema.ts";
import type { Disk } from "./disk.ts";
import { LogIndex, type SegmentFile } from "./log_index.ts";
import { RecordType } from "./record.ts";
import { type ReadEnd, type ReadRecord, RecordReader } from "./record_reader.ts";
import type { Steps } from "./steps.ts";

/** A place in the log that cannot be read. */
export interface LogDamage {
  readonly kind: "head" | "middle";
  readonly file: SegmentFile;
  readonly offset: number;
}

/** What the segments hold. */
export interface ScannedLog {
  /** The entries that count, consecutive. */
  readonly entries: Uint8Array[];
  /** The op-number of the first of them, or the one after the last if there are none. */
  readonly first: number;
  readonly index: LogIndex;
  /** The offset in the newest segment of the index after its last record. */
  readonly end: number;
  /** Whether a write that never finished follows there. */
  readonly torn: boolean;
  readonly damage: LogDamage | undefined;
  /** Segments after the damage, whose entries do not count. */
  readonly beyond: readonly SegmentFile[];
  /** Segments that a repair stands in for. */
  readonly superseded: readonly SegmentFile[];
  /** Segments that were never finished: empty, or a repair that is not all there. */
  readonly unfinished: readonly SegmentFile[];
}

/** What a repair stands in for, and how many bytes of its segment must be there for it to count. */
export interface Repair {
  readonly serial: number;
  readonly offset: number;
  readonly bytes: number;
}

/** A repair as the payload of its record. */
export function encodeRepair(repair: Repair): Uint8Array {
  const writer = new Writer(20);
  writer.u32(repair.serial);
  writer.u53(repair.offset);
  writer.u53(repair.bytes);
  return writer.finish();
}

function decodeRepair(record: ReadRecord): Repair {
  const reader = new Reader(record.payload);
  return { serial: reader.u32(), offset: reader.u53(), bytes: reader.u53() };
}

/**
 * Reads all segments.
 *
 * @param files The segments, oldest first.
 * @param floor The op-number of the snapshot that the log continues: what comes before may be missing.
 * @param settled Whether every write has ended, so that none can be found torn.
 */
export function* scanLog(
  disk: Disk,
  files: readonly SegmentFile[],
  floor: number,
  settled: boolean,
): Steps<ScannedLog> {
  const scan = new Scan(disk, files, floor);
  yield* scan.run(settled);
  return scan.result();
}

class Scan {
  readonly #disk: Disk;
  #files: readonly SegmentFile[];
  readonly #floor: number;
  readonly #index: LogIndex;
  #first: number;
  #entries: Uint8Array[] = [];
  #end = 0;
  #torn = false;
  #damage: LogDamage | undefined;
  #beyond: readonly SegmentFile[] = [];
  readonly #superseded: SegmentFile[] = [];
  readonly #unfinished: SegmentFile[] = [];

  constructor(disk: Disk, files: readonly SegmentFile[], floor: number) {
    this.#disk = disk;
    this.#files = files;
    this.#floor = floor;
    this.#index = new LogIndex(floor);
    this.#first = floor + 1;
  }

  *run(settled: boolean): Steps<void> {
    yield* this.#dropEmptyTail();
    for (let position = 0; position < this.#files.length;) {
      const file = this.#files[position]!;
      const reader = yield* RecordReader.open(this.#disk, file.name, file.serial);
      this.#index.roll(file);
      const end = yield* reader.read((record) => this.#take(record));
      this.#end = end.offset;
      if (end.kind === "end") {
        position++;
        continue;
      }
      const repair = yield* this.#findRepair(position, end.offset);
      if (repair === undefined) return yield* this.#stop(position, reader, end, settled);
      this.#superseded.push(...this.#files.slice(position + 1, repair));
      this.#index.segments.at(-1)!.damaged = true;
      position = repair;
    }
  }

  result(): ScannedLog {
    const index = this.#index;
    // Entries that end below the snapshot connect to nothing: the snapshot stands for them.
    if (index.last < this.#floor) {
      index.raise(this.#floor);
      this.#entries = [];
      this.#first = this.#floor + 1;
    }
    return {
      entries: this.#entries,
      first: this.#first,
      index,
      end: this.#end,
      torn: this.#torn,
      damage: this.#damage,
      beyond: this.#beyond,
      superseded: this.#superseded,
      unfinished: this.#unfinished,
    };
  }

  /** Segments without a record at the end were created by a write that never finished. */
  *#dropEmptyTail(): Steps<void> {
    while (this.#files.length > 0) {
      const file = this.#files.at(-1)!;
      const reader = yield* RecordReader.open(this.#disk, file.name, file.serial);
      const end = yield* reader.read(() => false);
      if (end.kind !== "end" || end.offset > 0) return;
      this.#unfinished.push(file);
      this.#files = this.#files.slice(0, -1);
    }
  }

  /** Takes a record into account; `false` if it does not fit what came before. */
  #take(record: ReadRecord): boolean {
    switch (record.type) {
      case RecordType.entry:
        return this.#takeEntry(record.number, record.payload);
      case RecordType.truncate:
        this.#index.truncate(record.number);
        this.#cutAfter(record.number);
        return true;
      case RecordType.repair:
        return true;
      default:
        return false;
    }
  }

  #takeEntry(op: number, payload: Uint8Array): boolean {
    const follows = op <= this.#first + this.#entries.length;
    // A gap below the snapshot is none: what is missing, the snapshot holds.
    if (!follows && op > this.#floor + 1) return false;
    if (follows) this.#cutAfter(op - 1);
    else this.#entries = [];
    if (this.#entries.length === 0) this.#first = op;
    this.#entries.push(payload);
    this.#index.entry(op);
    return true;
  }

  #cutAfter(last: number): void {
    const kept = last - this.#first + 1;
    if (kept >= this.#entries.length) return;
    this.#entries.length = Math.max(0, kept);
    this.#first = Math.min(this.#first, last + 1);
  }

  /** The position of a finished segment that stands in for everything from this place on. */
  *#findRepair(position: number, offset: number): Steps<number | undefined> {
    const { serial } = this.#files[position]!;
    for (let later = position + 1; later < this.#files.length; later++) {
      const file = this.#files[later]!;
      const reader = yield* RecordReader.open(this.#disk, file.name, file.serial);
      let repair: Repair | undefined;
      const end = yield* reader.read((record) => {
        if (record.offset === 0 && record.type === RecordType.repair) repair = decodeRepair(record);
        return repair !== undefined;
      });
      if (repair?.serial !== serial || repair.offset !== offset) continue;
      if (end.offset >= repair.bytes) return later;
      this.#unfinished.push(file);
    }
    return undefined;
  }

  /** The log ends here: why? */
  *#stop(position: number, reader: RecordReader, end: ReadEnd, settled: boolean): Steps<void> {
    const unfinished = new Set(this.#unfinished);
    const later = this.#files.slice(position + 1).filter((file) => !unfinished.has(file));
    // A segment is whole and durable before the next one is made, so only the last can be torn.
    const isLast = position === this.#files.length - 1 && this.#unfinished.length === 0;
    if (end.kind === "torn" && isLast && !settled) {
      this.#torn = true;
      return;
    }
    const isMiddle = end.kind === "stopped" || (yield* reader.hasRecord(end.next)) ||
      (yield* this.#anyHasRecord(later));
    const file = this.#files[position]!;
    this.#damage = { kind: isMiddle ? "middle" : "head", file, offset: end.offset };
    this.#beyond = later;
  }

  *#anyHasRecord(files: readonly SegmentFile[]): Steps<boolean> {
    for (const file of files) {
      const reader = yield* RecordReader.open(this.#disk, file.name, file.serial);
      if (yield* reader.hasRecord(0)) return true;
    }
    return false;
  }
}
