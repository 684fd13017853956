import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HEADER_BYTES } from "../../storage/record.ts";
import { JournalWorld, randomFrom, text } from "./support.ts";

/** Entries of 8 bytes in segments of two and a half: records of 44 bytes. */
const RECORD_BYTES = 44;
const ENTRIES = ["entry--1", "entry--2", "entry--3", "entry--4", "entry--5"];

function written(segmentBytes = 1_000): JournalWorld {
  const world = new JournalWorld({ segmentBytes });
  for (const [index, entry] of ENTRIES.entries()) {
    world.append(index + 1, entry);
    world.settle();
  }
  return world;
}

function segments(world: JournalWorld): string[] {
  return world.disk.files.filter((name) => name.startsWith("log-"));
}

/** Damages one byte of a file, and restarts. */
function damage(world: JournalWorld, name: string, offset: number): void {
  const contents = world.disk.contents(name)!;
  contents[offset]! ^= 0x10;
  world.disk.plant(name, contents);
  world.crash();
}

/** The entries up to the damage, in the way of `loadLog`. */
function upTo(count: number): string {
  return `1: ${ENTRIES.slice(0, count).join(" ")}`;
}

Deno.test("journal() says where the log is damaged, for every byte of it", () => {
  for (const segmentBytes of [1_000, 2.5 * RECORD_BYTES]) {
    const files = segments(written(segmentBytes));
    for (let at = 0; at < ENTRIES.length * RECORD_BYTES; at++) {
      const perFile = Math.floor(segmentBytes / RECORD_BYTES);
      const index = Math.floor(at / RECORD_BYTES);
      const file = files[Math.floor(index / perFile)]!;
      const offset = at % (perFile * RECORD_BYTES);
      const world = written(segmentBytes);
      damage(world, file, offset);
      const loaded = world.load();
      if (at % RECORD_BYTES >= HEADER_BYTES + 8) {
        assertEquals(loaded.damage, undefined, `end mark, byte ${at}`);
        continue;
      }
      const start = (index % perFile) * RECORD_BYTES;
      const kind = index === ENTRIES.length - 1 ? "head" : "middle";
      assertEquals(loaded.damage, { kind, file, offset: start }, `byte ${at}`);
      assertEquals(loaded.entries.map(text), ENTRIES.slice(0, index));
    }
  }
});

Deno.test("journal() cuts off a write that never finished, and says that nothing is damaged", () => {
  for (let length = 4 * RECORD_BYTES; length < 5 * RECORD_BYTES; length++) {
    const world = written();
    const [file] = segments(world);
    world.disk.plant(file!, world.disk.contents(file!)!.slice(0, length));
    world.crash();
    assertEquals(world.load().damage, undefined);
    assertEquals(world.loadLog(), upTo(4));
    assertEquals(world.disk.contents(file!)!.length, 4 * RECORD_BYTES);
    world.append(5, "other");
    world.settle();
    world.crash();
    assertEquals(world.loadLog(), `${upTo(4)} other`);
  }
});

Deno.test("journal() takes a segment that ends early for damaged if there is a later one", () => {
  const world = written(2.5 * RECORD_BYTES);
  const files = segments(world);
  world.disk.plant(files[1]!, world.disk.contents(files[1]!)!.slice(0, RECORD_BYTES + 20));
  world.crash();
  const { damage } = world.load();
  assertEquals(damage, { kind: "middle", file: files[1]!, offset: RECORD_BYTES });
  assertEquals(world.loadLog(), upTo(3));
});

Deno.test("journal() notices that a whole segment is missing", () => {
  const world = written(2.5 * RECORD_BYTES);
  const files = segments(world);
  world.disk.plant(files[1]!, undefined);
  world.crash();
  assertEquals(world.load().damage, { kind: "middle", file: files[2]!, offset: 0 });
  assertEquals(world.loadLog(), upTo(2));
});

