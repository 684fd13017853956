/**
 * Goal: no bytes whatsoever make a schema throw anything but a SchemaError, and what is written is
 * what is read. Method: schemas drawn at random, values drawn for them, and bytes flipped, cut off
 * and made up. Every case is drawn from a numbered seed, which the failure names.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import {
  array,
  boolean,
  bytes,
  decode,
  encode,
  f64,
  nullable,
  oneOf,
  ref,
  type Schema,
  SchemaError,
  struct,
  text,
  u32,
  u53,
  u8,
  union,
} from "../../actors/schema.ts";

/** A schema, and how to draw a value that fits it. */
interface Kind {
  readonly schema: Schema<unknown>;
  readonly draw: (random: RandomStream) => unknown;
}

function kind<T>(schema: Schema<T>, draw: (random: RandomStream) => T): Kind {
  return { schema: schema as Schema<unknown>, draw };
}

const LEAVES: readonly Kind[] = [
  kind(u8, (random) => randomInteger(random, 256)),
  kind(u32, (random) => randomInteger(random, 2 ** 32)),
  kind(u53, (random) => Math.floor(random() * Number.MAX_SAFE_INTEGER)),
  kind(f64, (random) => (random() - 0.5) * 10 ** randomInteger(random, 300)),
  kind(boolean, (random) => random() < 0.5),
  kind(bytes(20), (random) => drawBytes(random, 20)),
  kind(text(60), (random) => drawText(random, 20)),
  kind(oneOf("a", "b", "c"), (random) => (["a", "b", "c"] as const)[randomInteger(random, 3)]!),
];

function drawBytes(random: RandomStream, maxLength: number): Uint8Array {
  const drawn = new Uint8Array(randomInteger(random, maxLength + 1));
  return drawn.map(() => randomInteger(random, 256));
}

function drawText(random: RandomStream, maxLength: number): string {
  const alphabet = ["a", "Z", "0", "é", "€", "\u0000", "\uFEFF", "\n"];
  const length = randomInteger(random, maxLength + 1);
  return Array.from({ length }, () => alphabet[randomInteger(random, alphabet.length)]).join("");
}

function drawFields(random: RandomStream, depth: number): Record<string, Kind> {
  const fields: Record<string, Kind> = {};
  for (let left = randomInteger(random, 4); left > 0; left--) {
    fields[`f${left}`] = drawKind(random, depth);
  }
  return fields;
}

function schemasOf(fields: Record<string, Kind>): Record<string, Schema<unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
}

function drawRecord(random: RandomStream, fields: Record<string, Kind>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { draw }]) => [name, draw(random)]),
  );
}

function drawKind(random: RandomStream, depth: number): Kind {
  if (depth === 0) return LEAVES[randomInteger(random, LEAVES.length)]!;
  switch (randomInteger(random, 5)) {
    case 0: {
      const item = drawKind(random, depth - 1);
      return kind(
        array(item.schema, 5),
        (inner) => Array.from({ length: randomInteger(inner, 6) }, () => item.draw(inner)),
      );
    }
    case 1: {
      const item = drawKind(random, depth - 1);
      return kind(nullable(item.schema), (inner) => inner() < 0.5 ? null : item.draw(inner));
    }
    case 2: {
      const fields = drawFields(random, depth - 1);
      return kind(struct(schemasOf(fields)), (inner) => drawRecord(inner, fields));
    }
    case 3: {
      const variants = ["x", "y", "z"].map((type) =>
        [type, drawFields(random, depth - 1)] as const
      );
      const schemas = variants.map(([type, fields]) => [type, schemasOf(fields)] as const);
      return kind(union(Object.fromEntries(schemas)), (inner) => {
        const [type, fields] = variants[randomInteger(inner, variants.length)]!;
        return { type, ...drawRecord(inner, fields) };
      });
    }
    default: {
      const item = drawKind(random, depth - 1);
      return kind(ref(item.schema), (inner) => ({
        node: randomInteger(inner, 256),
        name: drawText(inner, 20),
        incarnation: randomInteger(inner, 2 ** 32),
        schema: item.schema,
      }));
    }
  }
}

/** Reads bytes that may be anything; tells whether they fit. */
function fits(schema: Schema<unknown>, input: Uint8Array): boolean {
  try {
    decode(schema, input);
    return true;
  } catch (error) {
    assert(error instanceof SchemaError, String(error));
    return false;
  }
}

Deno.test("Schema.read() reads what Schema.write() wrote, for any schema", () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = randomStream(seed, "schema");
    const { schema, draw } = drawKind(random, 3);
    const value = draw(random);
    assertEquals(decode(schema, encode(schema, value)), value, `seed ${seed}`);
  }
});

Deno.test("Schema.read() throws nothing but a SchemaError, whatever the bytes", () => {
  let refused = 0;
  for (let seed = 0; seed < 500; seed++) {
    const random = randomStream(seed, "garbage");
    const { schema, draw } = drawKind(random, 3);
    const whole = encode(schema, draw(random));
    for (let round = 0; round < 20; round++) {
      const flipped = whole.slice();
      if (flipped.length > 0) {
        flipped[randomInteger(random, flipped.length)]! ^= 1 << randomInteger(random, 8);
      }
      const cut = whole.subarray(0, randomInteger(random, whole.length + 1));
      for (const input of [flipped, cut, drawBytes(random, 40)]) {
        if (!fits(schema, input)) refused++;
      }
    }
  }
  assert(refused > 5_000, `${refused} refused: the bytes drawn are too tame to prove anything`);
});

Deno.test("Schema.write() of what was read from any bytes yields those very bytes", () => {
  // Were there two encodings of one value, a checksum of a message would not be one of its value.
  let read = 0;
  for (let seed = 0; seed < 2_000; seed++) {
    const random = randomStream(seed, "canonical");
    const { schema, draw } = drawKind(random, 2);
    const input = encode(schema, draw(random));
    if (input.length > 0) input[randomInteger(random, input.length)] = randomInteger(random, 256);
    if (!fits(schema, input)) continue;
    read++;
    assertEquals(encode(schema, decode(schema, input)), input, `seed ${seed}`);
  }
  assert(read > 500, `${read} read`);
});
