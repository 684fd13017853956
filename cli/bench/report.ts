import { formatTable } from "../output.ts";
import type { BenchOptions } from "./options.ts";
import type { Latency, OperationResult } from "./recorder.ts";
import type { Report } from "./run.ts";

/** Beyond this much of a core the load tool itself may be what limits the figures. */
const BUSY_CORES = 0.9;

/** The report for people. */
export function formatReport(options: BenchOptions, report: Report): string {
  const sections = [settingsLine(options), operationTable(report), ...remarks(options, report)];
  return sections.join("\n");
}

/** The report for programs. */
export function reportJson(options: BenchOptions, report: Report): unknown {
  return { options, ...report };
}

function settingsLine(options: BenchOptions): string {
  const { clients, inFlight, keys, skew, valueSize, writes, rate } = options;
  const pace = rate === undefined ? "closed loop" : `open loop at ${rate}/s`;
  const keyChoice = skew.kind === "zipf" ? `zipf:${skew.exponent}` : "uniform";
  return `${clients} clients with ${inFlight} in flight, ${pace}; ${keys} keys (${keyChoice}), ` +
    `values of ${valueSize} bytes, ${Math.round(writes * 100)} % writes\n`;
}

function operationTable({ reads, writes }: Report): string {
  const columns = ["", "requests", "per second", "mean ms", "p50", "p95", "p99", "p99.9", "max"];
  const rows = [["writes", writes] as const, ["reads", reads] as const]
    .filter(([, { requests }]) => requests > 0)
    .map(([name, result]) => operationRow(name, result));
  return formatTable(
    columns.map((title, index) => ({ title, align: index === 0 ? "left" : "right" })),
    rows,
  );
}

function operationRow(name: string, { requests, perSecond, latency }: OperationResult): string[] {
  const counts = [requests, Math.round(perSecond)].map((count) => count.toLocaleString("en"));
  return [name, ...counts, ...(latency === null ? [] : latencyCells(latency))];
}

function latencyCells({ mean, p50, p95, p99, p999, max }: Latency): string[] {
  return [mean, p50, p95, p99, p999, max].map((ms) => ms.toFixed(2));
}

function remarks(options: BenchOptions, report: Report): string[] {
  const lines: string[] = [];
  const errors = Object.entries(report.errors).map(([code, count]) => `${code}: ${count}`);
  lines.push(`errors: ${errors.length === 0 ? "none" : errors.join(", ")}\n`);
  if (report.unknownOutcomes > 0) {
    lines.push(`writes of unknown outcome, among the errors: ${report.unknownOutcomes}\n`);
  }
  if (report.misses > 0) lines.push(`reads that found no key: ${report.misses}\n`);
  if (report.unsent > 0) {
    lines.push(
      `due and never sent: ${report.unsent}; the cluster did not keep up with ${options.rate}/s\n`,
    );
  }
  if (report.lag !== null) {
    const { p50, p99 } = report.lag;
    lines.push(
      `sent late by this tool's own timers (not in the latencies): ` +
        `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms\n`,
    );
  }
  const cores = report.ownCores.toFixed(2);
  const warning = report.ownCores < BUSY_CORES ? "" : ": it may be the bottleneck; run several";
  lines.push(`${report.seconds.toFixed(1)} s; the load tool used ${cores} cores${warning}\n`);
  return [lines.join("")];
}
