import { assert, assertEquals } from "@std/assert";
import type { Operation, Outcome } from "../../actors/actor.ts";
import { CALM_DISK, type DiskOptions, SimDisk } from "../../sim/disk.ts";

/** A disk whose operations end at once. */
function newDisk(seed: bigint, options: Partial<DiskOptions> = {}, mayHarm = () => true): SimDisk {
  const later = (_delayMs: number, run: () => void) => run();
  return new SimDisk({ seed, name: "disk", later, mayHarm }, { ...CALM_DISK, ...options });
}

function outcomeOf<T>(operation: Operation<T>): Outcome<T> {
  let result: Outcome<T> | undefined;
  operation((outcome) => result = outcome);
  return result!;
}

function must<T>(operation: Operation<T>): T {
  const outcome = outcomeOf(operation);
  if (!outcome.ok) throw outcome.error;
  return outcome.value;
}

function write(disk: SimDisk, name: string, offset: number, bytes: Uint8Array): void {
  must(disk.write(name, offset, bytes));
}

function writeDurably(disk: SimDisk, name: string, bytes: Uint8Array): void {
  write(disk, name, 0, bytes);
  must(disk.sync(name));
  must(disk.syncDirectory());
}

function read(disk: SimDisk, name: string): Uint8Array {
  return must(disk.read(name, 0, 1_000_000));
}

const NAME = "log-00000001-0000000000000001";

Deno.test("SimDisk.crash() keeps what was synced, whatever becomes of the rest", () => {
  for (const kind of ["lose", "keep", "tear", "scatter"] as const) {
    const disk = newDisk(1n);
    writeDurably(disk, NAME, new Uint8Array(2_000).fill(1));
    write(disk, NAME, 2_000, new Uint8Array(3_000).fill(2));
    disk.crash(kind);
    assertEquals(read(disk, NAME).slice(0, 2_000), new Uint8Array(2_000).fill(1));
  }
});

Deno.test("SimDisk.crash() loses or keeps all that was not synced when told to", () => {
  const lost = newDisk(1n);
  writeDurably(lost, NAME, new Uint8Array(10));
  write(lost, NAME, 10, new Uint8Array(10));
  write(lost, "another", 0, new Uint8Array(10));
  lost.crash("lose");
  assertEquals(must(lost.list()), [NAME]);
  assertEquals(read(lost, NAME).length, 10);
  const kept = newDisk(1n);
  write(kept, NAME, 0, new Uint8Array(10));
  kept.crash("keep");
  assertEquals(read(kept, NAME).length, 10);
});

Deno.test("SimDisk.crash() tears writes at the bounds of sectors only", () => {
  let torn = 0;
  for (let seed = 1n; seed <= 50n; seed++) {
    for (const kind of ["tear", "scatter"] as const) {
      const disk = newDisk(seed);
      writeDurably(disk, NAME, new Uint8Array(100));
      write(disk, NAME, 100, new Uint8Array(2_000).fill(7));
      disk.crash(kind);
      const bytes = read(disk, NAME);
      const sectors = Array.from({ length: 5 }, (_, index) => {
        const sector = bytes.slice(Math.max(100, index * 512), (index + 1) * 512);
        assert(new Set(sector).size <= 1, `sector ${index} is neither old nor new`);
        return sector[0] ?? 0;
      });
      if (new Set(sectors).size === 2) torn++;
    }
  }
  assert(torn > 10, `${torn} of 100 writes were torn`);
});

Deno.test("SimDisk.crash() leaves garbage where something was being written, with leave only", () => {
  const written = new Uint8Array(1_500).fill(2);
  for (const kind of ["lose", "keep", "tear", "scatter"] as const) {
    let garbled = 0;
    for (let seed = 1n; seed <= 20n; seed++) {
      let isHarmed = false;
      const disk = newDisk(seed, { garbled: 0.5 }, () => isHarmed = true);
      writeDurably(disk, NAME, new Uint8Array(2_000).fill(1));
      disk.crash(kind);
      assert(!isHarmed, "nothing was being written");
      write(disk, NAME, 1_800, written);
      const count = disk.crash(kind);
      garbled += count;
      assert(isHarmed || count === 0);
      const bytes = read(disk, NAME);
      assertEquals(
        bytes.slice(0, 1_536),
        new Uint8Array(1_536).fill(1),
        "sectors that are not touched",
      );
      const isStrange = bytes.some((byte) => byte > 2);
      assertEquals(isStrange, count > 0);
      const spared = newDisk(seed, { garbled: 1 }, () => false);
      write(spared, NAME, 0, written);
      assertEquals(spared.crash(kind), 0);
    }
    assertEquals(garbled > 0, kind === "tear" || kind === "scatter");
  }
});

Deno.test("SimDisk.sync() makes nothing durable before it has ended", () => {
  let end = () => {};
  const disk = new SimDisk({
    seed: 1n,
    name: "disk",
    later: (_delayMs, run) => end = run,
    mayHarm: () => true,
  }, CALM_DISK);
  disk.write(NAME, 0, new Uint8Array(10))(() => {});
  end();
  disk.syncDirectory()(() => {});
  end();
  disk.sync(NAME)(() => {});
  disk.crash("lose");
  let length: number | undefined;
  disk.size(NAME)((outcome) => length = outcome.ok ? outcome.value : undefined);
  end();
  assertEquals(length, 0);
});

Deno.test("SimDisk.rot() flips one bit for good, unless the account forbids it", () => {
  const disk = newDisk(1n);
  writeDurably(disk, NAME, new Uint8Array(5_000));
  assert(disk.rot() !== undefined);
  disk.crash("lose");
  const bits = read(disk, NAME).reduce(
    (sum, byte) => sum + byte.toString(2).split("1").length - 1,
    0,
  );
  assertEquals(bits, 1);
  const spared = newDisk(1n, {}, () => false);
  writeDurably(spared, NAME, new Uint8Array(5_000));
  assertEquals(spared.rot(), undefined);
  assertEquals(read(spared, NAME), new Uint8Array(5_000));
});

Deno.test("SimDisk.write() goes astray within its file only, and never without leave", () => {
  const disk = newDisk(1n, { misdirected: 1 });
  writeDurably(disk, NAME, new Uint8Array(1_000).fill(1));
  write(disk, NAME, 1_000, new Uint8Array(100).fill(2));
  assertEquals(read(disk, NAME), new Uint8Array(1_000).fill(1).fill(2, 0, 100));
  const spared = newDisk(1n, { misdirected: 1 }, () => false);
  writeDurably(spared, NAME, new Uint8Array(1_000).fill(1));
  write(spared, NAME, 1_000, new Uint8Array(100).fill(2));
  assertEquals(read(spared, NAME).length, 1_100);
});

Deno.test("SimDisk.write() takes what there is room for, and says that the disk is full", () => {
  const disk = newDisk(1n);
  write(disk, NAME, 0, new Uint8Array(100));
  disk.isFull = true;
  write(disk, NAME, 50, new Uint8Array(50));
  const outcome = outcomeOf(disk.write(NAME, 90, new Uint8Array(50)));
  assert(!outcome.ok && outcome.error.message.includes("full"));
  assertEquals(read(disk, NAME).length, 100);
  disk.isFull = false;
  write(disk, NAME, 100, new Uint8Array(50));
});
