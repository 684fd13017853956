/** Transactions are refused as a whole: nothing of one is executed by itself. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ioredis, MAY_USE_NODE, nodeRedis } from "./node_clients.ts";
import { request } from "./raw_client.ts";
import { respTest, RespWorld } from "./support.ts";

respTest("Nothing between MULTI and EXEC is executed, pipelined or not", async (world) => {
  const client = await world.client();
  const words = [["MULTI"], ["SET", "k", "v"], ["NO"], ["INCR"], ["EXEC"], ["GET", "k"]];
  await client.send(Uint8Array.from(words.flatMap((each) => [...request(...each)])));
  assertEquals(await client.reply(), "+OK\r\n");
  assertMatch(await client.reply(), /^-ERR transactions are not supported/);
  assertMatch(await client.reply(), /^-ERR unknown command 'NO'/);
  assertMatch(await client.reply(), /^-ERR wrong number of arguments for 'incr'/);
  assertMatch(await client.reply(), /^-EXECABORT Transaction discarded/);
  assertEquals(await client.reply(), "$-1\r\n");
  for (const end of ["DISCARD", "RESET"]) {
    await client.ask("MULTI");
    await client.ask("SET", "k", "v");
    assertMatch(await client.ask(end), /^\+/);
    assertEquals(await client.ask("GET", "k"), "$-1\r\n");
  }
  await client.ask("MULTI");
  assertEquals(await client.ask("QUIT"), "+OK\r\n");
  assertEquals(world.service.executed, 0);
});

Deno.test({
  name: "ioredis and node-redis report a transaction as refused, and go on",
  ignore: !MAY_USE_NODE,
  async fn() {
    await using world = new RespWorld();
    const Redis = await ioredis();
    const one = new Redis({ port: world.port, host: "127.0.0.1" });
    const createClient = await nodeRedis();
    const two = createClient({ url: `redis://127.0.0.1:${world.port}` });
    await two.connect();
    try {
      await assertRejects(() => one.multi().set("k", "v").incr("n").exec(), Error, "EXECABORT");
      await assertRejects(() => two.multi().set("k", "v").incr("n").exec(), Error, "transactions");
      assertEquals([await one.get("k"), await two.get("n")], [null, null]);
    } finally {
      one.disconnect();
      await two.close();
    }
    assertEquals(world.service.executed, 0);
  },
});
