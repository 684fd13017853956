/**
 * Reads the log: its segments in order, each entry replacing those of its number and higher. Where
 * something is unreadable the log ends, unless a later segment starts with a repair of just that
 * place: then it goes on there. If nothing but the content of some entries is lost, it is read to its end as
 * well, in case someone else has them.
 *
 * @module
 */
import type { Disk } from "./disk.ts";
import { LogIndex, type SegmentFile } from "./log_index.ts";
import { type LogRemnant, remnantOf, UNREADABLE } from "./log_remnant.ts";
import { decodeRepair, type Repair } from "./log_repair.ts";
import { startAfterSnapshot } from "./log_start.ts";
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
  /** Damage of a part that the snapshot stands for. */
  readonly obsolete: LogDamage | undefined;
  /** With damage that leaves no more open than what is in some entries: the log with gaps. */
  readonly remnant: LogRemnant | undefined;
  /** Segments after the damage, whose entries do not count. */
  readonly beyond: readonly SegmentFile[];
  /** Segments that a repair, or the snapshot, stands in for. */
  readonly superseded: readonly SegmentFile[];
  /** The last segment, if it comes from a write that never finished. */
  readonly unfinished: SegmentFile | undefined;
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
  const scanned = yield* scan(disk, files, floor, settled);
  const { damage, unfinished } = scanned;
  if (damage === undefined) return scanned;
  const finished = files.filter((file) => file !== unfinished);
  const start = yield* startAfterSnapshot(disk, finished, floor);
  if (start <= files.indexOf(damage.file)) return scanned;
  const later = yield* scan(disk, files.slice(start), floor, settled);
  const superseded = [...files.slice(0, start), ...later.superseded];
  return { ...later, obsolete: damage, superseded };
}

function* scan(
  disk: Disk,
  files: readonly SegmentFile[],
  floor: number,
  settled: boolean,
): Steps<ScannedLog> {
  const upToDamage = new Scan(disk, files, floor);
  yield* upToDamage.run(settled);
  const scanned = upToDamage.result();
  if (scanned.damage === undefined) return scanned;
  const whole = new Scan(disk, files, floor, true);
  yield* whole.run(settled);
  return { ...scanned, remnant: remnantOf(scanned, whole.result()) };
}

class Scan {
  readonly #disk: Disk;
  #files: readonly SegmentFile[];
  readonly #floor: number;
  readonly #isTolerant: boolean;
  #index: LogIndex;
  #entries: Uint8Array[] = [];
  /** The op-number of the first entry, or the one after the last; nothing is known before the first. */
  #first: number | undefined;
  #end = 0;
  #torn = false;
  #damage: LogDamage | undefined;
  #beyond: readonly SegmentFile[] = [];
  readonly #superseded: SegmentFile[] = [];
  #unfinished: SegmentFile | undefined;

  /** @param isTolerant Whether entries that cannot be read are left open. */
  constructor(disk: Disk, files: readonly SegmentFile[], floor: number, isTolerant = false) {
    this.#disk = disk;
    this.#files = files;
    this.#floor = floor;
    this.#isTolerant = isTolerant;
    this.#index = new LogIndex(floor);
  }

