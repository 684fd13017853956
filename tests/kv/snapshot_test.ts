// Snapshots: taken lazily while commands go on, and yet the state of one moment.
import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeCommand } from "../../protocols/kv/commands.ts";
import { CHUNK_BYTES, KvSnapshotError } from "../../protocols/kv/snapshot.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { ask, get, page, put, Random, randomCommand, run } from "./helpers.ts";

function restored(chunks: Iterable<Uint8Array>): KvStore {
  const store = new KvStore();
  store.restore(chunks);
  return store;
}

function filled(random: Random, commands: number, keys: number): KvStore {
  const store = new KvStore();
  for (let step = 0; step < commands; step++) run(store, randomCommand(random, keys));
  return store;
}

/** The same bytes, cut elsewhere. */
function recut(random: Random, chunks: readonly Uint8Array[]): Uint8Array[] {
  const whole = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.length;) {
    const length = random.of([0, 1, 3, 100, 5_000]);
    pieces.push(whole.slice(at, at + length));
    at += length;
  }
  return pieces;
}

Deno.test("KvStore.snapshot() describes the moment of the call, whatever happens meanwhile", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const random = new Random(seed);
    const store = filled(random, 20_000, 8_000);
    const expected = store.digest();
    const chunks: Uint8Array[] = [];
    const commandsPerChunk = 10_000 / (store.size * 190 / CHUNK_BYTES);
    let commands = 0;
    const change = () => {
      for (let step = 0; step < commandsPerChunk; step++, commands++) {
        run(store, randomCommand(random, 8_000));
      }
    };
    const snapshot = store.snapshot();
    change();
    for (const chunk of snapshot) {
      chunks.push(chunk);
      change();
    }
    assert(
      chunks.length > 2 && commands >= 10_000,
      `${chunks.length} chunks, ${commands} commands`,
    );
    assertEquals(restored(chunks).digest(), expected);
    assert(store.digest() !== expected);
  }
});

Deno.test("KvStore.snapshot() may be taken while others are", () => {
  const random = new Random(20);
  const store = filled(random, 3_000, 1_000);
  const taken: { snapshot: Iterable<Uint8Array>; digest: string }[] = [];
  for (let round = 0; round < 10; round++) {
    taken.push({ digest: store.digest(), snapshot: store.snapshot() });
    for (let step = 0; step < 500; step++) run(store, randomCommand(random, 1_000));
  }
  for (const { snapshot, digest } of taken) assertEquals(restored(snapshot).digest(), digest);
});

Deno.test("KvStore.restore() brings back values, metadata, order and revision", () => {
  const store = new KvStore();
  put(store, "🐘", "elephant");
  put(store, "Ａ", "");
  put(store, "Ａ", "full-width");
  run(store, { type: "delete", key: "gone" });
  const other = restored(store.snapshot());
  assertEquals(other.revision, store.revision);
  assertEquals(page(other, {}), page(store, {}));
  assertEquals(put(other, "Ａ", "next"), put(store, "Ａ", "next"));
});

Deno.test("KvStore.restore() replaces what was there", () => {
  const store = new KvStore();
  put(store, "old", "1");
  store.restore(new KvStore().snapshot());
  assertEquals([store.size, store.revision, get(store, "old")], [0, 0, undefined]);
});

Deno.test("KvStore.restore() takes chunks cut anywhere", () => {
  const random = new Random(21);
  const store = filled(random, 3_000, 1_000);
  run(store, { type: "put", key: "large", value: random.bytes(20_000) });
  const pieces = recut(random, [...store.snapshot()]);
  assertEquals(restored(pieces).digest(), store.digest());
});

Deno.test("KvStore.snapshot() cuts chunks of 256 KiB, within a value if need be", () => {
  const store = new KvStore();
  const random = new Random(22);
  const value = new Uint8Array(512 * 1024).map((_, index) => index * 7);
  for (let index = 0; index < 4; index++) {
    run(store, { type: "put", key: `${random.below(1_000)}`, value });
  }
  const chunks = [...store.snapshot()];
  assert(chunks.length >= 8);
  for (const chunk of chunks.slice(0, -1)) assertEquals(chunk.length, CHUNK_BYTES);
  assert(chunks.at(-1)!.length <= CHUNK_BYTES);
  assertEquals(restored(chunks).digest(), store.digest());
});

Deno.test("KvStore.snapshot() ends rightly when the state just fills its chunks", () => {
  // The trailer of four bytes may begin in one chunk and end in the next.
  const overhead = [...oneValue(0).snapshot()][0]!.length;
  for (let missing = 0; missing <= 8; missing++) {
    const store = oneValue(CHUNK_BYTES - overhead - 4 + missing);
    const chunks = [...store.snapshot()];
    assertEquals(chunks.length, missing <= 4 ? 1 : 2);
    assert(chunks.every((chunk) => chunk.length > 0));
    assertEquals(restored(chunks).digest(), store.digest());
  }
});

function oneValue(length: number): KvStore {
  const store = new KvStore();
  run(store, { type: "put", key: "k", value: new Uint8Array(length) });
  return store;
}

Deno.test("KvStore.restore() refuses a damaged snapshot and keeps its state", () => {
  const random = new Random(23);
  const [snapshot] = [...filled(random, 200, 50).snapshot()];
  assert(snapshot !== undefined);
  const store = new KvStore();
  put(store, "mine", "1");
  const before = store.digest();
  const damaged: Uint8Array[][] = [[], [new Uint8Array(20)], [snapshot, Uint8Array.of(0)]];
  for (let length = 0; length < snapshot.length; length += 97) {
    damaged.push([snapshot.slice(0, length)]);
  }
  for (let round = 0; round < 500; round++) {
    const flipped = snapshot.slice();
    flipped[random.below(flipped.length)]! ^= 1 << random.below(8);
    damaged.push([flipped]);
  }
  for (const chunks of damaged) {
    assertEquals(
      assertThrows(() => store.restore(chunks), KvSnapshotError).code,
      "snapshot_corrupt",
    );
  }
  assertEquals(store.digest(), before);
});

Deno.test("KvStore.apply() and query() go on as before while a snapshot is half taken", () => {
  const random = new Random(24);
  const [store, reference] = [filled(random, 5_000, 2_000), new KvStore()];
  reference.restore(store.snapshot());
  const snapshot = store.snapshot()[Symbol.iterator]();
  snapshot.next();
  for (let step = 0; step < 5_000; step++) {
    const command = encodeCommand(randomCommand(random, 2_000));
    assertEquals(store.apply(command), reference.apply(command));
    const key = `key-${random.below(2_000)}`;
    if (step % 10 === 0) {
      assertEquals(ask(store, { type: "get", key }), ask(reference, { type: "get", key }));
    }
  }
  assertEquals(page(store, { limit: 1000 }), page(reference, { limit: 1000 }));
});
