import type { Load } from "./load.ts";

/** What one run of a load generator measured. */
export interface Measured {
  /** Operations that were answered; of a pipeline, each one counts. */
  readonly requests: number;
  readonly seconds: number;
  /** Latencies from the moment that a request, or the pipeline it is part of, was sent. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that are errors, and connections that failed or timed out. */
  readonly errors: number;
}

/** What was measured of one entrant in one round. */
export interface Sample extends Measured {
  readonly round: number;
  readonly entrant: string;
  readonly load: Load;
  /** CPU time of all processes of the system for one operation, in µs; `null` where it cannot be read. */
  readonly cpuUs: number | null;
}

/** Operations a second. */
export function rateOf({ requests, seconds }: Measured): number {
  return requests / seconds;
}
