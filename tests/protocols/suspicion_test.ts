import { assert, assertEquals } from "@std/assert";
import { DeadlineEstimator, type Estimator, PhiEstimator } from "../../protocols/suspicion.ts";

function assertNear(actual: number, expected: number): void {
  assert(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
}

/** The first whole millisecond after `from` at which a silence is suspicious. */
function suspectFrom(estimator: Estimator, from: number): number {
  for (let now = from; now < from + 100_000; now++) if (estimator.isSuspect(now)) return now - from;
  return Infinity;
}

/** An estimator that was started at 0 and has heard the peer at these times. */
function heard<E extends Estimator>(estimator: E, ...times: number[]): E {
  estimator.restart(0);
  for (const at of times) estimator.heard(at);
  return estimator;
}

function every(intervalMs: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index + 1) * intervalMs);
}

Deno.test("DeadlineEstimator suspects after the silence it was given, and no sooner", () => {
  assertEquals(suspectFrom(heard(new DeadlineEstimator(500)), 0), 501);
  assertEquals(suspectFrom(heard(new DeadlineEstimator(500), 50, 470), 470), 501);
  const estimator = heard(new DeadlineEstimator(500), 50);
  estimator.restart(300);
  assertEquals(suspectFrom(estimator, 300), 501);
});

Deno.test("PhiEstimator.phi() is the silence in mean intervals, times log10(e)", () => {
  const estimator = heard(new PhiEstimator(50, 0, 4), ...every(100, 10));
  assertNear(estimator.phi(1_000), 0);
  assertNear(estimator.phi(1_100), Math.LOG10E);
  assertNear(estimator.phi(1_500), 5 * Math.LOG10E);
  // Phi 1, 2, 3: wrong one time in 10, 100, 1000, if intervals are exponential.
  for (const phi of [1, 2, 3]) {
    const silence = 100 * phi / Math.LOG10E;
    assertNear(Math.exp(-silence / 100), 10 ** -phi);
    assertNear(estimator.phi(1_000 + silence), phi);
  }
});

Deno.test("PhiEstimator suspects where phi crosses the threshold, for exact arrival traces", () => {
  // 4 / log10(e) = 9.21 mean intervals.
  const traces: [intervals: number[], silence: number][] = [
    [[], 461],
    [every(50, 20), 461],
    [every(100, 20), 922],
    // Signs of life in between promise nothing: the mean is the heartbeat at least ...
    [every(5, 200), 461],
    // ... and at most three times that, however late the peer is used to be.
    [every(500, 20), 1_382],
  ];
  for (const [times, silence] of traces) {
    const estimator = heard(new PhiEstimator(50, 0, 4), ...times);
    assertEquals(suspectFrom(estimator, times.at(-1) ?? 0), silence, times.join());
  }
});

Deno.test("PhiEstimator suspects no silence shorter than it was told to bear", () => {
  assertEquals(suspectFrom(heard(new PhiEstimator(50, 500, 4), ...every(50, 20)), 1_000), 501);
  assertEquals(suspectFrom(heard(new PhiEstimator(50, 2_000, 4), ...every(50, 20)), 1_000), 2_001);
});

Deno.test("PhiEstimator forgets intervals beyond the last hundred", () => {
  const slow = every(150, 100);
  const fast = every(50, 100).map((at) => 15_000 + at);
  const halfway = heard(new PhiEstimator(50, 0, 4), ...slow, ...fast.slice(0, 50));
  assertNear(halfway.phi(17_500 + 100), Math.LOG10E);
  const all = heard(new PhiEstimator(50, 0, 4), ...slow, ...fast);
  assertNear(all.phi(20_000 + 50), Math.LOG10E);
});

Deno.test("PhiEstimator.restart() keeps what was learnt, and counts no silence as an interval", () => {
  const estimator = heard(new PhiEstimator(50, 0, 4), ...every(100, 50));
  estimator.restart(60_000);
  assert(!estimator.isSuspect(60_000));
  assertNear(estimator.phi(60_100), Math.LOG10E);
});
