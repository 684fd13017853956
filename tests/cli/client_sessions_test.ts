import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  KvClient,
  NoSession,
  RequestRefused,
  Unavailable,
  UnknownOutcome,
} from "../../cli/client.ts";
import { FakeCluster, type Fault } from "./fake_cluster.ts";
import { clientOf, isWrite, QUICK } from "./client_of.ts";

const noNet = Deno.permissions.querySync({ name: "net", host: "127.0.0.1" }).state !== "granted";

Deno.test("KvClient opens one session, at the first write, and numbers its requests", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster);
  await kv.find("k");
  assertEquals(cluster.store.sessions, 0);
  await Promise.all([kv.put("k", "1"), kv.increment("n"), kv.delete("k")]);
  assertEquals(cluster.store.sessions, 1);
  assertEquals(cluster.calls.filter(isWrite).map(({ ids }) => ids), ["17/1", "17/2", "17/3"]);
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
    assertEquals(cluster.calls.filter(isWrite).map(({ ids }) => ids), ["17/1", "17/1"]);
    assertEquals(cluster.store.executed, 1);
  });

  Deno.test(`KvClient.get() is repeated over "${fault}"`, async () => {
    const cluster = new FakeCluster();
    cluster.store.set("k", "v");
    cluster.failNext(fault);
    assertEquals((await clientOf(cluster).get("k")).text(), "v");
  });
}

Deno.test("KvClient reports an unknown outcome with the ids that repeat it", async () => {
  const cluster = new FakeCluster();
  const kv = clientOf(cluster, { timeoutMs: 500 });
  await kv.increment("n");
  cluster.failNext("drop-after", (call) => {
    if (isWrite(call)) cluster.down.add(0).add(1).add(2);
    return isWrite(call);
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
  cluster.failNext("drop-after", isWrite);
  cluster.failNext("refuse", (call) => {
    if (isWrite(call)) cluster.store.evictSessions(); // when it is repeated, just before it arrives
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
    if (isWrite(call)) queueMicrotask(() => controller.abort(reason));
    return isWrite(call);
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
  cluster.failNext("hang", isWrite);
  const stuck = kv.put("k", "v", { signal: controller.signal });
  const error = await assertRejects(() => kv.put("k", "w", { timeoutMs: 20 }), Unavailable);
  assertStringIncludes(error.message, "was not sent");
  controller.abort();
  await assertRejects(() => stuck, UnknownOutcome);
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
    cluster.failNext("drop-after", isWrite);
    assertEquals((await kv.increment("n")).value, 2n);
    assertEquals(cluster.store.executed, 2);
    const ids = cluster.calls.filter(isWrite).map((call) => call.ids);
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
