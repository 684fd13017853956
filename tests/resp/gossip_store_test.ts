import { assertEquals, assertStringIncludes } from "@std/assert";
import type { GossipReply } from "../../transport/gossip_requests.ts";
import { FakeGossip, found, WRITTEN } from "../http/gossip_support.ts";
import { MAY_LISTEN, RespWorld } from "./support.ts";

function gossipTest(
  name: string,
  fn: (world: RespWorld, gossip: FakeGossip) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: !MAY_LISTEN,
    async fn() {
      const gossip = new FakeGossip();
      await using world = new RespWorld({ requestMs: 700, gossip });
      await fn(world, gossip);
    },
  });
}

gossipTest("GET asks any one replica, after READONLY that of the node", async (world, gossip) => {
  const client = await world.client();
  gossip.reply = found("v");
  assertEquals(await client.ask("GET", "k"), "$1\r\nv\r\n");
  assertEquals([gossip.last("read").level, gossip.last("read").timeoutMs], ["one", 700]);
  await client.ask("READONLY");
  await client.ask("GET", "k");
  assertEquals(gossip.last("read").level, "local");
});

gossipTest(
  "SET writes whatever the key is, and nothing under a condition",
  async (world, gossip) => {
    const client = await world.client();
    assertEquals(await client.ask("SET", "k", "v"), "+OK\r\n");
    assertEquals(gossip.last("write").operation, {
      ...{ type: "put", value: new TextEncoder().encode("v"), context: null },
    });
    const asked = gossip.asked.length;
    for (const words of [["SET", "k", "v", "NX"], ["APPEND", "k", "v"], ["GETDEL", "k"]]) {
      assertStringIncludes(
        await client.ask(...words),
        "-ERR a gossip cluster cannot compare and set",
      );
    }
    assertEquals(gossip.asked.length, asked);
  },
);

const REFUSALS: readonly (readonly [GossipReply, string])[] = [
  [{ type: "overloaded", what: "x" }, "-TRYAGAIN Overloaded: x\r\n"],
  [{ type: "unavailable", why: "Nobody" }, "-CLUSTERDOWN Nobody\r\n"],
  [{ type: "unknown" }, "-UNKNOWN Nobody has answered in time"],
  [{ type: "refused", code: "wrong_operation", message: "No" }, "-WRONGTYPE No\r\n"],
  [{ type: "refused", code: "too_large", message: "No" }, "-ERR No\r\n"],
  [{ type: "staleReplica", behind: 3 }, "-CLUSTERDOWN No replica can answer this now"],
];

for (const [reply, answer] of REFUSALS) {
  gossipTest(`RESP answers ${answer.trim()} for "${reply.type}"`, async (world, gossip) => {
    const client = await world.client();
    gossip.reply = reply;
    assertStringIncludes(await client.ask("SET", "k", "v"), answer);
    assertEquals(world.defects, []);
  });
}

gossipTest("GET refuses to choose between values", async (world, gossip) => {
  const client = await world.client();
  gossip.reply = found("a", "b");
  assertStringIncludes(await client.ask("GET", "k"), "-SIBLINGS 2 values stand side by side");
  gossip.reply = { ...found(), reading: { type: "set", elements: [] } };
  assertStringIncludes(await client.ask("GET", "k"), "-WRONGTYPE ");
});

gossipTest("INCR reads the sum in a session that has its own addition", async (world, gossip) => {
  const client = await world.client();
  gossip.ask = (ask) => {
    gossip.asked.push(ask);
    const sum = { ...found(), reading: { type: "counter", total: 7n } } as const;
    return Promise.resolve(ask.type === "write" ? { ...WRITTEN, session: "mine" } : sum);
  };
  assertEquals(await client.ask("INCRBY", "hits", "3"), ":7\r\n");
  assertEquals(gossip.asked.map(({ type }) => type), ["write", "read"]);
  assertEquals(gossip.last("read").session?.token, "mine");
  gossip.ask = (ask) =>
    Promise.resolve(ask.type === "write" ? WRITTEN : { type: "unavailable", why: "Nobody" });
  assertStringIncludes(await client.ask("INCR", "hits"), "-UNKNOWN The number was added");
});
