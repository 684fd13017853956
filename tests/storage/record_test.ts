import { assert, assertEquals } from "@std/assert";
import { MemoryDisk } from "../../storage/memory_disk.ts";
import {
  HEADER_BYTES,
  OVERHEAD_BYTES,
  PAYLOAD_BYTES_MAX,
  recordBytes,
  RecordType,
  writeRecord,
} from "../../storage/record.ts";
import { type ReadEnd, RecordReader } from "../../storage/record_reader.ts";
import { inSteps } from "../../storage/steps.ts";
import { randomFrom } from "./support.ts";

const SEED = 7;
/** Sizes that put headers, payloads and end marks across sector boundaries. */
const SIZES = [0, 1, 100, 300, 0, 512, 411, 30];

/** A file of records; some payloads end in zeros, or are nothing else. */
function makeFile(padding: number): { bytes: Uint8Array; starts: number[]; end: number } {
  const random = randomFrom(3);
  const end = SIZES.reduce((sum, size) => sum + recordBytes(size), 0);
  const bytes = new Uint8Array(end + padding);
  const starts: number[] = [];
  let offset = 0;
  for (const [index, size] of SIZES.entries()) {
    starts.push(offset);
    const payload = new Uint8Array(size);
    const zerosFrom = index === 5 ? 0 : size - (index === 6 ? 200 : 0);
    for (let at = 0; at < zerosFrom; at++) payload[at] = Math.floor(random() * 256);
    offset = writeRecord(
      bytes,
      offset,
      { type: RecordType.entry, number: index + 1, payload },
      SEED,
    );
  }
  return { bytes, starts, end };
}

interface Found {
  readonly kind: ReadEnd["kind"];
  /** Records read. */
  readonly count: number;
  /** Whether there are readable ones after the end. */
  readonly more: boolean;
}

/** Reads a file to its end, at once. */
function read(bytes: Uint8Array): Found {
  const due: (() => void)[] = [];
  const disk = new MemoryDisk({ complete: (run) => due.push(run) });
  disk.plant("file", bytes);
  let found: Found | undefined;
  inSteps(function* () {
    const reader = yield* RecordReader.open(disk, "file", SEED);
    let count = 0;
    const { kind, next } = yield* reader.read((record) => {
      assertEquals(record.number, ++count);
      assertEquals(record.payload.length, SIZES[count - 1]);
    });
    return { kind, count, more: kind === "broken" && (yield* reader.hasRecord(next)) };
  })((outcome) => {
    if (!outcome.ok) throw outcome.error;
    found = outcome.value;
  });
  for (let next = due.shift(); next; next = due.shift()) next();
  return found!;
}

Deno.test("RecordReader reads back what was written, with or without zeros after it", () => {
  for (const padding of [0, 1, 27, 28, 512, 5_000]) {
    const { bytes } = makeFile(padding);
    assertEquals(read(bytes), { kind: "end", count: SIZES.length, more: false });
  }
  assertEquals(read(new Uint8Array()), { kind: "end", count: 0, more: false });
});

Deno.test("RecordReader tells a damaged last record from one in the middle, for every byte", () => {
  for (const padding of [0, 2_000]) {
    const { bytes, starts, end } = makeFile(padding);
    for (let at = 0; at < end; at++) {
      const index = starts.findLastIndex((start) => start <= at);
      const isEndMark = at - starts[index]! >= HEADER_BYTES + SIZES[index]!;
      for (const flip of [0x01, 0x80, 0xff, bytes[at]!]) {
        if (flip === 0) continue;
        const damaged = bytes.slice();
        damaged[at] = damaged[at]! ^ flip;
        const expected: Found = isEndMark
          ? { kind: "end", count: SIZES.length, more: false }
          : { kind: "broken", count: index, more: index < SIZES.length - 1 };
        assertEquals(read(damaged), expected, `byte ${at} ^ ${flip}, padding ${padding}`);
      }
    }
  }
});

