import { assertEquals, assertThrows } from "@std/assert";
import type { Ref } from "../../actors/ref.ts";
import {
  array,
  boolean,
  bytes,
  decode,
  encode,
  f64,
  type Infer,
  nullable,
  oneOf,
  Reader,
  ref,
  type Schema,
  SchemaError,
  struct,
  text,
  u32,
  u53,
  u8,
  union,
  Writer,
} from "../../actors/schema.ts";

function roundTrip<T>(schema: Schema<T>, value: T): void {
  assertEquals(decode(schema, encode(schema, value)), value);
}

function refuses(schema: Schema<never>, ...values: unknown[]): void {
  for (const value of values) assertThrows(() => encode(schema, value as never), SchemaError);
}

Deno.test("u8, u32 and u53 keep integers in their range and refuse all others", () => {
  for (const [schema, max] of [[u8, 0xff], [u32, 0xffff_ffff], [u53, 2 ** 53 - 1]] as const) {
    for (const value of [0, 1, max >>> 1, max - 1, max]) roundTrip(schema, value);
    refuses(schema as Schema<never>, -1, max + 1, 0.5, NaN, Infinity, undefined, "1", null);
  }
  for (const value of [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52 + 1]) roundTrip(u53, value);
});

Deno.test("u53 refuses bytes that no number holds exactly", () => {
  assertThrows(() => decode(u53, new Uint8Array([0, 0x20, 0, 0, 0, 0, 0, 0])), SchemaError, "2^53");
});

Deno.test("f64 keeps every number", () => {
  for (const value of [0, -0, 1.5, -1e308, 5e-324, Infinity, -Infinity, NaN]) roundTrip(f64, value);
});

Deno.test("boolean refuses a byte that is neither", () => {
  roundTrip(boolean, true);
  roundTrip(boolean, false);
  assertThrows(() => decode(boolean, new Uint8Array([2])), SchemaError, "Not a boolean: 2");
});

Deno.test("bytes keeps its bound when writing and when reading", () => {
  roundTrip(bytes(3), new Uint8Array([1, 2, 3]));
  roundTrip(bytes(0), new Uint8Array());
  assertThrows(() => encode(bytes(3), new Uint8Array(4)), SchemaError, "limit of 3");
  const tooLong = encode(bytes(4), new Uint8Array(4));
  assertThrows(() => decode(bytes(3), tooLong), SchemaError, "limit of 3");
});

Deno.test("text keeps what is text, by its length in bytes, byte order marks included", () => {
  for (const value of ["", "plain", "näïve €", "𝄞", "\u0000", "\uFEFFmarked", "a\uFEFF"]) {
    roundTrip(text(64), value);
  }
  roundTrip(text(4), "éé");
  assertThrows(() => encode(text(4), "ééé"), SchemaError, "6 bytes");
  assertThrows(() => decode(text(4), encode(text(9), "éééé")), SchemaError, "8 bytes");
});

Deno.test("text and copies are the same on both sides of the length that is written by hand", () => {
  for (const ascii of [63, 64, 65].map((length) => "a".repeat(length))) {
    for (const value of [ascii, `${ascii.slice(1)}é`]) {
      const writer = new Writer(8);
      writer.text(value);
      const utf8 = new TextEncoder().encode(value);
      const copy = new Uint8Array(writer.length + 1);
      writer.copyTo(copy);
      assertEquals(copy, Uint8Array.of(0, 0, 0, utf8.length, ...utf8, 0), value);
    }
  }
});

Deno.test("text refuses bytes that are not UTF-8", () => {
  const broken = new Uint8Array([0, 0, 0, 2, 0xc3, 0x28]);
  assertThrows(() => decode(text(9), broken), SchemaError, "not UTF-8");
});

Deno.test("oneOf keeps its words and refuses others", () => {
  const schema = oneOf("red", "green");
  roundTrip(schema, "green");
  refuses(schema as Schema<never>, "blue", undefined);
  assertThrows(() => decode(schema, new Uint8Array([2])), SchemaError, "index 2");
});

Deno.test("oneOf and union refuse a declaration whose words do not fit a byte", () => {
  const words = Array.from({ length: 257 }, (_, index) => `w${index}`);
  assertThrows(() => oneOf(...words), RangeError, "257");
  assertThrows(() => union(Object.fromEntries(words.map((word) => [word, {}]))), RangeError, "257");
  roundTrip(oneOf(...words.slice(1)), "w256");
});

