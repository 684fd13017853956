/** `CLIENT`, `COMMAND` and `INFO`: what they refuse as Redis does, and what they do. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { HAS_REDIS, RedisProcess } from "./redis_process.ts";
import { respTest, RespWorld } from "./support.ts";

/** Each is executed in order, on both, in the same connection. */
const REQUESTS: readonly (readonly string[])[] = [
  ...[["CLIENT", "KILL"], ["CLIENT", "KILL", "id", "10", "x"], ["CLIENT", "KILL", "id", "str"]],
  ...[["CLIENT", "KILL", "ID", "0"], ["CLIENT", "KILL", "ID", "-1"], ["CLIENT", "KILL", "x", "y"]],
  ...[["CLIENT", "KILL", "TYPE", "x"], ["CLIENT", "KILL", "USER", "x"], ["CLIENT", "KILL", "no"]],
  ...[["CLIENT", "KILL", "SKIPME", "x"], ["CLIENT", "KILL", "SKIPME", "yes"]],
  ...[["CLIENT", "KILL", "ID", "99999"], ["CLIENT", "KILL", "TYPE", "replica", "SKIPME", "no"]],
  ...[["CLIENT", "KILL", "ADDR", "1.2.3.4:5", "TYPE", "normal", "SKIPME", "no"]],
  ...[["CLIENT", "LIST", "TYPE", "x"], ["CLIENT", "LIST", "TYPE", "pubsub"], [
    "CLIENT",
    "LIST",
    "ID",
  ]],
  ...[["CLIENT", "LIST", "ID", "x"], ["CLIENT", "LIST", "ID", "99999"], [
    "CLIENT",
    "LIST",
    "x",
    "y",
  ]],
  ...[["CLIENT", "LIST", "TYPE", "normal", "x"], ["CLIENT", "HELP", "x"]],
  ...[["COMMAND", "GETKEYS"], ["COMMAND", "GETKEYS", "get"], ["COMMAND", "GETKEYS", "nope", "x"]],
  ...[["COMMAND", "GETKEYS", "get", "k"], ["COMMAND", "GETKEYS", "get", "k", "x"]],
  ...[["COMMAND", "GETKEYS", "mset", "a", "1", "b"], ["COMMAND", "GETKEYS", "mget", "a", "b", "a"]],
  ...[["COMMAND", "GETKEYS", "ping", "x"], ["COMMAND", "GETKEYS", "config", "get", "x"]],
  ...[["COMMAND", "GETKEYS", "config", "nope"], ["COMMAND", "GETKEYS", "setrange", "k", "0", "v"]],
  ...[["COMMAND", "LIST", "x"], ["COMMAND", "LIST", "FILTERBY", "x"], ["COMMAND", "HELP", "x"]],
  ...[["COMMAND", "LIST", "FILTERBY", "x", "y"], ["COMMAND", "LIST", "FILTERBY", "MODULE", "x"]],
  ...[["COMMAND", "LIST", "FILTERBY", "ACLCAT", "x"], [
    "COMMAND",
    "LIST",
    "FILTERBY",
    "PATTERN",
    "x",
  ]],
  ...[["COMMAND", "LIST", "FILTERBY", "PATTERN", "SET"], [
    "COMMAND",
    "INFO",
    "config|get|x",
    "get|x",
  ]],
  ...[["COMMAND", "DOCS", "nope"], ["GET|"], ["CONFIG|GET", "x"], ["CONFIG", "HELP", "x"]],
  ...[["CLUSTER", "INFO"], ["CLUSTER", "SLOTS"], ["CLUSTER", "NODES"], ["CLUSTER"]],
  ...[["EXEC"], ["DISCARD"], ["MULTI"], ["MULTI"], ["DISCARD"], ["MULTI", "x"], ["DISCARD"]],
  ["CLIENT", "KILL", "SKIPME", "no"],
];

