// What a store must never do, one scenario each; the random runs are in model_test.ts.
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { encode } from "../../actors/schema.ts";
import { NodeClock } from "../../protocols/gossip/clock.ts";
import { replicaId } from "../../protocols/gossip/dot.ts";
import { ReplicaAmnesia } from "../../protocols/gossip/errors.ts";
import { type Delta, deltaSchema } from "../../protocols/gossip/key_state.ts";
import { applyRepair, type Repair, repairFor } from "../../protocols/gossip/repair.ts";
import { digestOf } from "../../protocols/gossip/snapshot.ts";
import { GossipStore } from "../../protocols/gossip/store.ts";
import { bytesOf, Hand } from "./support.ts";

const EVERYTHING = { from: "", until: undefined };

function repairOf(from: Hand, theirs: NodeClock, bytesMax = 1_000_000): Repair {
  const repair = repairFor(from.store, theirs, bytesMax);
  assert(typeof repair === "object", `no repair: ${repair}`);
  return repair;
}

Deno.test("GossipStore takes an event that overtakes what it supersedes, and loses neither's effect", () => {
  const [a, b, x] = [new Hand(1), new Hand(2), new Hand(3)];
  const first = a.put("siblings", "first");
  b.take(first.delta);
  const second = b.put("siblings", "second", b.context("siblings"));
  a.take(second.delta);
  const third = a.put("siblings", "third", a.context("siblings"));
  // x has the first, misses the second, which removed it, and gets the third.
  x.take(first.delta, third.delta);
  assert(!x.store.clock.has(second.delta!.dot), "what was not taken in is not in the clock");
  assertEquals(x.show("siblings"), ["first", "third"]);
  x.take(second.delta);
  assertEquals(x.show("siblings"), ["third"]);
  assertEquals(digestOf(x.store.freeze()), (b.take(third.delta), digestOf(b.store.freeze())));
});

Deno.test("GossipStore does not show an event that arrives after the one that superseded it", () => {
  const [a, x] = [new Hand(1), new Hand(2)];
  const put = a.put("siblings", "old");
  const gone = a.delete("siblings", put.context);
  x.take(gone.delta, put.delta, put.delta, gone.delta);
  assertEquals(x.show("siblings"), []);
  assertEquals(x.store.state("siblings").ahead, []);
  assert(x.store.clock.equals(a.store.clock));
});

Deno.test("GossipStore.join() brings a removal to whoever missed it", () => {
  const [a, x] = [new Hand(1), new Hand(2)];
  const put = a.put("siblings", "value");
  x.take(put.delta);
  a.delete("siblings");
  x.pull(a);
  assertEquals([x.show("siblings"), x.store.size], [[], 0]);
});

Deno.test("applyRepair() refuses what was made for a clock that had more", () => {
  const [a, x] = [new Hand(1), new Hand(2)];
  const [one, two] = [a.put("siblings", "one"), a.put("siblings", "two")];
  const gone = a.delete("siblings");
  // x asked when it had all but the removal, and has lost its memory since.
  const theirs = NodeClock.of([one.delta!.dot, two.delta!.dot]);
  const repair = repairOf(a, theirs);
  assertEquals(repair.fragments[0]!.gone, [gone.delta!.dot]);
  assert(!applyRepair(x.store, repair));
  assertEquals(x.store.clock.count, 0);
  x.pull(a);
  assert(x.store.clock.equals(a.store.clock));
});

Deno.test("repairFor() sends whole keys, a few at a time, and only what is missing", () => {
  const [a, x] = [new Hand(1), new Hand(2)];
  for (let at = 0; at < 20; at++) {
    x.take(a.do("set", { type: "add", element: bytesOf(`${at}`) }).delta);
  }
  a.do("set", { type: "add", element: bytesOf("new") });
  for (let at = 0; at < 50; at++) a.put(`key-${at}`, "x".repeat(100));
  const repair = repairOf(a, x.store.clock, 1_000);
  assert(repair.fragments.length < 10, `${repair.fragments.length} keys`);
  const set = repair.fragments.find(({ key }) => key === "set")!;
  assertEquals([set.alive.length, set.entries.length], [21, 1]);
  x.pull(a);
  assertEquals(digestOf(x.store.freeze()), digestOf(a.store.freeze()));
  assertEquals(repairFor(a.store, x.store.clock, 1_000), "nothing");
});

