import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeCluster } from "../cli/fake_cluster.ts";
import { type Ended, kv, type RunOptions } from "../cli/fake_io.ts";

/** `kv offline` with a log in a directory of its own. */
async function withKv(
  test: (
    offline: (...args: readonly string[]) => Promise<Ended>,
    cluster: FakeCluster,
    run: (args: readonly string[], options?: RunOptions) => Promise<Ended>,
  ) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "troupe-offline-" });
  const cluster = new FakeCluster();
  const run = (args: readonly string[], options: RunOptions = {}) =>
    kv(cluster, ["offline", ...args, "--log", `${directory}/log`], options);
  try {
    await test((...args) => run(args), cluster, run);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Needs a disk. */
const IS_DENIED = (["read", "write"] as const).some((name) =>
  Deno.permissions.querySync({ name }).state !== "granted"
);

function offlineTest(name: string, test: Parameters<typeof withKv>[0]): void {
  Deno.test({ name, ignore: IS_DENIED, fn: () => withKv(test) });
}

const cells = (line?: string) => line!.trim().split(/ {2,}/);

offlineTest(
  "kv offline put, get, incr, sadd, srem and del work without a cluster",
  async (offline, cluster, run) => {
    assertEquals((await offline("put", "k", "v")).stdout, "operation 1\n");
    assertEquals((await offline("get", "k")).stdout, "v");
    assertEquals((await offline("incr", "n", "-3")).stdout, "operation 2\n");
    assertEquals((await offline("get", "n")).stdout, "-3");
    await run(["sadd", "s", "-"], { stdin: "a b" });
    await offline("sadd", "s", "c");
    await offline("srem", "s", "c");
    assertEquals((await offline("get", "s")).stdout, '"a b"\n'.replaceAll('"', ""));
    await offline("del", "k");
    const gone = await offline("get", "k");
    assertEquals([gone.code, gone.stderr], [3, 'kv: No such key: "k"\n']);
    assertEquals(cluster.calls, []);
  },
);

offlineTest("kv offline log and status show what waits", async (offline) => {
  await offline("put", "k", "one two");
  await offline("incr", "n");
  await offline("put", "k", "three");
  const lines = (await offline("log")).stdout.trimEnd().split("\n").map(cells);
  assertEquals(lines[0], ["NUMBER", "AT", "CHANGE", "KEY", "VALUE", "BEGAN FROM"]);
  assertEquals(lines.slice(1).map(([number, _, ...rest]) => [number, ...rest]), [
    ["1", "put", "k", "one two", "nothing known"],
    ["2", "increment", "n", "1", "nothing known"],
    ["3", "put", "k", "three", "operation 1"],
  ]);
  const json = (await offline("log", "--json")).stdout.trimEnd().split("\n");
  const { number, key, change, value, after } = JSON.parse(json[2]!);
  assertEquals([number, key, change, value, after], [3, "k", "put", "three", 1]);
  const status = await offline("status");
  assertStringIncludes(status.stdout, "of no cluster yet\n3 of 3 operations wait; 2 keys known");
  assertEquals(JSON.parse((await offline("status", "--json")).stdout).merge, null);
});

offlineTest(
  "kv offline merge appends to the cluster, and says what became of it",
  async (offline, cluster) => {
    cluster.store.set("k", "base");
    assertEquals((await offline("fetch", "k", "n")).stdout, "fetched 2\n");
    await offline("put", "k", "mine");
    await offline("incr", "n", "2");
    cluster.store.set("k", "theirs");
    const stopped = await offline("merge", "--policy", "fail");
    assertEquals(stopped.code, 4);
    assertEquals(stopped.stdout, "0 merged: nothing; 2 wait\n");
    assertStringIncludes(stopped.stderr, "others have written the key k. Merge again with another");
    const merged = await offline("merge", "--policy", "mine");
    assertEquals([merged.code, merged.stderr], [0, ""]);
    assertEquals(merged.stdout.trimEnd().split("\n").map(cells), [
      ["OPERATION", "CHANGE", "KEY", "OUTCOME", "NOW AT", "NOTE"],
      ["1", "put", "k", "overwrote"],
      ["2 merged: 1 overwrote, 1 done; 0 wait"],
    ]);
    assertEquals([cluster.store.text("k"), cluster.store.text("n")], ["mine", "2"]);
    assertStringIncludes(
      (await offline("status")).stdout,
      "last merge: policy mine, ended; 1 overwrote, 1 done\n",
    );
    const again = JSON.parse((await offline("merge", "--policy", "mine", "--json")).stdout);
    assertEquals(again, { policy: "mine", waiting: 0, outcomes: {}, stopped: null, lines: [] });
  },
);

offlineTest(
  "kv offline merge that finds no cluster changes nothing, and can be repeated",
  async (offline, cluster) => {
    await offline("incr", "n");
    for (const node of [0, 1, 2]) cluster.down.add(node);
    const ended = await offline("merge", "--policy", "fail", "--timeout", "50ms");
    assertEquals(ended.code, 5);
    assertStringIncludes(ended.stderr, "No node says which cluster it belongs to");
    cluster.down.clear();
    assertEquals((await offline("merge", "--policy", "fail")).code, 0);
    assertEquals(cluster.store.text("n"), "1");
  },
);

offlineTest(
  "kv offline merge that does not hear of a write says how to go on",
  async (offline, cluster) => {
    await offline("incr", "n");
    for (let time = 0; time < 1_000; time++) {
      cluster.failNext("unknown", ({ ids }) => ids !== null);
    }
    const ended = await offline("merge", "--policy", "fail", "--timeout", "100ms");
    assertEquals(ended.code, 6);
    assertStringIncludes(ended.stderr, "goes on where it was; nothing will be done twice");
    assertStringIncludes((await offline("status")).stdout, "operation 1 was sent, its end is not");
    assertEquals(cluster.store.text("n"), "1");
  },
);

offlineTest(
  "kv offline merge exits with 1 if the cluster refused something for good",
  async (offline, cluster) => {
    cluster.store.set("n", "text");
    await offline("incr", "n");
    const ended = await offline("merge", "--policy", "fail");
    assertEquals(ended.code, 1);
    assertStringIncludes(ended.stdout, "not_a_number");
  },
);

offlineTest("kv offline merge wants a policy", async (offline) => {
  const none = await offline("merge");
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "--policy is missing: one of mine, theirs, keep-both, fail");
  const unknown = await offline("merge", "--policy", "min");
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.stderr, "mine");
});

offlineTest("kv offline leaves the data of a node alone", async (offline, _cluster, _run) => {
  const directory = await Deno.makeTempDir({ prefix: "troupe-offline-" });
  await Deno.writeTextFile(
    `${directory}/identity.json`,
    JSON.stringify({ format: 1, cluster: "prod", node: 2 }),
  );
  const cluster = new FakeCluster();
  const ended = await kv(cluster, ["offline", "put", "k", "v", "--log", directory]);
  await Deno.remove(directory, { recursive: true });
  assertEquals(ended.code, 1);
  assertStringIncludes(ended.stderr, 'belongs to node 2 of cluster "prod"');
  await offline("status");
});
