import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  BadAnswer,
  KeyNotFound,
  KvClient,
  type KvClientOptions,
  NoSession,
  Overloaded,
  PreconditionFailed,
  RequestRefused,
  Unavailable,
  UnknownOutcome,
} from "../../cli/client.ts";
import { TroupeError } from "../../actors/errors.ts";
import { type Call, FakeCluster, type Fault } from "./fake_cluster.ts";

const QUICK = { backoffMinMs: 1, backoffMaxMs: 2, timeoutMs: 60_000, attemptTimeoutMs: 30_000 };

function clientOf(cluster: FakeCluster, options: KvClientOptions = {}): KvClient {
  return new KvClient({
    endpoints: cluster.endpoints,
    fetch: cluster.fetch,
    ...QUICK,
    ...options,
  });
}

const writes = (call: Call) => call.method !== "GET" && call.path.startsWith("/v1/kv");
const noNet = Deno.permissions.querySync({ name: "net", host: "127.0.0.1" }).state !== "granted";

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

Deno.test("KvClient finds the primary by itself and stays with it", async () => {
  const cluster = new FakeCluster({ primary: 2 });
  const kv = clientOf(cluster);
  await kv.put("k", "1");
  assertEquals(kv.preferredEndpoint, cluster.endpoints[2]);
  const before = cluster.calls.length;
  await kv.put("k", "2");
  await kv.get("k");
  assertEquals(cluster.calls.slice(before).map(({ node }) => node), [2, 2]);
  cluster.primary = 1;
  await kv.put("k", "3");
  assertEquals(kv.preferredEndpoint, cluster.endpoints[1]);
});

Deno.test("KvClient goes on with the other nodes when the primary is gone", async () => {
  const cluster = new FakeCluster({ primary: 0 });
  const kv = clientOf(cluster);
  await kv.put("k", "1");
  cluster.down.add(0);
  cluster.primary = 1;
  await kv.put("k", "2");
  await kv.put("k", "3");
  assertEquals(cluster.store.text("k"), "3");
  assertEquals(cluster.store.executed, 3);
});

Deno.test("KvClient lets nodes forward where a redirect leads nowhere", async () => {
  const cluster = new FakeCluster({ primary: 2 });
  cluster.down.add(2); // to us; the nodes reach it
  const kv = clientOf(cluster);
  await kv.put("k", "1");
  assertEquals(cluster.calls.at(-1)!.query.has("redirect"), false);
  assertEquals(cluster.store.text("k"), "1");
});

Deno.test("KvClient with preferPrimary false never asks to be redirected", async () => {
  const cluster = new FakeCluster({ primary: 2 });
  const kv = clientOf(cluster, { endpoints: cluster.endpoints[1]!, preferPrimary: false });
  await kv.put("k", "1");
  assertEquals(cluster.calls.map(({ node }) => node), [1, 1]);
});

Deno.test("KvClient spreads stale reads over the nodes", async () => {
  const cluster = new FakeCluster();
  cluster.store.set("k", "v");
  const kv = clientOf(cluster, { consistency: "stale" });
  for (let i = 0; i < 3; i++) await kv.get("k");
  assertEquals(cluster.calls.map(({ node }) => node), [0, 1, 2]);
  assertEquals(cluster.calls[0]!.query.get("consistency"), "stale");
  await kv.get("k", { consistency: "linearizable" });
  assertEquals(cluster.calls.at(-1)!.query.get("consistency"), "linearizable");
});

Deno.test("KvClient opens one session, at the first write, and numbers its requests", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  await kv.find("k");
  assertEquals(cluster.store.sessions, 0);
  await Promise.all([kv.put("k", "1"), kv.increment("n"), kv.delete("k")]);
  assertEquals(cluster.store.sessions, 1);
  assertEquals(cluster.calls.filter(writes).map(({ ids }) => ids), ["17/1", "17/2", "17/3"]);
});

