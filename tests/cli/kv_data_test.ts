import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Call, FakeCluster } from "./fake_cluster.ts";
import { interrupt, kv } from "./fake_io.ts";

const writes = (call: Call) => call.method !== "GET" && call.path.startsWith("/v1/kv");

Deno.test("kv put and get carry a value", async () => {
  const cluster = new FakeCluster();
  const first = await kv(cluster, ["put", "greeting", "hello world"]);
  assertEquals(first, { ...first, code: 0, stdout: "created at revision 1\n", stderr: "" });
  const second = await kv(cluster, ["put", "greeting", ""]);
  assertEquals(second.stdout, "replaced, version 2, at revision 2\n");
  assertEquals((await kv(cluster, ["get", "greeting"])).stdout, "");
  assertEquals(cluster.store.text("greeting"), "");
});

Deno.test("kv get writes the bytes as they are, and ends the line on a terminal only", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("k", new Uint8Array([0, 255, 10, 65]));
  assertEquals([...(await kv(cluster, ["get", "k"])).bytes], [0, 255, 10, 65]);
  const shown = await kv(cluster, ["get", "k"], { stdoutIsTerminal: true });
  assertEquals([...shown.bytes], [0, 255, 10, 65, 10]);
  cluster.store.set("k", "line\n");
  assertEquals((await kv(cluster, ["get", "k"], { stdoutIsTerminal: true })).stdout, "line\n");
});

Deno.test("kv get --json shows text as text and the rest as base64", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("k", "grüße");
  const metadata = { createRevision: 1, modRevision: 1, version: 1 };
  const text = await kv(cluster, ["get", "k", "--json"]);
  assertEquals(JSON.parse(text.stdout), {
    key: "k",
    value: "grüße",
    encoding: "utf8",
    ...metadata,
  });
  cluster.store.set("b", new Uint8Array([255, 254]));
  const bytes = await kv(cluster, ["get", "b", "-o", "json"]);
  const { value, encoding } = JSON.parse(bytes.stdout);
  assertEquals([value, encoding], ["//4=", "base64"]);
});

Deno.test("kv get -o table shows one row", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("k", "a b");
  const { stdout } = await kv(cluster, ["get", "k", "-otable"]);
  assertEquals(
    stdout,
    "KEY  VALUE  REVISION  CREATED  VERSION\n" +
      "k    a b           1        1        1\n",
  );
});

Deno.test("kv get of a missing key exits with 3", async () => {
  const ended = await kv(new FakeCluster(), ["get", "nothing"]);
  assertEquals(ended, { ...ended, code: 3, stdout: "", stderr: 'kv: No such key: "nothing"\n' });
  const json = await kv(new FakeCluster(), ["get", "nothing", "--json"]);
  assertEquals(JSON.parse(json.stderr).error, {
    code: "key_not_found",
    message: 'No such key: "nothing"',
    key: "nothing",
    exitCode: 3,
  });
});

Deno.test("kv put reads its value from stdin or from a file", async () => {
  const cluster = new FakeCluster();
  const bytes = new Uint8Array([1, 0, 255]);
  assertEquals((await kv(cluster, ["put", "a", "-"], { stdin: bytes })).code, 0);
  assertEquals([...cluster.store.items.get("a")!.value], [1, 0, 255]);
  await kv(cluster, ["put", "b", "--file", "f.txt"], { files: { "f.txt": "from a file" } });
  assertEquals(cluster.store.text("b"), "from a file");
  const missing = await kv(cluster, ["put", "b", "--file", "nope"]);
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, 'kv: --file: Cannot read "nope": there is no such file\n');
  const both = await kv(cluster, ["put", "b", "v", "--file", "f.txt"]);
  assertEquals(both.code, 2);
  assertStringIncludes(both.stderr, "exclude each other");
  const none = await kv(cluster, ["put", "b"]);
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "VALUE is missing");
});

Deno.test("kv put takes a value that looks like a flag after --", async () => {
  const cluster = new FakeCluster();
  await kv(cluster, ["put", "--json", "k", "--", "--json"]);
  assertEquals(cluster.store.text("k"), "--json");
  const { stderr } = await kv(cluster, ["put", "k", "-x"]);
  assertStringIncludes(stderr, "put -- before a word that begins with a dash");
});

