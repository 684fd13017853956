import { setAside } from "./aside.ts";
import { type Disk, DiskError } from "./disk.ts";
import { BatchEncoder, type LogChange, logRecords, recordsEnd, repairing } from "./log_batch.ts";
import { type LogIndex, type SegmentFile, segmentFile, segmentFiles } from "./log_index.ts";
import { type LogDamage, scanLog, type ScannedLog } from "./log_scan.ts";
import { type Steps, unlessFull, wait } from "./steps.ts";
import type { Unsettled } from "./unsettled.ts";

/** How the log is laid out. */
export interface SegmentsOptions {
  /**
   * The size at which a new segment is started, in bytes. A single batch may be larger. Smaller gives
   * space back sooner after a snapshot, and makes more files.
   *
   * @default {67_108_864}
   */
  readonly segmentBytes?: number;
  /**
   * How far ahead a segment is filled with zeros, in bytes; 0 for not at all. A write that does not
   * grow the file is synced faster, but every byte is written twice.
   *
   * @default {262_144}
   */
  readonly preallocateBytes?: number;
}

/** The defaults of {@linkcode SegmentsOptions}. */
export const SEGMENTS_DEFAULTS = {
  segmentBytes: 64 * 1024 * 1024,
  preallocateBytes: 256 * 1024,
} as const;

/** What a snapshot makes of the log. */
export interface LogCut {
  /** Segments with lower serial numbers no longer belong to the log. */
  readonly start: number;
  readonly removed: readonly SegmentFile[];
  readonly aside: readonly SegmentFile[];
  /** The op-number that the log starts after, if it starts anew. */
  readonly reset: number | undefined;
}

/** The log on disk: append-only segments, the last of which is written to. */
export class Segments {
  readonly #disk: Disk;
  readonly #unsettled: Unsettled;
  readonly #segmentBytes: number;
  readonly #preallocateBytes: number;
  readonly #index: LogIndex;
  #offset: number;
  /** Up to where the newest segment has bytes already, zeros included. */
  #size: number;
  #nextSerial: number;
  #damage: LogDamage | undefined;
  #beyond: readonly SegmentFile[];
  readonly #encoder = new BatchEncoder();
  /** Whether the last write found the disk full: then there is no room to fill ahead. */
  #tight = false;

  private constructor(
    disk: Disk,
    scanned: ScannedLog,
    at: { readonly size: number; readonly nextSerial: number },
    unsettled: Unsettled,
    options: SegmentsOptions,
  ) {
    this.#disk = disk;
    this.#unsettled = unsettled;
    this.#segmentBytes = options.segmentBytes ?? SEGMENTS_DEFAULTS.segmentBytes;
    this.#preallocateBytes = options.preallocateBytes ?? SEGMENTS_DEFAULTS.preallocateBytes;
    this.#index = scanned.index;
    this.#offset = scanned.end;
    this.#size = at.size;
    this.#nextSerial = at.nextSerial;
    this.#damage = scanned.damage;
    this.#beyond = scanned.beyond;
  }

  /**
   * Reads the log, clears away what never became part of it, and makes the rest durable: it may have
   * been written by a process that died before it synced.
   *
   * @param start Segments with lower serial numbers are leftovers.
   * @param floor The op-number of the snapshot that the log continues.
   */
  static *open(
    disk: Disk,
    names: readonly string[],
    from: { readonly start: number; readonly floor: number },
    unsettled: Unsettled,
    options: SegmentsOptions,
  ): Steps<{ readonly log: Segments; readonly scanned: ScannedLog }> {
    yield* unsettled.undo(disk);
    const files = segmentFiles(names);
    const living = files.filter(({ serial }) => serial >= from.start);
    const scanned = yield* scanLog(disk, living, from.floor, false);
    const leftovers = files.filter(({ serial }) => serial < from.start);
    if (scanned.unfinished !== undefined) leftovers.push(scanned.unfinished);
    for (const { name } of leftovers) yield* wait(disk.remove(name));
    if (scanned.superseded.length > 0) yield* setAside(disk, scanned.superseded.map(nameOf));
    const newest = scanned.index.segments.at(-1);
    let size = 0;
    if (newest !== undefined) {
      const { name } = newest.file;
      if (scanned.torn) yield* wait(disk.truncate(name, scanned.end));
      yield* wait(disk.sync(name));
      size = yield* wait(disk.size(name));
    }
    const nextSerial = Math.max(from.start, 1 + (files.at(-1)?.serial ?? 0));
    return {
      log: new Segments(disk, scanned, { size, nextSerial }, unsettled, options),
      scanned,
    };
  }

  /** Whether a part of the log is unreadable that nothing stands in for yet. */
  get damage(): LogDamage | undefined {
    return this.#damage;
  }

