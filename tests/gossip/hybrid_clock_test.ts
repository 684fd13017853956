import { assert, assertEquals, assertThrows } from "@std/assert";
import { randomInteger, randomStream } from "../../actors/random.ts";
import { ClockDrift, LeaseExhausted } from "../../protocols/gossip/errors.ts";
import {
  compareStamps,
  HybridClock,
  type Stamp,
  STAMP_ZERO,
} from "../../protocols/gossip/hybrid_clock.ts";

const COUNTER_MAX = 2 ** 32 - 1;

function leased(floor: Stamp = STAMP_ZERO): HybridClock {
  const clock = new HybridClock(0, floor);
  clock.leaseGranted(1e12);
  return clock;
}

Deno.test("HybridClock.next() follows time, and counts where time does not move", () => {
  const clock = leased();
  assertEquals(clock.next(100), { ms: 100, counter: 0 });
  assertEquals(clock.next(100), { ms: 100, counter: 1 });
  assertEquals(clock.next(40), { ms: 100, counter: 2 }, "time stepped back");
  assertEquals(clock.next(101), { ms: 101, counter: 0 });
});

Deno.test("HybridClock.next() goes to the next millisecond when the counter is full", () => {
  const clock = leased({ ms: 5, counter: COUNTER_MAX });
  assertEquals(clock.next(5), { ms: 6, counter: 0 });
});

Deno.test("HybridClock issues stamps above all that it issued, promised or observed", () => {
  const random = randomStream(1, "hlc");
  for (let round = 0; round < 50; round++) {
    const clock = leased();
    let greatest = STAMP_ZERO;
    for (let step = 0; step < 100; step++) {
      const now = randomInteger(random, 500);
      const seen = { ms: randomInteger(random, 600), counter: randomInteger(random, 5) };
      if (step % 3 === 0) {
        clock.observe(seen);
        if (compareStamps(seen, greatest) > 0) greatest = seen;
      } else if (step % 3 === 1) {
        const promised = clock.promise(now);
        if (compareStamps(promised, greatest) > 0) greatest = promised;
      } else {
        const stamp = clock.next(now);
        assert(compareStamps(stamp, greatest) > 0);
        greatest = stamp;
      }
    }
  }
});

Deno.test("HybridClock issues nothing beyond its lease, and says when it wants another", () => {
  const clock = new HybridClock(0, STAMP_ZERO, { leaseMs: 1_000 });
  assertThrows(() => clock.next(50), LeaseExhausted, "0 ms");
  assertEquals(clock.leaseWanted(50), 1_050);
  clock.leaseGranted(1_050);
  assertEquals(clock.leaseWanted(50), undefined);
  assertEquals(clock.next(1_050).ms, 1_050);
  assertEquals(clock.leaseWanted(550), 1_550);
  assertThrows(() => clock.next(1_051), LeaseExhausted);
});

Deno.test("HybridClock gets hardly further ahead of time by one restart after the other", () => {
  let boundMs = 0;
  for (let life = 0; life < 20; life++) {
    const clock = new HybridClock(boundMs, STAMP_ZERO, { leaseMs: 10_000 });
    boundMs = clock.leaseWanted(1_000) ?? boundMs;
    clock.leaseGranted(boundMs);
    assert(clock.next(1_000).ms <= boundMs);
  }
  assert(boundMs < 1_000 + 1.5 * 10_000, `${boundMs}`);
});

Deno.test("HybridClock keeps its promises in the next life, though time stepped back", () => {
  const random = randomStream(2, "hlc");
  for (let round = 0; round < 200; round++) {
    const clock = new HybridClock(0, STAMP_ZERO, { leaseMs: 100 });
    let now = 1_000;
    let boundMs = 0;
    let promised = STAMP_ZERO;
    for (let step = 0; step < 10; step++) {
      now += randomInteger(random, 60) - 20;
      if (step % 4 === 0) clock.observe({ ms: now + randomInteger(random, 300), counter: 3 });
      const wanted = clock.leaseWanted(now);
      if (wanted !== undefined && randomInteger(random, 2) === 0) {
        boundMs = wanted;
        clock.leaseGranted(boundMs);
      }
      const next = clock.promise(now);
      assert(compareStamps(next, promised) >= 0, "a promise grows");
      promised = next;
    }
    const reborn = new HybridClock(boundMs, STAMP_ZERO, { leaseMs: 100 });
    reborn.leaseGranted(1e12);
    assert(compareStamps(reborn.next(0), promised) > 0);
  }
});

Deno.test("HybridClock.check() refuses stamps beyond the drift, and no others", () => {
  const clock = new HybridClock(0, STAMP_ZERO, { maxDriftMs: 500 });
  clock.check(undefined, 1_000);
  clock.check({ ms: 1_500, counter: 9 }, 1_000);
  assert(!clock.accepts({ ms: 1_501, counter: 0 }, 1_000));
  assertThrows(() => clock.check({ ms: 1_501, counter: 0 }, 1_000), ClockDrift, "501 ms ahead");
});

Deno.test("HybridClock keeps its promises in the next life of a store whose newest stamp is at the bound", () => {
  const clock = new HybridClock(100, STAMP_ZERO);
  clock.observe({ ms: 150, counter: 0 });
  const promised = clock.promise(50);
  const next = new HybridClock(100, { ms: 100, counter: 0 });
  next.leaseGranted(10_000);
  assert(compareStamps(next.next(50), promised) > 0);
});
