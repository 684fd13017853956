import { assert, assertEquals } from "@std/assert";
import { MemoryDisk } from "./memory_disk.ts";
import {
  HEADER_BYTES,
  PAYLOAD_BYTES_MAX,
  recordBytes,
  recordStart,
  RecordType,
  writeRecord,
} from "../../storage/record.ts";
import { type ReadEnd, RecordReader } from "../../storage/record_reader.ts";
import { inSteps } from "../../storage/steps.ts";
import { randomFrom } from "./support.ts";

const SEED = 7;
/** Sizes that put payloads and end marks across sector boundaries, and leave gaps for headers. */
const SIZES = [0, 1, 100, 300, 0, 512, 411, 30, 900, 20];
/** From this record on, they come with a second write. */
const SECOND_WRITE = 5;

interface Layout {
  readonly bytes: Uint8Array;
  /** Where the records start, and where the last one ends. */
  readonly starts: readonly number[];
  readonly end: number;
}

/** A file of records; some payloads end in zeros, or are nothing else. */
function makeFile(padding: number, dense = false): Layout {
  const random = randomFrom(3);
  const bytes = new Uint8Array(8192);
  const starts: number[] = [];
  let end = 0;
  let start = 0;
  for (const [index, size] of SIZES.entries()) {
    if (index === SECOND_WRITE) start = end;
    const offset = recordStart(end);
    starts.push(offset);
    const payload = new Uint8Array(size);
    const zerosFrom = dense ? size : index === 5 ? 0 : size - (index === 6 ? 200 : 0);
    for (let at = 0; at < zerosFrom; at++) payload[at] = Math.floor(random() * 256);
    // As in the buffer of that write alone: what is dense depends on where in the file it goes.
    const record = encodeAt({ type: RecordType.entry, number: index + 1, payload }, offset, start);
    bytes.set(record, offset);
    end = offset + record.length;
  }
  return { bytes: bytes.slice(0, end + padding), starts, end };
}

/** A record of the write at `start` that goes to `offset`. */
function encodeAt(
  record: Parameters<typeof writeRecord>[2],
  offset: number,
  start: number,
): Uint8Array {
  const into = new Uint8Array(offset - start + recordBytes(record.payload.length));
  writeRecord(into, offset - start, record, { seed: SEED, start });
  return into.slice(offset - start);
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
      // The end mark, and the gap before the next header.
      const isBeside = at - starts[index]! >= HEADER_BYTES + SIZES[index]!;
      for (const flip of [0x01, 0x80, 0xff, bytes[at]!]) {
        if (flip === 0) continue;
        const damaged = bytes.slice();
        damaged[at] = damaged[at]! ^ flip;
        const expected: Found = isBeside
          ? { kind: "end", count: SIZES.length, more: false }
          : { kind: "broken", count: index, more: index < SIZES.length - 1 };
        assertEquals(read(damaged), expected, `byte ${at} ^ ${flip}, padding ${padding}`);
      }
    }
  }
});

Deno.test("RecordReader takes a file that ends anywhere for a write that never finished", () => {
  const { bytes, starts, end } = makeFile(0);
  const ends = SIZES.map((size, index) => starts[index]! + recordBytes(size));
  for (let length = 0; length <= end; length++) {
    const count = ends.filter((recordEnd) => recordEnd <= length).length;
    const isBetween = length <= (starts[count] ?? end);
    const kind = isBetween ? "end" : "torn";
    assertEquals(read(bytes.slice(0, length)), { kind, count, more: false }, `length ${length}`);
  }
});

Deno.test("RecordReader takes zeros from any sector on for a write that never finished", () => {
  const { bytes, starts } = makeFile(1_000);
  for (const from of [...Array(8).keys()].map((sector) => sector * 512).concat(starts)) {
    const torn = bytes.slice();
    torn.fill(0, from);
    const whole = wholeRecords(torn, { bytes, starts, end: 0 });
    const rest = torn.subarray(starts[whole] ?? torn.length);
    const kind = rest.some((byte) => byte !== 0) ? "torn" : "end";
    assertEquals(read(torn), { kind, count: whole, more: false }, `zeros from ${from}`);
  }
});

/** How many records are as they were; without its end mark one is as good. */
function wholeRecords(now: Uint8Array, { bytes, starts }: Layout): number {
  const changed = SIZES.findIndex((size, index) => {
    const start = starts[index]!;
    const end = start + HEADER_BYTES + size;
    return now.subarray(start, end).some((byte, at) => byte !== bytes[start + at]);
  });
  return changed < 0 ? SIZES.length : changed;
}

Deno.test("RecordReader knows a write of which any sectors are missing, unless it was followed", () => {
  for (const dense of [true, false]) {
    const file = makeFile(1_000, dense);
    const { bytes, starts, end } = file;
    const second = starts[SECOND_WRITE - 1]! + recordBytes(SIZES[SECOND_WRITE - 1]!);
    const sectors = Math.ceil(end / 512);
    const firstOfSecond = Math.floor(second / 512);
    for (let pattern = 1; pattern < 1 << sectors; pattern++) {
      const torn = bytes.slice();
      for (let sector = 0; sector < sectors; sector++) {
        if ((pattern & (1 << sector)) === 0) continue;
        // What the first write has put into the sector that both share is durable.
        const from =
          sector === firstOfSecond && pattern >> firstOfSecond << firstOfSecond === pattern
            ? second
            : sector * 512;
        torn.fill(0, from, (sector + 1) * 512);
      }
      const whole = wholeRecords(torn, file);
      const found = read(torn);
      assertEquals(found.count, whole, `pattern ${pattern.toString(2)}`);
      if (whole === SIZES.length || whole < SECOND_WRITE || !dense) continue;
      assert(found.kind === "torn" || found.kind === "end", `pattern ${pattern.toString(2)}`);
    }
    // The first write was durable when the second one was made.
    const lost = bytes.slice();
    lost.fill(0, 0, 512);
    assertEquals(read(lost), { kind: "broken", count: 0, more: true });
  }
});

Deno.test("RecordReader does not take a record of another file for one of its own", () => {
  const record = { type: RecordType.entry, number: 1, payload: new Uint8Array(10).fill(1) };
  const bytes = new Uint8Array(recordBytes(10));
  writeRecord(bytes, 0, record, { seed: SEED + 1, start: 0 });
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
  const bytes = new Uint8Array(recordBytes(payload.length) + recordBytes(3) + 512);
  const to = { seed: SEED, start: 0 };
  const end = writeRecord(bytes, 0, { type: RecordType.entry, number: 1, payload }, to);
  const small = { type: RecordType.entry, number: 2, payload: new Uint8Array(3) };
  writeRecord(bytes, recordStart(end), small, to);
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
  writeRecord(bytes, 0, { type: RecordType.entry, number: 1, payload }, { seed: SEED, start: 0 });
  new DataView(bytes.buffer).setUint32(12, PAYLOAD_BYTES_MAX + 1);
  assertEquals(read(bytes).kind, "broken");
});
