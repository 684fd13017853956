/**
 * A log entry: one batch of client requests under one op-number (VRR 6.2), encoded once by the
 * primary and then sent, stored and sent again as those bytes. Each entry names the checksum of the
 * one before it, so that the checksum of the last entry vouches for the whole log.
 *
 * Layout: checksum 16, parent 16, op-number 8, view 4, time 8, count 4, then length 4 and bytes for
 * each request. The checksum is SHA-256, cut to 128 bits, of everything after it.
 *
 * @module
 */
import { hash } from "node:crypto";
import { Reader, SchemaError } from "../actors/schema.ts";

/** Bytes of a checksum. */
export const CHECKSUM_BYTES = 16;
const HEADER_BYTES = CHECKSUM_BYTES * 2 + 8 + 4 + 8 + 4;

/** The parent of the first entry. */
export const GENESIS: Uint8Array = new Uint8Array(CHECKSUM_BYTES);

/** An entry of the log. */
export interface Entry {
  readonly opNumber: number;
  /** The view in which it was first prepared. */
  readonly view: number;
  /** The primary's wall clock when it ordered the entry; never decreases along the log. */
  readonly time: number;
  readonly parent: Uint8Array;
  readonly checksum: Uint8Array;
  /** The whole entry, as it travels and is stored. */
  readonly bytes: Uint8Array;
}

/** What an entry is made from. */
export interface EntryContent {
  readonly opNumber: number;
  readonly view: number;
  readonly time: number;
  readonly parent: Uint8Array;
  readonly requests: readonly Uint8Array[];
}

/** Makes an entry of requests. */
export function sealEntry(content: EntryContent): Entry {
  const { opNumber, view, time, parent, requests } = content;
  let length = HEADER_BYTES;
  for (const request of requests) length += 4 + request.length;
  const bytes = new Uint8Array(length);
  const header = new DataView(bytes.buffer);
  bytes.set(parent, CHECKSUM_BYTES);
  let offset = CHECKSUM_BYTES * 2;
  header.setUint32(offset, Math.floor(opNumber / 0x1_0000_0000));
  header.setUint32(offset + 4, opNumber >>> 0);
  header.setUint32(offset + 8, view);
  header.setFloat64(offset + 12, time);
  header.setUint32(offset + 20, requests.length);
  offset = HEADER_BYTES;
  for (const request of requests) {
    header.setUint32(offset, request.length);
    bytes.set(request, offset + 4);
    offset += 4 + request.length;
  }
  bytes.set(checksumOf(bytes), 0);
  return { opNumber, view, time, parent, checksum: bytes.subarray(0, CHECKSUM_BYTES), bytes };
}

/**
 * Reads an entry's header and checks its form and its checksum.
 *
 * @throws {SchemaError} if it is not a whole entry.
 */
export function openEntry(bytes: Uint8Array): Entry {
  const reader = new Reader(bytes);
  const checksum = reader.raw(CHECKSUM_BYTES);
  const parent = reader.raw(CHECKSUM_BYTES);
  const opNumber = reader.u53();
  const view = reader.u32();
  const time = reader.f64();
  const count = reader.u32();
  for (let index = 0; index < count; index++) reader.bytes(bytes.length);
  reader.end();
  if (!equalChecksums(checksum, checksumOf(bytes))) {
    throw new SchemaError(`Checksum of entry ${opNumber} of view ${view} does not fit its content`);
  }
  return { opNumber, view, time, parent, checksum, bytes };
}

/** The requests of an entry, as views of its bytes. */
export function requestsOf(entry: Entry): Uint8Array[] {
  const reader = new Reader(entry.bytes);
  reader.raw(HEADER_BYTES - 4);
  const count = reader.u32();
  const requests: Uint8Array[] = [];
  for (let index = 0; index < count; index++) requests.push(reader.bytes(entry.bytes.length));
  reader.end();
  return requests;
}

/** Whether two checksums are the same. */
export function equalChecksums(a: Uint8Array, b: Uint8Array): boolean {
  for (let index = 0; index < CHECKSUM_BYTES; index++) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}

function checksumOf(bytes: Uint8Array): Uint8Array {
  return hash("sha256", bytes.subarray(CHECKSUM_BYTES), "buffer").subarray(0, CHECKSUM_BYTES);
}
