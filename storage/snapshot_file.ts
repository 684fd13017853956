/**
 * A snapshot's file: records with the pieces of the state, numbered by their offset in it, and one
 * record at the end that says how much there must be. It is written under a temporary name, so a
 * file with the final name was whole once.
 *
 * @module
 */
import { Reader, Writer } from "../actors/schema.ts";
import type { Disk } from "./disk.ts";
import { encodeRecord, recordBytes, RecordType } from "./record.ts";
import { RecordReader } from "./record_reader.ts";
import type { Steps } from "./steps.ts";

/** The largest piece that is stored as one record, in bytes. */
export const CHUNK_BYTES_MAX = 1024 * 1024;

/** A snapshot by its name. */
export interface SnapshotName {
  readonly name: string;
  readonly op: number;
  /** Segments of the log with lower serial numbers are older than the snapshot and do not count. */
  readonly logStart: number;
}

/** A piece of a snapshot. */
export interface Chunk {
  /** Where it starts in the state. */
  readonly offset: number;
  readonly length: number;
  /** Where its record starts in the file. */
  readonly position: number;
}

/** A snapshot that is whole. */
export interface WholeSnapshot extends SnapshotName {
  readonly base: Uint8Array;
  /** The size of the state, in bytes. */
  readonly bytes: number;
  readonly chunks: readonly Chunk[];
}

const NAME = /^snapshot-(\d{16})-(\d{8})$/;
const TEMPORARY = /^snapshot-\d{16}\.tmp$/;

/** The final name. */
export function snapshotName(op: number, logStart: number): SnapshotName {
  const name = `snapshot-${padded(op, 16)}-${padded(logStart, 8)}`;
  return { name, op, logStart };
}

/** The name while it is being written. */
export function temporaryName(op: number): string {
  return `snapshot-${padded(op, 16)}.tmp`;
}

/** Whether a file was left over by a snapshot that was never finished. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** The snapshots among the files of a directory, newest first. */
export function snapshotNames(names: readonly string[]): SnapshotName[] {
  const found: SnapshotName[] = [];
  for (const name of names) {
    const match = NAME.exec(name);
    if (match) found.push({ name, op: Number(match[1]), logStart: Number(match[2]) });
  }
  // A log that started anew makes a snapshot newer, whatever its op-number.
  return found.sort((a, b) => b.logStart - a.logStart || b.op - a.op);
}

/** What the checksums of a snapshot start from. */
export function snapshotSeed(op: number): number {
  return op >>> 0;
}

/** A piece of the state as a record. */
export function encodeChunk(
  op: number,
  chunk: Omit<Chunk, "length">,
  payload: Uint8Array,
): Uint8Array {
  const record = { type: RecordType.chunk, number: chunk.offset, payload };
  return encodeRecord(record, { seed: snapshotSeed(op), start: chunk.position });
}

/** The record that ends a snapshot of so many bytes; it goes to `position` in the file. */
export function encodeEnd(
  op: number,
  end: { readonly bytes: number; readonly position: number },
  base: Uint8Array,
): Uint8Array {
  const writer = new Writer(16 + base.length);
  writer.u53(end.bytes);
  writer.bytes(base);
  const record = { type: RecordType.end, number: op, payload: writer.finish() };
  return encodeRecord(record, { seed: snapshotSeed(op), start: end.position });
}

/** Reads a whole file and checks it; `undefined` if it is damaged. */
export function* checkSnapshot(
  disk: Disk,
  snapshot: SnapshotName,
): Steps<WholeSnapshot | undefined> {
  const { op } = snapshot;
  const reader = yield* RecordReader.open(disk, snapshot.name, snapshotSeed(op));
  const chunks: Chunk[] = [];
  let bytes = 0;
  let base: Uint8Array | undefined;
  yield* reader.read((record) => {
    if (record.type === RecordType.end && record.number === op) {
      const end = new Reader(record.payload);
      if (end.u53() === bytes) base = end.bytes(end.remaining).slice();
    }
    if (record.type !== RecordType.chunk || record.number !== bytes) return false;
    const { length } = record.payload;
    chunks.push({ offset: bytes, length, position: record.offset });
    bytes += length;
  });
  return base === undefined ? undefined : { ...snapshot, base, bytes, chunks };
}

/** The piece that holds `offset`, by bisection. */
export function chunkAt(chunks: readonly Chunk[], offset: number): Chunk | undefined {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const chunk = chunks[middle]!;
    if (chunk.offset + chunk.length <= offset) low = middle + 1;
    else high = middle;
  }
  const chunk = chunks[low];
  return chunk !== undefined && chunk.offset <= offset ? chunk : undefined;
}

/** Bytes of a piece's record. */
export function chunkRecordBytes(chunk: Chunk): number {
  return recordBytes(chunk.length);
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, "0");
}
