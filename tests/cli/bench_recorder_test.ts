import { assert, assertEquals, assertLess } from "@std/assert";
import { LatencyHistogram, Recorder } from "../../cli/bench/recorder.ts";

const OK = { kind: "ok" } as const;
const failed = (code: string, unknown: boolean) =>
  ({ kind: "failed", code, unknown, pause: false }) as const;

Deno.test("LatencyHistogram.summary() gives percentiles to three digits", () => {
  const histogram = new LatencyHistogram();
  for (let i = 1; i <= 100_000; i++) histogram.record(i / 100);
  const summary = histogram.summary();
  assert(summary !== null);
  const expected = { mean: 500, p50: 500, p95: 950, p99: 990, p999: 999, max: 1_000 };
  for (const [name, ms] of Object.entries(expected)) {
    assertLess(Math.abs(summary[name as keyof typeof expected] - ms) / ms, 0.001, name);
  }
});

Deno.test("LatencyHistogram.summary() has no percentile above the maximum", () => {
  const histogram = new LatencyHistogram();
  histogram.record(1_234.567);
  const summary = histogram.summary();
  assert(summary !== null && summary.p999 <= summary.max);
});

Deno.test("LatencyHistogram.record() clamps what is out of its range", () => {
  const histogram = new LatencyHistogram();
  histogram.record(0);
  histogram.record(1e12);
  assertEquals(histogram.count, 2);
  assertLess(histogram.summary()!.max, 601_000);
});

Deno.test("Recorder.results() separates reads, writes, errors, misses and unknown outcomes", () => {
  const recorder = new Recorder();
  recorder.record("write", OK, 2);
  recorder.record("write", OK, 2);
  recorder.record("read", OK, 1);
  recorder.record("read", { kind: "miss" }, 1);
  recorder.record("write", failed("504 outcome_unknown", true), 9_000);
  recorder.record("write", failed("503 overloaded", false), 9_000);
  recorder.record("read", failed("503 overloaded", false), 9_000);
  recorder.record("read", failed("timeout", true), 9_000);
  const results = recorder.results(2);
  assertEquals([results.writes.requests, results.writes.perSecond], [2, 1]);
  assertEquals([results.reads.requests, results.reads.perSecond], [2, 1]);
  assertEquals(results.errors, { "503 overloaded": 2, "504 outcome_unknown": 1, timeout: 1 });
  assertEquals([results.unknownOutcomes, results.misses], [1, 1]);
  assertLess(results.writes.latency!.max, 2.1);
});

Deno.test("Recorder.takeInterval() starts anew with every call", () => {
  const recorder = new Recorder();
  recorder.record("read", OK, 5);
  recorder.record("read", failed("timeout", true), 5);
  const first = recorder.takeInterval();
  assertEquals([first.requests, first.errors], [1, 1]);
  assertEquals(recorder.takeInterval(), { requests: 0, errors: 0, latency: null });
  assertEquals(recorder.results(1).reads.requests, 1);
});

Deno.test("Recorder.results() are empty before anything happened", () => {
  const results = new Recorder().results(0);
  assertEquals(results.reads, { requests: 0, perSecond: 0, latency: null });
  assertEquals(results.lag, null);
});