Deno.test("journal() notices that the beginning of the log is missing", () => {
  const world = written(2.5 * RECORD_BYTES);
  const files = segments(world);
  world.disk.plant(files[0]!, undefined);
  world.crash();
  assertEquals(world.load().damage, { kind: "middle", file: files[1]!, offset: 0 });
  assertEquals(world.loadLog(), "1: ");
  world.append(1, "one", "two");
  world.settle();
  world.crash();
  assertEquals(world.load().damage, undefined);
  assertEquals(world.loadLog(), "1: one two");
});

Deno.test("journal() logs a line that names the damaged file and offset", () => {
  const world = written();
  const [file] = segments(world);
  damage(world, file!, RECORD_BYTES);
  world.load();
  const line = world.log.find(({ level }) => level === "error")!;
  assertStringIncludes(line.text, `damaged (middle) in ${file} at byte ${RECORD_BYTES}`);
  assertEquals(world.figures.at(-1)!.damaged, true);
});

Deno.test("journal() reports the damage until what replaces it is durable, and never after", () => {
  const replacements: ((world: JournalWorld) => void)[] = [
    (world) => world.append(3, "three", "four"),
    (world) => world.truncate(2),
    (world) => world.append(2, "two", "three"),
  ];
  const logs = ["entry--1 entry--2 three four", "entry--1 entry--2", "entry--1 two three"];
  for (const [index, replace] of replacements.entries()) {
    for (const segmentBytes of [1_000, 2.5 * RECORD_BYTES]) {
      // Stops after every disk operation of the replacement in turn.
      for (let operations = 0, isDone = false; !isDone; operations++) {
        const world = written(segmentBytes);
        const file = segments(world)[segmentBytes === 1_000 ? 0 : 1]!;
        damage(world, file, segmentBytes === 1_000 ? 2 * RECORD_BYTES : 0);
        world.load();
        world.disk.stopAfter(operations);
        replace(world);
        world.settle();
        isDone = world.durable.length > 0;
        world.crash();
        const { damage: found } = world.load();
        if (isDone) assertEquals(found, undefined);
        if (found === undefined) assertEquals(world.loadLog(), `1: ${logs[index]}`);
        else assertEquals(world.loadLog(), upTo(2));
      }
    }
  }
});

Deno.test("journal() does not take half a replacement for a whole one", () => {
  const large = ["x", "y", "z"].map((letter) => letter.repeat(1_500));
  let reported = 0;
  for (let seed = 0; seed < 100; seed++) {
    const random = randomFrom(seed);
    const world = written();
    damage(world, segments(world)[0]!, 2 * RECORD_BYTES);
    world.load();
    world.disk.stopAfter(1 + Math.floor(random() * 3));
    world.append(3, ...large);
    world.settle();
    world.crash(random);
    const isReported = world.load().damage !== undefined;
    assertEquals(world.loadLog(), isReported ? upTo(2) : `${upTo(2)} ${large.join(" ")}`);
    if (isReported) reported++;
  }
  assert(reported > 20 && reported < 80, `${reported} of 100`);
});

Deno.test("journal() goes on correctly after damage, restart after restart", () => {
  const world = written(2.5 * RECORD_BYTES);
  damage(world, segments(world)[0]!, RECORD_BYTES);
  assertEquals(world.loadLog(), upTo(1));
  world.append(2, "two");
  world.append(3, "three");
  world.settle();
  for (let op = 4; op < 12; op++) {
    world.crash();
    assertEquals(world.load().damage, undefined);
    world.append(op, `op ${op}`);
    world.settle();
  }
  assertEquals(
    world.loadLog(),
    "1: entry--1 two three op 4 op 5 op 6 op 7 op 8 op 9 op 10 op 11",
  );
});

Deno.test("journal() keeps what follows the damage aside", () => {
  const world = written(2.5 * RECORD_BYTES);
  const files = segments(world);
  damage(world, files[0]!, RECORD_BYTES);
  world.append(2, "two");
  world.settle();
  const aside = world.disk.files.filter((name) => name.endsWith(".damaged"));
  assertEquals(aside, files.slice(1).map((name) => `${name}.damaged`));
  // The damaged segment still holds the first entry. It goes when that is no longer needed.
  assert(world.disk.files.includes(files[0]!));
  world.snapshot(2, "state", { reset: true });
  world.settle();
  assert(world.disk.files.includes(`${files[0]}.damaged`));
});

