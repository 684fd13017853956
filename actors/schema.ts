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
import type { Ref } from "./ref.ts";
import { Reader, SchemaError, Writer } from "./wire.ts";

export { Reader, SchemaError, Writer };

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

/** Words and variants are told apart by one byte. */
const INDICES = 256;

/**
 * One of a few words.
 *
 * @throws {RangeError} if there are more than 256.
 */
export function oneOf<const W extends string>(...words: readonly W[]): Schema<W> {
  if (words.length > INDICES) throw new RangeError(`Cannot number ${words.length} words by a byte`);
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

/**
 * Messages told apart by their `type`: one record of fields for each.
 *
 * @throws {RangeError} if there are more than 256.
 */
// deno-lint-ignore no-explicit-any -- each field has a type of its own
export function union<V extends Readonly<Record<string, Readonly<Record<string, Schema<any>>>>>>(
  variants: V,
): Schema<Union<V>> {
  const names = Object.keys(variants);
  if (names.length > INDICES) {
    throw new RangeError(`Cannot number ${names.length} variants by a byte`);
  }
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

const actorName = text(ACTOR_NAME_BYTES_MAX);

/** The address of an actor that takes messages of `schema`. */
export function ref<M>(schema: Schema<M>): Schema<Ref<M>> {
  return {
    write: (writer, value) => {
      writer.onRef?.(value as Ref<never>, schema as Schema<never>);
      u8.write(writer, value.node);
      actorName.write(writer, value.name);
      u32.write(writer, value.incarnation);
    },
    read: (reader) => ({
      node: u8.read(reader),
      name: actorName.read(reader),
      incarnation: u32.read(reader),
      schema: schema as Schema<unknown>,
    }),
  };
}
