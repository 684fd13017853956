/**
 * How a record looks on disk. Every file of the journal is a sequence of records:
 *
 * ```text
 *  0  magic              4 bytes
 *  4  header checksum    4 bytes, crc32 of bytes 8 to 27
 *  8  payload checksum   4 bytes, crc32 of the payload
 * 12  payload length     4 bytes
 * 16  type               4 bytes
 * 20  number             8 bytes: an op-number, or whatever the type makes of it
 * 28  payload
 *     end mark           4 bytes, never zero
 * ```
 *
 * Numbers are big-endian. Both checksums start from a seed that belongs to the file, so that a record
 * which strayed in from another file is not taken for one of this. The header has a checksum of its
 * own because the length must be trusted before the payload is: where a record ends decides between a
 * write that was cut short and one that was damaged later. The end mark does the rest: a payload may
 * end in zeros, a record that was written whole never does.
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
export const HEADER_BYTES = 28;
/** Bytes that a record takes beyond its payload. */
export const OVERHEAD_BYTES = HEADER_BYTES + 4;
/** The largest payload, in bytes. */
export const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;

const MAGIC = 0xd3_54_52_31;
const END_MARK = 0xe7_9d_c5_b3;

/** The first byte of every record: to look for where the next one starts. */
export const MAGIC_FIRST_BYTE = MAGIC >>> 24;

/** What a header says. */
export interface RecordHeader {
  readonly type: number;
  readonly number: number;
  readonly length: number;
  readonly payloadChecksum: number;
}

/** Bytes of a record with a payload of `length` bytes. */
export function recordBytes(length: number): number {
  return length + OVERHEAD_BYTES;
}

/** Writes a record at `offset`; returns the offset after it. */
export function writeRecord(
  into: Uint8Array,
  offset: number,
  record: { readonly type: RecordType; readonly number: number; readonly payload: Uint8Array },
  seed: number,
): number {
  const { type, number, payload } = record;
  invariant(payload.length <= PAYLOAD_BYTES_MAX, `a payload of ${payload.length} bytes fits`);
  const view = new DataView(into.buffer, into.byteOffset + offset, recordBytes(payload.length));
  view.setUint32(0, MAGIC);
  view.setUint32(8, crc32(payload, seed));
  view.setUint32(12, payload.length);
  view.setUint32(16, type);
  view.setUint32(20, Math.floor(number / 0x1_0000_0000));
  view.setUint32(24, number >>> 0);
  view.setUint32(4, crc32(into.subarray(offset + 8, offset + HEADER_BYTES), seed));
  into.set(payload, offset + HEADER_BYTES);
  view.setUint32(HEADER_BYTES + payload.length, END_MARK);
  return offset + view.byteLength;
}

/** A record alone, as bytes. */
export function encodeRecord(
  record: { readonly type: RecordType; readonly number: number; readonly payload: Uint8Array },
  seed: number,
): Uint8Array {
  const bytes = new Uint8Array(recordBytes(record.payload.length));
  writeRecord(bytes, 0, record, seed);
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
  return { type: view.getUint32(16), number, length, payloadChecksum: view.getUint32(8) };
}

/** Whether these are the bytes that a header speaks of. */
export function isPayload(payload: Uint8Array, header: RecordHeader, seed: number): boolean {
  return payload.length === header.length && crc32(payload, seed) === header.payloadChecksum;
}
