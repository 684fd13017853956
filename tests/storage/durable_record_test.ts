import { assertEquals, assertRejects } from "@std/assert";
import { DurableRecordFile, RECORD_FILES, RecordDamaged } from "../../storage/durable_record.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { bytes, JournalWorld, randomFrom, run, text } from "./support.ts";

async function written(...contents: string[]): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await run(function* () {
    const file = yield* DurableRecordFile.open(disk, disk.files);
    for (const content of contents) yield* file.write(bytes(content));
  });
  return disk;
}

function reopened(disk: MemoryDisk): Promise<string> {
  return run(function* () {
    return text((yield* DurableRecordFile.open(disk, disk.files)).bytes);
  });
}

function flip(disk: MemoryDisk, name: string, at: number): void {
  const contents = disk.contents(name)!;
  contents[at]! ^= 0x20;
  disk.plant(name, contents);
}

Deno.test("DurableRecordFile has nothing on a fresh disk, and the last record otherwise", async () => {
  assertEquals(await reopened(new MemoryDisk()), "(none)");
  assertEquals(await reopened(await written("one", "two", "")), "");
  assertEquals(await reopened(await written("x".repeat(2048))), "x".repeat(2048));
});

Deno.test("DurableRecordFile survives any damage to one copy, and repairs it", async () => {
  for (const [index, name] of RECORD_FILES.entries()) {
    for (let at = 0; at < 32 + "content".length; at++) {
      const disk = await written("older", "content");
      flip(disk, name, at);
      assertEquals(await reopened(disk), "content", `byte ${at} of ${name}`);
      flip(disk, RECORD_FILES[1 - index]!, at);
      assertEquals(await reopened(disk), "content", `byte ${at} of the other`);
    }
  }
});

Deno.test("DurableRecordFile refuses to start without a valid copy, and names the files", async () => {
  for (const missing of [undefined, ...RECORD_FILES]) {
    const disk = await written("content");
    for (const name of RECORD_FILES) flip(disk, name, 33);
    if (missing !== undefined) disk.plant(missing, undefined);
    const left = RECORD_FILES.filter((name) => name !== missing).join(" and ");
    await assertRejects(() => reopened(disk), RecordDamaged, left);
  }
});

Deno.test("DurableRecordFile has the old record or the new one after a crash at any point", () => {
  for (const before of [undefined, "old"]) {
    for (let seed = 0; seed < 40; seed++) {
      for (let operations = 0, isDone = false; !isDone; operations++) {
        const world = new JournalWorld();
        if (before !== undefined) world.record(before);
        world.settle();
        world.disk.stopAfter(operations);
        const ticket = world.record("new");
        world.settle();
        isDone = world.durable.includes(ticket);
        world.crash(seed === 0 ? undefined : randomFrom(seed));
        const { record } = world.load();
        const found = record === undefined ? undefined : text(record);
        assertEquals(found === "new" || (!isDone && found === before), true, `found ${found}`);
        assertEquals(world.escalated, undefined);
      }
    }
  }
});

Deno.test("DurableRecordFile makes durable what it finds, before it is relied upon", () => {
  for (let operations = 0; operations < 6; operations++) {
    const world = new JournalWorld();
    world.record("old");
    world.settle();
    world.disk.stopAfter(operations);
    world.record("new");
    world.settle();
    world.disk.kill();
    world.boot();
    const found = text(world.load().record);
    world.crash();
    assertEquals(text(world.load().record), found, `killed after ${operations} operations`);
  }
});
