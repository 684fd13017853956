import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Comparison, Entrant } from "../../../bench/peers/comparisons.ts";
import { medianDisk } from "../../../bench/peers/disk.ts";
import type { Driver } from "../../../bench/peers/drivers/driver.ts";
import type { Load, Space } from "../../../bench/peers/load.ts";
import type { Sample } from "../../../bench/peers/measurement.ts";
import { limitsTable } from "../../../bench/peers/report/limits.ts";
import { cpuModel, fileSystemOf } from "../../../bench/peers/report/machine.ts";
import { figure, markdownTable } from "../../../bench/peers/report/markdown.ts";
import { pictures } from "../../../bench/peers/report/pictures.ts";
import { formatRatio, ratioOf } from "../../../bench/peers/report/ratios.ts";
import { sliceTable } from "../../../bench/peers/report/tables.ts";
import type { System } from "../../../bench/peers/systems/system.ts";

const SPACE: Space = {
  slices: ["connections"],
  works: ["put", "get"],
  connections: [1, 64],
  pipeline: 16,
  mixes: [0.5],
  values: [16],
};
const PUT: Load = { writes: 1, connections: 64, pipeline: 1, valueBytes: 100 };
const ALONE: Load = { ...PUT, connections: 1 };
const GET: Load = { ...PUT, writes: 0 };

/** A sample of one second. */
function sample(round: number, entrant: string, requests: number, load = PUT): Sample {
  const latencies = { p50Ms: 1, p99Ms: 1_000 / requests };
  return { round, entrant, load, requests, seconds: 1, ...latencies, errors: 1, cpuUs: round * 10 };
}

function entrant(name: string, more: Partial<Entrant> = {}): Entrant {
  return {
    name,
    system: { name, write: "the disk, synced" } as System,
    driver: { name: "wrk" } as Driver,
    peers: [],
    isLimit: false,
    takes: () => true,
    ...more,
  };
}

const COMPARISON: Comparison = {
  name: "etcd",
  title: "HTTP, beside etcd",
  slices: ["connections"],
  entrants: [
    entrant("etcd"),
    entrant("vr", { peers: ["etcd"] }),
    entrant("bare", { isLimit: true }),
  ],
};

const SAMPLES = [
  ...[sample(0, "etcd", 100), sample(0, "vr", 200), sample(0, "bare", 1_000)],
  ...[sample(1, "etcd", 10), sample(1, "vr", 50), sample(1, "bare", 100)],
  ...[sample(2, "etcd", 100), sample(2, "vr", 400), sample(2, "bare", 500)],
  ...[sample(2, "etcd", 3, GET), sample(2, "vr", 9, GET), sample(3, "vr", 1_000_000)],
  ...[sample(0, "vr", 150, ALONE), sample(1, "vr", 30, ALONE)],
];

Deno.test("ratioOf() compares within rounds, and only those that have both", () => {
  const ratio = { median: 4, lowest: 2, highest: 5 };
  assertEquals(ratioOf(SAMPLES, PUT, ["vr", "etcd"]), ratio);
  assertEquals(ratioOf(SAMPLES, GET, ["vr", "etcd"]), { median: 3, lowest: 3, highest: 3 });
  assertEquals(ratioOf(SAMPLES, ALONE, ["vr", "etcd"]), null);
  const p99 = ratioOf(SAMPLES, PUT, ["vr", "etcd"], ({ p99Ms }) => p99Ms)!;
  assertEquals([p99.median, p99.lowest, p99.highest], [0.25, 0.2, 0.5]);
  assertEquals(formatRatio(ratio), "4.00 (2.00 to 5.00)");
  assertEquals(formatRatio({ median: 3, lowest: 3, highest: 3 }), "3.00");
});

Deno.test("sliceTable() has a row of medians for each load and entrant, and names the peer", () => {
  const rows = sliceTable("connections", SPACE, COMPARISON, SAMPLES).trimEnd().split("\n")
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(rows.slice(2).map(([load, system]) => `${load} ${system}`), [
    "put, 1 vr",
    ...["put, 64 etcd", "put, 64 vr", "put, 64 bare"],
    ...["get, 64 etcd", "get, 64 vr"],
  ]);
  const vr = ["put, 64", "vr", "wrk", "300", "1.00", "3.75", "15", "4"];
  assertEquals(rows[4], [
    ...vr,
    "4.00 (2.00 to 5.00) × etcd",
    "0.25 (0.20 to 0.50) × etcd",
  ]);
});

Deno.test("limitsTable() says which share of a limit each reaches in the same round", () => {
  const disk = [100, 50, 100, 100].map((rate) => ({
    syncPerSecond: 2 * rate,
    asyncPerSecond: rate,
  }));
  const lines = limitsTable(COMPARISON, SAMPLES, disk).split("\n");
  assertMatch(lines[2]!, /calls that block \| +\| +200 \| +\|/);
  // One put after the other: 1.5 and 0.6 times the disk's syncs.
  assertMatch(lines[3]!, /asynchronous +\| put, 1 connection \| +100 \| vr 105 % +\|/);
  assertMatch(lines[4]!, /bare +\| put, 64 +\| +500 \| etcd 10 %; vr 50 % +\|/);
});

Deno.test("medianDisk() takes each figure by itself", () => {
  const limits = [[1, 9], [2, 8], [9, 1]].map(([syncPerSecond, asyncPerSecond]) => ({
    syncPerSecond: syncPerSecond!,
    asyncPerSecond: asyncPerSecond!,
  }));
  assertEquals(medianDisk(limits), { syncPerSecond: 2, asyncPerSecond: 8 });
});

Deno.test("pictures() draws lines of two points and more, and no limits", () => {
  const drawn = pictures(COMPARISON, SPACE, SAMPLES);
  assertEquals(drawn.map(({ file }) => file), [
    "etcd-put-throughput.svg",
    "etcd-put-p99.svg",
  ]);
  assertStringIncludes(drawn[0]!.svg, ">vr</text>");
  assert(!drawn[0]!.svg.includes(">etcd</text>"), "etcd has one point");
  assert(!drawn[0]!.svg.includes("NaN"));
  assertEquals(pictures(COMPARISON, { ...SPACE, connections: [64] }, SAMPLES), []);
});

Deno.test("markdownTable() aligns, and escapes what would end a cell", () => {
  const columns = [{ title: "a" }, { title: "n", align: "right" as const }];
  assertEquals(
    markdownTable(columns, [["x|y", "1"], ["z", "10,000"]]),
    "| a    |      n |\n| ---- | -----: |\n| x\\|y |      1 |\n| z    | 10,000 |\n",
  );
  assertEquals([figure(1_234.5), figure(12.3), figure(1.234), figure(NaN)], [
    "1,235",
    "12",
    "1.23",
    "-",
  ]);
});

Deno.test("cpuModel() and fileSystemOf() read what /proc says", () => {
  assertEquals(cpuModel("processor : 0\nmodel name\t: AMD EPYC 7B13\n"), "AMD EPYC 7B13");
  assertEquals(cpuModel(""), "unknown");
  const mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb /tmp/x xfs ro 0 0\n";
  assertEquals(
    ["/tmp/x/y", "/tmp/xy", "/home"].map((path) => fileSystemOf(path, mounts)),
    ["xfs on /dev/vdb (ro)", "tmpfs on tmpfs (rw)", "ext4 on /dev/vda (rw)"],
  );
});