Deno.test("kv del says whether there was something", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("k", "v");
  assertEquals((await kv(cluster, ["del", "k"])).stdout, "deleted at revision 2\n");
  const again = await kv(cluster, ["del", "k", "--json"]);
  assertEquals([again.code, JSON.parse(again.stdout)], [
    0,
    { key: "k", deleted: false, revision: 2 },
  ]);
});

Deno.test("kv cas writes only what was expected and exits with 4 otherwise", async () => {
  const cluster = new FakeCluster();
  const cas = (...args: string[]) => kv(cluster, ["cas", "k", ...args]);
  assertEquals((await cas("1", "--absent")).code, 0);
  assertEquals((await cas("2", "--absent")).code, 4);
  assertEquals((await cas("2", "--revision", "1")).code, 0);
  assertEquals((await cas("3", "--expect", "2")).code, 0);
  assertEquals((await cas("", "--expect=3")).code, 0);
  assertEquals((await cas("-5", "--expect", "")).code, 0);
  assertEquals((await cas("6", "--expect", "-5")).code, 0);
  const failed = await cas("7", "--expect", "nope", "--json");
  assertEquals(failed.code, 4);
  const { code, key, revision } = JSON.parse(failed.stderr).error;
  assertEquals([code, key, revision], ["precondition_failed", "k", 6]);
  assertEquals(cluster.store.text("k"), "6");
});

Deno.test("kv cas insists on one condition", async () => {
  const cluster = new FakeCluster();
  for (const flags of [[], ["--absent", "--revision", "1"], ["--revision", "0"]]) {
    const ended = await kv(cluster, ["cas", "k", "v", ...flags]);
    assertEquals(ended.code, 2);
    assertStringIncludes(ended.stderr, "--revision");
  }
  assertEquals(cluster.calls.length, 0);
});

Deno.test("kv incr counts, downwards too", async () => {
  const cluster = new FakeCluster();
  assertEquals((await kv(cluster, ["incr", "n"])).stdout, "1\n");
  assertEquals((await kv(cluster, ["incr", "n", "-5"])).stdout, "-4\n");
  const big = await kv(cluster, ["incr", "n", "9007199254740993", "--json"]);
  assertEquals(big.stdout, '{"key":"n","value":"9007199254740989","revision":3}\n');
  const wrong = await kv(cluster, ["incr", "n", "1.5"]);
  const refusal = 'kv: N is an integer of 64 bits, not "1.5"';
  assertEquals([wrong.code, wrong.stderr.split("\n")[0]], [2, refusal]);
  assertEquals((await kv(cluster, ["incr", "n", "9223372036854775808"])).code, 2);
  assertEquals((await kv(cluster, ["incr", "n", "-9223372036854775809"])).code, 2);
  cluster.store.set("word", "abc");
  assertEquals((await kv(cluster, ["incr", "word"])).code, 1);
});

for (const fault of ["drop-after", "drop-before", "unknown", "unavailable", "refuse"] as const) {
  Deno.test(`kv incr executes exactly once over "${fault}"`, async () => {
    const cluster = new FakeCluster({ primary: 1 });
    cluster.failNext(fault, writes);
    const ended = await kv(cluster, ["incr", "n"]);
    assertEquals([ended.code, ended.stdout], [0, "1\n"]);
    assertEquals(cluster.store.executed, 1);
    const ids = cluster.calls.filter(writes).map((call) => call.ids);
    assertEquals(new Set(ids), new Set(["17/1"]));
  });
}

Deno.test("kv exits with 5 when nothing answers, and 5 means nothing was changed", async () => {
  const cluster = new FakeCluster();
  cluster.down.add(0).add(1).add(2);
  const put = await kv(cluster, ["put", "k", "v", "--timeout", "500ms"]);
  assertEquals(put.code, 5);
  assertStringIncludes(put.stderr, `${cluster.endpoints[1]}: Connection refused`);
  assertEquals((await kv(cluster, ["get", "k", "--timeout=500ms"])).code, 5);
});

