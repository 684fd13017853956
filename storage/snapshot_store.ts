import { invariant } from "../actors/errors.ts";
import { setAside } from "./aside.ts";
import { type Disk, DiskError } from "./disk.ts";
import { HEADER_BYTES, isPayload, readHeader, recordStart } from "./record.ts";
import {
  checkSnapshot,
  type Chunk,
  CHUNK_BYTES_MAX,
  chunkAt,
  chunkRecordBytes,
  encodeChunk,
  encodeEnd,
  isTemporary,
  type SnapshotName,
  snapshotName,
  snapshotNames,
  snapshotSeed,
  temporaryName,
  type WholeSnapshot,
} from "./snapshot_file.ts";
import { type Steps, unlessFull, wait } from "./steps.ts";
import { Unsettled } from "./unsettled.ts";

/** Written without a sync in between, at most: one large sync at the end would hold up the log. */
const SYNC_BYTES = 1024 * 1024;

interface Writing {
  readonly op: number;
  readonly name: string;
  readonly chunks: Chunk[];
  bytes: number;
  position: number;
  unsynced: number;
  /** Whether it has its final name: what is left of the commit may have to be done again. */
  isRenamed: boolean;
}

/** A piece of a snapshot that was read. */
export interface ReadPiece {
  readonly bytes: Uint8Array;
  readonly total: number;
  readonly base: Uint8Array;
}

/** The newest snapshot on disk, and the one that is being written. */
export class SnapshotStore {
  readonly #disk: Disk;
  #newest: WholeSnapshot | undefined;
  /** Newer than the newest whole one, and unreadable. */
  #damaged: readonly SnapshotName[];
  #writing: Writing | undefined;

  private constructor(
    disk: Disk,
    newest: WholeSnapshot | undefined,
    damaged: readonly SnapshotName[],
  ) {
    this.#disk = disk;
    this.#newest = newest;
    this.#damaged = damaged;
  }

  /** Finds the newest whole snapshot, and removes older ones and what was never finished. */
  static *open(disk: Disk, names: readonly string[]): Steps<SnapshotStore> {
    for (const name of names.filter(isTemporary)) yield* wait(disk.remove(name));
    const damaged: SnapshotName[] = [];
    let newest: WholeSnapshot | undefined;
    for (const snapshot of snapshotNames(names)) {
      if (newest !== undefined) {
        yield* wait(disk.remove(snapshot.name));
        continue;
      }
      newest = yield* checkSnapshot(disk, snapshot);
      if (newest === undefined) damaged.push(snapshot);
    }
    return new SnapshotStore(disk, newest, damaged);
  }

  /** The newest whole snapshot. */
  get newest(): WholeSnapshot | undefined {
    return this.#newest;
  }

  /** The newest unreadable snapshot, if it is newer than the newest whole one. */
  get damaged(): SnapshotName | undefined {
    return this.#damaged[0];
  }

