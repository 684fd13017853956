/** Damage of a part of the log that a snapshot stands for. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HEADER_BYTES, SECTOR_BYTES } from "../../storage/record.ts";
import { JournalWorld, text } from "./support.ts";

/** Entries of 8 bytes: records of 44 bytes. */
const RECORD_BYTES = 44;

/** Entries `entry-01` to `entry-count`, each written alone. */
function written(count: number, segmentBytes: number): JournalWorld {
  const world = new JournalWorld({ segmentBytes });
  for (let op = 1; op <= count; op++) {
    world.append(op, entry(op));
    world.settle();
  }
  return world;
}

function entry(op: number): string {
  return `entry-${String(op).padStart(2, "0")}`;
}

function entries(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => entry(first + index));
}

/** A snapshot that leaves the log as it is. */
function takeSnapshot(world: JournalWorld, op: number): void {
  world.snapshot(op, "state", { retain: 1_000 });
  world.settle();
}

function segments(world: JournalWorld): string[] {
  return world.disk.files.filter((name) => /^log-.*\d$/.test(name));
}

function change(world: JournalWorld, name: string, change: (contents: Uint8Array) => void): void {
  const contents = world.disk.contents(name)!;
  change(contents);
  world.disk.plant(name, contents);
  world.crash();
}

function spoil(world: JournalWorld, name: string, offset: number): void {
  change(world, name, (contents) => contents[offset]! ^= 0x10);
}

Deno.test("journal() loses nothing to damage of a segment that a snapshot stands for", () => {
  for (let offset = 0; offset < 2 * RECORD_BYTES; offset++) {
    // Segments of entries 1 and 2, 3 and 4, and 5.
    for (const floor of [2, 3, 5]) {
      const world = written(5, 2.5 * RECORD_BYTES);
      takeSnapshot(world, floor);
      const [first] = segments(world);
      spoil(world, first!, offset);
      const loaded = world.load();
      assertEquals(loaded.damage, undefined, `byte ${offset}, a snapshot at ${floor}`);
      const last = loaded.first + loaded.entries.length - 1;
      assert(loaded.first <= floor + 1 && last === 5);
      assertEquals(loaded.entries.map(text), entries(loaded.first, 5));
      world.append(6, entry(6));
      world.settle();
      world.crash();
      assertEquals(world.load().damage, undefined);
      assertEquals(world.load().entries.map(text).at(-1), entry(6));
    }
  }
});

Deno.test("journal() keeps damaged segments aside that a snapshot stands for", () => {
  const world = written(5, 2.5 * RECORD_BYTES);
  takeSnapshot(world, 3);
  const [first] = segments(world);
  spoil(world, first!, RECORD_BYTES);
  assertEquals(world.loadLog(), "3: entry-03 entry-04 entry-05");
  assert(world.disk.files.includes(`${first}.damaged`));
  assert(!world.disk.files.includes(first!));
  const [line, ...more] = world.log.filter(({ level }) => level === "error");
  assertStringIncludes(
    line!.text,
    `damaged in ${first} at byte ${RECORD_BYTES}. A snapshot stands`,
  );
  assertEquals(more, []);
});

Deno.test("journal() reports damage in the segment that holds what follows the snapshot", () => {
  const world = written(5, 2.5 * RECORD_BYTES);
  takeSnapshot(world, 3);
  const second = segments(world)[1]!;
  spoil(world, second, 8);
  assertEquals(world.load().damage, { kind: "middle", file: second, offset: 0 });
  assertEquals(world.load().remnant, undefined);
});

Deno.test("journal() counts on no later segment that was never finished", () => {
  for (let operations = 0; operations < 3; operations++) {
    const world = written(2, 2.5 * RECORD_BYTES);
    takeSnapshot(world, 1);
    // The second segment replaces what follows the snapshot: or rather, it does not.
    world.disk.stopAfter(operations);
    world.append(2, "another!");
    world.settle();
    spoil(world, segments(world)[0]!, RECORD_BYTES + 8);
    assertEquals(world.load().damage?.kind, "head");
  }
});

/** A write that belongs to the end of a segment, and starts at `place` instead. */
function leadAstray(world: JournalWorld, place: number): void {
  const [name] = segments(world);
  change(world, name!, (contents) => {
    contents.copyWithin(place, contents.length - RECORD_BYTES);
    contents.fill(0, contents.length - RECORD_BYTES);
  });
}

Deno.test("journal() does not take an entry that has gone astray for one from before a snapshot", () => {
  // Records start at a sector's bound where the one before leaves no room for a header.
  const bound = 2 * SECTOR_BYTES;
  const world = new JournalWorld({ segmentBytes: 10_000 });
  const { length: filler } = new Uint8Array(bound - HEADER_BYTES - 4);
  world.append(1, "x".repeat(filler));
  world.settle();
  for (let op = 2; op <= 6; op++) {
    world.append(op, entry(op));
    world.settle();
  }
  takeSnapshot(world, 5);
  leadAstray(world, bound);
  assertEquals(world.load().damage?.kind, "middle", "the sixth entry may have been acknowledged");
  assertEquals(world.load().remnant, undefined);
});

Deno.test("journal() says that nothing is missing if a snapshot stands for all that is unreadable", () => {
  for (const spoilt of [[2], [2, 3], [5], [4, 5]]) {
    const world = written(5, 1_000);
    takeSnapshot(world, 5);
    const [name] = segments(world);
    for (const op of spoilt) spoil(world, name!, (op - 1) * RECORD_BYTES + HEADER_BYTES);
    const { damage, remnant } = world.load();
    assertEquals(damage?.kind, spoilt.includes(5) ? "head" : "middle");
    assertEquals(remnant, { first: 6, entries: [] });
    world.truncate(5);
    world.settle();
    world.crash();
    assertEquals(world.load().damage, undefined);
    world.append(6, entry(6));
    world.settle();
    world.crash();
    assertEquals(world.load().entries.map(text).at(-1), entry(6));
  }
});

Deno.test("journal() says that nothing is missing if what is unreadable was cut off later", () => {
  const world = written(5, 1_000);
  world.truncate(3);
  world.settle();
  const [name] = segments(world);
  spoil(world, name!, 3 * RECORD_BYTES + HEADER_BYTES);
  const { damage, entries: readable, remnant } = world.load();
  assertEquals([damage?.kind, readable.map(text)], ["middle", entries(1, 3)]);
  assertEquals(remnant, { first: 4, entries: [] });
});
