// The memory of values: nothing is lost when values move, and garbage is given back.
import { assert, assertEquals } from "@std/assert";
import { KeyRecord } from "../../protocols/kv/key_record.ts";
import { Slabs, valueOf } from "../../protocols/slabs.ts";
import { Random } from "./helpers.ts";

const SLAB_BYTES = 64 * 1024;

function place(slabs: Slabs, value: Uint8Array): KeyRecord {
  const record = new KeyRecord({ createRevision: 1, modRevision: 1, version: 1 });
  slabs.place(record, value);
  return record;
}

Deno.test("Slabs keeps every value through replacements and moves", () => {
  const random = new Random(8);
  const slabs = new Slabs();
  const held: { record: KeyRecord; value: Uint8Array }[] = [];
  for (let step = 0; step < 20_000; step++) {
    const length = random.below(50) === 0 ? random.below(30_000) : random.below(200);
    const value = random.bytes(Math.min(length, 300)).slice(0, length);
    const entry = { record: place(slabs, value), value };
    const at = random.below(500);
    const replaced = held[at];
    if (replaced !== undefined) slabs.release(replaced.record);
    if (at < held.length) held[at] = entry;
    else held.push(entry);
  }
  for (const { record, value } of held) assertEquals(valueOf(record), value);
});

Deno.test("Slabs.place() copies the value", () => {
  const value = Uint8Array.of(1, 2, 3);
  const record = place(new Slabs(), value);
  value.fill(9);
  assertEquals(valueOf(record), Uint8Array.of(1, 2, 3));
});

// A few values that stay, each among many that go: at once, or when the next one comes.
for (const goes of ["at once", "later"] as const) {
  Deno.test(`Slabs holds at most about twice the bytes in use when values go ${goes}`, () => {
    const slabs = new Slabs();
    const cold: KeyRecord[] = [];
    let hot: KeyRecord | undefined;
    for (let step = 0; step < 100_000; step++) {
      if (step % 100 === 0) cold.push(place(slabs, new Uint8Array(100)));
      const next = place(slabs, new Uint8Array(100));
      if (hot !== undefined) slabs.release(hot);
      hot = goes === "later" ? next : undefined;
      if (goes === "at once") slabs.release(next);
    }
    const inUse = cold.length * 100;
    const allocated = slabs.allocatedBytes;
    assert(allocated <= 2 * inUse + 2 * SLAB_BYTES, `${allocated} bytes for ${inUse}`);
  });
}

Deno.test("Slabs gives everything back when everything is released", () => {
  const slabs = new Slabs();
  const records = Array.from({ length: 5_000 }, () => place(slabs, new Uint8Array(100)));
  records.push(place(slabs, new Uint8Array(500_000)));
  for (const record of records) slabs.release(record);
  assertEquals(slabs.allocatedBytes, SLAB_BYTES);
});

Deno.test("Slabs bounds the values of a slab, even empty ones", () => {
  const slabs = new Slabs();
  const records = Array.from({ length: 10_000 }, () => place(slabs, new Uint8Array()));
  const most = Math.max(...records.map((record) => record.slab.items.length));
  assertEquals(most, SLAB_BYTES / 16);
});

Deno.test("Slabs leaves a released value readable for the snapshot that holds it", () => {
  const slabs = new Slabs();
  const old = Array.from({ length: 2_000 }, (_, index) => place(slabs, Uint8Array.of(index)));
  for (const record of old) slabs.release(record);
  for (let step = 0; step < 20_000; step++) slabs.release(place(slabs, Uint8Array.of(255)));
  old.forEach((record, index) => assertEquals(valueOf(record), Uint8Array.of(index)));
});