Deno.test({
  name: "CLIENT and COMMAND refuse what Redis refuses, in its words",
  ignore: !HAS_REDIS,
  async fn() {
    await using redis = new RedisProcess();
    await using world = new RespWorld();
    using theirs = await redis.connect();
    const ours = await world.client();
    for (const words of REQUESTS) {
      assertEquals(await ours.ask(...words), await theirs.ask(...words), words.join(" "));
    }
    assertEquals(await ours.rest(), await theirs.rest());
    assertEquals(world.defects, []);
  },
});

respTest(
  "CLIENT KILL closes others at once, and its own connection after the answer",
  async (world) => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => world.client()));
    const ids = await Promise.all(
      clients.map(async (client) => (await client.ask("CLIENT", "ID")).slice(1, -2)),
    );
    const [one, two, three, four] = clients as
      & [typeof clients[0], ...typeof clients]
      & typeof clients;
    assertEquals(await one!.ask("CLIENT", "KILL", "ID", ids[1]!), ":1\r\n");
    assertEquals(await two!.rest(), "");
    const [, address] = /addr=(\S+)/.exec(await three!.ask("CLIENT", "INFO"))!;
    assertEquals(await one!.ask("CLIENT", "KILL", address!), "+OK\r\n");
    assertEquals(await three!.rest(), "");
    assertEquals(await one!.ask("CLIENT", "KILL", "TYPE", "normal"), ":1\r\n");
    assertEquals(await four!.rest(), "");
    assertEquals(await one!.ask("CLIENT", "KILL", "USER", "default", "SKIPME", "no"), ":1\r\n");
    assertEquals(await one!.rest(), "");
    assertEquals((await (await world.client()).ask("CLIENT", "LIST")).match(/id=/g)?.length, 1);
  },
);

respTest("CLIENT LIST lists those that were asked for", async (world) => {
  const [one, two] = [await world.client(), await world.client()];
  const id = (await two.ask("CLIENT", "ID")).slice(1, -2);
  const list = async (...options: string[]) =>
    (await one.ask("CLIENT", "LIST", ...options)).match(/id=\d+/g);
  assertEquals(await list("ID", id, "99"), [`id=${id}`]);
  assertEquals((await list("TYPE", "NORMAL"))?.length, 2);
  assertEquals(await list("TYPE", "pubsub"), null);
});

respTest("COMMAND names subcommands with their commands before them", async (world) => {
  const client = await world.client();
  const list = await client.ask("COMMAND", "LIST");
  assertStringIncludes(list, "\r\nclient|list\r\n");
  const some = await client.ask("COMMAND", "LIST", "FILTERBY", "PATTERN", "CONFIG|*");
  assertMatch(some, /^\*2\r\n\$10\r\nconfig\|get\r\n/);
  assertMatch(
    await client.ask("COMMAND", "INFO", "CLIENT|KILL"),
    /^\*1\r\n\*10\r\n\$11\r\nclient\|kill/,
  );
  assertMatch(
    await client.ask("COMMAND", "DOCS", "config|get"),
    /^\*2\r\n\$10\r\nconfig\|get\r\n\*6\r\n/,
  );
  for (const container of ["COMMAND", "CLIENT", "CONFIG"]) {
    const help = await client.ask(container, "HELP");
    assertStringIncludes(help, `+${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands`);
    assertStringIncludes(help, "+HELP\r\n+    Prints this help.\r\n");
  }
});

respTest("INFO has the fields that redis-cli --stat shows", async (world) => {
  const info = await (await world.client()).ask("INFO");
  const fields = ["used_memory", "connected_clients", "blocked_clients"];
  for (const field of [...fields, "total_commands_processed", "total_connections_received"]) {
    assertMatch(info, new RegExp(`\\r\\n${field}:\\d+\\r\\n`));
  }
  const memory = await (await world.client()).ask("INFO", "memory");
  assert(memory.includes("# Memory\r\n") && !memory.includes("redis_version"), memory);
});