  /** Segments of the log with lower serial numbers do not count. */
  get logStart(): number {
    return Math.max(this.#newest?.logStart ?? 0, this.damaged?.logStart ?? 0);
  }

  /** The op-number of the snapshot that is being written. */
  get writing(): number | undefined {
    return this.#writing?.op;
  }

  /** Starts to write a snapshot; one that is being written is dropped. */
  *begin(op: number): Steps<void> {
    yield* this.abandon();
    const name = temporaryName(op);
    this.#writing = { op, name, chunks: [], bytes: 0, position: 0, unsynced: 0, isRenamed: false };
  }

  /** Writes the next piece of the state. */
  *append(bytes: Uint8Array): Steps<void> {
    const writing = this.#writing;
    invariant(writing !== undefined, "a snapshot is being written");
    // All or nothing: if the disk is full halfway, the same piece comes again.
    let { position, bytes: offset } = writing;
    const chunks: Chunk[] = [];
    for (let from = 0; from < bytes.length; from += CHUNK_BYTES_MAX) {
      const piece = bytes.subarray(from, from + CHUNK_BYTES_MAX);
      position = recordStart(position);
      const record = encodeChunk(writing.op, { offset, position }, piece);
      yield* this.#write(writing.name, position, record);
      chunks.push({ offset, length: piece.length, position });
      position += record.length;
      offset += piece.length;
    }
    writing.unsynced += bytes.length;
    if (writing.unsynced >= SYNC_BYTES) {
      yield* wait(this.#disk.sync(writing.name));
      writing.unsynced = 0;
    }
    writing.chunks.push(...chunks);
    Object.assign(writing, { position, bytes: offset });
  }

  /** Makes the snapshot that is being written the newest. It is durable then, under its final name. */
  *commit(base: Uint8Array, logStart: number): Steps<void> {
    const writing = this.#writing;
    invariant(writing !== undefined, "a snapshot is being written");
    const { op, bytes, chunks } = writing;
    const disk = this.#disk;
    const final = snapshotName(op, logStart);
    if (!writing.isRenamed) yield* this.#name(writing, base, final.name);
    yield* wait(disk.syncDirectory());
    // One of the same name is replaced.
    this.#damaged = this.#damaged.filter(({ name }) => name !== final.name);
    yield* this.setDamagedAside();
    const older = this.#newest;
    this.#newest = { ...final, base: base.slice(), bytes, chunks };
    this.#writing = undefined;
    if (older !== undefined && older.name !== final.name) {
      yield* unlessFull(wait(disk.remove(older.name)));
    }
  }

  /** Keeps unreadable snapshots aside: something else stands for them now. */
  *setDamagedAside(): Steps<void> {
    if (this.#damaged.length === 0) return;
    yield* setAside(this.#disk, this.#damaged.map(({ name }) => name));
    this.#damaged = [];
  }

  /** Ends a snapshot, and gives it its name. */
  *#name(writing: Writing, base: Uint8Array, name: string): Steps<void> {
    const { op, bytes } = writing;
    const position = recordStart(writing.position);
    yield* this.#write(writing.name, position, encodeEnd(op, { bytes, position }, base));
    yield* wait(this.#disk.sync(writing.name));
    yield* wait(this.#disk.rename(writing.name, name));
    writing.isRenamed = true;
  }

  /** Drops the snapshot that is being written, if any. */
  *abandon(): Steps<void> {
    const name = this.#writing?.name;
    this.#writing = undefined;
    const names = yield* wait(this.#disk.list());
    if (name !== undefined && names.includes(name)) yield* wait(this.#disk.remove(name));
  }

  /**
   * Reads a piece of the newest snapshot; `undefined` if that is not the one at `op`, or is shorter.
   *
   * @throws {DiskError} if what is read is not what was written.
   */
  *read(op: number, offset: number, length: number): Steps<ReadPiece | undefined> {
    const snapshot = this.#newest;
    if (snapshot?.op !== op || offset > snapshot.bytes) return undefined;
    const { bytes: total, base } = snapshot;
    const chunk = chunkAt(snapshot.chunks, offset);
    if (chunk === undefined) return { bytes: new Uint8Array(), total, base };
    const payload = yield* this.#readChunk(snapshot, chunk);
    const from = offset - chunk.offset;
    return { bytes: payload.subarray(from, from + length), total, base };
  }

  *#readChunk(snapshot: WholeSnapshot, chunk: Chunk): Steps<Uint8Array> {
    const seed = snapshotSeed(snapshot.op);
    const { name } = snapshot;
    const read = this.#disk.read(name, chunk.position, chunkRecordBytes(chunk));
    const bytes = yield* wait(read);
    const header = readHeader(bytes, 0, seed);
    const payload = bytes.subarray(HEADER_BYTES, HEADER_BYTES + chunk.length);
    if (header !== undefined && isPayload(payload, header, seed)) return payload;
    const what = `Cannot read "${name}" at ${chunk.position}: the checksum is wrong`;
    throw new DiskError(what, false);
  }

  /** Nobody reads a temporary file after a restart, so nothing has to be remembered until then. */
  *#write(name: string, offset: number, bytes: Uint8Array): Steps<void> {
    const disk = this.#disk;
    yield* new Unsettled().write(disk, name, offset, wait(disk.write(name, offset, bytes)));
  }
}
