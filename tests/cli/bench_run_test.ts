import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { TroupeError } from "../../actors/errors.ts";
import { REAL_CLOCK } from "../../cli/clock.ts";
import { type BenchOptions, parseBenchFlags } from "../../cli/bench/options.ts";
import { formatReport } from "../../cli/bench/report.ts";
import { type Report, runBench } from "../../cli/bench/run.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeCluster } from "./fake_cluster.ts";

const MAY_NET = Deno.permissions.querySync({ name: "net", host: "127.0.0.1" }).state === "granted";

/** Runs against a fake cluster of three nodes on real sockets. */
async function run(
  flags: string,
  prepare: (cluster: FakeCluster) => void = () => {},
): Promise<{ report: Report; cluster: FakeCluster; options: BenchOptions; progress: string[] }> {
  const cluster = new FakeCluster();
  await using _listening = cluster.listen();
  prepare(cluster);
  const endpoints = cluster.endpoints.join(",");
  const options = parseBenchFlags([`--endpoints=${endpoints}`, "--warmup=0", ...flags.split(" ")]);
  assert(options !== null);
  const progress: string[] = [];
  const report = await runBench(options, {
    clock: REAL_CLOCK,
    cpuMs: () => 0,
    progress: (line) => progress.push(line),
  });
  return { report, cluster, options, progress };
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !MAY_NET, fn });
}

test("runBench() sends as many requests as it is told, to every node in turn", async () => {
  const { report, cluster, options } = await run("-n 200 -w 6 --keys 20 --writes 0.5");
  assertEquals(report.writes.requests + report.reads.requests, 200);
  assertEquals([report.errors, report.misses, report.unknownOutcomes], [{}, 0, 0]);
  const measured = cluster.calls.slice(20); // after the keys were written
  assertEquals(measured.length, 200);
  assertEquals(measured.filter(({ method }) => method === "PUT").length, report.writes.requests);
  for (const node of [0, 1, 2]) assert(measured.some((call) => call.node === node));
  assert(report.reads.latency !== null && report.reads.latency.p50 <= report.reads.latency.max);
  const text = formatReport(options, report);
  assert(/writes +\d+ .*\nreads +\d+ /.test(text) && text.includes("errors: none"), text);
});

test("runBench() sends everything to the primary if asked to", async () => {
  const { cluster } = await run("-n 50 -w 3 --writes 1 --primary", (c) => c.primary = 2);
  assertEquals(new Set(cluster.calls.map(({ node }) => node)), new Set([2]));
});

test("runBench() asks for stale reads if told to", async () => {
  const { cluster } = await run("-n 10 -w 1 --writes 0 --keys 5 --consistency stale");
  const reads = cluster.calls.filter(({ method }) => method === "GET");
  assertEquals(new Set(reads.map(({ query }) => query.get("consistency"))), new Set(["stale"]));
});

test("runBench() numbers the writes of every session from 1 up", async () => {
  const { cluster, report } = await run("-n 20 -w 2 --writes 1 --sessions");
  assertEquals(report.errors, {});
  const bySession = new Map<string, number[]>();
  for (const { ids, path } of cluster.calls) {
    if (path === "/v1/sessions") continue;
    const [session, number] = ids!.split("/");
    bySession.set(session!, [...bySession.get(session!) ?? [], Number(number)]);
  }
  assertEquals(bySession.size, 2);
  for (const numbers of bySession.values()) {
    assertEquals(numbers, numbers.map((_, index) => index + 1));
  }
});

test("runBench() counts errors by code, and the unknown outcomes among them", async () => {
  const { report } = await run("-n 20 -w 1 --writes 1", (cluster) => {
    for (const fault of ["overloaded", "unknown", "drop-after", "internal-error"] as const) {
      cluster.failNext(fault);
    }
  });
  assertEquals(report.writes.requests, 16);
  assertEquals(report.errors, {
    "503 overloaded": 1,
    "504 outcome_unknown": 1,
    "500 internal_error": 1,
    connection_lost: 1,
  });
  assertEquals(report.unknownOutcomes, 3);
});

test("runBench() gives up on an answer that does not come", async () => {
  const cluster = new FakeCluster();
  await using _listening = cluster.listen();
  const clock = new FakeClock();
  const endpoint = cluster.endpoints[0]!;
  const options = parseBenchFlags(
    `--endpoints=${endpoint} --warmup=0 -n 1 -w 1 --writes 1 --timeout 5s`.split(" "),
  );
  let reached = () => {};
  const hanging = new Promise<void>((resolve) => reached = resolve);
  cluster.failNext("hang", () => {
    reached();
    return true;
  });
  const running = runBench(options!, { clock, cpuMs: () => 0, progress: () => {} });
  await hanging;
  clock.advance(4_900);
  clock.advance(100);
  const report = await running;
  assertEquals([report.errors, report.unknownOutcomes], [{ timeout: 1 }, 1]);
});

test("runBench() ends early, with what it has, when it is told to", async () => {
  const cluster = new FakeCluster();
  await using _listening = cluster.listen();
  const stop = new AbortController();
  const options = parseBenchFlags(
    `--endpoints=${cluster.endpoints[0]} --warmup=0 -w 2 --writes 1 --duration 1h`.split(" "),
  );
  cluster.failNext("unknown", () => {
    if (cluster.calls.length >= 20) stop.abort();
    return false;
  });
  const report = await runBench(options!, {
    clock: REAL_CLOCK,
    cpuMs: () => 0,
    progress: () => {},
    signal: stop.signal,
  });
  assertGreater(report.writes.requests, 18);
  assertLess(report.writes.requests, 23);
});

test("runBench() says so if nothing listens", async () => {
  const cluster = new FakeCluster();
  await cluster.listen()[Symbol.asyncDispose]();
  const options = parseBenchFlags([`--endpoints=${cluster.endpoints[0]}`]);
  const environment = { clock: REAL_CLOCK, cpuMs: () => 0, progress: () => {} };
  const error = await assertRejects(() => runBench(options!, environment), TroupeError);
  assertEquals(error.code, "unreachable");
});

test("runBench() says so if no node knows a primary", async () => {
  const error = await assertRejects(
    () => run("-n 1 --primary", (cluster) => cluster.primary = null),
    TroupeError,
  );
  assertEquals(error.code, "no_primary");
});