Deno.test("repairFor() gives up on keys when their events are forgotten: the whole state is needed", () => {
  const [a, x] = [new Hand(1), new Hand(2)];
  for (let at = 0; at < 20; at++) a.put(`key-${at}`, "value");
  a.delete("key-3");
  x.put("own", "value");
  a.store.trimIndex(5);
  assertEquals(repairFor(a.store, x.store.clock, 1_000), "reset");
  x.pull(a);
  assertEquals([x.show("key-3"), x.show("key-4"), x.show("own")], [[], ["value"], ["value"]]);
  a.pull(x);
  assertEquals(digestOf(x.store.freeze()), digestOf(a.store.freeze()));
});

Deno.test("GossipStore.joinAll() takes away what the other knows to be gone, and keeps its own", () => {
  const [a, x] = [new Hand(1), new Hand(2)];
  x.take(a.put("siblings", "shared").delta);
  a.delete("siblings");
  x.put("siblings", "own");
  x.put("mine", "1");
  x.data.adopt(a.store.freeze(), x.now);
  assertEquals([x.show("siblings"), x.show("mine")], [["own"], ["1"]]);
  assertEquals(x.store.size, 2);
});

Deno.test("GossipStore.checkMemory() finds a disk that went back in time", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  const old = new GossipStore(a.store.self);
  for (let at = 0; at < 3; at++) b.take(a.put("key", `${at}`).delta);
  old.joinAll(new Hand(9).store.freeze());
  assertThrows(() => old.checkMemory(b.store.clock), ReplicaAmnesia, "knows 0 events");
  a.store.checkMemory(b.store.clock);
});

Deno.test("GossipStore keeps what a new life writes, where a dot used again would be lost", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  b.take(a.put("siblings", "before").delta);
  // The same id and no memory: the event has the dot of another, and is taken for it.
  const amnesiac = new Hand(1);
  b.take(amnesiac.put("siblings", "lost").delta);
  assertEquals(b.show("siblings"), ["before"]);
  const reborn = new Hand(1, 1_000, replicaId(1, 2));
  reborn.pull(b);
  b.take(reborn.put("siblings", "kept").delta);
  assertEquals(b.show("siblings"), ["before", "kept"]);
});

Deno.test("GossipStore goes on with its dots when its log is replayed", () => {
  const a = new Hand(1);
  const log = [a.put("k", "1"), a.put("k", "2"), a.delete("j")].map(({ delta }) => delta!);
  const replayed = new GossipStore(a.store.self);
  for (const delta of log) assertEquals(replayed.apply(delta), "applied");
  for (const delta of log) assertEquals(replayed.apply(delta), "known");
  assertEquals(digestOf(replayed.freeze()), digestOf(a.store.freeze()));
  assertEquals(replayed.write("k", null, []).dot.n, 4);
});

Deno.test("GossipStore refuses mail that leaves one gap too many, and takes it in order", () => {
  const a = new Hand(1);
  const deltas: Delta[] = [];
  for (let at = 0; at < 2_060; at++) deltas.push(a.put(`key-${at % 7}`, `${at}`).delta!);
  const x = new Hand(2);
  const outcomes = deltas.filter((_, at) => at % 2 === 1).map((delta) => x.store.apply(delta));
  assertEquals(outcomes.filter((outcome) => outcome === "refused").length, 6);
  x.pull(a);
  assertEquals(digestOf(x.store.freeze()), digestOf(a.store.freeze()));
});

Deno.test("GossipStore has copies of what it was given", () => {
  const [a, x] = [new Hand(1), new Hand(2)];
  const value = bytesOf("value");
  const { delta } = a.do("siblings", { type: "put", value });
  const mail = encode(deltaSchema, delta!);
  x.take(delta);
  value.fill(0);
  mail.fill(0);
  assertEquals([a.show("siblings"), x.show("siblings")], [["value"], ["value"]]);
});

Deno.test("GossipStore counts and lists what is alive, and fingerprints it", () => {
  const [a, x] = [new Hand(1), new Hand(2)];
  const empty = a.store.fingerprint;
  a.put("b", "1");
  a.put("a", "2");
  a.put("siblings/𝄞", "3");
  const before = a.store.fingerprint;
  assertNotEquals(before, empty);
  a.delete("b");
  const keys: string[] = [];
  a.store.ascend(EVERYTHING, (key) => keys.push(key) < 9);
  assertEquals([keys, a.store.size, a.store.tombstones], [["a", "siblings/𝄞"], 2, 1]);
  assertNotEquals(a.store.fingerprint, before);
  x.pull(a);
  assertEquals(x.store.fingerprint, a.store.fingerprint);
  a.delete("a");
  a.delete("siblings/𝄞");
  assertEquals([a.store.fingerprint, a.store.size], [empty, 0]);
});