Deno.test("KvClient has one write in flight at a time", async () => {
  const cluster = new FakeCluster();
  let inFlight = 0;
  const kv = clientOf(cluster, {
    fetch: async (input, init) => {
      assertEquals(++inFlight, 1);
      const response = await cluster.fetch(input, init);
      inFlight--;
      return response;
    },
  });
  await Promise.all(Array.from({ length: 20 }, (_, i) => kv.put("k", String(i))));
  assertEquals(cluster.store.text("k"), "19");
});

const LOST: readonly Fault[] = [
  "drop-before",
  "drop-after",
  "refuse",
  "unavailable",
  "unknown",
  "internal-error",
];
for (const fault of LOST) {
  Deno.test(`KvClient.increment() executes once over "${fault}", with the same ids`, async () => {
    const cluster = new FakeCluster();
    cluster.failNext(fault);
    assertEquals((await clientOf(cluster).increment("n")).value, 1n);
    assertEquals(cluster.calls.filter(writes).map(({ ids }) => ids), ["17/1", "17/1"]);
    assertEquals(cluster.store.executed, 1);
  });

  Deno.test(`KvClient.get() is repeated over "${fault}"`, async () => {
    const cluster = new FakeCluster();
    cluster.store.set("k", "v");
    cluster.failNext(fault);
    assertEquals((await clientOf(cluster).get("k")).text(), "v");
  });
}

Deno.test("KvClient leaves a hanging node for another one", async () => {
  const cluster = new FakeCluster();
  cluster.failNext("hang");
  const kv = clientOf(cluster, { attemptTimeoutMs: 100 });
  await kv.put("k", "v");
  const [first, second] = cluster.calls.filter(writes);
  assertEquals(first!.ids, second!.ids);
  assertEquals([first!.node, second!.node], [0, 1]);
});

Deno.test("KvClient with little time begins its next call with another node than a hanging one", async () => {
  for (const options of [{}, { preferPrimary: false }]) {
    const cluster = new FakeCluster();
    const kv = clientOf(cluster, { timeoutMs: 20, ...options });
    cluster.failNext("hang");
    await assertRejects(() => kv.find("k"), Unavailable);
    cluster.primary = 1;
    await kv.find("k", { timeoutMs: 60_000 });
    assertEquals(cluster.calls.map(({ node }) => node), [0, 1]);
  }
});

Deno.test("KvClient tells nodes to answer before it stops waiting", async () => {
  const cluster = new FakeCluster();
  await clientOf(cluster, { attemptTimeoutMs: 1_000 }).put("k", "v");
  assertEquals(cluster.calls.at(-1)!.query.get("timeout"), "900ms");
  await clientOf(cluster, { attemptTimeoutMs: 90_000, timeoutMs: 90_000 }).put("k", "v");
  assertEquals(cluster.calls.at(-1)!.query.get("timeout"), "60000ms");
});

Deno.test("KvClient waits for an overloaded node as long as it says", async () => {
  const cluster = new FakeCluster();
  cluster.failNext("overloaded");
  const kv = clientOf(cluster, { timeoutMs: 500 });
  const error = await assertRejects(() => kv.get("k"), Overloaded, "told to be overloaded");
  assertEquals(error.retryAfterMs, 1_000);
  assertEquals(cluster.calls.length, 1);
});

Deno.test("KvClient reports what was certainly not executed as Unavailable", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster, { timeoutMs: 500 });
  for (const node of [0, 1, 2]) cluster.down.add(node);
  const error = await assertRejects(() => kv.put("k", "v"), Unavailable, "within 500 ms");
  assertStringIncludes(error.message, `${cluster.endpoints[2]}: Connection refused`);
  await assertRejects(() => kv.get("k"), Unavailable);
});

Deno.test("KvClient reports an unknown outcome with the ids that repeat it", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster, { timeoutMs: 500 });
  await kv.increment("n");
  cluster.failNext("drop-after", (call) => {
    if (writes(call)) cluster.down.add(0).add(1).add(2);
    return writes(call);
  });
  const error = await assertRejects(() => kv.increment("n"), UnknownOutcome);
  assertEquals([error.code, error.id], ["outcome_unknown", { clientId: 17, requestNumber: 2 }]);
  cluster.down.clear();
  // Other writes use another session, so the ids are still good.
  assertEquals((await kv.increment("n")).value, 3n);
  assertEquals(cluster.calls.at(-1)!.ids, "18/1");
  assertEquals((await kv.increment("n", 1, { id: error.id })).value, 2n);
  assertEquals(cluster.store.text("n"), "3");
});

