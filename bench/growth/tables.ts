import { type Column, formatTable } from "../../cli/output.ts";
import type { Second } from "./load.ts";
import { quantile } from "../statistics.ts";
import { bytesPerKey, type MemoryFigures } from "./memory.ts";
import type { SnapshotFigures } from "./snapshots.ts";
import type { StartFigures } from "./start.ts";

const MIB = 1024 * 1024;

/** What keys cost, a row for each system. */
export function memoryTable(rows: readonly MemoryFigures[]): string {
  const columns = ["system", "keys", "keys/s", "before MiB", "after MiB", "bytes/key", "disk MiB"];
  return table(
    columns,
    rows.map((row) => [
      row.system,
      thousands(row.keys),
      thousands(row.keys / row.seconds),
      mebibytes(row.before),
      mebibytes(row.after),
      thousands(bytesPerKey(row)),
      mebibytes(row.disk),
    ]),
  );
}

/** How long starting takes, a row for each system and number of keys. */
export function startTable(rows: readonly StartFigures[]): string {
  const columns = [
    "system",
    "keys",
    "node, stopped s",
    "killed s",
    "cluster, stopped s",
    "killed s",
    "disk lost s",
  ];
  return table(
    columns,
    rows.map((row) => [
      row.system,
      thousands(row.keys),
      ...[
        row.nodeStoppedMs,
        row.nodeKilledMs,
        row.clusterStoppedMs,
        row.clusterKilledMs,
        row.recoveredMs,
      ].map((ms) => ms === null ? "-" : (ms / 1_000).toFixed(2)),
    ]),
  );
}

/** What snapshots cost, a row for each setting. */
export function snapshotTable(rows: readonly SnapshotFigures[]): string {
  const columns = ["system", "keys", "log_bytes", "snapshots", "puts/s", "p50 ms", "p99", "p99.9"];
  return table(
    [...columns, "max", "/livez p99 ms", "max"],
    rows.map((row) => [
      row.system,
      thousands(row.keys),
      row.logBytes,
      String(row.snapshots),
      thousands(row.opsPerSecond),
      ...[
        row.latency.p50,
        row.latency.p99,
        row.latency.p999,
        row.latency.max,
        row.stallP99Ms,
        row.stallMaxMs,
      ].map((ms) => ms.toFixed(1)),
    ]),
  );
}

/** A line for each part of a load, to be read while it goes on. */
export function secondLine({ at, phase, written, opsPerSecond, ...rest }: Second): string {
  const { probeP50Ms, probeMaxMs, memory, disk, snapshots } = rest;
  return `${at.toFixed(0).padStart(5)} s  ${phase}  ${thousands(written)} keys  ` +
    `${thousands(opsPerSecond)}/s  probe ${probeP50Ms.toFixed(1)} / ${probeMaxMs.toFixed(1)} ms  ` +
    `memory ${mebibytes(memory)}  disk ${mebibytes(disk)} MiB  ${snapshots} snapshots`;
}

/** A row for each tenth of the load, and for each phase after it. */
export function loadTable(seconds: readonly Second[]): string {
  const columns = ["phase", "keys", "writes/s", "probe p50 ms", "p99", "max"];
  const parts = partsOf(seconds);
  return table(
    [...columns, "memory MiB", "disk MiB", "snapshots"],
    parts.map((part) => {
      const [first, last] = [part[0]!, part.at(-1)!];
      const rates = part.map(({ opsPerSecond }) => opsPerSecond);
      const greatest = part.map(({ probeMaxMs }) => probeMaxMs).filter(Number.isFinite);
      const medians = part.map(({ probeP50Ms }) => probeP50Ms).filter(Number.isFinite);
      return [
        first.phase,
        thousands(last.written),
        thousands(rates.reduce((sum, rate) => sum + rate, 0) / rates.length),
        quantile(medians, 0.5).toFixed(1),
        quantile(greatest, 0.9).toFixed(1),
        quantile(greatest, 1).toFixed(1),
        mebibytes(last.memory),
        mebibytes(last.disk),
        String(last.snapshots),
      ];
    }),
  );
}

/** The load in ten parts, the overwriting in five, and the rest. */
function partsOf(seconds: readonly Second[]): readonly (readonly Second[])[] {
  const counts = { load: 10, overwrite: 5, rest: 1 };
  return (["load", "overwrite", "rest"] as const).flatMap((phase) => {
    const all = seconds.filter((second) => second.phase === phase);
    const size = Math.max(1, Math.ceil(all.length / counts[phase]));
    return Array.from(
      { length: Math.ceil(all.length / size) },
      (_, part) => all.slice(part * size, (part + 1) * size),
    );
  });
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns: Column[] = titles.map((title, index) => ({
    title,
    align: index === 0 ? "left" : "right",
  }));
  return formatTable(columns, rows);
}

function mebibytes(bytes: readonly number[]): string {
  return bytes.map((each) => Math.round(each / MIB)).join("/");
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en");
}