  *run(settled: boolean): Steps<void> {
    yield* this.#dropUnfinished();
    for (let position = 0; position < this.#files.length;) {
      const file = this.#files[position]!;
      const reader = yield* RecordReader.open(this.#disk, file.name, file.serial);
      this.#index.roll(file);
      let end = yield* reader.read((record) => this.#take(record));
      if (this.#isTolerant) end = yield* this.#readOn(position, reader, end);
      this.#end = end.offset;
      // A segment is whole and durable before the next one is made, so only the last can be torn.
      const isLast = position === this.#files.length - 1 && this.#unfinished === undefined;
      this.#torn = end.kind === "torn" && isLast && !settled;
      if (end.kind === "end" || this.#torn) {
        position++;
        continue;
      }
      const repair = yield* this.#findRepair(position, end.offset);
      if (repair === undefined) return yield* this.#stop(position, reader, end);
      this.#superseded.push(...this.#files.slice(position + 1, repair));
      this.#index.segments.at(-1)!.damaged = true;
      position = repair;
    }
    if (!this.#isConnected) this.#startsLate();
  }

  result(): ScannedLog {
    const floor = this.#floor;
    const index = this.#index;
    // Entries that do not connect to the snapshot are of no use: it stands for those before them.
    if (index.last < floor || !this.#isConnected) {
      index.truncate(floor);
      index.raise(floor);
      this.#entries = [];
      this.#first = floor + 1;
    }
    return {
      entries: this.#entries,
      first: this.#first ?? floor + 1,
      index,
      end: this.#end,
      torn: this.#torn,
      damage: this.#damage,
      obsolete: undefined,
      remnant: undefined,
      beyond: this.#beyond,
      superseded: this.#superseded,
      unfinished: this.#unfinished,
    };
  }

  /** Whether no entry is missing between the snapshot and the log. */
  get #isConnected(): boolean {
    return this.#first === undefined || this.#first <= this.#floor + 1;
  }

  /** The log is readable, but its beginning is missing: it is damaged before its first byte. */
  #startsLate(): void {
    const [file, ...later] = this.#files;
    this.#damage = { kind: "middle", file: file!, offset: 0 };
    this.#beyond = later;
    this.#index = new LogIndex(this.#floor);
    this.#index.roll(file!);
    this.#end = 0;
    this.#torn = false;
  }

  /** Leaves out the last segment if it comes from a write that never finished. */
  *#dropUnfinished(): Steps<void> {
    const file = this.#files.at(-1);
    if (file === undefined) return;
    const reader = yield* RecordReader.open(this.#disk, file.name, file.serial);
    let needed = 1;
    const end = yield* reader.read((record) => {
      if (record.offset === 0 && record.type === RecordType.repair) {
        needed = decodeRepair(record).bytes;
      }
      return record.end < needed;
    });
    if (end.kind === "stopped" || end.kind === "broken" || end.offset >= needed) return;
    this.#unfinished = file;
    this.#files = this.#files.slice(0, -1);
  }

  /** Reads on behind entries of which nothing but the content is unreadable. */
  *#readOn(position: number, reader: RecordReader, first: ReadEnd): Steps<ReadEnd> {
    let end = first;
    while (end.kind === "broken" && end.spoilt?.type === RecordType.entry) {
      const { number, end: from } = end.spoilt;
      if ((yield* this.#findRepair(position, end.offset)) !== undefined) break;
      if (!this.#takeEntry(number, UNREADABLE)) break;
      end = yield* reader.read((record) => this.#take(record), from);
    }
    return end;
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
    // The log may start with entries that a later segment replaces, and be missing those before.
    this.#first ??= op;
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
    if (this.#first === undefined) return;
    const kept = last - this.#first + 1;
    if (kept >= this.#entries.length) return;
    this.#entries.length = Math.max(0, kept);
    this.#first = Math.min(this.#first, last + 1);
  }

  /** The position of a segment that stands in for everything from this place on. */
  *#findRepair(position: number, offset: number): Steps<number | undefined> {
    const { serial } = this.#files[position]!;
    for (let later = position + 1; later < this.#files.length; later++) {
      const file = this.#files[later]!;
      const reader = yield* RecordReader.open(this.#disk, file.name, file.serial);
      let repair: Repair | undefined;
      yield* reader.read((record) => {
        if (record.type === RecordType.repair) repair = decodeRepair(record);
        return false;
      });
      if (repair?.serial === serial && repair.offset === offset) return later;
    }
    return undefined;
  }

  /** The log ends here: is what follows readable? */
  *#stop(position: number, reader: RecordReader, end: ReadEnd): Steps<void> {
    const later = this.#files.slice(position + 1);
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
