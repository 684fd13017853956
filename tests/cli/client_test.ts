import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  BadAnswer,
  KeyNotFound,
  KvClient,
  PreconditionFailed,
  RequestRefused,
} from "../../cli/client.ts";
import { FakeCluster } from "./fake_cluster.ts";
import { clientOf } from "./client_of.ts";

Deno.test("KvClient.put() and get() carry text, bytes and revisions", async () => {
  const kv = clientOf(new FakeCluster());
  assertEquals(await kv.put("a/b c", "grüße"), {
    key: "a/b c",
    createRevision: 1,
    modRevision: 1,
    version: 1,
    created: true,
  });
  const second = await kv.put("a/b c", new Uint8Array([0, 255]));
  assertEquals([second.created, second.modRevision, second.version], [false, 2, 2]);
  const entry = await kv.get("a/b c");
  assertEquals([...entry.value], [0, 255]);
  assertEquals([entry.createRevision, entry.modRevision, entry.version], [1, 2, 2]);
  assertThrows(() => entry.text(), TypeError);
});

Deno.test("KvClient.put() sends the bytes that it was given, whatever becomes of them", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  const bytes = new TextEncoder().encode("before");
  const written = kv.put("k", bytes);
  bytes.fill(0);
  await written;
  assertEquals(cluster.store.text("k"), "before");
});

Deno.test("KvClient.get() throws KeyNotFound where find() returns null", async () => {
  const kv = clientOf(new FakeCluster());
  const error = await assertRejects(() => kv.get("nothing"), KeyNotFound);
  assertEquals([error.code, error.key], ["key_not_found", "nothing"]);
  assertEquals(await kv.find("nothing"), null);
});

Deno.test("KvClient.delete() is idempotent and says whether there was something", async () => {
  const kv = clientOf(new FakeCluster());
  await kv.put("k", "v");
  assertEquals(await kv.delete("k"), { deleted: true, revision: 2 });
  assertEquals(await kv.delete("k"), { deleted: false, revision: 2 });
});

Deno.test("KvClient.cas() writes only what was expected", async () => {
  const kv = clientOf(new FakeCluster());
  assertEquals((await kv.cas("k", { absent: true }, "1")).created, true);
  const absent = await assertRejects(
    () => kv.cas("k", { absent: true }, "2"),
    PreconditionFailed,
  );
  assertEquals([absent.code, absent.key, absent.revision], ["precondition_failed", "k", 1]);
  await kv.cas("k", { revision: 1 }, "2");
  await kv.cas("k", { value: "2" }, "3");
  await kv.cas("k", { value: new TextEncoder().encode("3") }, "4");
  await kv.cas("k", { present: true }, "5");
  await assertRejects(() => kv.cas("k", { value: "2" }, "x"), PreconditionFailed);
  assertEquals((await kv.get("k")).text(), "5");
  const none = await assertRejects(
    () => kv.cas("none", { present: true }, "x"),
    PreconditionFailed,
  );
  assertEquals(none.revision, null);
});

Deno.test("KvClient.delete() honours a condition", async () => {
  const kv = clientOf(new FakeCluster());
  await kv.put("k", "v");
  await assertRejects(() => kv.delete("k", { expected: { revision: 7 } }), PreconditionFailed);
  assertEquals((await kv.delete("k", { expected: { revision: 1 } })).deleted, true);
});

Deno.test("KvClient.cas() refuses a value too long to compare with", async () => {
  const kv = clientOf(new FakeCluster());
  const error = await assertRejects(
    () => kv.cas("k", { value: new Uint8Array(17 * 1024) }, "v"),
    RequestRefused,
    "17408 bytes",
  );
  assertEquals(error.code, "too_large");
});

Deno.test("KvClient.increment() counts beyond what a number can hold", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  assertEquals(await kv.increment("n"), { value: 1n, revision: 1 });
  assertEquals((await kv.increment("n", -3)).value, -2n);
  assertEquals((await kv.increment("n", 2n ** 60n)).value, 2n ** 60n - 2n);
  await kv.put("word", "abc");
  const error = await assertRejects(() => kv.increment("word"), RequestRefused);
  assertEquals([error.code, error.status], ["not_a_number", 409]);
});

Deno.test("KvClient.scan() fetches page after page, in order", async () => {
  const cluster = new FakeCluster();
  for (let i = 0; i < 7; i++) cluster.store.set(`k${i}`, `v${i}`);
  cluster.store.set("other", new Uint8Array([255]));
  const kv = clientOf(cluster);
  const texts = async (options: Parameters<KvClient["scan"]>[0]) => {
    const found: string[] = [];
    for await (const entry of kv.scan(options)) found.push(`${entry.key}=${[...entry.value]}`);
    return found.join(" ");
  };
  assertEquals((await texts({ prefix: "k", pageSize: 3 })).split(" ").length, 7);
  assertEquals(cluster.calls.length, 3);
  assertEquals(await texts({ start: "k6" }), "k6=118,54 other=255");
  assertEquals(await texts({ prefix: "k", reverse: true, limit: 2 }), "k6=118,54 k5=118,53");
  assertEquals(await texts({ start: "k0", end: "k1" }), "k0=118,48");
  assertEquals(await texts({ limit: 0 }), "");
  const error = await assertRejects(() => texts({ pageSize: 1_001 }), RangeError);
  assertStringIncludes(error.message, "1001");
});

Deno.test("KvClient.scan() stops fetching when the loop is left", async () => {
  const cluster = new FakeCluster();
  for (let i = 0; i < 7; i++) cluster.store.set(`k${i}`, `v${i}`);
  for await (const entry of clientOf(cluster).scan({ pageSize: 2 })) {
    if (entry.key === "k1") break;
  }
  assertEquals(cluster.calls.length, 1);
});

Deno.test("KvClient.keys() and size() leave values behind", async () => {
  const cluster = new FakeCluster();
  for (const key of ["a1", "a2", "b"]) cluster.store.set(key, "v");
  const kv = clientOf(cluster);
  const keys: string[] = [];
  for await (const { key } of kv.keys()) keys.push(key);
  assertEquals(keys, ["a1", "a2", "b"]);
  assertEquals(cluster.calls.at(-1)!.query.get("keys-only"), "true");
  assertEquals(await kv.size(), 3);
  assertEquals(await kv.size({ prefix: "a" }), 2);
});

Deno.test("KvClient refuses keys that no address can hold", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  for (const key of ["", ".", "..", "\ud800"]) {
    const error = await assertRejects(() => kv.put(key, "v"), RequestRefused, "Cannot use the key");
    assertEquals(error.code, "bad_request");
  }
  assertEquals(cluster.calls.length, 0);
});

Deno.test("KvClient carries keys that look like parts of an address", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  for (const key of ["a/../b", "../x", "a?b=c&d", "#", "%2F", "ü/☃", " ", "a+b", "..."]) {
    await kv.put(key, key);
    assertEquals((await kv.get(key)).text(), key);
  }
  assertEquals([...cluster.store.items.keys()].includes("a/../b"), true);
});

Deno.test("KvClient says so when an endpoint is no Troupe node", async () => {
  const answers: [string, ResponseInit][] = [
    ["<html>", { status: 404 }],
    ["hello", { status: 200 }],
  ];
  for (const [body, init] of answers) {
    const kv = new KvClient({ fetch: () => Promise.resolve(new Response(body, init)) });
    const error = await assertRejects(() => kv.get("k"), BadAnswer, "127.0.0.1:7100");
    assertEquals(error.code, "bad_answer");
    await assertRejects(() => kv.size(), BadAnswer);
  }
});
