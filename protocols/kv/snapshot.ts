/**
 * The store's state as a stream of bytes: a header with the revision and the number of keys, every
 * key in order, and a CRC-32 of all of it. Where one chunk ends and the next begins means nothing.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { TroupeError } from "../../actors/errors.ts";
import { Reader, Writer } from "../../actors/schema.ts";
import type { TreeVersion } from "../cow_tree.ts";
import { fromSortable } from "../key_range.ts";
import type { KeyRecord } from "./key_record.ts";
import { valueOf } from "../slabs.ts";
import type { KeyMetadata } from "./types.ts";
import { decodeKey } from "./wire.ts";

/** The size of every chunk but the last, in bytes. */
export const CHUNK_BYTES = 256 * 1024;

const MAGIC = 0x544b5601;
const HEADER_BYTES = 20;
const KEY_LENGTH_BYTES = 4;
/** The metadata of a key and the length of its value. */
const NUMBERS_BYTES = 28;
const CRC_BYTES = 4;
/** What the CRC-32 of anything followed by its own CRC-32, lowest byte first, comes to. */
const CRC_RESIDUE = 0x2144df1c;

/** A snapshot that is torn, damaged, or none at all. */
export class KvSnapshotError extends TroupeError {
  /** Says what is wrong with it. */
  constructor(what: string) {
    super("snapshot_corrupt", `Snapshot of a key-value store is not usable: ${what}`);
  }
}

/** The chunks of a tree that does not change while they are taken. */
export function* snapshotChunks(
  revision: number,
  tree: TreeVersion<KeyRecord>,
): Generator<Uint8Array<ArrayBuffer>> {
  const stream = new ChunkWriter();
  const head = new Writer(256);
  head.u32(MAGIC);
  head.u53(revision);
  head.u53(tree.size);
  stream.push(head.view());
  for (const leaf of tree.leaves()) {
    for (let index = 0; index < leaf.width; index++) {
      pushEntry(stream, head, leaf.keys[index]!, leaf.values[index]!);
      yield* stream.takeFull();
    }
  }
  yield* stream.end();
}

function pushEntry(stream: ChunkWriter, head: Writer, sortable: string, record: KeyRecord): void {
  head.reset();
  head.text(fromSortable(sortable));
  head.u53(record.createRevision);
  head.u53(record.modRevision);
  head.u53(record.version);
  head.u32(record.length);
  stream.push(head.view());
  stream.push(valueOf(record));
}

/** Cuts a stream of bytes into chunks, each of them new. */
class ChunkWriter {
  #chunk = new Uint8Array(CHUNK_BYTES);
  #used = 0;
  #full: Uint8Array<ArrayBuffer>[] = [];
  #crc = 0;

  push(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      const piece = rest.subarray(0, CHUNK_BYTES - this.#used);
      this.#chunk.set(piece, this.#used);
      this.#used += piece.length;
      rest = rest.subarray(piece.length);
      if (this.#used === CHUNK_BYTES) this.#cut();
    }
  }

  takeFull(): readonly Uint8Array<ArrayBuffer>[] {
    if (this.#full.length === 0) return this.#full;
    const full = this.#full;
    this.#full = [];
    return full;
  }

  end(): readonly Uint8Array<ArrayBuffer>[] {
    const crc = crc32(this.#chunk.subarray(0, this.#used), this.#crc);
    this.push(Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24));
    const last = this.#chunk.slice(0, this.#used);
    return last.length === 0 ? this.#full : [...this.#full, last];
  }

  #cut(): void {
    this.#crc = crc32(this.#chunk, this.#crc);
    this.#full.push(this.#chunk);
    this.#chunk = new Uint8Array(CHUNK_BYTES);
    this.#used = 0;
  }
}

/** Sees one key of a snapshot. The value is valid during the call only. */
export type EntryVisitor = (key: string, metadata: KeyMetadata, value: Uint8Array) => void;

/**
 * Shows every key of a snapshot to `visit`, in order, and returns its revision. What was shown counts
 * only if it returns.
 *
 * @throws {KvSnapshotError} if it is torn, damaged, or none at all.
 */
export function readSnapshot(chunks: Iterable<Uint8Array>, visit: EntryVisitor): number {
  const stream = new ChunkReader(chunks);
  const header = new Reader(stream.read(HEADER_BYTES));
  if (header.u32() !== MAGIC) throw new KvSnapshotError("it does not begin as one does");
  const revision = readNumber(header);
  const count = readNumber(header);
  for (let index = 0; index < count; index++) readEntry(stream, visit);
  stream.read(CRC_BYTES);
  stream.end();
  return revision;
}

function readEntry(stream: ChunkReader, visit: EntryVisitor): void {
  const keyLength = new Reader(stream.read(KEY_LENGTH_BYTES)).u32();
  const key = decodeKey(stream.read(keyLength));
  if (key === undefined) throw new KvSnapshotError("a key is not valid UTF-8");
  const numbers = new Reader(stream.read(NUMBERS_BYTES));
  const metadata = {
    createRevision: readNumber(numbers),
    modRevision: readNumber(numbers),
    version: readNumber(numbers),
  };
  visit(key, metadata, stream.read(numbers.u32()));
}

function readNumber(reader: Reader): number {
  const high = reader.u32();
  if (high > 0x1f_ffff) throw new KvSnapshotError("a number is beyond 2^53");
  return high * 0x1_0000_0000 + reader.u32();
}

/** Reads across chunks. Nothing is allocated for bytes that are not there. */
class ChunkReader {
  readonly #chunks: Iterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #offset = 0;
  #crc = 0;

  constructor(chunks: Iterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.iterator]();
  }

  /** The next `length` bytes: a view that the next read may invalidate. */
  read(length: number): Uint8Array {
    if (length <= this.#chunk.length - this.#offset) return this.#take(length);
    const pieces: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#offset === this.#chunk.length && !this.#next()) {
        throw new KvSnapshotError(`it ends ${missing} bytes too early`);
      }
      const piece = this.#take(Math.min(missing, this.#chunk.length - this.#offset));
      pieces.push(piece);
      missing -= piece.length;
    }
    return concatenate(pieces, length);
  }

  /** Checks that everything was read, and that it is what was written. */
  end(): void {
    if (this.#offset < this.#chunk.length || this.#next()) {
      throw new KvSnapshotError("bytes are left over");
    }
    if (this.#crc !== CRC_RESIDUE) throw new KvSnapshotError("its checksum does not match");
  }

  #take(length: number): Uint8Array {
    const start = this.#offset;
    this.#offset += length;
    return this.#chunk.subarray(start, this.#offset);
  }

  /** Goes on to the next chunk that is not empty; false if there is none. */
  #next(): boolean {
    for (;;) {
      const next = this.#chunks.next();
      if (next.done === true) return false;
      this.#chunk = next.value;
      this.#offset = 0;
      this.#crc = crc32(this.#chunk, this.#crc);
      if (this.#chunk.length > 0) return true;
    }
  }
}

function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
