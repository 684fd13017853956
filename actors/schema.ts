/**
 * Schemas: what crosses a process boundary is declared once, and both the TypeScript type and the
 * check of incoming bytes follow from the declaration.
 *
 * The encoding is compact and carries no field names: numbers are big-endian, lengths come first,
 * a union starts with one byte that counts its variants in the order of their declaration. Two nodes
 * must therefore run the same declarations; the handshake compares a protocol version.
 *
 * @module
 */
import { TroupeError } from "./errors.ts";
import type { Ref } from "./ref.ts";

/** Bytes that do not fit the schema that they were read with, or a value beyond a schema's bounds. */
export class SchemaError extends TroupeError {
  constructor(what: string) {
    super("schema_violation", what);
  }
}

/** Writes values of one type, and reads and checks them again. */
export interface Schema<T> {
  /**
   * Appends the value.
   *
   * @throws {SchemaError} if it is out of bounds.
   */
  write(writer: Writer, value: T): void;
  /**
   * Reads a value. Byte arrays are views of the reader's buffer.
   *
   * @throws {SchemaError} if the bytes do not fit.
   */
  read(reader: Reader): T;
}

/** The type of the values of a schema. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true });

/** A growing buffer that schemas write to. */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;
  /** Called for every ref written, with the schema of its messages: the transport exposes it. */
  readonly onRef: ((ref: Ref<never>, schema: Schema<never>) => void) | undefined;

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

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  /** A non-negative integer up to 2^53 - 1, in eight bytes. */
  u53(value: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#length, Math.floor(value / 0x1_0000_0000));
    this.#view.setUint32(this.#length + 4, value >>> 0);
    this.#length += 8;
  }

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
    const { written } = textEncoder.encodeInto(text, this.#bytes.subarray(this.#length + 4));
    this.#view.setUint32(this.#length, written);
    this.#length += 4 + written;
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

/** Reads values from bytes that nobody vouches for: every read is checked. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u53(): number {
    const at = this.#take(8);
    const high = this.#view.getUint32(at);
    if (high > 0x1f_ffff) throw new SchemaError(`Integer beyond 2^53 at byte ${at}`);
    return high * 0x1_0000_0000 + this.#view.getUint32(at + 4);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** The next `length` bytes, as a view. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  bytes(maxLength: number): Uint8Array {
    const length = this.u32();
    if (length > maxLength) {
      throw new SchemaError(`Byte array of ${length} bytes exceeds its limit of ${maxLength}`);
    }
    return this.raw(length);
  }

  text(maxBytes: number): string {
    const bytes = this.bytes(maxBytes);
    try {
      return textDecoder.decode(bytes);
    } catch (cause) {
      throw new SchemaError(`Text of ${bytes.length} bytes is not UTF-8: ${String(cause)}`);
    }
  }

  /**
   * Checks that everything was read.
   *
   * @throws {SchemaError} if bytes are left over.
   */
  end(): void {
    if (this.remaining !== 0) throw new SchemaError(`${this.remaining} bytes left over`);
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

/** Writes one value to bytes of its own. */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array<ArrayBuffer> {
  const writer = new Writer(256);
  schema.write(writer, value);
  return writer.finish();
}

/**
 * Reads one value that takes up all of the bytes.
 *
 * @throws {SchemaError} if the bytes do not fit, or some are left over.
 */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = schema.read(reader);
  reader.end();
  return value;
}

function integer(max: number, name: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new SchemaError(`Not a ${name}: ${value}`);
  }
  return value;
}

/** An integer from 0 to 255. */
export const u8: Schema<number> = {
  write: (writer, value) => writer.u8(integer(0xff, "u8", value)),
  read: (reader) => reader.u8(),
};

/** An integer from 0 to 2^32 - 1. */
export const u32: Schema<number> = {
  write: (writer, value) => writer.u32(integer(0xffff_ffff, "u32", value)),
  read: (reader) => reader.u32(),
};

/** An integer from 0 to 2^53 - 1. */
export const u53: Schema<number> = {
  write: (writer, value) => writer.u53(integer(Number.MAX_SAFE_INTEGER, "u53", value)),
  read: (reader) => reader.u53(),
};

/** Any number. */
export const f64: Schema<number> = {
  write: (writer, value) => writer.f64(value),
  read: (reader) => reader.f64(),
};

/** True or false; any other byte is refused. */
export const boolean: Schema<boolean> = {
  write: (writer, value) => writer.u8(value ? 1 : 0),
  read: (reader) => {
    const byte = reader.u8();
    if (byte > 1) throw new SchemaError(`Not a boolean: ${byte}`);
    return byte === 1;
  },
};

