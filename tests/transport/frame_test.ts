import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { Writer } from "../../actors/schema.ts";
import { beginFrame, endFrame, FrameError, FrameParser } from "../../transport/frame.ts";

const LIMIT = 1_000;

/** A stream of frames of the given lengths, filled with their own numbers. */
function streamOf(lengths: readonly number[]): Uint8Array {
  const writer = new Writer();
  lengths.forEach((length, index) => {
    const start = beginFrame(writer, index);
    writer.raw(new Uint8Array(length - 1).fill(index));
    endFrame(writer, start);
  });
  return writer.finish();
}

interface Parsed {
  readonly frames: string[];
  readonly error: unknown;
  readonly allocatedMax: number;
}

/** Feeds a stream in chunks of the given lengths (the rest in one), from a buffer used again. */
function parse(stream: Uint8Array, chunkLengths: readonly number[], limit = LIMIT): Parsed {
  const kept: Uint8Array[] = [];
  const parser = new FrameParser(limit, (frame) => kept.push(frame));
  let error: unknown;
  let allocatedMax = 0;
  let at = 0;
  for (const length of [...chunkLengths, stream.length]) {
    const chunk = stream.slice(at, at + length);
    at += length;
    try {
      parser.push(chunk);
    } catch (thrown) {
      error = thrown;
      break;
    } finally {
      chunk.fill(0xee);
      allocatedMax = Math.max(allocatedMax, parser.allocated);
    }
  }
  return { frames: kept.map(String), error, allocatedMax };
}

function randomBytes(random: RandomStream, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => randomInteger(random, 256));
}

/** Chunk lengths from 0 to 40 that add up to the length of a stream, or more. */
function randomChunks(random: RandomStream, length: number): number[] {
  const chunks: number[] = [];
  for (let sum = 0; sum < length; sum += chunks.at(-1)!) chunks.push(randomInteger(random, 41));
  return chunks;
}

Deno.test("FrameParser.push() finds the same frames wherever the stream is cut in three", () => {
  const stream = streamOf([1, 2, 5, 40, 1, 9]);
  const whole = parse(stream, []);
  assertEquals(whole.frames.map((frame) => frame.split(",").length), [1, 2, 5, 40, 1, 9]);
  for (let first = 0; first <= stream.length; first++) {
    for (let second = 0; first + second <= stream.length; second++) {
      const { frames, error } = parse(stream, [first, second]);
      assertEquals(frames, whole.frames);
      assertEquals(error, undefined);
    }
  }
});

Deno.test("FrameParser.push() finds the same frames in chunks of every length", () => {
  const stream = streamOf([1, 300, 7, LIMIT, 1, 1, 64]);
  const whole = parse(stream, []);
  assertEquals(whole.frames.length, 7);
  for (let length = 1; length < stream.length; length++) {
    const chunks = new Array(Math.ceil(stream.length / length)).fill(length);
    assertEquals(parse(stream, chunks).frames, whole.frames);
  }
});

Deno.test("FrameParser.push() refuses a length beyond the limit without allocating", () => {
  for (const header of [[0xff, 0xff, 0xff, 0xff], [0, 0, 3, 0xe9]]) {
    for (const chunks of [[], [1], [2, 1], [4]]) {
      const { frames, error, allocatedMax } = parse(Uint8Array.from([...header, 1, 2]), chunks);
      assert(error instanceof FrameError);
      assertEquals(error.code, "bad_frame");
      assertEquals(frames, []);
      assertEquals(allocatedMax, 0);
    }
  }
});

Deno.test("FrameParser.push() refuses an empty frame, after the frames before it", () => {
  const stream = Uint8Array.from([...streamOf([3]), 0, 0, 0, 0]);
  for (let first = 0; first <= stream.length; first++) {
    const { frames, error } = parse(stream, [first]);
    assertEquals(frames, ["0,0,0"]);
    assert(error instanceof FrameError);
  }
});

Deno.test("FrameParser.push() throws nothing but FrameError on random bytes, in any chunks", () => {
  const random = randomStream(1, "frames");
  let refused = 0;
  for (let round = 0; round < 3_000; round++) {
    const good = streamOf(Array.from({ length: round % 4 }, () => 1 + randomInteger(random, 60)));
    const noise = randomBytes(random, randomInteger(random, 80));
    // Short lengths, as four random bytes would nearly always be refused at once.
    if (round % 2 === 0) noise.fill(0, 0, 3);
    const stream = Uint8Array.from([...good, ...noise]);
    const whole = parse(stream, []);
    const chunked = parse(stream, randomChunks(random, stream.length));
    assert(whole.error === undefined || whole.error instanceof FrameError);
    assertEquals(chunked.frames, whole.frames);
    assertEquals(String(chunked.error), String(whole.error));
    assertLessOrEqual(chunked.allocatedMax, LIMIT);
    if (whole.error !== undefined) refused++;
  }
  assert(refused > 1_000, `only ${refused} streams were refused`);
});

Deno.test("FrameParser.push() applies a limit that a frame has raised to the frame behind it", () => {
  const lengths: number[] = [];
  const parser = new FrameParser(10, (frame) => {
    lengths.push(frame.length);
    parser.bytesMax = 100;
  });
  parser.push(streamOf([5, 100, 7]));
  assertEquals(lengths, [5, 100, 7]);
  assertThrows(
    () => parser.push(streamOf([101])),
    FrameError,
    "101 bytes exceeds the limit of 100",
  );
});

Deno.test("FrameParser hands out frames that pin the bytes of their own chunk and no more", () => {
  const kept: Uint8Array[] = [];
  const parser = new FrameParser(LIMIT, (frame) => kept.push(frame));
  const readBuffer = new Uint8Array(65_536);
  const stream = streamOf([20, 30, 50]);
  readBuffer.set(stream);
  parser.push(readBuffer.subarray(0, stream.length - 10));
  parser.push(readBuffer.subarray(stream.length - 10, stream.length));
  const [first, second, third] = kept.map((frame) => frame.buffer);
  assertStrictEquals(first, second);
  assertEquals(first!.byteLength, 58);
  assertEquals(third!.byteLength, 50);
});

Deno.test("FrameParser.push() passes on what the receiver of a frame throws", () => {
  const parser = new FrameParser(LIMIT, () => {
    throw new RangeError("not wanted");
  });
  assertThrows(() => parser.push(streamOf([5])), RangeError, "not wanted");
});
