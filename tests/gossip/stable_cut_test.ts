// When the key of an event may be forgotten, and when a tombstone may go: nothing comes back.
import { assert, assertEquals } from "@std/assert";
import { decode, encode } from "../../actors/schema.ts";
import { type ReplicaId, replicaId } from "../../protocols/gossip/dot.ts";
import type { Stamp } from "../../protocols/gossip/hybrid_clock.ts";
import { type Report, reportSchema, StableCut } from "../../protocols/gossip/stable_cut.ts";
import { Hand } from "./support.ts";

function reportOf(hand: Hand, members: readonly Hand[], closed: readonly ReplicaId[] = []): Report {
  const report = {
    replica: hand.store.self,
    clock: hand.store.clock.clone(),
    promised: hand.data.promise(hand.now),
    members: members.map(({ store }) => store.self),
    closed,
  };
  return decode(reportSchema, encode(reportSchema, report));
}

/** What `at` may drop, given these reports. */
function horizonAt(at: Hand, ...reports: Report[]): Stamp | undefined {
  const cut = new StableCut();
  for (const report of reports) cut.take(report);
  return cut.horizon(at.store.self, at.store.clock);
}

/** Drops the tombstones that may be dropped; returns how many. */
function collect(at: Hand, ...reports: Report[]): number {
  const horizon = horizonAt(at, ...reports);
  return horizon === undefined ? 0 : at.store.collect(horizon, 100);
}

Deno.test("StableCut.horizon() lets a tombstone go when every member has promised to be past it", () => {
  const [a, b] = [new Hand(1, 100), new Hand(2, 100)];
  const all = [a, b];
  a.put("k", "value");
  b.pull(a);
  a.now = b.now = 200;
  a.delete("k");
  const early = reportOf(b, all);
  b.now = 201;
  assertEquals(collect(a, reportOf(a, all)), 0, "b has said nothing");
  a.store.collect({ ms: 199, counter: 9 }, 100);
  assertEquals(a.store.tombstones, 1, "the tombstone is not older than that");
  assertEquals(early.promised.ms, 200);
  assertEquals(collect(a, reportOf(a, all), reportOf(b, all)), 1);
  assertEquals(a.store.tombstones, 0);
  // b learns of the removal though nobody has the tombstone any more.
  b.pull(a);
  assertEquals(b.show("k"), []);
  assertEquals(a.store.clock.count, b.store.clock.count);
});

Deno.test("StableCut.horizon() waits for the events that a member wrote before its promise", () => {
  const [a, b, c] = [new Hand(1, 100), new Hand(2, 100), new Hand(3, 100)];
  const all = [a, b, c];
  const old = b.put("k", "older, and on its way");
  a.now = 200;
  c.take(a.delete("k").delta);
  for (const hand of all) hand.now = 300;
  const reports = all.map((hand) => reportOf(hand, all));
  assertEquals(horizonAt(a, ...reports), undefined);
  // A timed collection, at a, whatever it waits for:
  const timed = new Hand(1, 300, replicaId(1, 7));
  timed.pull(a);
  timed.store.collect({ ms: 250, counter: 0 }, 100);
  timed.take(old.delta);
  assertEquals(timed.show("k"), ["older, and on its way"], "is what the cut is there to prevent");
  a.take(old.delta);
  assertEquals(collect(a, ...reports), 1);
  for (const hand of [b, c]) hand.pull(a);
  assertEquals(all.map((hand) => hand.show("k")), [[], [], []]);
});

Deno.test("StableCut.horizon() does not need others to have the tombstone, nor the events of others", () => {
  const [a, b, c] = [new Hand(1, 100), new Hand(2, 100), new Hand(3, 100)];
  const all = [a, b, c];
  const put = b.put("k", "value");
  a.take(put.delta);
  a.now = 200;
  a.delete("k");
  for (const hand of all) hand.now = 300;
  // c knows of neither.
  assertEquals(collect(a, ...all.map((hand) => reportOf(hand, all))), 1);
  c.take(put.delta);
  assertEquals(c.show("k"), ["value"]);
  c.pull(a);
  assertEquals(c.show("k"), []);
});

