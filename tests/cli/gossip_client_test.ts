import { assertEquals, assertRejects } from "@std/assert";
import { GossipClient, UnknownOutcome } from "../../cli/client.ts";
import { found, WRITTEN } from "../http/gossip_support.ts";
import { GossipCluster } from "./gossip_cluster.ts";

function clientOf(cluster: GossipCluster, more: object = {}): GossipClient {
  const { endpoints, fetch } = cluster;
  return new GossipClient({ endpoints, fetch, timeoutMs: 500, backoffMinMs: 1, ...more });
}

function idsOf(cluster: GossipCluster): [client: string, number: string][] {
  return cluster.requests.map((
    { headers },
  ) => [headers.get("client-id")!, headers.get("request-number")!]);
}

Deno.test("GossipClient counts its writes under one id, and those under way at once under others", async () => {
  const cluster = new GossipCluster();
  const kv = clientOf(cluster);
  await kv.put("a", "1");
  await kv.increment("b");
  const [[first, one], [again, two]] = idsOf(cluster) as [[string, string], [string, string]];
  assertEquals([again, one, two], [first, "1", "2"]);
  await Promise.all([kv.put("c", "1"), kv.put("d", "1")]);
  const [third, fourth] = idsOf(cluster).slice(2);
  assertEquals(third, [first, "3"]);
  assertEquals([fourth![0] === first, fourth![1]], [false, "1"]);
});

Deno.test("GossipClient never writes again under the ids of a write whose outcome is unknown", async () => {
  const cluster = new GossipCluster();
  for (const endpoint of cluster.endpoints) cluster.mute.add(endpoint);
  const kv = clientOf(cluster);
  const { id } = await assertRejects(() => kv.increment("hits"), UnknownOutcome);
  cluster.mute.clear();
  await kv.increment("hits");
  const [lost, next] = idsOf(cluster);
  assertEquals(lost, [String(id.clientId), String(id.requestNumber)]);
  assertEquals(next![0] === lost![0], false);
  cluster.gossip.reply = { ...WRITTEN, isRepeat: true };
  assertEquals((await kv.increment("hits", 1, { id })).repeated, true);
  assertEquals(idsOf(cluster).at(-1), lost);
});

Deno.test("GossipClient hands a session's token from call to call, one call at a time", async () => {
  const cluster = new GossipCluster();
  cluster.gossip.reply = { ...WRITTEN, session: "s1" };
  const kv = clientOf(cluster, { session: { guarantees: ["read-your-writes"] } });
  await kv.put("a", "1");
  cluster.gossip.reply = { ...found("1"), session: "s2" };
  await Promise.all([kv.read("a"), kv.read("a")]);
  const tokens = cluster.requests.map(({ headers }) => headers.get("troupe-session"));
  assertEquals(tokens, ["new", "s1", "s2"]);
  assertEquals(cluster.requests[0]!.headers.get("troupe-guarantees"), "read-your-writes");
  assertEquals(kv.sessionToken, "s2");
});

Deno.test("GossipClient goes on with a session of before", async () => {
  const cluster = new GossipCluster();
  cluster.gossip.reply = { ...found("1"), session: "s9" };
  const kv = clientOf(cluster, { session: { token: "s8" } });
  await kv.read("a");
  assertEquals(cluster.gossip.last("read").session?.token, "s8");
  assertEquals(kv.sessionToken, "s9");
  assertEquals(clientOf(cluster).sessionToken, undefined);
});

Deno.test("GossipClient reads whatever a key is", async () => {
  const cluster = new GossipCluster();
  const kv = clientOf(cluster);
  const bytes = new Uint8Array([0, 255]);
  for (
    const [reading, value] of [
      [{ type: "values", values: [bytes] }, { type: "value", value: bytes }],
      [{ type: "values", values: [bytes, bytes] }, { type: "siblings", values: [bytes, bytes] }],
      [{ type: "counter", total: 2n ** 70n }, { type: "counter", total: 2n ** 70n }],
      [{ type: "set", elements: [bytes] }, { type: "set", elements: [bytes] }],
      [{ type: "absent" }, { type: "absent" }],
    ] as const
  ) {
    cluster.gossip.reply = { ...found(), reading };
    assertEquals(await kv.read("k"), { key: "k", value, context: "seen" });
  }
  assertEquals(await kv.members("k"), []);
});
