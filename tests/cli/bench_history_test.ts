import { assert, assertEquals, assertGreater } from "@std/assert";
import { parseBenchFlags } from "../../cli/bench/options.ts";
import { type Report, runBench } from "../../cli/bench/run.ts";
import { REAL_CLOCK } from "../../cli/clock.ts";
import { check } from "../../sim/checker/check.ts";
import { readHistory } from "../../sim/checker/history/read.ts";
import type { KvOperation } from "../../sim/checker/kv/operations.ts";
import { RegisterModel } from "../../sim/checker/kv/register_model.ts";
import { FakeCluster, type Fault } from "./fake_cluster.ts";

const MAY_NET = Deno.permissions.querySync({ name: "net", host: "127.0.0.1" }).state === "granted";

interface Ran {
  readonly report: Report;
  readonly cluster: FakeCluster;
  readonly history: readonly KvOperation[];
}

/** Records a run against a fake cluster on real sockets, of which the first writes fare badly. */
async function record(flags: string, faults: readonly Fault[] = []): Promise<Ran> {
  const cluster = new FakeCluster();
  await using _listening = cluster.listen();
  for (const fault of faults) {
    cluster.failNext(fault, ({ method }) => method === "PUT" || method === "DELETE");
  }
  const options = parseBenchFlags(
    `--endpoints=${cluster.endpoints.join(",")} --warmup=0 --history h ${flags}`.split(" "),
  );
  let lines = "";
  const report = await runBench(options!, {
    clock: REAL_CLOCK,
    cpuMs: () => 0,
    progress: () => {},
    history: { write: (line) => lines += line, keyPrefix: "own-" },
  });
  return { report, cluster, history: readHistory(lines) };
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !MAY_NET, fn });
}

test("runBench() keeps a history of every request, which the checker can judge", async () => {
  const { history, cluster, report } = await record("-n 400 -w 4 --keys 3");
  assertEquals(history.length, 400);
  assertEquals(cluster.calls.length, 400, "nothing is written that the history does not know");
  assertEquals(report.errors, {});
  for (const kind of ["put", "get", "delete", "cas"]) {
    assertGreater(history.filter(({ op }) => op === kind).length, 10);
  }
  const swaps = history.filter((op) => op.op === "cas");
  assert(swaps.some(({ output }) => output.swapped) && swaps.some(({ output }) => !output.swapped));
  assert(history.every((op) => op.op !== "scan" && op.key.startsWith("own-")));
  assertEquals(check(new RegisterModel(), history).outcome, "linearizable");
});

test("runBench() records a history that tells when the cluster is wrong", async () => {
  const { history } = await record("-n 60 -w 1 --keys 1");
  const last = history.findLast((op) => op.op === "get" && op.output.value !== null);
  const wrong = history.map((op) =>
    op === last ? { ...op, output: { value: null } } as KvOperation : op
  );
  assertEquals(check(new RegisterModel(), wrong).outcome, "violation");
});

test("runBench() records writes of unknown outcome, and goes on as another client", async () => {
  const { history } = await record("-n 40 -w 1 --writes 1", ["drop-after", "unknown"]);
  assertEquals(history.slice(0, 3).map(({ outcome }) => outcome), ["unknown", "unknown", "ok"]);
  assertEquals(history.slice(0, 4).map(({ client }) => client), [0, 1, 2, 2]);
  assertEquals(history[0]!.return, null);
  assertEquals(check(new RegisterModel(), history).outcome, "linearizable");
});

test("runBench() records what was refused as never executed", async () => {
  const { history } = await record("-n 40 -w 1 --writes 1", ["overloaded", "unavailable"]);
  assertEquals(history.slice(0, 3).map(({ outcome }) => outcome), ["fail", "fail", "ok"]);
  assertEquals(history.slice(0, 3).map(({ client }) => client), [0, 0, 0]);
});

test("runBench() sends writes of sessions again until they are answered, as one operation", async () => {
  const faults = ["drop-after", "overloaded", "drop-before"] as const;
  const { history, cluster, report } = await record("-n 30 -w 1 --writes 1 --sessions", faults);
  assertEquals(report.errors, {});
  assert(history.every(({ outcome, client }) => outcome === "ok" && client === 0));
  const numbers = cluster.calls.filter(({ ids }) => ids !== null).map(({ ids }) => ids);
  assertEquals(new Set(numbers.slice(0, 4)).size, 1, "all attempts have the same number");
  assertEquals(new Set(numbers).size, 30);
  assertEquals(check(new RegisterModel(), history).outcome, "linearizable");
});
