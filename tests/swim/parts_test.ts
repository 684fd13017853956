import { assert, assertEquals, assertThrows } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { decode, encode, SchemaError } from "../../actors/schema.ts";
import { Broadcasts } from "../../protocols/swim/broadcasts.ts";
import { choose } from "../../protocols/swim/choice.ts";
import { SwimCore } from "../../protocols/swim/core.ts";
import { Flaps } from "../../protocols/swim/flaps.ts";
import {
  confirmationsNeeded,
  retransmitLimit,
  suspicionMinMs,
  syncIntervalMs,
} from "../../protocols/swim/formulas.ts";
import { LocalHealth } from "../../protocols/swim/health.ts";
import {
  type MemberRecord,
  type MemberState,
  PIGGYBACK_MAX,
  swimMessage,
} from "../../protocols/swim/messages.ts";
import {
  SWIM_LAN,
  SWIM_LOCAL,
  SWIM_WAN,
  type SwimOptions,
  type SwimTuning,
} from "../../protocols/swim/options.ts";
import { isSound, overrides } from "../../protocols/swim/precedence.ts";
import { ProbeOrder } from "../../protocols/swim/probe_order.ts";
import { Suspicion } from "../../protocols/swim/suspicion.ts";

const NO_META = new Uint8Array();

function record(node: number, state: MemberState = "alive", incarnation = 0, by = node) {
  return { node, state, incarnation, by, meta: NO_META };
}

Deno.test("formulas are memberlist's, for one member up to many", () => {
  const suspicions = [1, 2, 10, 100].map((members) => suspicionMinMs(SWIM_LAN, members));
  assertEquals(suspicions, [4_000, 4_000, 4_000, 8_000]);
  const limits = [1, 9, 10, 99, 100].map((members) => retransmitLimit(SWIM_LAN, members));
  assertEquals(limits, [4, 4, 8, 8, 12]);
  const needed = [2, 3, 4, 100].map((members) => confirmationsNeeded(SWIM_LAN, members));
  assertEquals(needed, [0, 0, 2, 2]);
  const syncs = [1, 32, 33, 64, 65, 256].map((members) => syncIntervalMs(SWIM_LAN, members));
  assertEquals(syncs, [30_000, 30_000, 60_000, 60_000, 90_000, 120_000]);
});

Deno.test("Suspicion shortens with each further accuser, down to the least, and not with the same", () => {
  const suspicion = new Suspicion(SWIM_LAN, 8, 1, 1_000);
  assertEquals(suspicion.deadline, 25_000);
  assert(!suspicion.confirm(1), "its own accuser");
  assert(suspicion.confirm(2));
  assert(!suspicion.confirm(2));
  assertEquals(Math.round(suspicion.deadline), 12_381);
  assert(suspicion.confirm(3));
  assertEquals(suspicion.deadline, 5_000);
  assert(!suspicion.confirm(4), "not needed");
  assertEquals(suspicion.confirmations, 2);
  suspicion.restart(2_000);
  assertEquals([suspicion.deadline, suspicion.confirmations], [26_000, 0]);
});

Deno.test("Suspicion among so few that nobody could confirm has the least time at once", () => {
  assertEquals(new Suspicion(SWIM_LAN, 3, 1, 0).deadline, 4_000);
  assertEquals(new Suspicion(SWIM_LOCAL, 3, 1, 0).deadline, 18_000);
});

Deno.test("LocalHealth stays within its scores, and stretches times by them", () => {
  const health = new LocalHealth(8);
  health.worsen(-1);
  assertEquals([health.score, health.stretch(100)], [0, 100]);
  health.worsen(3);
  assertEquals([health.score, health.stretch(100)], [3, 400]);
  health.worsen(100);
  assertEquals([health.score, health.stretch(100)], [7, 800]);
});

Deno.test("Broadcasts gives what was sent least first, the newest first, and each so often", () => {
  const broadcasts = new Broadcasts();
  for (const node of [1, 2, 3]) broadcasts.put(record(node));
  const take = (count: number) => broadcasts.take(count, 2).map(({ node }) => node);
  assertEquals(take(2), [3, 2]);
  assertEquals(take(2), [1, 3]);
  assertEquals(take(9), [2, 1]);
  assertEquals([take(9), broadcasts.size], [[], 0]);
});

Deno.test("Broadcasts says only the newest of a member", () => {
  const broadcasts = new Broadcasts();
  broadcasts.put(record(1, "suspect", 0, 2));
  broadcasts.take(1, 9);
  broadcasts.put(record(1, "alive", 1));
  assertEquals(broadcasts.take(9, 1), [record(1, "alive", 1)]);
  broadcasts.put(record(1));
  broadcasts.drop(1);
  assertEquals(broadcasts.size, 0);
});

Deno.test("ProbeOrder gives everyone once a round, whoever comes and goes", () => {
  const random = randomStream(1, "order");
  const order = new ProbeOrder(random);
  assertEquals(order.next(), undefined);
  const nodes = Array.from({ length: 20 }, (_, node) => node);
  for (const node of nodes) order.add(node);
  for (let node = 0; node < 20; node++) order.next();
  const rounds = [1, 2, 3].map(() => nodes.map(() => order.next()!));
  for (const round of rounds) assertEquals(round.toSorted((a, b) => a - b), nodes);
  assert(rounds[0]!.join() !== rounds[1]!.join());
  // Half a round, then one goes that was probed, and one that was not.
  const half = nodes.slice(0, 10).map(() => order.next()!);
  const left = nodes.filter((node) => !half.includes(node));
  order.remove(half[4]!);
  order.remove(left[4]!);
  order.remove(99);
  const rest = left.filter((node) => node !== left[4]).map(() => order.next()!);
  assertEquals(rest.toSorted((a, b) => a - b), left.filter((node) => node !== left[4]));
});