Deno.test("StableCut counts whom any member names: who was admitted lately, too", () => {
  const [a, b, admitted] = [new Hand(1, 100), new Hand(2, 100), new Hand(3, 100)];
  admitted.pull(b);
  a.delete("k");
  const names = [reportOf(a, [a, b]), reportOf(b, [a, b, admitted])];
  a.now = b.now = 900;
  assertEquals(horizonAt(a, ...names), undefined);
  const late = admitted.put("k", "older than the removal's horizon");
  const cut = new StableCut();
  for (const report of [...names, reportOf(admitted, [a, b, admitted])]) cut.take(report);
  assertEquals(cut.horizon(a.store.self, a.store.clock), undefined, "its event is not here");
  a.take(late.delta);
  assert(cut.horizon(a.store.self, a.store.clock) !== undefined);
});

Deno.test("StableCut leaves a life out that all have closed, when all that any has of it is here", () => {
  const [a, b] = [new Hand(1, 100), new Hand(2, 100)];
  const dead = new Hand(3, 100);
  const relayed = dead.put("k", "older");
  b.take(relayed.delta);
  a.now = 200;
  a.delete("k");
  a.now = b.now = 300;
  const pair = [a, b];
  const closed = [dead.store.self];
  // The dead one was never at a: only b's clock tells of it.
  assertEquals(horizonAt(a, reportOf(a, pair, closed), reportOf(b, [a, b, dead])), undefined);
  const reports = () => pair.map((hand) => reportOf(hand, pair, closed));
  assertEquals(horizonAt(a, ...reports()), undefined, "b has an event that a has not");
  a.pull(b);
  assertEquals(horizonAt(a, reportOf(a, pair, closed), reportOf(b, pair)), undefined, "b not yet");
  assertEquals(collect(a, ...reports()), 1);
  b.pull(a);
  assertEquals([a.show("k"), b.show("k")], [[], []]);
});

Deno.test("StableCut does not move while a member is away, however long", () => {
  const [a, b, away] = [new Hand(1, 100), new Hand(2, 100), new Hand(3, 100)];
  const all = [a, b, away];
  const last = reportOf(away, all);
  away.put("k", "written in the partition");
  a.now = b.now = 200;
  a.delete("k");
  b.pull(a);
  a.now = b.now = 1e9;
  assertEquals(collect(a, reportOf(a, all), reportOf(b, all), last), 0);
  assertEquals(last.promised.ms, 100);
  away.now = 1e9;
  for (const hand of all) for (const other of all) hand.pull(other);
  assertEquals(all.map((hand) => hand.show("k")), [[], [], []]);
  const reports = all.map((hand) => reportOf(hand, all));
  assertEquals(all.map((hand) => collect(hand, ...reports)), [1, 1, 1]);
});

Deno.test("StableCut.stable() has what all have, and lets the keys of events be forgotten", () => {
  const [a, b] = [new Hand(1), new Hand(2)];
  const all = [a, b];
  b.take(a.put("k", "1").delta, a.put("k", "2").delta);
  const third = a.put("k", "3");
  const cut = new StableCut();
  cut.take(reportOf(a, all));
  assertEquals(cut.stable(a.store.self).count, 0);
  cut.take(reportOf(b, all));
  const stable = cut.stable(a.store.self);
  assertEquals([...stable.dots()].map(({ n }) => n), [1, 2]);
  assertEquals(a.store.prune(stable), 2);
  assertEquals([a.store.index.size, a.store.index.dotsOf("k")], [1, [third.delta!.dot]]);
  b.pull(a);
  assertEquals(b.show("k"), ["3"]);
});

Deno.test("StableCut ignores a report that is older than what it has, and forgets the closed", () => {
  const [a, b] = [new Hand(1, 100), new Hand(2, 100)];
  const cut = new StableCut();
  const older = reportOf(b, [a, b]);
  b.now = 200;
  b.put("k", "v");
  const newer = reportOf(b, [a, b]);
  cut.take(newer);
  cut.take(older);
  assertEquals(cut.reportOf(b.store.self), newer);
  cut.forget([b.store.self]);
  assertEquals(cut.reportOf(b.store.self), undefined);
});