  /** Reads everything again. Nothing may be written meanwhile. */
  *reload(floor: number): Steps<ScannedLog> {
    const files = [...this.#index.segments.map(({ file }) => file), ...this.#beyond];
    return yield* scanLog(this.#disk, files, floor, true);
  }

  /** Makes changes durable: one write, one sync. */
  *write(changes: readonly LogChange[]): Steps<void> {
    const plain = logRecords(changes, this.#index.last);
    const records = this.#damage === undefined ? plain : repairing(this.#damage, plain);
    const fresh = this.#freshSegment(changes, recordsEnd(records, this.#offset));
    const file = fresh ?? this.#index.segments.at(-1)!.file;
    const start = fresh === undefined ? this.#offset : 0;
    const size = fresh === undefined ? this.#size : 0;
    const end = recordsEnd(records, start);
    const total = this.#grownTo(end, size) - start;
    const bytes = this.#encoder.encode(records, total, { seed: file.serial, start });
    yield* this.#writeBytes(file.name, start, bytes, fresh !== undefined);
    if (fresh !== undefined) this.#roll(fresh);
    this.#offset = end;
    this.#size = Math.max(size, start + total);
    for (const change of changes) this.#note(change);
    if (this.#damage !== undefined) yield* this.#repaired();
  }

  /** What a durable snapshot at `op` leaves of the log. Changes nothing yet. */
  plan(op: number, options: { readonly retain: number; readonly reset: boolean }): LogCut {
    const segments = this.#index.segments;
    if (!options.reset) {
      const dropped = this.#index.upTo(op - options.retain);
      const start = segments[dropped.length]?.file.serial ?? this.#nextSerial;
      return { start, ...sortOut(dropped), reset: undefined };
    }
    const { removed, aside } = sortOut(segments);
    const damaged = this.#damage?.file;
    return {
      start: this.#nextSerial,
      removed: removed.filter((file) => file !== damaged),
      aside: [...aside, ...(damaged === undefined ? [] : [damaged]), ...this.#beyond],
      reset: op,
    };
  }

  /** Does what was planned, now that the snapshot says so itself. */
  *cut(cut: LogCut, op: number): Steps<void> {
    if (cut.reset === undefined) {
      this.#index.drop(cut.removed.length + cut.aside.length);
      this.#index.raise(op);
    } else {
      this.#index.reset(cut.reset);
      this.#damage = undefined;
      this.#beyond = [];
      this.#offset = 0;
      this.#size = 0;
    }
    for (const { name } of cut.removed) yield* unlessFull(wait(this.#disk.remove(name)));
    if (cut.aside.length > 0) yield* unlessFull(setAside(this.#disk, cut.aside.map(nameOf)));
  }

  /** The segment to start with this batch, if it does not go to the newest one, up to `end`. */
  #freshSegment(changes: readonly LogChange[], end: number): SegmentFile | undefined {
    const isFull = this.#offset > 0 && end > this.#segmentBytes;
    const hasOne = this.#index.segments.length > 0;
    if (hasOne && !isFull && this.#damage === undefined) return undefined;
    const change = changes[0]!;
    const first = change.type === "append" ? change.first : change.last + 1;
    return segmentFile(this.#nextSerial, first);
  }

  /** Where a write that ends at `end` ends with the zeros after it, if the file has to grow anyway. */
  #grownTo(end: number, size: number): number {
    const ahead = this.#tight ? 0 : this.#preallocateBytes;
    if (end <= size || ahead === 0) return end;
    return Math.max(end, Math.min(Math.ceil(end / ahead) * ahead, this.#segmentBytes));
  }

  *#writeBytes(name: string, offset: number, bytes: Uint8Array, isNew: boolean): Steps<void> {
    const disk = this.#disk;
    const append = function* (): Steps<void> {
      yield* wait(disk.writeThrough(name, offset, bytes));
      if (isNew) yield* wait(disk.syncDirectory());
    };
    try {
      yield* this.#unsettled.write(disk, name, offset, append());
      this.#tight = false;
    } catch (error) {
      this.#tight = error instanceof DiskError && error.full;
      // What was cut off may have been filled ahead.
      this.#size = Math.min(this.#size, this.#offset);
      throw error;
    }
  }

  #roll(file: SegmentFile): void {
    this.#nextSerial++;
    if (this.#damage !== undefined) {
      const damaged = this.#index.segments.at(-1);
      if (damaged !== undefined) damaged.damaged = true;
    }
    this.#index.roll(file);
  }

  #note(change: LogChange): void {
    if (change.type === "truncate") return this.#index.truncate(change.last);
    const { first, entries } = change;
    if (entries.length === 0) return this.#index.truncate(first - 1);
    for (let index = 0; index < entries.length; index++) this.#index.entry(first + index);
  }

  /** The repair is durable: what it stands in for can go. */
  *#repaired(): Steps<void> {
    const beyond = this.#beyond;
    this.#damage = undefined;
    this.#beyond = [];
    if (beyond.length > 0) yield* setAside(this.#disk, beyond.map(nameOf));
  }
}

function nameOf(file: SegmentFile): string {
  return file.name;
}

function sortOut(segments: LogIndex["segments"]): Pick<LogCut, "removed" | "aside"> {
  return {
    removed: segments.filter(({ damaged }) => !damaged).map(({ file }) => file),
    aside: segments.filter(({ damaged }) => damaged).map(({ file }) => file),
  };
}
