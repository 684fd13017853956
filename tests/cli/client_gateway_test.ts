// The client against the real gateway: what both of them take docs/http.md to say.
import { assertEquals, assertRejects } from "@std/assert";
import { KvClient, PreconditionFailed, RequestRefused } from "../../cli/client.ts";
import {
  decodeQueryResult,
  decodeResult,
  encodeCommand,
  encodeQuery,
} from "../../protocols/kv/commands.ts";
import { GatewayCluster } from "./gateway_cluster.ts";

function setUp(): { cluster: GatewayCluster; kv: KvClient } {
  const cluster = new GatewayCluster();
  return { cluster, kv: new KvClient({ endpoints: cluster.endpoints, fetch: cluster.fetch }) };
}

Deno.test("KvClient and the gateway agree on keys, values and revisions", async () => {
  const { kv } = setUp();
  for (const key of ["plain", "a/b", "a/../b", "ü/☃", "?#%2F+ ", "x".repeat(1_024)]) {
    const value = new Uint8Array([0, 255, ...new TextEncoder().encode(key)]);
    const written = await kv.put(key, value);
    const entry = await kv.get(key);
    assertEquals([entry.key, entry.value], [key, value]);
    assertEquals([written.created, written.version, entry.modRevision], [
      true,
      1,
      written.modRevision,
    ]);
  }
  const replaced = await kv.put("plain", "");
  assertEquals([replaced.created, replaced.version, replaced.createRevision], [false, 2, 1]);
  assertEquals((await kv.get("plain")).text(), "");
  assertEquals(await kv.find("nothing"), null);
});

Deno.test("KvClient and the gateway agree on conditions", async () => {
  const { kv } = setUp();
  const first = await kv.cas("k", { absent: true }, "a+b/c=");
  await kv.cas("k", { value: "a+b/c=" }, new Uint8Array([251, 255]));
  await kv.cas("k", { value: new Uint8Array([251, 255]) }, "");
  await kv.cas("k", { value: "" }, "x");
  const last = await kv.cas("k", { present: true }, "y");
  const failed = await assertRejects(
    () => kv.cas("k", { revision: first.modRevision }, "z"),
    PreconditionFailed,
  );
  assertEquals(failed.revision, last.modRevision);
  const absent = await assertRejects(
    () => kv.delete("none", { expected: { present: true } }),
    PreconditionFailed,
  );
  assertEquals(absent.revision, null);
  const { deleted } = await kv.delete("k", { expected: { revision: last.modRevision } });
  assertEquals([deleted, (await kv.delete("k")).deleted], [true, false]);
  await assertRejects(
    () => kv.cas("k", { value: new Uint8Array(16 * 1_024) }, "z"),
    PreconditionFailed,
  );
});

Deno.test("KvClient and the gateway agree on numbers", async () => {
  const { kv } = setUp();
  assertEquals((await kv.increment("n", -(2n ** 63n))).value, -(2n ** 63n));
  const overflow = await assertRejects(() => kv.increment("n", -1), RequestRefused);
  assertEquals([overflow.code, overflow.status], ["number_overflow", 409]);
  await kv.put("word", "abc");
  const noNumber = await assertRejects(() => kv.increment("word"), RequestRefused);
  assertEquals(noNumber.code, "not_a_number");
});

Deno.test("KvClient and the gateway agree on scans", async () => {
  const { kv } = setUp();
  for (let i = 0; i < 25; i++) await kv.put(`k${String(i).padStart(2, "0")}`, `v${i}`);
  await kv.put("other", new Uint8Array([255]));
  const found = async (options: Parameters<KvClient["scan"]>[0]) => {
    const keys: string[] = [];
    for await (const { key } of kv.scan(options)) keys.push(key);
    return keys;
  };
  assertEquals((await found({ pageSize: 7 })).length, 26);
  assertEquals((await found({ prefix: "k", pageSize: 10, limit: 13 })).at(-1), "k12");
  assertEquals(await found({ start: "k23", end: "other", reverse: true }), ["k24", "k23"]);
  const keys: string[] = [];
  for await (const info of kv.keys({ prefix: "o" })) keys.push(`${info.key}@${info.modRevision}`);
  assertEquals(keys, ["other@26"]);
  assertEquals([await kv.size(), await kv.size({ prefix: "k1" })], [26, 10]);
  assertEquals(await kv.size({ consistency: "stale" }), 26);
});

Deno.test("KvClient and the gateway agree on redirects and repeated requests", async () => {
  const { cluster, kv } = setUp();
  cluster.dropNext = true;
  assertEquals((await kv.increment("n")).value, 1n);
  assertEquals(cluster.executed, 1);
  assertEquals((await kv.increment("n")).value, 2n);
  assertEquals(kv.preferredEndpoint, cluster.endpoints[0]); // lately a redirect led nowhere
  const other = new KvClient({ endpoints: cluster.endpoints[2]!, fetch: cluster.fetch });
  await other.put("k", "v");
  assertEquals(other.preferredEndpoint, cluster.endpoints[1]);
});

Deno.test("KvClient and the gateway agree on refusals", async () => {
  const { kv } = setUp();
  const code = async (call: Promise<unknown>) =>
    (await assertRejects(() => call, RequestRefused)).code;
  assertEquals(await code(kv.put("x".repeat(1_025), "v")), "too_large");
  assertEquals(await code(kv.put("k", new Uint8Array(512 * 1_024 + 1))), "too_large");
  await kv.put("k", "1");
  await kv.put("k", "2");
  const id = { clientId: 1, requestNumber: 1 };
  assertEquals(await code(kv.put("k", "3", { id })), "request_superseded");
});

Deno.test("KvClient and the gateway agree on what operators ask", async () => {
  const { cluster, kv } = setUp();
  const reports = await kv.status();
  assertEquals(reports.map(({ status }) => status?.pid), [4_000, 4_001, 4_002]);
  assertEquals(await kv.readiness(2), { ready: true, text: "[+] journal: open\nready\n" });
  assertEquals((await kv.metrics(0)).includes("troupe_up 1"), true);
  await kv.crashActor(2, "client/table");
  assertEquals(cluster.crashed, ["2:client/table"]);
  const unknown = await assertRejects(() => kv.crashActor(2, "nobody"), RequestRefused);
  assertEquals(unknown.code, "no_such_actor");
});

Deno.test("KvClient and the gateway agree on commands and queries of any state machine", async () => {
  const { cluster, kv } = setUp();
  const result = await kv.command(encodeCommand({
    type: "put",
    key: "k",
    value: new TextEncoder().encode("v"),
  }));
  assertEquals(decodeResult(result).type, "put");
  assertEquals(cluster.executed, 1);
  const found = decodeQueryResult(await kv.query(encodeQuery({ type: "get", key: "k" })));
  assertEquals(found.type, "found");
});
