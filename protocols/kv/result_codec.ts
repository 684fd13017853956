/**
 * Results of commands as bytes: one byte for the kind, the store's revision, and what only that kind
 * has. What follows from the rest is not written: after a write, `modRevision` is the store's
 * revision, and a key was created if its `version` is 1.
 *
 * @module
 */
import { type Reader, SchemaError, type Writer } from "../../actors/schema.ts";
import type { KeyResult, KvResult, Unreadable } from "./types.ts";
import { beginWrite, finish, readI64, readResultOf, writeI64 } from "./wire.ts";

const PUT = 1;
const DELETED = 2;
const INCREMENTED = 3;
const PRECONDITION_FAILED = 4;
const NOT_A_NUMBER = 5;
const NUMBER_OVERFLOW = 6;
const TOO_LARGE = 7;
/** Shared with the results of queries. */
export const MALFORMED = 8;
const BATCH = 9;

const REASON_BYTES_MAX = 1024;

/** Writes a result. */
export function encodeResult(result: KvResult): Uint8Array<ArrayBuffer> {
  const writer = beginWrite();
  if (result.type === "batch") {
    begin(writer, BATCH, result.revision);
    writer.u32(result.results.length);
    for (const each of result.results) writeResult(writer, each);
  } else {
    writeResult(writer, result);
  }
  return finish(writer);
}

function writeResult(writer: Writer, result: KeyResult): void {
  switch (result.type) {
    case "put":
      begin(writer, PUT, result.revision);
      writer.u53(result.createRevision);
      writer.u53(result.version);
      break;
    case "deleted":
      begin(writer, DELETED, result.revision);
      writer.u8(result.deleted ? 1 : 0);
      break;
    case "incremented":
      begin(writer, INCREMENTED, result.revision);
      writer.u53(result.createRevision);
      writer.u53(result.version);
      writeI64(writer, result.value);
      break;
    case "precondition_failed":
      begin(writer, PRECONDITION_FAILED, result.revision);
      writer.u53(result.modRevision);
      break;
    case "not_a_number":
      begin(writer, NOT_A_NUMBER, result.revision);
      writer.u53(result.modRevision);
      break;
    case "number_overflow":
      begin(writer, NUMBER_OVERFLOW, result.revision);
      writer.u53(result.modRevision);
      break;
    case "too_large":
      begin(writer, TOO_LARGE, result.revision);
      writer.u8(result.what === "key" ? 0 : 1);
      writer.u32(result.bytes);
      writer.u32(result.limit);
      break;
    case "malformed":
      begin(writer, MALFORMED, result.revision);
      writer.text(result.reason);
      break;
  }
}

function begin(writer: Writer, tag: number, revision: number): void {
  writer.u8(tag);
  writer.u53(revision);
}

/** Reads a result. */
export function decodeResult(bytes: Uint8Array): KvResult | Unreadable {
  return readResultOf(bytes, readResult);
}

function readResult(reader: Reader, tag: number, revision: number): KvResult {
  if (tag !== BATCH) return readKeyResult(reader, tag, revision);
  const count = reader.u32();
  const results: KeyResult[] = [];
  // Whatever the count says, reading ends where the bytes do.
  for (let index = 0; index < count; index++) {
    results.push(readKeyResult(reader, reader.u8(), reader.u53()));
  }
  return { type: "batch", revision, results };
}

function readKeyResult(reader: Reader, tag: number, revision: number): KeyResult {
  switch (tag) {
    case PUT:
      return { type: "put", revision, ...readWritten(reader, revision) };
    case DELETED:
      return { type: "deleted", revision, deleted: reader.u8() !== 0 };
    case INCREMENTED: {
      const written = readWritten(reader, revision);
      return { type: "incremented", revision, ...written, value: readI64(reader) };
    }
    case PRECONDITION_FAILED:
      return { type: "precondition_failed", revision, modRevision: reader.u53() };
    case NOT_A_NUMBER:
      return { type: "not_a_number", revision, modRevision: reader.u53() };
    case NUMBER_OVERFLOW:
      return { type: "number_overflow", revision, modRevision: reader.u53() };
    case TOO_LARGE: {
      const what = reader.u8() === 0 ? "key" : "value";
      return { type: "too_large", revision, what, bytes: reader.u32(), limit: reader.u32() };
    }
    case MALFORMED:
      return { type: "malformed", revision, reason: reader.text(REASON_BYTES_MAX) };
    default:
      throw new SchemaError(`No result of a command with tag ${tag}`);
  }
}

function readWritten(reader: Reader, revision: number) {
  const createRevision = reader.u53();
  const version = reader.u53();
  return { createRevision, modRevision: revision, version, created: version === 1 };
}
