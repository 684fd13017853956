import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { replicaId } from "../../protocols/gossip/dot.ts";
import { GossipSnapshotError } from "../../protocols/gossip/errors.ts";
import { digestOf, readSnapshot, snapshotChunks } from "../../protocols/gossip/snapshot.ts";
import { GossipStore } from "../../protocols/gossip/store.ts";
import { bytesOf, Hand } from "./support.ts";

function filled(): Hand {
  const [a, b] = [new Hand(1), new Hand(2)];
  for (let at = 0; at < 400; at++) a.put(`key-${at % 150}`, "x".repeat(at * 9));
  for (let at = 0; at < 50; at++) a.delete(`key-${at}`);
  b.put("siblings/𝄞", "b");
  a.put("siblings/𝄞", "a");
  a.do("counter", { type: "increment", by: -3n });
  a.do("set", { type: "add", element: bytesOf("e") });
  a.pull(b);
  a.store.prune(b.store.clock);
  // Something that is ahead.
  a.put("siblings/ahead", "v", [{ replica: replicaId(7, 7), n: 9 }]);
  return a;
}

function restored(chunks: Iterable<Uint8Array>, self = replicaId(1, 1)): GossipStore {
  const store = new GossipStore(self);
  store.joinAll(readSnapshot(chunks));
  return store;
}

Deno.test("A snapshot gives back the whole store: clock, entries, what is ahead, and the index", () => {
  const { store } = filled();
  const chunks = [...snapshotChunks(store.freeze())];
  assert(chunks.length > 4, `${chunks.length} chunks`);
  assert(chunks.every(({ length }) => length < 300_000));
  const copy = restored(chunks);
  assertEquals([...snapshotChunks(copy.freeze())], chunks);
  assertEquals(copy.fingerprint, store.fingerprint);
  assertEquals([copy.size, copy.tombstones, copy.index.size, copy.latest], [
    store.size,
    store.tombstones,
    store.index.size,
    store.latest,
  ]);
  assertEquals(copy.state("siblings/ahead").ahead.length, 1);
  assertEquals(copy.write("k", null, []).dot.n, store.clock.top(store.self) + 1);
});

Deno.test("A snapshot is of the moment of freeze(), though the store goes on", () => {
  const a = filled();
  const expected = [...snapshotChunks(a.store.freeze())];
  const version = a.store.freeze();
  const chunks = snapshotChunks(version);
  const taken = [chunks.next().value!];
  for (let at = 0; at < 150; at++) a.put(`key-${at}`, "later");
  a.store.prune(a.store.clock);
  a.store.collect({ ms: 1e9, counter: 0 }, 100);
  assertEquals([...taken, ...chunks], expected);
});

Deno.test("A snapshot that is torn, damaged or none at all is refused", () => {
  const chunks = [...snapshotChunks(filled().store.freeze())];
  const refuse = (damaged: Uint8Array[]) =>
    assertThrows(() => readSnapshot(damaged), GossipSnapshotError);
  refuse([]);
  refuse(chunks.slice(0, -1));
  refuse(chunks.slice(1));
  refuse([...chunks, chunks.at(-1)!]);
  refuse([chunks[0]!, ...chunks]);
  refuse(chunks.filter((_, at) => at !== 2));
  refuse([chunks[0]!, chunks[2]!, chunks[1]!, ...chunks.slice(3)]);
  const random = randomStream(1, "snapshot");
  for (let round = 0; round < 200; round++) {
    const damaged = chunks.map((chunk) => chunk.slice());
    const chunk = damaged[randomInteger(random, chunks.length)]!;
    const at = randomInteger(random, Math.min(chunk.length, 400));
    chunk[at] = chunk[at]! ^ (1 << randomInteger(random, 8));
    refuse(damaged);
  }
});

Deno.test("digestOf() is the same where the clock and what is alive are, and only there", () => {
  const [a, b] = [filled(), new Hand(2, 5_000)];
  b.data.adopt(readSnapshot([...snapshotChunks(a.store.freeze())]), b.now);
  const digest = digestOf(a.store.freeze());
  assertEquals(digestOf(b.store.freeze()), digest);
  a.store.collect({ ms: 1e9, counter: 0 }, 100);
  a.store.prune(a.store.clock);
  assertEquals([a.store.tombstones, digestOf(a.store.freeze())], [0, digest]);
  b.put("key-100", "x");
  assertNotEquals(digestOf(b.store.freeze()), digest);
});