Deno.test("KvClient opens another session when its own was evicted", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  await kv.put("k", "1");
  cluster.store.evictSessions();
  await kv.put("k", "2");
  assertEquals(cluster.calls.at(-1)!.ids, "18/1");
});

Deno.test("KvClient does not take an evicted session for a proof that nothing happened", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  await kv.put("k", "1");
  cluster.failNext("drop-after", writes);
  cluster.failNext("refuse", (call) => {
    if (writes(call)) cluster.store.evictSessions(); // when it is repeated, just before it arrives
    return false;
  });
  const error = await assertRejects(() => kv.increment("n"), UnknownOutcome);
  assert(error.cause instanceof NoSession);
  assertEquals(cluster.store.text("n"), "1");
});

Deno.test("KvClient with the caller's ids leaves NoSession to the caller", async () => {
  const cluster = new FakeCluster();
  const id = { clientId: 99, requestNumber: 1 };
  const error = await assertRejects(() => clientOf(cluster).put("k", "v", { id }), NoSession);
  assertEquals(error.code, "no_session");
  assertEquals(cluster.store.executed, 0);
});

Deno.test("KvClient reports a superseded request with the node's own code", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  await kv.put("k", "1");
  await kv.put("k", "2");
  const id = { clientId: 17, requestNumber: 1 };
  const error = await assertRejects(() => kv.put("k", "1", { id }), RequestRefused);
  assertEquals([error.code, error.status], ["request_superseded", 409]);
});

Deno.test("KvClient throws the signal's reason for what was not sent", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  const reason = new Error("changed my mind");
  const signal = AbortSignal.abort(reason);
  for (const call of [kv.get("k", { signal }), kv.put("k", "v", { signal })]) {
    const error = await assertRejects(() => call, Error);
    assertEquals(error, reason);
  }
  assertEquals(cluster.calls.length, 0);
});

Deno.test("KvClient throws UnknownOutcome when a write is aborted on its way", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  const controller = new AbortController();
  const reason = new Error("changed my mind");
  cluster.failNext("hang", (call) => {
    if (writes(call)) queueMicrotask(() => controller.abort(reason));
    return writes(call);
  });
  const stuck = kv.put("k", "v", { signal: controller.signal });
  const queued = kv.put("k", "w", { signal: controller.signal });
  queued.catch(() => {});
  const error = await assertRejects(() => stuck, UnknownOutcome);
  assertEquals(error.cause, reason);
  assertEquals(await assertRejects(() => queued, Error), reason);
  await kv.put("k", "x");
  assertEquals(cluster.store.text("k"), "x");
});

Deno.test("KvClient does not keep a write in the queue beyond its time", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  const controller = new AbortController();
  cluster.failNext("hang", writes);
  const stuck = kv.put("k", "v", { signal: controller.signal });
  const error = await assertRejects(() => kv.put("k", "w", { timeoutMs: 20 }), Unavailable);
  assertStringIncludes(error.message, "was not sent");
  controller.abort();
  await assertRejects(() => stuck, UnknownOutcome);
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

Deno.test("KvClient.status() reports every node, those only others know included", async () => {
  const cluster = new FakeCluster();
  cluster.down.add(2);
  const kv = clientOf(cluster, { endpoints: cluster.endpoints[0]! });
  const reports = await kv.status();
  assertEquals(reports.map(({ node }) => node), [0, 1, 2]);
  assertEquals(reports.map(({ status }) => status?.pid ?? null), [4_000, 4_001, null]);
  const [, , lost] = reports;
  assert(lost !== undefined && lost.status === null);
  assertStringIncludes(lost.error.message, "Connection refused");
});

Deno.test("KvClient.status() names an endpoint that nobody knows", async () => {
  const cluster = new FakeCluster({ nodes: 1 });
  const kv = clientOf(cluster, { endpoints: [...cluster.endpoints, "http://elsewhere.test:1"] });
  const reports = await kv.status();
  assertEquals(reports.map(({ node, endpoint }) => [node, endpoint]), [
    [0, cluster.endpoints[0]!],
    [null, "http://elsewhere.test:1"],
  ]);
});

Deno.test("KvClient.locate() finds a node by its index", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster, { endpoints: cluster.endpoints[0]! });
  assertEquals(await kv.locate(1), cluster.endpoints[1]);
  await assertRejects(() => kv.locate(7), Unavailable, "reached were 0, 1, 2");
  cluster.down.add(1);
  await assertRejects(() => kv.locate(1), Unavailable, "Node 1 cannot be reached");
});

