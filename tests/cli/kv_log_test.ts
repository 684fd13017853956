import { assertEquals, assertStringIncludes } from "@std/assert";
import { LogClient } from "../../cli/client/log_client.ts";
import { LogMachine } from "../../protocols/log/machine.ts";
import { ChainCluster } from "./chain_cluster.ts";
import { kv } from "./fake_io.ts";

const logCluster = (options = {}) =>
  new ChainCluster({ machine: new LogMachine(options), kind: "log" });

Deno.test("kv log append prints the offset of the record, from an argument, stdin or a file", async () => {
  const cluster = logCluster();
  assertEquals((await kv(cluster, ["log", "append", "a"])).stdout, "0\n");
  assertEquals((await kv(cluster, ["log", "append", "-"], { stdin: "b" })).stdout, "1\n");
  const files = { files: { "c.txt": "c" } };
  const json = await kv(cluster, ["log", "append", "--file", "c.txt", "--json"], files);
  assertEquals(json.stdout, '{"offset":2}\n');
  assertEquals((await kv(cluster, ["log", "append"])).code, 2);
});

Deno.test("kv log read prints records from an offset on, one a line", async () => {
  const cluster = logCluster();
  for (const record of ["plain", "two\nlines", "c"]) await kv(cluster, ["log", "append", record]);
  await kv(cluster, ["log", "append", "-"], { stdin: new Uint8Array([255, 0]) });
  assertEquals(
    (await kv(cluster, ["log", "read"])).stdout,
    '0  plain\n1  "two\\nlines"\n2  c\n3  /wA=\n',
  );
  assertEquals(
    (await kv(cluster, ["log", "read", "1", "--limit", "1"])).stdout,
    '1  "two\\nlines"\n',
  );
  const json = await kv(cluster, ["log", "read", "2", "--json"]);
  assertEquals(json.stdout.trimEnd().split("\n").map((line) => JSON.parse(line)), [
    { offset: 2, value: "c", encoding: "utf8" },
    { offset: 3, value: "/wA=", encoding: "base64" },
  ]);
  assertEquals((await kv(cluster, ["log", "read", "x"])).code, 2);
});

Deno.test("kv log latest and trim say where the log begins and ends", async () => {
  const cluster = logCluster();
  assertEquals((await kv(cluster, ["log", "latest"])).stdout, "(empty; the next record gets 0)\n");
  for (const record of ["a", "b", "c"]) await kv(cluster, ["log", "append", record]);
  assertEquals((await kv(cluster, ["log", "latest"])).stdout, "2\n");
  assertEquals((await kv(cluster, ["log", "trim", "2"])).stdout, "2 to 2\n");
  const { code, stderr } = await kv(cluster, ["log", "read", "0"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Offset 0 was dropped: the oldest record is at 2");
  assertEquals((await kv(cluster, ["log", "trim", "3"])).stdout, "empty; the next record gets 3\n");
});

Deno.test("kv log append says that the log is full", async () => {
  const { code, stderr } = await kv(logCluster({ logBytesMax: 20 }), ["log", "append", "12345"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "drop old records");
});

Deno.test("LogClient.read() fetches page after page up to the end", async () => {
  const machine = new LogMachine();
  const cluster = new ChainCluster({ machine, kind: "log" });
  const log = new LogClient({ endpoints: cluster.endpoints, fetch: cluster.fetch });
  for (let index = 0; index < 1_005; index++) assertEquals(await log.append(String(index)), index);
  const read = async (from: number, limit?: number) =>
    (await Array.fromAsync(log.read(limit === undefined ? { from } : { from, limit })))
      .map(({ offset, value }) => `${offset}:${new TextDecoder().decode(value)}`);
  const all = await read(0);
  assertEquals([all.length, all[0], all.at(-1)], [1_005, "0:0", "1004:1004"]);
  assertEquals(await read(3, 2), ["3:3", "4:4"]);
  assertEquals(await read(1_005), []);
  assertEquals(await log.range(), { first: 0, next: 1_005 });
});
