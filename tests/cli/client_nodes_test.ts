import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { KvClient, Overloaded, RequestRefused, Unavailable } from "../../cli/client.ts";
import { TroupeError } from "../../actors/errors.ts";
import { FakeCluster } from "./fake_cluster.ts";
import { clientOf, isWrite } from "./client_of.ts";

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

Deno.test("KvClient leaves a hanging node for another one", async () => {
  const cluster = new FakeCluster();
  cluster.failNext("hang");
  const kv = clientOf(cluster, { attemptTimeoutMs: 100 });
  await kv.put("k", "v");
  const [first, second] = cluster.calls.filter(isWrite);
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