Deno.test("choose() takes each of a list as often as any other, and none twice", () => {
  const random = randomStream(2, "choice");
  const counts = [0, 0, 0, 0, 0];
  for (let round = 0; round < 5_000; round++) {
    const chosen = choose([0, 1, 2, 3, 4], 2, random);
    assertEquals(new Set(chosen).size, 2);
    for (const each of chosen) counts[each]!++;
  }
  for (const count of counts) assert(Math.abs(count - 2_000) < 200, counts.join(" "));
  assertEquals(choose([1, 2], 5, random).length, 2);
  assertEquals(choose([], 5, random), []);
});

Deno.test("overrides() orders all claims of a member: any order of hearing ends in the same", () => {
  const random = randomStream(3, "claims");
  const states = ["alive", "suspect", "dead", "left"] as const;
  for (let round = 0; round < 300; round++) {
    const claims = Array.from(
      { length: 6 },
      () => record(1, states[randomInteger(random, 4)]!, randomInteger(random, 3)),
    );
    const end = (list: MemberRecord[]) =>
      list.reduce((held, news) => overrides(news, held) ? news : held);
    assertEquals(end(choose(claims, 6, random)), end(choose(claims, 6, random)));
    for (const claim of claims) assert(!overrides(claim, claim));
  }
});

Deno.test("isSound() believes nobody but the member that it lives or leaves", () => {
  assert(isSound(record(1, "alive")));
  assert(isSound(record(1, "left")));
  assert(isSound(record(1, "suspect", 0, 2)));
  assert(isSound(record(1, "dead", 0, 2)));
  assert(!isSound(record(1, "alive", 0, 2)));
  assert(!isSound(record(1, "left", 0, 2)));
  assert(!isSound(record(1, "dead", 0, 1)));
  assert(!isSound(record(1, "alive", Number.MAX_SAFE_INTEGER)), "nobody could outbid it");
});

Deno.test("Flaps waits for those who come and go, longer each time, and forgets", () => {
  const flaps = new Flaps(1_000, 5_000);
  assertEquals(flaps.holdMs(1), 0);
  const holds = [0, 3_000, 6_000, 9_000, 12_000, 15_000].map((now) => {
    flaps.died(1, now);
    return flaps.holdMs(1);
  });
  assertEquals(holds, [0, 1_000, 2_000, 4_000, 5_000, 5_000]);
  assertEquals(flaps.holdMs(2), 0);
  flaps.died(1, 20_001);
  assertEquals(flaps.holdMs(1), 0);
});

Deno.test("swimMessage: what is out of bounds neither goes nor comes", () => {
  const updates = Array.from({ length: PIGGYBACK_MAX + 1 }, (_, node) => record(node));
  assertThrows(() => encode(swimMessage, { type: "gossip", node: 1, updates }), SchemaError);
  const meta = new Uint8Array(129);
  const long = { type: "gossip" as const, node: 1, updates: [{ ...record(1), meta }] };
  assertThrows(() => encode(swimMessage, long), SchemaError);
  const whole = {
    type: "sync" as const,
    node: 1,
    members: Array.from({ length: 256 }, (_, node) => record(node, "suspect", 2 ** 50, 7)),
  };
  const bytes = encode(swimMessage, whole);
  assertEquals(decode(swimMessage, bytes), whole);
  assertThrows(() => decode(swimMessage, bytes.subarray(0, -1)), SchemaError);
});

Deno.test("SwimCore: options that make no sense are refused, and the presets are not", () => {
  const make = (tuning: Partial<SwimTuning>, rest: Partial<SwimOptions> = {}) => {
    const options = { node: 1, meta: NO_META, seeds: [], tuning: { ...SWIM_LAN, ...tuning } };
    return new SwimCore({ ...options, ...rest }, () => 0.5);
  };
  for (const preset of [SWIM_LAN, SWIM_WAN, SWIM_LOCAL]) make(preset);
  const refused: [Partial<SwimTuning>, Partial<SwimOptions>][] = [
    [{ probeTimeoutMs: 1_001 }, {}],
    [{ probeIntervalMs: NaN }, {}],
    [{ probeIntervalMs: 3_600_001 }, {}],
    [{ syncIntervalMs: 2 ** 31 }, {}],
    [{ gossipNodes: 0 }, {}],
    [{ indirectProbes: 1.5 }, {}],
    [{ healthMax: 0 }, {}],
    [{ reapMs: -1 }, {}],
    [{}, { node: 256 }],
    [{}, { seeds: [-1] }],
    [{}, { seeds: Array.from({ length: 17 }, () => 1) }],
    [{}, { meta: new Uint8Array(129) }],
  ];
  for (const [tuning, rest] of refused) {
    const error = assertThrows(() => make(tuning, rest), TroupeError);
    assertEquals(error.code, "bad_option");
  }
  const meta = new Uint8Array(129);
  assertThrows(() => make({}).take(0, { type: "describe", meta }), TroupeError, "128");
});
