/**
 * The pieces that the store's encodings are made of. Numbers are big-endian; a key is its length in
 * four bytes and its UTF-8; a value comes last and takes up the rest.
 *
 * @module
 */
import { Arena } from "../../actors/arena.ts";
import { Reader, SchemaError, Writer } from "../../actors/schema.ts";
import { asciiOf } from "../../actors/wire.ts";
import { KvInputError, type Unreadable } from "./types.ts";

/** The longest key that can be encoded at all, in bytes. */
export const WIRE_KEY_BYTES_MAX = 8192;
/** Keys up to this length are tried as ASCII first, which is several times faster. */
const ASCII_LENGTH_MAX = 64;

// A byte order mark at its start is part of a key, hence `ignoreBOM`: it says "do not strip it".
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What everything is written to before it is copied out: nothing here outlives a call. */
const scratch = new Writer(4096);

/** Commands, queries and values read: copied on, or done with, before long. */
const brief = new Arena(32 * 1024);
/** Results of commands: each is kept by its session, and its chunk with it. */
const lasting = new Arena(2 * 1024);

/** The shared writer, empty. */
export function beginWrite(): Writer {
  scratch.reset();
  return scratch;
}

/** What was written, followed by `tail`, as a copy that is kept only briefly. */
export function finishWith(writer: Writer, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = brief.allocate(writer.length + tail.length);
  writer.copyTo(bytes);
  bytes.set(tail, writer.length);
  return bytes;
}

/** What was written, as a copy that is kept only briefly. */
export function finishBriefly(writer: Writer): Uint8Array<ArrayBuffer> {
  const bytes = brief.allocate(writer.length);
  writer.copyTo(bytes);
  return bytes;
}

/** What was written, as a copy that may be kept for as long as a session lasts. */
export function finish(writer: Writer): Uint8Array<ArrayBuffer> {
  const bytes = lasting.allocate(writer.length);
  writer.copyTo(bytes);
  return bytes;
}

/**
 * Writes a key, or a bound of a range of keys.
 *
 * @throws {KvInputError} `too_large` beyond what can be encoded; `bad_request` for text that has no
 * UTF-8, since a replacement character in its stead would name another key.
 */
export function writeKey(writer: Writer, key: string): void {
  if (key.length > WIRE_KEY_BYTES_MAX) throw keyTooLarge(utf8Length(key));
  if (!key.isWellFormed()) {
    throw new KvInputError("bad_request", "Key has a lone surrogate, which cannot be encoded");
  }
  const before = writer.length;
  writer.text(key);
  const length = writer.length - before - 4;
  if (length > WIRE_KEY_BYTES_MAX) throw keyTooLarge(length);
}

function keyTooLarge(length: number): KvInputError {
  return new KvInputError(
    "too_large",
    `Key of ${length} bytes exceeds its limit of ${WIRE_KEY_BYTES_MAX}`,
  );
}

/** Refuses the empty key. */
export function requireKey(key: string): void {
  if (key.length === 0) throw new KvInputError("bad_request", "Key is empty");
}

/**
 * Reads a key, or a bound of a range of keys.
 *
 * @throws {SchemaError} if it is not UTF-8, or too long.
 */
export function readKey(reader: Reader): string {
  const ascii = reader.shortAscii(ASCII_LENGTH_MAX);
  if (ascii !== undefined) return ascii;
  const key = decodeKey(reader.bytes(WIRE_KEY_BYTES_MAX));
  if (key === undefined) throw new SchemaError("Key is not valid UTF-8");
  return key;
}

/** UTF-8 as text; `undefined` if it is not valid. */
export function decodeKey(bytes: Uint8Array): string | undefined {
  if (bytes.length <= ASCII_LENGTH_MAX) {
    const ascii = asciiOf(bytes, 0, bytes.length);
    if (ascii !== undefined) return ascii;
  }
  try {
    return textDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The length of well-formed text in UTF-8. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // Two surrogates make four bytes: two more than their two units.
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return length;
}

/** Writes a signed 64-bit integer. */
export function writeI64(writer: Writer, value: bigint): void {
  writer.u32(Number(BigInt.asUintN(32, value >> 32n)));
  writer.u32(Number(BigInt.asUintN(32, value)));
}

/** Reads a signed 64-bit integer. */
export function readI64(reader: Reader): bigint {
  return BigInt.asIntN(64, (BigInt(reader.u32()) << 32n) | BigInt(reader.u32()));
}

/** Reads a result, which says first what it is and which revision it reflects; all bytes are its. */
export function readResultOf<R>(
  bytes: Uint8Array,
  read: (reader: Reader, tag: number, revision: number) => R,
): R | Unreadable {
  return readOr(() => {
    const reader = new Reader(bytes);
    const tag = reader.u8();
    const result = read(reader, tag, reader.u53());
    reader.end();
    return result;
  }, (reason) => ({ type: "unreadable", reason }));
}

/** What reading came to: the value, or why the bytes do not fit. */
export function readOr<T, E>(read: () => T, unfit: (reason: string) => E): T | E {
  try {
    return read();
  } catch (error) {
    if (error instanceof SchemaError) return unfit(error.message);
    throw error;
  }
}
