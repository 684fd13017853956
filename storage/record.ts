/**
 * How a record looks on disk. Every file of the journal is a sequence of records:
 *
 * ```text
 *  0  magic              4 bytes
 *  4  header checksum    4 bytes, crc32 of bytes 8 to 31
 *  8  payload checksum   4 bytes, crc32 of the payload
 * 12  payload length     4 bytes
 * 16  type               3 bytes
 * 19  flags              1 byte; 1: dense
 * 20  number             8 bytes: an op-number, or whatever the type makes of it
 * 28  batch              4 bytes: the offset in the file of the write that the record came with
 * 32  payload
 *     end mark           4 bytes, never zero
 * ```
 *
 * Numbers are big-endian. Both checksums start from a seed that belongs to the file, so that a record
 * which strayed in from another file is not taken for one of this.
 *
 * A header lies in one sector: where there is too little room left for it, zeros fill the sector up.
 *
 * Everything else serves to tell a write that never finished from one that was damaged later. What
 * such a write leaves is zeros, in some of its sectors. So the header has a checksum of its own: where
 * the record ends must be known before its payload is trusted. The end mark is there because a payload
 * may end in zeros. A record is dense if none of its sectors is (nearly) all zeros anyhow. And what
 * belongs to a later write was written after this one was durable.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { invariant } from "../actors/errors.ts";

/** What a record holds. */
export const RecordType = {
  /** An entry of the log; the number is its op-number. */
  entry: 1,
  /** Entries after the number are gone. */
  truncate: 2,
  /** Starts a segment that stands in for a damaged part of the log. */
  repair: 3,
  /** The replica's small record; the number counts its versions. */
  durable: 4,
  /** A piece of a snapshot; the number is its offset. */
  chunk: 5,
  /** The end of a snapshot; the number is its op-number. */
  end: 6,
} as const;

/** One of the numbers in {@linkcode RecordType}. */
export type RecordType = typeof RecordType[keyof typeof RecordType];

/** Bytes before the payload. */
export const HEADER_BYTES = 32;
/** Bytes that a record takes beyond its payload. */
export const OVERHEAD_BYTES = HEADER_BYTES + 4;
/** The largest payload, in bytes. */
export const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;
/** What a disk writes whole or not at all, in bytes. */
export const SECTOR_BYTES = 512;

const MAGIC = 0xd3_54_52_31;
const END_MARK = 0xe7_9d_c5_b3;
const DENSE = 1;
/** Bytes that are not zero in every sector of a dense record: no single error can hide them all. */
const DENSE_BYTES = 4;

/** The first byte of every record: to look for where the next one starts. */
export const MAGIC_FIRST_BYTE = MAGIC >>> 24;

/** What a header says. */
export interface RecordHeader {
  readonly type: number;
  readonly number: number;
  readonly length: number;
  readonly payloadChecksum: number;
  /** Whether every sector within the record holds something other than zeros. */
  readonly dense: boolean;
  /** Where the write started that the record came with. */
  readonly batch: number;
}

/** Where bytes are going to be written. */
export interface Destination {
  /** What the file's checksums start from. */
  readonly seed: number;
  /** The offset in the file of the first byte. */
  readonly start: number;
}

/** Bytes of a record with a payload of `length` bytes. */
export function recordBytes(length: number): number {
  return length + OVERHEAD_BYTES;
}

/** Where a record starts that follows what ends at `offset` of a file. */
export function recordStart(offset: number): number {
  const room = SECTOR_BYTES - offset % SECTOR_BYTES;
  return room < HEADER_BYTES ? offset + room : offset;
}

/** Writes a record at `offset` of the bytes of one write; returns the offset after it. */
export function writeRecord(
  into: Uint8Array,
  offset: number,
  record: { readonly type: RecordType; readonly number: number; readonly payload: Uint8Array },
  { seed, start }: Destination,
): number {
  const { type, number, payload } = record;
  invariant(payload.length <= PAYLOAD_BYTES_MAX, `a payload of ${payload.length} bytes fits`);
  invariant(start <= 0xffff_ffff, `a file of ${start} bytes is not too long`);
  const view = new DataView(into.buffer, into.byteOffset + offset, recordBytes(payload.length));
  into.set(payload, offset + HEADER_BYTES);
  view.setUint32(0, MAGIC);
  view.setUint32(8, crc32(payload, seed));
  view.setUint32(12, payload.length);
  view.setUint32(20, Math.floor(number / 0x1_0000_0000));
  view.setUint32(24, number >>> 0);
  view.setUint32(28, start);
  view.setUint32(HEADER_BYTES + payload.length, END_MARK);
  const end = offset + view.byteLength;
  view.setUint32(16, type * 256 + (isDense(into, offset, end, start) ? DENSE : 0));
  view.setUint32(4, crc32(into.subarray(offset + 8, offset + HEADER_BYTES), seed));
  return end;
}

/** A record alone, as bytes. */
export function encodeRecord(
  record: { readonly type: RecordType; readonly number: number; readonly payload: Uint8Array },
  destination: Destination,
): Uint8Array {
  const bytes = new Uint8Array(recordBytes(record.payload.length));
  writeRecord(bytes, 0, record, destination);
  return bytes;
}

/** The header at `offset`; `undefined` unless one is there, whole. */
export function readHeader(
  bytes: Uint8Array,
  offset: number,
  seed: number,
): RecordHeader | undefined {
  if (bytes.length - offset < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, HEADER_BYTES);
  if (view.getUint32(0) !== MAGIC) return undefined;
  const checksum = crc32(bytes.subarray(offset + 8, offset + HEADER_BYTES), seed);
  if (view.getUint32(4) !== checksum) return undefined;
  const length = view.getUint32(12);
  const number = view.getUint32(20) * 0x1_0000_0000 + view.getUint32(24);
  if (length > PAYLOAD_BYTES_MAX || !Number.isSafeInteger(number)) return undefined;
  return {
    type: view.getUint32(16) >>> 8,
    number,
    length,
    payloadChecksum: view.getUint32(8),
    dense: (view.getUint8(19) & DENSE) !== 0,
    batch: view.getUint32(28),
  };
}

/** Whether no sector that lies within the record is all zeros, or nearly. */
function isDense(bytes: Uint8Array, from: number, end: number, start: number): boolean {
  const first = Math.ceil((start + from) / SECTOR_BYTES) * SECTOR_BYTES - start;
  for (let sector = first; sector + SECTOR_BYTES <= end; sector += SECTOR_BYTES) {
    let found = 0;
    for (let at = sector; at < sector + SECTOR_BYTES && found < DENSE_BYTES; at++) {
      if (bytes[at] !== 0) found++;
    }
    if (found < DENSE_BYTES) return false;
  }
  return true;
}

/** Whether these are the bytes that a header speaks of. */
export function isPayload(payload: Uint8Array, header: RecordHeader, seed: number): boolean {
  return payload.length === header.length && crc32(payload, seed) === header.payloadChecksum;
}