Deno.test("array keeps its bound when writing and when reading", () => {
  roundTrip(array(u8, 3), [1, 2, 3]);
  roundTrip(array(array(u8, 3), 3), [[], [1], [1, 2]]);
  assertThrows(() => encode(array(u8, 2), [1, 2, 3]), SchemaError, "limit of 2");
  assertThrows(() => decode(array(u8, 2), encode(array(u8, 3), [1, 2, 3])), SchemaError);
});

Deno.test("array does not believe a length that the bytes cannot bear out", () => {
  const boast = new Uint8Array([0xff, 0xff, 0xff, 0xff, 1]);
  assertThrows(() => decode(array(u32, 2 ** 32 - 1), boast), SchemaError);
});

Deno.test("nullable keeps a value and its absence", () => {
  roundTrip(nullable(u32), 7);
  roundTrip(nullable(u32), null);
});

Deno.test("struct keeps its fields, and refuses a record that lacks one", () => {
  const point = struct({ x: f64, label: nullable(text(9)), tags: array(oneOf("a", "b"), 4) });
  roundTrip(point, { x: 1.5, label: null, tags: ["b", "a"] });
  refuses(struct({ x: u32, y: u32 }) as Schema<never>, { x: 1 });
});

Deno.test("union tells its variants apart and refuses others", () => {
  const schema = union({ put: { key: text(9), value: bytes(9) }, get: { key: text(9) }, ping: {} });
  const messages: Infer<typeof schema>[] = [
    { type: "put", key: "k", value: new Uint8Array([1]) },
    { type: "get", key: "k" },
    { type: "ping" },
  ];
  for (const message of messages) roundTrip(schema, message);
  refuses(schema as Schema<never>, { type: "delete", key: "k" }, { type: "__proto__" }, {});
  assertThrows(() => decode(schema, new Uint8Array([3])), SchemaError, "index 3");
});

Deno.test("ref keeps an address, with the schema of what may be sent there", () => {
  const schema = ref(u32);
  const value: Ref<number> = { node: 255, name: "a/b", incarnation: 0xffff_ffff };
  const read = decode(schema, encode(schema, value));
  assertEquals({ ...read, schema: undefined }, { ...value, schema: undefined });
  assertEquals(read.schema, u32 as Schema<unknown>);
});

Deno.test("ref refuses an address that its reader would refuse or take for another", () => {
  refuses(
    ref(u32) as Schema<never>,
    { node: 256, name: "a", incarnation: 1 },
    { node: -1, name: "a", incarnation: 1 },
    { node: 1, name: "a", incarnation: 2 ** 32 },
    { node: 1, name: "x".repeat(129), incarnation: 1 },
  );
});

Deno.test("ref tells the writer's owner of every address written", () => {
  const seen: unknown[] = [];
  const writer = new Writer(16, (written, schema) => seen.push([written.name, schema]));
  const message = struct({ replyTo: ref(u32), others: array(ref(text(9)), 9) });
  const address = (name: string): Ref<unknown> => ({ node: 0, name, incarnation: 1 });
  message.write(writer, { replyTo: address("a"), others: [address("b"), address("c")] });
  assertEquals(seen.map((entry) => (entry as unknown[])[0]), ["a", "b", "c"]);
  assertEquals((seen[0] as unknown[])[1], u32);
});

Deno.test("decode() refuses bytes left over, and any beginning of a message", () => {
  const schema = struct({ a: u32, b: text(9), c: nullable(f64), d: array(u53, 9) });
  const whole = encode(schema, { a: 1, b: "text", c: 0.5, d: [1, 2] });
  assertThrows(() => decode(schema, new Uint8Array([...whole, 0])), SchemaError, "left over");
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => decode(schema, whole.subarray(0, length)), SchemaError);
  }
});

Deno.test("Writer grows, patches, rewinds and resets", () => {
  const writer = new Writer(1);
  writer.u32(0);
  for (let byte = 0; byte < 100; byte++) writer.u8(byte);
  writer.patchU32(0, 100);
  assertEquals(writer.length, 104);
  writer.rewind(6);
  writer.rewind(7);
  writer.u16(0x1234);
  assertEquals([...writer.finish()], [0, 0, 0, 100, 0, 1, 0x12, 0x34]);
  const copy = writer.finish();
  writer.reset();
  writer.raw(new Uint8Array([9]));
  assertEquals([...writer.view()], [9]);
  assertEquals(copy.length, 8);
});

Deno.test("Reader reads from a view that begins in the middle of a buffer", () => {
  const buffer = new Uint8Array([99, 99, 0, 0, 1, 0, 0x12, 0x34, 99]);
  const reader = new Reader(buffer.subarray(2, 8));
  assertEquals([reader.u32(), reader.u16(), reader.remaining], [256, 0x1234, 0]);
  assertThrows(() => reader.u8(), SchemaError, "1 bytes wanted");
});
