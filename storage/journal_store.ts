import type { LogLoaded } from "../protocols/journal.ts";
import type { Disk } from "./disk.ts";
import { DurableRecordFile } from "./durable_record.ts";
import type { LogChange } from "./log_batch.ts";
import type { ScannedLog } from "./log_scan.ts";
import { Segments, type SegmentsOptions } from "./segments.ts";
import { type ReadPiece, SnapshotStore } from "./snapshot_store.ts";
import { type Steps, wait } from "./steps.ts";
import type { Unsettled } from "./unsettled.ts";

/** Everything that is durable, and what an operator should know of it. */
export interface Loaded {
  readonly message: LogLoaded;
  readonly notes: readonly Note[];
}

/** Something found on disk that is not as it should be. */
export interface Note {
  readonly level: "info" | "error";
  readonly text: string;
}

/** A snapshot that is to be made durable. */
export interface SnapshotCommit {
  readonly op: number;
  readonly base: Uint8Array;
  readonly retain: number;
  readonly reset: boolean;
}

/** The record, the snapshots and the log of one journal: what belongs together on one disk. */
export class JournalStore {
  readonly #record: DurableRecordFile;
  readonly #snapshots: SnapshotStore;
  readonly #log: Segments;

  private constructor(record: DurableRecordFile, snapshots: SnapshotStore, log: Segments) {
    this.#record = record;
    this.#snapshots = snapshots;
    this.#log = log;
  }

  /**
   * Reads everything, and makes what was read durable.
   *
   * @throws {RecordDamaged} if the small record is lost.
   */
  static *open(
    disk: Disk,
    unsettled: Unsettled,
    options: SegmentsOptions,
  ): Steps<{ readonly store: JournalStore; readonly loaded: Loaded }> {
    const names = yield* wait(disk.list());
    const record = yield* DurableRecordFile.open(disk, names);
    const snapshots = yield* SnapshotStore.open(disk, names);
    const from = { start: snapshots.logStart, floor: snapshots.newest?.op ?? 0 };
    const { log, scanned } = yield* Segments.open(disk, names, from, unsettled, options);
    yield* wait(disk.syncDirectory());
    const store = new JournalStore(record, snapshots, log);
    return { store, loaded: store.#loaded(scanned) };
  }

  /** Whether a part of the log or a snapshot is unreadable, and nothing stands in for it yet. */
  get isDamaged(): boolean {
    return this.#log.damage !== undefined || this.#snapshots.damaged !== undefined;
  }

  /** Reads the log again. */
  *load(): Steps<Loaded> {
    return this.#loaded(yield* this.#log.reload(this.#snapshots.newest?.op ?? 0));
  }

  /**
   * Makes changes of the log durable. The first after a damage stand in for what is lost, a snapshot included:
   * found again by the next start it would take what was acknowledged since with it.
   */
  *writeLog(changes: readonly LogChange[]): Steps<void> {
    yield* this.#log.write(changes);
    yield* this.#snapshots.setDamagedAside();
  }

  /** Replaces the small record. */
  writeRecord(bytes: Uint8Array): Steps<void> {
    return this.#record.write(bytes);
  }

  /** Starts to write a snapshot. */
  beginSnapshot(op: number): Steps<void> {
    return this.#snapshots.begin(op);
  }

  /** Writes a piece of a snapshot; `false` if it is not the one that is being written. */
  *writeChunk(op: number, bytes: Uint8Array): Steps<boolean> {
    if (this.#snapshots.writing !== op) return false;
    yield* this.#snapshots.append(bytes);
    return true;
  }

  /** Makes a snapshot durable and cuts the log; `false` if it is not the one being written. */
  *commitSnapshot(commit: SnapshotCommit): Steps<boolean> {
    const { op, base, reset } = commit;
    const snapshots = this.#snapshots;
    if (snapshots.writing !== op) return false;
    if (!reset && op <= (snapshots.newest?.op ?? 0)) {
      // A newer one is durable already, and stands for this one as well.
      yield* snapshots.abandon();
      return true;
    }
    const cut = this.#log.plan(op, commit);
    yield* snapshots.commit(base, cut.start);
    yield* this.#log.cut(cut, op);
    return true;
  }

  /** Drops the snapshot that is being written. */
  abandonSnapshot(): Steps<void> {
    return this.#snapshots.abandon();
  }

  /** Reads a piece of the newest snapshot; `undefined` if it is not the one asked for. */
  readSnapshot(op: number, offset: number, length: number): Steps<ReadPiece | undefined> {
    return this.#snapshots.read(op, offset, length);
  }

  #loaded(scanned: ScannedLog): Loaded {
    const { newest } = this.#snapshots;
    const record = this.#record.bytes;
    const damage = this.#damage(scanned);
    const message: LogLoaded = {
      type: "loaded",
      ...(record !== undefined && { record }),
      ...(newest !== undefined && {
        snapshot: { op: newest.op, base: newest.base, bytes: newest.bytes },
      }),
      first: scanned.first,
      entries: scanned.entries,
      ...(damage !== undefined && { damage }),
      // With a snapshot lost, more than some entries is.
      ...(this.#snapshots.damaged === undefined && scanned.remnant && { remnant: scanned.remnant }),
    };
    return { message, notes: this.#notes(scanned, damage) };
  }

  /** An unreadable snapshot is damage unless the log goes on from an older one up to it. */
  #damage(scanned: ScannedLog): LogLoaded["damage"] {
    const lost = this.#snapshots.damaged;
    const { damage } = scanned;
    if (lost !== undefined && (damage !== undefined || scanned.index.last < lost.op)) {
      return { kind: "middle", file: lost.name, offset: 0 };
    }
    return damage && { kind: damage.kind, file: damage.file.name, offset: damage.offset };
  }

  #notes(scanned: ScannedLog, damage: LogLoaded["damage"]): Note[] {
    const notes: Note[] = [];
    const lost = this.#snapshots.damaged;
    if (lost !== undefined) {
      notes.push({ level: "error", text: `the snapshot ${lost.name} is damaged` });
    }
    if (damage !== undefined) {
      const { kind, file, offset } = damage;
      const why = kind === "head" ? "its last record is unreadable" : "a part of it is unreadable";
      notes.push({
        level: "error",
        text: `the log is damaged (${kind}) in ${file} at byte ${offset}: ${why}. It ends with ` +
          `entry ${scanned.index.last} for now; what follows is kept aside as *.damaged later`,
      });
    }
    if (scanned.obsolete !== undefined) {
      const { file, offset } = scanned.obsolete;
      const text = `the log is damaged in ${file.name} at byte ${offset}. A snapshot stands for ` +
        "that part of it, which is kept aside as *.damaged";
      notes.push({ level: "error", text });
    }
    if (scanned.torn) {
      const { name } = scanned.index.segments.at(-1)!.file;
      const text = `cut off a write that never finished in ${name} at byte ${scanned.end}`;
      notes.push({ level: "info", text });
    }
    return notes;
  }
}
