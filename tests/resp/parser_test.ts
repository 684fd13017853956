import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError, RequestParser } from "../../transport/resp/parser.ts";
import { latin1, request } from "./raw_client.ts";

const LIMITS = { bulkBytesMax: 1_000_000, requestBytesMax: 4_000_000 };

/** Feeds a parser pieces; the requests it finds, and how it breaks off if it does. */
function parse(pieces: readonly Uint8Array[], limits = LIMITS): string[] {
  const parser = new RequestParser(limits);
  const found: string[] = [];
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) {
        const part = piece.subarray(at, at + parser.space().length);
        parser.space().set(part);
        parser.received(part.length);
        at += part.length;
        for (let words = parser.next(); words !== undefined; words = parser.next()) {
          found.push(words.map(toLatin1).join("|"));
        }
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    found.push(error.message);
  }
  return found;
}

function toLatin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function parseText(text: string): string[] {
  return parse([latin1(text)]);
}

function cut(bytes: Uint8Array, pieceBytes: () => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Math.max(1, pieceBytes());
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** The same numbers in every run (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

Deno.test("RequestParser.next() finds requests in arrays and in lines", () => {
  assertEquals(parseText("*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n\r\n*1\r\n$0\r\n\r\n"), [
    ...["GET|k", "PING", ""],
  ]);
  assertEquals(parseText("SET  a \"x y\\x00\\n\" '\\''\n*0\r\n*-1\r\nPING\n"), [
    ...["SET|a|x y\0\n|'", "PING"],
  ]);
  assertEquals(parseText("*2\r\n$3\r\nGET\r\n$5\r\n\r\n\0\xff*\r\n"), ["GET|\r\n\0\xff*"]);
});

const BROKEN: readonly (readonly [string, string])[] = [
  ["*x\r\n", "invalid multibulk length"],
  ["*1048577\r\n", "invalid multibulk length"],
  ["*1\r\n$1000001\r\n", "invalid bulk length"],
  ["*1\r\n$-1\r\n", "invalid bulk length"],
  ["*1\r\n$12345678901\r\n", "invalid bulk length"],
  ["*1\r\nGET\r\n", "expected '$', got 'G'"],
  ['GET "a\r\n', "unbalanced quotes in request"],
  ["x".repeat(65_537), "too big inline request"],
  ["*".padEnd(65_538, "1"), "too big mbulk count string"],
  ["*1\r\n$".padEnd(65_542, "1"), "too big bulk count string"],
];

for (const [text, what] of BROKEN) {
  Deno.test(`RequestParser.next() breaks off at ${JSON.stringify(text.slice(0, 20))}: ${what}`, () => {
    assertEquals(parseText(text), [`Protocol error: ${what}`]);
  });
}

Deno.test("RequestParser.next() breaks off before a request takes more than it may", () => {
  const limits = { bulkBytesMax: 100, requestBytesMax: 250 };
  const hundred = "x".repeat(100);
  assertEquals(parse([request(hundred, hundred)], limits), [`${hundred}|${hundred}`]);
  assertEquals(parse([request(hundred, hundred, hundred)], limits), [
    "Protocol error: too big request",
  ]);
  assertEquals(parse([request(`${hundred}x`)], limits), ["Protocol error: invalid bulk length"]);
});

Deno.test("RequestParser.space() reserves nothing for what was only announced", () => {
  const parser = new RequestParser(LIMITS);
  const start = latin1("*1000000\r\n$1000000\r\nx");
  parser.space().set(start);
  parser.received(start.length);
  assertEquals(parser.next(), undefined);
  assert(parser.space().length <= 2_048);
});

Deno.test("RequestParser.space() gives back what a large request took", () => {
  const parser = new RequestParser(LIMITS);
  for (const piece of cut(request("SET", "k", "v".repeat(900_000)), () => 1)) {
    parser.space().set(piece);
    parser.received(piece.length);
    const words = parser.next();
    if (words !== undefined) assertEquals(words[2]!.length, 900_000);
  }
  assert(parser.space().length <= 65_536);
});

Deno.test("RequestParser.next() finds the same however a stream is cut", () => {
  const random = randomNumbers(7);
  for (let round = 0; round < 300; round++) {
    const requests = Array.from(
      { length: 1 + random(20) },
      () => request(...Array.from({ length: 1 + random(5) }, () => randomBytes(random, 3_000))),
    );
    const stream = Uint8Array.from(requests.flatMap((bytes) => [...bytes]));
    const whole = parse([stream]);
    assertEquals(whole.length, requests.length);
    assertEquals(parse(cut(stream, () => 1 + random(1 << (1 + random(12))))), whole);
  }
});

function randomBytes(random: (below: number) => number, lengthMax: number): Uint8Array {
  const length = random(4) > 0 ? random(20) : random(lengthMax);
  return Uint8Array.from({ length }, () => random(256));
}

Deno.test("RequestParser.next() breaks off or goes on, and nothing else, whatever the bytes", () => {
  const random = randomNumbers(11);
  const alphabet = latin1("*$\r\n0123456789-+ \"'\\xGETPING\0\xff");
  for (let round = 0; round < 20_000; round++) {
    const bytes = random(2) === 0
      ? Uint8Array.from({ length: random(60) }, () => alphabet[random(alphabet.length)]!)
      : damaged(request("SET", "key", "value"), random);
    const whole = parse([bytes]);
    assertEquals(parse(cut(bytes, () => 1 + random(5))), whole, toLatin1(bytes));
  }
});

function damaged(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = bytes.slice();
  for (let left = 1 + random(3); left > 0; left--) copy[random(copy.length)] = random(256);
  return copy;
}

Deno.test("ProtocolError has a code of its own", () => {
  const error = assertThrows(() => {
    throw new ProtocolError("x");
  }, ProtocolError);
  assertEquals([error.code, error.message], ["resp_protocol", "Protocol error: x"]);
});
