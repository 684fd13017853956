/**
 * Queries as bytes: one byte for the query; then the key, or the flags, the limit and the texts of a
 * scan.
 *
 * @module
 */
import { Reader, SchemaError, type Writer } from "../../actors/schema.ts";
import type { KvQuery, Scan } from "./query_types.ts";
import { KvInputError, type MalformedInput, SCAN_LIMIT_DEFAULT, SCAN_LIMIT_MAX } from "./types.ts";
import { beginWrite, finishBriefly, readKey, readOr, requireKey, writeKey } from "./wire.ts";

const GET = 1;
const SCAN = 2;
const SIZE = 3;

const HAS_PREFIX = 1;
const HAS_START = 2;
const HAS_END = 4;
const HAS_CURSOR = 8;
const KEYS_ONLY = 16;
const COUNT_ONLY = 32;
const REVERSE = 64;
const KNOWN_FLAGS = 127;

/** More than the longest cursor there is: it names three keys at most. */
export const CURSOR_BYTES_MAX = 64 * 1024;

/**
 * Writes a query.
 *
 * @throws {KvInputError} `bad_request` for an empty key, text that is not well-formed, a limit out of
 * bounds, or a scan of both a prefix and a start or end, or with a cursor and `countOnly`;
 * `too_large` for a key beyond 8 KiB.
 */
export function encodeQuery(query: KvQuery): Uint8Array<ArrayBuffer> {
  const writer = beginWrite();
  switch (query.type) {
    case "get":
      requireKey(query.key);
      writer.u8(GET);
      writeKey(writer, query.key);
      break;
    case "scan":
      writeScan(writer, query);
      break;
    case "size":
      writer.u8(SIZE);
      break;
  }
  return finishBriefly(writer);
}

function writeScan(writer: Writer, scan: Scan): void {
  const limit = scan.limit ?? SCAN_LIMIT_DEFAULT;
  const unfit = unfitScan(scan, limit);
  if (unfit !== undefined) throw new KvInputError("bad_request", unfit);
  writer.u8(SCAN);
  writer.u8(flagsOf(scan));
  writer.u16(limit);
  for (const bound of [scan.prefix, scan.start, scan.end]) {
    if (bound !== undefined) writeKey(writer, bound);
  }
  if (scan.cursor !== undefined) writer.text(scan.cursor);
}

function flagsOf(scan: Scan): number {
  return (scan.prefix === undefined ? 0 : HAS_PREFIX) |
    (scan.start === undefined ? 0 : HAS_START) |
    (scan.end === undefined ? 0 : HAS_END) |
    (scan.cursor === undefined ? 0 : HAS_CURSOR) |
    (scan.keysOnly === true ? KEYS_ONLY : 0) |
    (scan.countOnly === true ? COUNT_ONLY : 0) |
    (scan.reverse === true ? REVERSE : 0);
}

function unfitScan(scan: Scan, limit: number): string | undefined {
  if (!Number.isInteger(limit) || limit < 1 || limit > SCAN_LIMIT_MAX) {
    return `Limit of a scan is not an integer from 1 to ${SCAN_LIMIT_MAX}: ${limit}`;
  }
  if (scan.prefix !== undefined && (scan.start !== undefined || scan.end !== undefined)) {
    return "A scan takes a prefix, or a start and an end, not both";
  }
  if (scan.countOnly === true && scan.cursor !== undefined) {
    return "A scan that only counts takes no cursor: it counts the whole range";
  }
  return undefined;
}

/** Reads a query. */
export function decodeQuery(bytes: Uint8Array): KvQuery | MalformedInput {
  return readOr(() => readWhole(new Reader(bytes)), (reason) => ({ type: "malformed", reason }));
}

function readWhole(reader: Reader): KvQuery {
  const query = readQuery(reader);
  reader.end();
  return query;
}

function readQuery(reader: Reader): KvQuery {
  const tag = reader.u8();
  switch (tag) {
    case GET: {
      const key = readKey(reader);
      if (key.length === 0) throw new SchemaError("Key is empty");
      return { type: "get", key };
    }
    case SCAN:
      return readScan(reader);
    case SIZE:
      return { type: "size" };
    default:
      throw new SchemaError(`No query with tag ${tag}`);
  }
}

function readScan(reader: Reader): Scan {
  const flags = reader.u8();
  if (flags > KNOWN_FLAGS) throw new SchemaError(`Unknown flags of a scan: ${flags}`);
  const limit = reader.u16();
  const readIf = (flag: number) => (flags & flag) === 0 ? undefined : readKey(reader);
  const scan: Scan = {
    type: "scan",
    limit,
    prefix: readIf(HAS_PREFIX),
    start: readIf(HAS_START),
    end: readIf(HAS_END),
    cursor: (flags & HAS_CURSOR) === 0 ? undefined : reader.text(CURSOR_BYTES_MAX),
    keysOnly: (flags & KEYS_ONLY) !== 0,
    countOnly: (flags & COUNT_ONLY) !== 0,
    reverse: (flags & REVERSE) !== 0,
  };
  const unfit = unfitScan(scan, limit);
  if (unfit !== undefined) throw new SchemaError(unfit);
  return scan;
}