Deno.test("journal() starts anew from a peer's snapshot whatever is damaged", () => {
  const world = written(2.5 * RECORD_BYTES);
  const files = segments(world);
  damage(world, files[1]!, 0);
  assertEquals(world.load().damage?.kind, "middle");
  world.snapshot(40, "state of a peer", { reset: true });
  world.append(41, "next");
  world.settle();
  world.crash();
  const loaded = world.load();
  assertEquals(loaded.damage, undefined);
  assertEquals(loaded.snapshot?.op, 40);
  assertEquals(world.loadLog(), "41: next");
  assertEquals(
    world.disk.files.filter((name) => name.endsWith(".damaged")),
    files.slice(1).map((name) => `${name}.damaged`),
  );
});

Deno.test("journal() keeps only so many damaged files", () => {
  const world = new JournalWorld({ segmentBytes: 50 });
  let op = 0;
  for (let round = 0; round < 12; round++) {
    for (let count = 0; count < 3; count++) {
      world.append(++op, `entry of round ${round}`);
      world.settle();
    }
    const files = segments(world).filter((name) => !name.endsWith(".damaged"));
    damage(world, files.at(-3)!, 3);
    assertEquals(world.load().damage?.kind, "middle");
    op -= 3;
  }
  const aside = world.disk.files.filter((name) => name.endsWith(".damaged"));
  assertEquals(aside.length, 16);
});

Deno.test("journal() gives the log with gaps if nothing but the content of entries is lost", () => {
  for (const segmentBytes of [1_000, 2.5 * RECORD_BYTES]) {
    const world = written(segmentBytes);
    const perFile = Math.floor(segmentBytes / RECORD_BYTES);
    for (const index of [1, 3]) {
      const offset = (index % perFile) * RECORD_BYTES + HEADER_BYTES;
      damage(world, segments(world)[Math.floor(index / perFile)]!, offset);
    }
    const { entries, remnant } = world.load();
    assertEquals(entries.map(text), ENTRIES.slice(0, 1));
    assertEquals(remnant?.first, 2);
    const gaps = [undefined, ENTRIES[2], undefined, ENTRIES[4]];
    assertEquals(remnant?.entries.map((entry) => entry && text(entry)), gaps);
    // What is appended from the first gap on stands in for all of it.
    world.append(2, ...ENTRIES.slice(1));
    world.settle();
    world.crash();
    assertEquals(world.load().remnant, undefined);
    assertEquals(world.load().entries.map(text), ENTRIES);
  }
});

Deno.test("journal() gives no log with gaps if it is uncertain what was lost", () => {
  const header = written();
  damage(header, segments(header)[0]!, RECORD_BYTES + 8);
  assertEquals(header.load().damage?.kind, "middle");
  assertEquals(header.load().remnant, undefined, "the lost record may have been of any kind");
  const last = written();
  damage(last, segments(last)[0]!, RECORD_BYTES + HEADER_BYTES);
  damage(last, segments(last)[0]!, 4 * RECORD_BYTES + HEADER_BYTES);
  assertEquals(last.load().remnant, undefined, "the last entry may have been any");
  // A write that has strayed into an entry: the place where it belongs may lack it.
  const stray = new JournalWorld({ segmentBytes: 10_000 });
  stray.append(1, "a".repeat(2_000));
  stray.settle();
  for (const op of [2, 3]) {
    stray.append(op, "entry");
    stray.settle();
  }
  const [name] = segments(stray);
  const contents = stray.disk.contents(name!)!;
  const start = contents.length - RECORD_BYTES + 3;
  contents.set(contents.slice(start), 512);
  stray.disk.plant(name!, contents);
  stray.crash();
  assertEquals(stray.load().damage?.kind, "middle");
  assertEquals(stray.load().remnant, undefined);
});