Deno.test("RecordReader takes a file that ends anywhere for a write that never finished", () => {
  const { bytes, starts, end } = makeFile(0);
  const ends = [...starts.slice(1), end];
  for (let length = 0; length <= end; length++) {
    const count = ends.filter((recordEnd) => recordEnd <= length).length;
    // What was cut off may have begun with zeros only: that is no record at all.
    const rest = bytes.subarray(count === 0 ? 0 : ends[count - 1], length);
    const kind = rest.some((byte) => byte !== 0) ? "torn" : "end";
    assertEquals(read(bytes.slice(0, length)), { kind, count, more: false }, `length ${length}`);
  }
});

Deno.test("RecordReader takes zeros from any sector on for a write that never finished", () => {
  const { bytes, starts, end } = makeFile(1_000);
  const starting = [...starts, end];
  for (const from of [...Array(6).keys()].map((sector) => sector * 512).concat(starts)) {
    const torn = bytes.slice();
    torn.fill(0, from);
    // A record that lost nothing but its end mark, or zeros, is as good as ever.
    const count = SIZES.findIndex((size, index) => {
      const payloadEnd = starts[index]! + HEADER_BYTES + size;
      return bytes.subarray(from, Math.max(from, payloadEnd)).some((byte) => byte !== 0);
    });
    const whole = count < 0 ? SIZES.length : count;
    const rest = torn.subarray(starting[whole]);
    const kind = rest.some((byte) => byte !== 0) ? "torn" : "end";
    assertEquals(read(torn), { kind, count: whole, more: false }, `zeros from ${from}`);
  }
});

Deno.test("RecordReader does not take a record of another file for one of its own", () => {
  const record = { type: RecordType.entry, number: 1, payload: new Uint8Array(10).fill(1) };
  const bytes = new Uint8Array(recordBytes(10));
  writeRecord(bytes, 0, record, SEED + 1);
  assertEquals(read(bytes), { kind: "broken", count: 0, more: false });
});

Deno.test("RecordReader finds a record whatever precedes it", () => {
  const { bytes } = makeFile(0);
  for (const length of [1, 28, 100, 1024 * 1024 - 5, 1024 * 1024 + 5]) {
    // Garbage full of what could be the start of a record.
    const garbage = new Uint8Array(length).fill(0xd3);
    const whole = new Uint8Array(length + bytes.length);
    whole.set(garbage);
    whole.set(bytes, length);
    assertEquals(read(whole), { kind: "broken", count: 0, more: true }, `after ${length} bytes`);
  }
});

Deno.test("RecordReader reads records larger than a piece, in pieces", () => {
  const sizes: number[] = [];
  const disk = new MemoryDisk();
  const payload = new Uint8Array(3 * 1024 * 1024 + 17).fill(9);
  const bytes = new Uint8Array(recordBytes(payload.length) + recordBytes(3));
  const next = writeRecord(bytes, 0, { type: RecordType.entry, number: 1, payload }, SEED);
  const small = new Uint8Array(3);
  writeRecord(bytes, next, { type: RecordType.entry, number: 2, payload: small }, SEED);
  disk.plant("file", bytes);
  const { read } = disk;
  disk.read = (name, offset, length) => {
    sizes.push(length);
    return read.call(disk, name, offset, length);
  };
  const { promise, resolve } = Promise.withResolvers<number[]>();
  inSteps(function* () {
    const found: number[] = [];
    const reader = yield* RecordReader.open(disk, "file", SEED);
    yield* reader.read((record) => {
      found.push(record.payload.length);
    });
    return found;
  })((outcome) => resolve(outcome.ok ? outcome.value : []));
  return promise.then((found) => {
    assertEquals(found, [payload.length, 3]);
    assert(Math.max(...sizes) <= 1024 * 1024, `read at once: ${Math.max(...sizes)}`);
  });
});

Deno.test("RecordReader does not believe a length that cannot be", () => {
  const bytes = new Uint8Array(recordBytes(4));
  const payload = new Uint8Array(4).fill(1);
  writeRecord(bytes, 0, { type: RecordType.entry, number: 1, payload }, SEED);
  new DataView(bytes.buffer).setUint32(12, PAYLOAD_BYTES_MAX + 1);
  assertEquals(read(bytes).kind, "broken");
  assertEquals(OVERHEAD_BYTES, 32);
});
