/**
 * The buffers that schemas write to and read from. Integers are big-endian.
 *
 * @module
 */
import { TroupeError } from "./errors.ts";
import type { Ref } from "./ref.ts";
import type { Schema } from "./schema.ts";

/** Bytes that do not fit the schema that they were read with, or a value beyond a schema's bounds. */
export class SchemaError extends TroupeError {
  /** Takes what is wrong with them. */
  constructor(what: string) {
    super("schema_violation", what);
  }
}

/** Up to here bytes are copied, and ASCII is written, one by one: a view of them costs more than they do. */
const SHORT_BYTES = 64;

const textEncoder = new TextEncoder();
// A byte order mark is part of a text like any other character.
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A growing buffer that schemas write to. It does not check values: the schemas do. */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;
  /** Called for every ref written, with the schema of its messages: the transport exposes it. */
  readonly onRef: ((ref: Ref<never>, schema: Schema<never>) => void) | undefined;

  /** Makes a buffer of `capacity` bytes, which grows when it is full. */
  constructor(capacity = 1024, onRef?: (ref: Ref<never>, schema: Schema<never>) => void) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
    this.onRef = onRef;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Forgets what was written, keeping the buffer. */
  reset(): void {
    this.#length = 0;
  }

  /** Forgets everything written after the first `length` bytes. */
  rewind(length: number): void {
    this.#length = Math.min(length, this.#length);
  }

  /** What was written: a view that the next write may invalidate. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, as a copy. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** Copies what was written to the start of `target`, which must have room. */
  copyTo(target: Uint8Array): void {
    if (this.#length > SHORT_BYTES) return target.set(this.view());
    for (let index = 0; index < this.#length; index++) target[index] = this.#bytes[index]!;
  }

  /** An integer from 0 to 255, in one byte. */
  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** An integer from 0 to 2^16 - 1, in two bytes. */
  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
  }

  /** An integer from 0 to 2^32 - 1, in four bytes. */
  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  /** An integer from 0 to 2^53 - 1, in eight bytes. */
  u53(value: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#length, Math.floor(value / 0x1_0000_0000));
    this.#view.setUint32(this.#length + 4, value >>> 0);
    this.#length += 8;
  }

  /** Any number, in eight bytes. */
  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value);
    this.#length += 8;
  }

  /** The bytes alone, without their length. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The length in four bytes, then the bytes. */
  bytes(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.raw(bytes);
  }

  /** The length in four bytes, then the text as UTF-8. */
  text(text: string): void {
    this.#reserve(4 + text.length * 3);
    const start = this.#length + 4;
    const written = writeShortAscii(text, this.#bytes, start) ??
      textEncoder.encodeInto(text, this.#bytes.subarray(start)).written;
    this.#view.setUint32(this.#length, written);
    this.#length = start + written;
  }

  /** Overwrites four bytes written earlier: a length that is known only now. */
  patchU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Reads values from bytes that nobody vouches for: every read may throw a {@linkcode SchemaError}. */
export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  /** Reads from the first byte on. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** An integer from 0 to 255. */
  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  /** An integer from 0 to 2^16 - 1. */
  u16(): number {
    const at = this.#take(2);
    return this.#bytes[at]! << 8 | this.#bytes[at + 1]!;
  }

  /** An integer from 0 to 2^32 - 1. */
  u32(): number {
    return this.#u32At(this.#take(4));
  }

  /** An integer from 0 to 2^53 - 1; eight bytes that mean a larger one are refused. */
  u53(): number {
    const at = this.#take(8);
    const high = this.#u32At(at);
    if (high > 0x1f_ffff) throw new SchemaError(`Integer beyond 2^53 at byte ${at}`);
    return high * 0x1_0000_0000 + this.#u32At(at + 4);
  }

  /** Any number. */
  f64(): number {
    const { buffer, byteOffset } = this.#bytes;
    return new DataView(buffer, byteOffset + this.#take(8), 8).getFloat64(0);
  }

  /** The next `length` bytes, as a view. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A length in four bytes, then at most `maxLength` bytes, as a view. */
  bytes(maxLength: number): Uint8Array {
    const length = this.u32();
    if (length > maxLength) {
      throw new SchemaError(`Byte array of ${length} bytes exceeds its limit of ${maxLength}`);
    }
    return this.raw(length);
  }

  /** A length in four bytes, then at most `maxBytes` bytes of UTF-8. */
  text(maxBytes: number): string {
    const bytes = this.bytes(maxBytes);
    try {
      return textDecoder.decode(bytes);
    } catch (cause) {
      throw new SchemaError(`Text of ${bytes.length} bytes is not UTF-8: ${String(cause)}`);
    }
  }

  /**
   * A length in four bytes, then that many bytes, if they are at most `maxLength` and ASCII; `undefined` without
   * reading anything if they are not. Several times faster than other ways to read a text.
   */
  shortAscii(maxLength: number): string | undefined {
    const bytes = this.#bytes;
    const from = this.#offset + 4;
    if (from > bytes.length) return undefined;
    const length = this.#u32At(this.#offset);
    if (length > maxLength || length > bytes.length - from) return undefined;
    const text = asciiOf(bytes, from, length);
    if (text !== undefined) this.#offset = from + length;
    return text;
  }

  /**
   * Checks that everything was read.
   *
   * @throws {SchemaError} if bytes are left over.
   */
  end(): void {
    if (this.remaining !== 0) throw new SchemaError(`${this.remaining} bytes left over`);
  }

  /** By hand: a `DataView` for every reader costs more than all that most of them read. */
  #u32At(at: number): number {
    const bytes = this.#bytes;
    return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
  }

  #take(count: number): number {
    const at = this.#offset;
    if (count > this.#bytes.length - at) {
      throw new SchemaError(`${count} bytes wanted at byte ${at}, ${this.#bytes.length - at} left`);
    }
    this.#offset = at + count;
    return at;
  }
}

/** The text of `length` bytes from `from` on, if they are ASCII; of short ones, for each byte is an argument. */
export function asciiOf(bytes: Uint8Array, from: number, length: number): string | undefined {
  const units = new Array<number>(length);
  for (let index = 0; index < length; index++) {
    const byte = bytes[from + index]!;
    if (byte > 0x7f) return undefined;
    units[index] = byte;
  }
  return String.fromCharCode.apply(null, units);
}

/** Writes a short text of ASCII and returns its length; `undefined` for any other. */
function writeShortAscii(text: string, bytes: Uint8Array, start: number): number | undefined {
  if (text.length > SHORT_BYTES) return undefined;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return undefined;
    bytes[start + index] = unit;
  }
  return text.length;
}
