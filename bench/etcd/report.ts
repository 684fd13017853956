import { formatTable } from "../../cli/output.ts";
import type { Work, WrkResult } from "./wrk.ts";

/** What was measured of one system in one round. */
export interface Sample {
  readonly round: number;
  readonly system: string;
  readonly work: Work;
  readonly wrk: WrkResult;
  /** CPU time of all nodes for one request, in microseconds; `null` where it cannot be read. */
  readonly cpuUs: number | null;
}

/** The middle one, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The table of medians, a row for each work and system. */
export function formatSamples(samples: readonly Sample[]): string {
  const columns = [
    "work",
    "system",
    "ops/s",
    "lowest",
    "highest",
    "p50 ms",
    "p99 ms",
    "CPU us/op",
    "errors",
  ];
  const groups = Map.groupBy(samples, ({ work, system }) => `${work}\t${system}`);
  const rows = [...groups.values()].map((group) => {
    const rates = group.map(opsPerSecond);
    const cpu = group.map(({ cpuUs }) => cpuUs).filter((us) => us !== null);
    return [
      group[0]!.work,
      group[0]!.system,
      ...[median(rates), Math.min(...rates), Math.max(...rates)].map(thousands),
      median(group.map(({ wrk }) => wrk.p50Ms)).toFixed(2),
      median(group.map(({ wrk }) => wrk.p99Ms)).toFixed(2),
      cpu.length === 0 ? "-" : thousands(median(cpu)),
      String(group.reduce((sum, { wrk }) => sum + wrk.errors, 0)),
    ];
  });
  return formatTable(
    columns.map((title, index) => ({ title, align: index < 2 ? "left" : "right" })),
    rows,
  );
}

/**
 * How many times the second system's throughput is the first one's, round by round: what disturbs a round
 * disturbs both.
 */
export function throughputRatios(
  samples: readonly Sample[],
  work: Work,
  [first, second]: readonly [string, string],
): number[] {
  const rounds = Map.groupBy(
    samples.filter((sample) => sample.work === work),
    ({ round }) => round,
  );
  return [...rounds.values()].flatMap((round) => {
    const [a, b] = [first, second].map((name) => round.find(({ system }) => system === name));
    return a === undefined || b === undefined ? [] : [opsPerSecond(b) / opsPerSecond(a)];
  });
}

function opsPerSecond({ wrk }: Sample): number {
  return wrk.requests / wrk.seconds;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en");
}
