import { assertEquals } from "@std/assert";
import type { Operation } from "../../actors/actor.ts";
import type { Disk } from "../../storage/disk.ts";
import { DiskLease } from "../../storage/disk_lease.ts";
import { MemoryDisk } from "./memory_disk.ts";

/** A disk whose writes take effect when they end, which is up to the test. */
function slowDisk(): { disk: Disk; started: string[]; endNext: () => void } {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const disk = new MemoryDisk();
  disk.write = (name): Operation<void> => (done) => {
    started.push(name);
    ends.push(() => done({ ok: true, value: undefined }));
  };
  return { disk, started, endNext: () => ends.shift()!() };
}

const bytes = new Uint8Array(3);

Deno.test("DiskLease starts nothing for a new holder while the old one's operation runs", () => {
  const { disk, started, endNext } = slowDisk();
  const lease = new DiskLease(disk);
  const told: string[] = [];
  lease.take().write("old", 0, bytes)(() => told.push("old"));
  lease.take().write("new", 0, bytes)(() => told.push("new"));
  assertEquals(started, ["old"]);
  endNext();
  assertEquals(started, ["old", "new"]);
  endNext();
  assertEquals(told, ["new"], "the old holder is not told any more");
});

Deno.test("DiskLease starts nothing for a holder that was cut off", () => {
  const { disk, started, endNext } = slowDisk();
  const lease = new DiskLease(disk);
  const old = lease.take();
  old.write("first", 0, bytes)(() => {});
  old.write("waiting", 0, bytes)(() => {});
  const current = lease.take();
  old.write("late", 0, bytes)(() => {});
  current.write("new", 0, bytes)(() => {});
  endNext();
  assertEquals(started, ["first", "new"]);
});

Deno.test("DiskLease counts what goes through", () => {
  const lease = new DiskLease(new MemoryDisk({ complete: (run) => run() }));
  const disk = lease.take();
  disk.write("file", 0, new Uint8Array(100))(() => {});
  disk.sync("file")(() => {});
  disk.syncDirectory()(() => {});
  assertEquals(lease.figures, { syncs: 2, bytesWritten: 100 });
});
