import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { parseCpuTicks } from "../../bench/etcd/cpu.ts";
import { freeBasePort } from "../../bench/etcd/ports.ts";
import { formatSamples, median, type Sample, throughputRatios } from "../../bench/etcd/report.ts";
import {
  type Dialect,
  ETCD_DIALECT,
  LUA_SCRIPT,
  parseResult,
  requestFile,
  runWrk,
  TROUPE_DIALECT,
  type Work,
} from "../../bench/etcd/wrk.ts";

const granted = (name: "read" | "write" | "net" | "run") =>
  Deno.permissions.querySync({ name }).state === "granted";

function hasWrk(): boolean {
  if (!granted("run") || !granted("net") || !granted("write") || !granted("read")) return false;
  try {
    new Deno.Command("wrk", { args: ["--version"] }).outputSync();
    return true;
  } catch {
    return false;
  }
}

const sample = (round: number, system: string, work: Work, requests: number): Sample => ({
  round,
  system,
  work,
  wrk: { requests, seconds: 2, p50Ms: requests / 100, p99Ms: 9, errors: 1 },
  cpuUs: system === "a" ? round * 10 : null,
});

Deno.test("median() is the middle, or between the two in the middle", () => {
  assertEquals([median([3]), median([9, 1, 5]), median([4, 1, 2, 100])], [3, 5, 3]);
  assert(Number.isNaN(median([])));
});

Deno.test("throughputRatios() are the ratios within the rounds", () => {
  const samples = [
    ...[sample(0, "a", "put", 100), sample(0, "b", "put", 200)],
    ...[sample(1, "a", "put", 10), sample(1, "b", "put", 50)],
    ...[sample(2, "a", "put", 100), sample(2, "b", "put", 400)],
    ...[sample(2, "a", "get", 1), sample(2, "b", "get", 9)],
    sample(3, "a", "put", 1),
  ];
  assertEquals(throughputRatios(samples, "put", ["a", "b"]), [2, 5, 4]);
  assertEquals(throughputRatios(samples, "get", ["a", "b"]), [9]);
});

Deno.test("formatSamples() has a row of medians for each work and system", () => {
  const samples = [100, 300, 200].flatMap((requests, round) => [
    sample(round, "a", "put", requests),
    sample(round, "b", "put", 10_000 * requests),
  ]);
  assertEquals(
    formatSamples(samples).split("\n").slice(1, 3).map((row) => row.split(/ +/)),
    [
      ["put", "a", "100", "50", "150", "2.00", "9.00", "10", "3"],
      ["put", "b", "1,000,000", "500,000", "1,500,000", "20000.00", "9.00", "-", "3"],
    ],
  );
});

Deno.test("parseCpuTicks() is not misled by the name of a program", () => {
  const fields = Array.from({ length: 20 }, (_, index) => index);
  assertEquals(parseCpuTicks(`17 (a) b (c) S ${fields.join(" ")}`), 10 + 11);
});

Deno.test("parseResult() refuses what is not our script's", () => {
  assertEquals(parseResult("x\nresult: 10 2000000 1500 9000 3\n"), {
    requests: 10,
    seconds: 2,
    p50Ms: 1.5,
    p99Ms: 9,
    errors: 3,
  });
  assertThrows(() => parseResult("Requests/sec: 5"), Error, "Cannot read what wrk printed");
});

Deno.test("requestFile() speaks both dialects", () => {
  const lines = (dialect: Dialect, work: Work) => requestFile(dialect, work, ["k1"], "v");
  assertEquals(lines(TROUPE_DIALECT, "put"), "PUT\t/v1/kv/k1\tv\n");
  assertEquals(lines(TROUPE_DIALECT, "get"), "GET\t/v1/kv/k1\t\n");
  assertEquals(lines(ETCD_DIALECT, "put"), 'POST\t/v3/kv/put\t{"key":"azE=","value":"dg=="}\n');
  assertEquals(lines(ETCD_DIALECT, "get"), 'POST\t/v3/kv/range\t{"key":"azE="}\n');
});

Deno.test({
  name: "freeBasePort() stays below the ports that outgoing connections get",
  ignore: !granted("net"),
  fn() {
    const base = freeBasePort([0, 1, 102]);
    assertGreater(base, 1_023);
    assertLess(base + 102, 32_768);
  },
});

Deno.test({
  name: "runWrk() sends the requests of the file, and only those",
  ignore: !hasWrk(),
  async fn() {
    const directory = await Deno.makeTempDir();
    const seen = new Set<string>();
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        seen.add(`${request.method} ${pathname} ${await request.text()}`);
        return new Response("", { status: pathname.endsWith("2") ? 500 : 200 });
      },
    );
    const script = `${directory}/load.lua`;
    const requests = `${directory}/put.tsv`;
    await Deno.writeTextFile(script, LUA_SCRIPT);
    await Deno.writeTextFile(requests, requestFile(TROUPE_DIALECT, "put", ["k1", "k2"], "v"));
    const url = `http://127.0.0.1:${server.addr.port}`;
    const result = await runWrk({ url, script, requests, connections: 2, seconds: 1, seed: 1 });
    await server.shutdown();
    await Deno.remove(directory, { recursive: true });
    assertEquals(seen, new Set(["PUT /v1/kv/k1 v", "PUT /v1/kv/k2 v"]));
    assert(result.requests > result.errors && result.errors > 0, JSON.stringify(result));
    assertGreater(result.seconds, 0.5);
    assert(result.p50Ms > 0 && result.p50Ms <= result.p99Ms);
  },
});