Deno.test("kv exits with 6 on an unknown outcome and prints ids that repeat it safely", async () => {
  const cluster = new FakeCluster();
  cluster.failNext("drop-after", (call) => {
    if (writes(call)) cluster.down.add(0).add(1).add(2);
    return writes(call);
  });
  const lost = await kv(cluster, ["incr", "n", "--timeout", "800ms"]);
  assertEquals(lost.code, 6);
  const ids = /--client-id \d+ --request-number \d+/.exec(lost.stderr)![0].split(" ");
  assertEquals(ids, ["--client-id", "17", "--request-number", "1"]);
  cluster.down.clear();
  const repeated = await kv(cluster, ["incr", "n", ...ids]);
  assertEquals([repeated.code, repeated.stdout], [0, "1\n"]);
  assertEquals(cluster.store.executed, 1);
});

Deno.test("kv names the ids of an unknown outcome in JSON", async () => {
  const cluster = new FakeCluster();
  cluster.failNext("drop-after", (call) => {
    if (writes(call)) cluster.down.add(0).add(1).add(2);
    return writes(call);
  });
  const { code, stderr } = await kv(cluster, ["put", "k", "v", "--timeout=800ms", "--json"]);
  const { error } = JSON.parse(stderr);
  assertEquals([code, error.outcome, error.clientId, error.requestNumber], [6, "unknown", 17, 1]);
});

Deno.test("kv insists on both ids, and says so when the session is gone", async () => {
  const cluster = new FakeCluster();
  const half = await kv(cluster, ["put", "k", "v", "--client-id", "17"]);
  assertEquals(half.code, 2);
  assertStringIncludes(half.stderr, "--request-number is missing");
  const gone = await kv(cluster, ["del", "k", "--client-id=99", "--request-number=1"]);
  assertEquals(gone.code, 1);
  assertStringIncludes(gone.stderr, "can no longer be learnt");
});

Deno.test("kv exits with 130 when interrupted, and still says what may have happened", async () => {
  const cluster = new FakeCluster();
  const controller = new AbortController();
  cluster.failNext("hang", (call) => {
    if (writes(call)) queueMicrotask(() => interrupt(controller));
    return writes(call);
  });
  const ended = await kv(cluster, ["put", "k", "v"], { controller });
  assertEquals(ended.code, 130);
  assertStringIncludes(ended.stderr, "--client-id 17 --request-number 1");
  const read = new AbortController();
  interrupt(read);
  const get = await kv(cluster, ["get", "k"], { controller: read });
  assertEquals([get.code, get.stderr], [130, "kv: Interrupted\n"]);
});

Deno.test("kv --node talks to that node only", async () => {
  const cluster = new FakeCluster({ primary: 0 });
  cluster.store.set("k", "v");
  const ended = await kv(cluster, ["--node", "2", "get", "k"]);
  assertEquals([ended.stdout, cluster.calls.map(({ node }) => node)], ["v", [2]]);
  const none = await kv(cluster, ["--node", "7", "get", "k"]);
  assertEquals(none.code, 5);
  assertStringIncludes(none.stderr, "Node 7 was not found: reached were 0, 1, 2");
});

Deno.test("kv --endpoints goes before the environment, and --consistency reaches the node", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("k", "v");
  const args = ["get", "k", "--endpoints", cluster.endpoints[1]!, "--consistency", "stale"];
  const ended = await kv(cluster, args, { env: { TROUPE_ENDPOINTS: "http://nowhere.test" } });
  assertEquals(ended.stdout, "v");
  assertEquals(cluster.calls[0]!.query.get("consistency"), "stale");
  const bad = await kv(cluster, ["get", "k", "--endpoints", "ftp://x"]);
  assertEquals(bad.code, 2);
  assertStringIncludes(bad.stderr, "only http and https");
});

Deno.test("kv ends quietly when the reader of its output has gone", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("k", "v");
  const ended = await kv(cluster, ["get", "k"], {
    onOutput() {
      throw new Deno.errors.BrokenPipe();
    },
  });
  assertEquals([ended.code, ended.stderr], [0, ""]);
});
