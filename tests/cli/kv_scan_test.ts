import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeCluster } from "./fake_cluster.ts";
import { kv } from "./fake_io.ts";

function filled(): FakeCluster {
  const cluster = new FakeCluster();
  cluster.store.set("user/1", "Ada");
  cluster.store.set("user/2", "two words");
  cluster.store.set("user/3", "line\nbreak\x1b[2J");
  cluster.store.set("other", new Uint8Array([255, 0]));
  return cluster;
}

Deno.test("kv scan shows a table in the order of the keys", async () => {
  const { code, stdout } = await kv(filled(), ["scan"]);
  assertEquals(code, 0);
  assertEquals(stdout.split("\n"), [
    "KEY     VALUE                   REVISION  CREATED  VERSION",
    "other   0xff00                         4        4        1",
    "user/1  Ada                            1        1        1",
    "user/2  two words                      2        2        1",
    String.raw`user/3  "line\nbreak\u001b[2J"         3        3        1`,
    "",
  ]);
});

Deno.test("kv scan clips long values in a table, never in JSON", async () => {
  const cluster = new FakeCluster();
  const long = "x".repeat(500);
  cluster.store.set("k", long);
  cluster.store.set("l", new Uint8Array(500).fill(255));
  const table = await kv(cluster, ["scan"]);
  for (const line of table.stdout.split("\n")) assertEquals(line.length < 100, true);
  const json = await kv(cluster, ["scan", "--json"]);
  assertEquals(JSON.parse(json.stdout)[0].value, long);
});

Deno.test("kv scan narrows by prefix, start, end, and turns around", async () => {
  const keys = async (...args: string[]) => {
    const { stdout } = await kv(filled(), ["scan", "--json", "--keys-only", ...args]);
    return JSON.parse(stdout).map(({ key }: { key: string }) => key);
  };
  assertEquals(await keys("user/"), ["user/1", "user/2", "user/3"]);
  assertEquals(await keys("--start", "user/2"), ["user/2", "user/3"]);
  assertEquals(await keys("--start", "user/1", "--end", "user/2"), ["user/1"]);
  assertEquals(await keys("--reverse", "user/"), ["user/3", "user/2", "user/1"]);
  const both = await kv(filled(), ["scan", "user/", "--end", "x"]);
  assertEquals(both.code, 2);
  assertStringIncludes(both.stderr, "PREFIX excludes --start and --end");
});

Deno.test("kv scan --keys-only leaves the values out of the table", async () => {
  const { stdout } = await kv(filled(), ["scan", "other", "--keys-only"]);
  assertEquals(
    stdout,
    "KEY    REVISION  CREATED  VERSION\nother         4        4        1\n",
  );
});

Deno.test("kv scan says when there is more than its limit", async () => {
  const exact = await kv(filled(), ["scan", "--limit", "4", "--json"]);
  assertEquals([JSON.parse(exact.stdout).length, exact.stderr], [4, ""]);
  const short = await kv(filled(), ["scan", "--limit", "3", "--json"]);
  assertEquals(JSON.parse(short.stdout).length, 3);
  assertEquals(short.stderr, "There are more than these 3: raise --limit\n");
});

Deno.test("kv scan fetches thousands of keys page by page", async () => {
  const cluster = new FakeCluster();
  for (let i = 0; i < 2_500; i++) cluster.store.set(`k${String(i).padStart(4, "0")}`, "v");
  const { stdout } = await kv(cluster, ["scan", "--limit", "5000", "--json"]);
  assertEquals(JSON.parse(stdout).length, 2_500);
  assertEquals(cluster.calls.length, 3);
});

Deno.test("kv size counts", async () => {
  assertEquals((await kv(filled(), ["size"])).stdout, "4\n");
  assertEquals((await kv(filled(), ["size", "user/", "--json"])).stdout, '{"size":3}\n');
});