/** Bytes, at most `maxLength` of them. */
export function bytes(maxLength: number): Schema<Uint8Array> {
  return {
    write: (writer, value) => {
      if (value.length > maxLength) {
        throw new SchemaError(
          `Byte array of ${value.length} bytes exceeds its limit of ${maxLength}`,
        );
      }
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(maxLength),
  };
}

/** Text of at most `maxBytes` bytes in UTF-8. */
export function text(maxBytes: number): Schema<string> {
  return {
    write: (writer, value) => {
      const before = writer.length;
      writer.text(value);
      const length = writer.length - before - 4;
      if (length > maxBytes) {
        throw new SchemaError(`Text of ${length} bytes exceeds its limit of ${maxBytes}`);
      }
    },
    read: (reader) => reader.text(maxBytes),
  };
}

/** One of a few words. */
export function oneOf<const W extends string>(...words: readonly W[]): Schema<W> {
  return {
    write: (writer, value) => {
      const index = words.indexOf(value);
      if (index < 0) throw new SchemaError(`Not one of ${words.join(", ")}: ${value}`);
      writer.u8(index);
    },
    read: (reader) => {
      const index = reader.u8();
      const word = words[index];
      if (word === undefined) throw new SchemaError(`No word with index ${index}`);
      return word;
    },
  };
}

/** A list of at most `maxLength` items. */
export function array<T>(item: Schema<T>, maxLength: number): Schema<readonly T[]> {
  return {
    write: (writer, value) => {
      if (value.length > maxLength) {
        throw new SchemaError(`List of ${value.length} items exceeds its limit of ${maxLength}`);
      }
      writer.u32(value.length);
      for (const element of value) item.write(writer, element);
    },
    read: (reader) => {
      const length = reader.u32();
      if (length > maxLength) {
        throw new SchemaError(`List of ${length} items exceeds its limit of ${maxLength}`);
      }
      const list: T[] = [];
      for (let index = 0; index < length; index++) list.push(item.read(reader));
      return list;
    },
  };
}

/** A value or `null`. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return {
    write: (writer, value) => {
      boolean.write(writer, value !== null);
      if (value !== null) schema.write(writer, value);
    },
    read: (reader) => boolean.read(reader) ? schema.read(reader) : null,
  };
}

type Fields = Readonly<Record<string, Schema<never>>>;
type Struct<F> = { readonly [K in keyof F]: Infer<F[K]> };

/** A record of named fields, written in the order of their declaration. */
// deno-lint-ignore no-explicit-any -- each field has a type of its own
export function struct<F extends Readonly<Record<string, Schema<any>>>>(
  fields: F,
): Schema<Struct<F>> {
  const entries = Object.entries(fields) as [string, Schema<unknown>][];
  return {
    write: (writer, value) => {
      for (const [name, schema] of entries) {
        schema.write(writer, (value as Record<string, unknown>)[name]);
      }
    },
    read: (reader) => {
      const value: Record<string, unknown> = {};
      for (const [name, schema] of entries) value[name] = schema.read(reader);
      return value as Struct<F>;
    },
  };
}

type Variants = Readonly<Record<string, Fields>>;
type Union<V> = { [K in keyof V]: { readonly type: K } & Struct<V[K]> }[keyof V];

/** Messages told apart by their `type`: one record of fields for each. */
// deno-lint-ignore no-explicit-any -- each field has a type of its own
export function union<V extends Readonly<Record<string, Readonly<Record<string, Schema<any>>>>>>(
  variants: V,
): Schema<Union<V>> {
  const names = Object.keys(variants);
  const tags = new Map(names.map((name, index) => [name, index]));
  const schemas = names.map((name) => Object.entries(variants[name] as Variants[string]));
  return {
    write: (writer, value) => {
      const tag = tags.get(value.type as string);
      if (tag === undefined) throw new SchemaError(`Unknown variant "${String(value.type)}"`);
      writer.u8(tag);
      for (const [name, schema] of schemas[tag]!) {
        (schema as Schema<unknown>).write(writer, (value as Record<string, unknown>)[name]);
      }
    },
    read: (reader) => {
      const tag = reader.u8();
      const fields = schemas[tag];
      if (fields === undefined) throw new SchemaError(`Unknown variant with index ${tag}`);
      const value: Record<string, unknown> = { type: names[tag] };
      for (const [name, schema] of fields) value[name] = (schema as Schema<unknown>).read(reader);
      return value as Union<V>;
    },
  };
}

/** The longest name of an actor, in bytes. */
export const ACTOR_NAME_BYTES_MAX = 128;

/** The address of an actor that takes messages of `schema`. */
export function ref<M>(schema: Schema<M>): Schema<Ref<M>> {
  return {
    write: (writer, value) => {
      writer.onRef?.(value as Ref<never>, schema as Schema<never>);
      writer.u8(value.node);
      writer.text(value.name);
      writer.u32(value.incarnation);
    },
    read: (reader) => ({
      node: reader.u8(),
      name: reader.text(ACTOR_NAME_BYTES_MAX),
      incarnation: reader.u32(),
      schema: schema as Schema<unknown>,
    }),
  };
}
