import { assert, assertEquals } from "@std/assert";
import { encode } from "../../actors/schema.ts";
import { clockSchema, NodeClock } from "../../protocols/gossip/clock.ts";
import { replicaId } from "../../protocols/gossip/dot.ts";
import { STATE_CHUNK_BYTES_MAX } from "../../protocols/gossip/messages.ts";
import { Outbox } from "../../protocols/gossip/outbox.ts";
import { repairFor, repairOfKey, repairSchema } from "../../protocols/gossip/repair.ts";
import { Requesters } from "../../protocols/gossip/requesters.ts";
import { snapshotChunks } from "../../protocols/gossip/snapshot.ts";
import { GossipStore } from "../../protocols/gossip/store.ts";

const FRAME_BYTES = 8 * 1024 * 1024;
const SELF = replicaId(0, 1);
const OTHER = replicaId(1, 1);
const BOUNDS = { hintsMax: 3, hintsBytesMax: 100, hintsMaxAgeMs: 1_000 };
const EVENT = new Uint8Array(10);

function clockOf(...numbers: number[]): NodeClock {
  return NodeClock.of(numbers.map((n) => ({ replica: SELF, n })));
}

Deno.test("Outbox.add() drops the oldest beyond its bounds of number and bytes", () => {
  const outbox = new Outbox(BOUNDS);
  assertEquals([1, 2, 3, 4].map((n) => outbox.add(n, EVENT, 0, false)), [0, 0, 0, 1]);
  assertEquals(outbox.add(5, new Uint8Array(85), 0, false), 2);
  assertEquals([outbox.size, outbox.bytes], [2, 95]);
});

Deno.test("Outbox.confirm() drops what the member has, of the own replica only", () => {
  const outbox = new Outbox(BOUNDS);
  for (const n of [1, 2, 3]) outbox.add(n, EVENT, 0, true);
  outbox.confirm(SELF, NodeClock.of([{ replica: OTHER, n: 1 }]));
  assertEquals(outbox.size, 3);
  outbox.confirm(SELF, clockOf(1, 3));
  assertEquals(outbox.size, 1);
  outbox.confirm(SELF, clockOf(1, 2, 3, 4, 5, 6));
  assertEquals([outbox.size, outbox.bytes], [0, 0]);
});

Deno.test("Outbox.take() gives the oldest that were not mailed since, up to a size, and once", () => {
  const outbox = new Outbox(BOUNDS);
  outbox.add(1, new Uint8Array([1]), 0, true);
  outbox.add(2, new Uint8Array([2]), 5, false);
  outbox.add(3, new Uint8Array([3]), 6, false);
  assertEquals(outbox.hasUnsent, true);
  assertEquals(outbox.take(-Infinity, 10, 1, 10), [new Uint8Array([2])]);
  assertEquals(outbox.take(0, 11, 10, 10), [new Uint8Array([1]), new Uint8Array([3])]);
  assertEquals([outbox.take(9, 12, 10, 10), outbox.hasUnsent], [[], false]);
});

Deno.test("Outbox.expire() drops what is too old", () => {
  const outbox = new Outbox(BOUNDS);
  outbox.add(1, EVENT, 0, false);
  outbox.add(2, EVENT, 900, true);
  assertEquals([outbox.expire(1_500), outbox.size, outbox.hasUnsent], [1, 1, false]);
});

Deno.test("Requesters remember the newest write of a client, and of one that became two the first", () => {
  const requesters = new Requesters(10);
  requesters.note({ client: 1, number: 2, dot: { replica: SELF, n: 5 } });
  requesters.note({ client: 1, number: 2, dot: { replica: OTHER, n: 9 } });
  requesters.note({ client: 1, number: 1, dot: { replica: SELF, n: 4 } });
  assertEquals(requesters.newestOf(1), { number: 2, dot: { replica: SELF, n: 5 } });
});

Deno.test("Requesters forget the client that wrote longest ago", () => {
  const requesters = new Requesters(2);
  for (const client of [1, 2]) {
    requesters.note({ client, number: 1, dot: { replica: SELF, n: client } });
  }
  requesters.note({ client: 1, number: 2, dot: { replica: SELF, n: 3 } });
  requesters.note({ client: 3, number: 1, dot: { replica: SELF, n: 4 } });
  assertEquals([...requesters.list()].map(({ client }) => client), [1, 3]);
  assertEquals(requesters.of([1, 2, 3, 4].map((n) => ({ replica: SELF, n }))), [
    { client: 1, number: 2, dot: { replica: SELF, n: 3 } },
    { client: 3, number: 1, dot: { replica: SELF, n: 4 } },
  ]);
});

Deno.test("what a member misses of a key that was written often fits a frame, or goes as a state", () => {
  const store = new GossipStore(SELF);
  const seen = Array.from({ length: 60 }, (_, node) => ({ replica: replicaId(node + 1, 1), n: 7 }));
  const after = NodeClock.of(seen);
  const writes = 6_000;
  let supersedes: { readonly replica: number; readonly n: number }[] = [];
  for (let n = 1; n <= writes; n++) {
    store.write("k", { type: "plain", value: EVENT }, supersedes, after);
    supersedes = [{ replica: SELF, n }];
  }
  assertEquals(repairFor(store, new NodeClock(), 1_024), "reset");
  assertEquals(repairOfKey(store, new NodeClock(), "k"), "reset");
  for (const chunk of snapshotChunks(store.freeze())) assert(chunk.length < STATE_CHUNK_BYTES_MAX);
  // The last of them do.
  const most = NodeClock.fromIntervals([[SELF, [1, writes - 500]]]);
  const repair = repairFor(store, most, 1_024);
  assert(repair !== "reset" && repair !== "nothing");
  assertEquals(repair.fragments[0]!.gone.length, 499);
  assert(encode(repairSchema, repair).length < FRAME_BYTES);
});

Deno.test("NodeClock.bytes is how long it is on the wire", () => {
  const clock = clockOf(1, 2, 5, 9);
  clock.add({ replica: OTHER, n: 1 });
  for (const each of [new NodeClock(), clock]) {
    assertEquals(each.bytes, encode(clockSchema, each).length);
  }
});
