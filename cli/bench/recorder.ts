import { build, type Histogram } from "hdr-histogram-js";
import type { Outcome } from "./outcome.ts";

/** Latencies are recorded in microseconds, up to ten minutes, with three significant digits. */
const HIGHEST_US = 600_000_000;

/** A summary of latencies, in milliseconds. */
export interface Latency {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Reads or writes: what was measured of them. */
export interface OperationResult {
  /** How many were answered with success. */
  readonly requests: number;
  readonly perSecond: number;
  /** `null` if there were none. */
  readonly latency: Latency | null;
}

/** What happened in one second, for the progress line. */
export interface Interval {
  readonly requests: number;
  readonly errors: number;
  /** Of reads and writes together; `null` if there were none. */
  readonly latency: Latency | null;
}

/** A histogram of latencies. */
export class LatencyHistogram {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
  });

  /** Counts a latency, in milliseconds. */
  record(ms: number): void {
    this.#histogram.recordValue(Math.min(Math.max(Math.round(ms * 1_000), 1), HIGHEST_US));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** The summary; `null` if nothing was counted. */
  summary(): Latency | null {
    if (this.count === 0) return null;
    const at = (percentile: number) =>
      Math.min(this.#histogram.getValueAtPercentile(percentile), this.#histogram.maxValue) / 1_000;
    return {
      mean: this.#histogram.mean / 1_000,
      p50: at(50),
      p95: at(95),
      p99: at(99),
      p999: at(99.9),
      max: this.#histogram.maxValue / 1_000,
    };
  }

  /** Forgets everything. */
  reset(): void {
    this.#histogram.reset();
  }
}

/** Counts what becomes of requests. Only latencies of successes are recorded. */
export class Recorder {
  readonly #reads = new LatencyHistogram();
  readonly #writes = new LatencyHistogram();
  readonly #second = new LatencyHistogram();
  readonly #lag = new LatencyHistogram();
  readonly #errors = new Map<string, number>();
  #unknown = 0;
  #misses = 0;
  #secondErrors = 0;

  /** Counts a request, which took `ms`. */
  record(kind: "read" | "write", outcome: Outcome, ms: number): void {
    if (outcome.kind === "failed") {
      this.#errors.set(outcome.code, (this.#errors.get(outcome.code) ?? 0) + 1);
      this.#secondErrors++;
      if (kind === "write" && outcome.unknown) this.#unknown++;
      return;
    }
    if (outcome.kind === "miss") this.#misses++;
    (kind === "read" ? this.#reads : this.#writes).record(ms);
    this.#second.record(ms);
  }

  /** Counts a request that this process sent late by its own fault. */
  recordLag(ms: number): void {
    this.#lag.record(ms);
  }

  /** What happened since the last call. */
  takeInterval(): Interval {
    const interval = {
      requests: this.#second.count,
      errors: this.#secondErrors,
      latency: this.#second.summary(),
    };
    this.#second.reset();
    this.#secondErrors = 0;
    return interval;
  }

  /** All that was counted, in a run of `seconds`. */
  results(seconds: number): Results {
    const errors = [...this.#errors].sort(([, a], [, b]) => b - a);
    return {
      seconds,
      writes: operationResult(this.#writes, seconds),
      reads: operationResult(this.#reads, seconds),
      errors: Object.fromEntries(errors),
      unknownOutcomes: this.#unknown,
      misses: this.#misses,
      lag: this.#lag.summary(),
    };
  }
}

/** What a run measured. */
export interface Results {
  readonly seconds: number;
  readonly writes: OperationResult;
  readonly reads: OperationResult;
  /** How many requests failed, by code, most frequent first. */
  readonly errors: Readonly<Record<string, number>>;
  /** Writes of which nobody knows whether they were executed. They are among the errors. */
  readonly unknownOutcomes: number;
  /** Reads of keys that do not exist. They are among the reads. */
  readonly misses: number;
  /** With a rate: how late requests were sent although a client was free; not in the latencies. */
  readonly lag: Latency | null;
}

function operationResult(histogram: LatencyHistogram, seconds: number): OperationResult {
  const requests = histogram.count;
  const perSecond = seconds > 0 ? requests / seconds : 0;
  return { requests, perSecond, latency: histogram.summary() };
}