Deno.test("KvClient.crashActor() crashes at the node named and nowhere else", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  await kv.crashActor(2, "replica");
  assertEquals(cluster.crashed, ["2/replica"]);
  const unknown = await assertRejects(() => kv.crashActor(1, "nobody"), RequestRefused);
  assertEquals(unknown.code, "no_such_actor");
  cluster.dev = false;
  const refused = await assertRejects(() => kv.crashActor(1, "replica"), RequestRefused);
  assertEquals(refused.code, "not_found");
});

Deno.test("KvClient reads endpoints as lists, with the host carried over", () => {
  const endpoints = (list: string | string[]) => new KvClient({ endpoints: list }).endpoints;
  assertEquals(endpoints("http://127.0.0.1:7100,7101, :7102"), [
    "http://127.0.0.1:7100",
    "http://127.0.0.1:7101",
    "http://127.0.0.1:7102",
  ]);
  assertEquals(endpoints("db1:7100,https://db2/troupe/,db1:7100"), [
    "http://db1:7100",
    "https://db2/troupe",
  ]);
  assertEquals(new KvClient().endpoints.length, 3);
  for (const bad of ["", "ftp://x", "http://u@x", "http://x?y", "7100,99999", "http://["]) {
    const error = assertThrows(() => endpoints(bad), TroupeError, "Cannot use the endpoint");
    assertEquals(error.code, "bad_endpoint");
  }
  assertThrows(() => endpoints([]), TroupeError);
});

Deno.test({
  name: "KvClient executes once when a real connection breaks after the execution",
  ignore: noNet,
  async fn() {
    const cluster = new FakeCluster({ primary: 1 });
    await using _ = cluster.listen();
    const kv = new KvClient({ endpoints: cluster.endpoints, ...QUICK });
    assertEquals((await kv.increment("n")).value, 1n);
    assertEquals(kv.preferredEndpoint, cluster.endpoints[1]);
    cluster.failNext("drop-after", writes);
    assertEquals((await kv.increment("n")).value, 2n);
    assertEquals(cluster.store.executed, 2);
    const ids = cluster.calls.filter(writes).map((call) => call.ids);
    assertGreater(ids.filter((id) => id === "17/2").length, 1);
  },
});

Deno.test({
  name: "KvClient does not take a refused connection for a proof that nothing was sent",
  ignore: noNet,
  async fn() {
    using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = listener.addr as Deno.NetAddr;
    // Opens a session, reads a write on the same connection, and dies: fetch connects anew by itself.
    const dying = (async () => {
      using connection = await listener.accept();
      await readUntil(connection, "/v1/sessions");
      const answer = 'HTTP/1.1 201 Created\r\ncontent-length: 15\r\n\r\n{"clientId":17}';
      await connection.write(new TextEncoder().encode(answer));
      await readUntil(connection, "the value");
      listener.close();
    })();
    const kv = new KvClient({ endpoints: `http://127.0.0.1:${port}`, ...QUICK, timeoutMs: 500 });
    const error = await assertRejects(() => kv.put("k", "the value"), UnknownOutcome);
    assertEquals(error.id, { clientId: 17, requestNumber: 1 });
    assertStringIncludes(String(error.cause), "Connection refused");
    await dying;
  },
});

async function readUntil(connection: Deno.Conn, end: string): Promise<void> {
  const buffer = new Uint8Array(4_096);
  for (let text = ""; !text.includes(end);) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error(`The connection ended before "${end}"`);
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
}
