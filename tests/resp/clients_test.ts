/** What people use: ioredis, node-redis, redis-cli and redis-benchmark against our server. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ioredis, MAY_USE_NODE, nodeRedis } from "./node_clients.ts";
import { MAY_LISTEN, RespWorld } from "./support.ts";

async function has(program: string): Promise<boolean> {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted" || !MAY_LISTEN) return false;
  try {
    return (await new Deno.Command(program, { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

const HAS_CLI = await has("redis-cli");
const HAS_BENCHMARK = await has("redis-benchmark");

Deno.test({
  name: "ioredis reads, writes, pipelines and scans",
  ignore: !MAY_USE_NODE,
  async fn() {
    await using world = new RespWorld();
    const Redis = await ioredis();
    const redis = new Redis({ port: world.port, host: "127.0.0.1", connectionName: "test" });
    try {
      assertEquals(await redis.set("greeting", "hello"), "OK");
      assertEquals(await redis.get("greeting"), "hello");
      assertEquals(await redis.getBuffer("greeting").then((value) => value?.length), 5);
      assertEquals(await redis.set("greeting", "again", "NX"), null);
      assertEquals(await redis.set("greeting", "bye", "GET"), "hello");
      assertEquals(await redis.incrby("n", 41), 41);
      assertEquals(await redis.mset({ a: "1", b: "2" }), "OK");
      assertEquals(await redis.mget("a", "b", "c"), ["1", "2", null]);
      assertEquals(await redis.client("GETNAME"), "test");
      const results = await redis.pipeline().set("p", "1").incr("p").get("p").exec();
      assertEquals(results, [[null, "OK"], [null, 2], [null, "2"]]);
      const many = await Promise.all(Array.from({ length: 500 }, () => redis.incr("many")));
      assertEquals(many, Array.from({ length: 500 }, (_, index) => index + 1));
      const keys: string[] = [];
      for await (const some of redis.scanStream({ match: "?", count: 2 })) keys.push(...some);
      assertEquals(keys.sort(), ["a", "b", "n", "p"]);
      assertEquals(await redis.del("a", "b", "nope"), 2);
      await assertRejects(() => redis.expire("p", 10), Error, "expiry is not supported");
      await assertRejects(() => redis.lpush("p", "x"), Error, "unknown command");
      assertEquals(await redis.quit(), "OK");
    } finally {
      redis.disconnect();
    }
  },
});

for (const RESP of [2, 3] as const) {
  Deno.test({
    name: `node-redis reads, writes, pipelines and scans with RESP${RESP}`,
    ignore: !MAY_USE_NODE,
    async fn() {
      await using world = new RespWorld();
      const createClient = await nodeRedis();
      const redis = createClient({ url: `redis://127.0.0.1:${world.port}`, RESP, name: "test" });
      await redis.connect();
      try {
        assertEquals(await redis.set("greeting", "hello"), "OK");
        assertEquals(await redis.get("greeting"), "hello");
        assertEquals(await redis.get("nope"), null);
        assertEquals(await redis.getDel("greeting"), "hello");
        assertEquals(await redis.append("text", "abc"), 3);
        assertEquals(await redis.getRange("text", 0, 1), "ab");
        assertEquals(await redis.exists(["text", "nope"]), 1);
        assertEquals(await redis.ttl("text"), -1);
        assertEquals(await redis.type("text"), "string");
        const many = await Promise.all(Array.from({ length: 500 }, () => redis.incr("many")));
        assertEquals(many.at(-1), 500);
        const keys: string[] = [];
        for await (const some of redis.scanIterator({ COUNT: 1 })) keys.push(...some);
        assertEquals(keys.sort(), ["many", "text"]);
        assertEquals(await redis.clientGetName(), "test");
        assertMatch((await redis.clientInfo()).addr, /^127\.0\.0\.1:\d+$/);
        assertEquals(await redis.configGet("save").then((all) => ({ ...all })), { save: "" });
        assertStringIncludes(await redis.info("server"), "redis_version");
        assertEquals(await redis.wait(1, 0), 1);
        assert((await redis.commandCount()) > 30);
      } finally {
        await redis.close();
      }
    },
  });
}

async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success, `${program}: ${output}${errors}`);
  return `${output}${errors}`;
}

Deno.test({
  name: "redis-cli reads, writes, scans and shows errors",
  ignore: !HAS_CLI,
  async fn() {
    await using world = new RespWorld();
    const cli = (...args: readonly string[]) => run("redis-cli", "-p", String(world.port), ...args);
    assertEquals(await cli("set", "greeting", "hello"), "OK\n");
    assertEquals(await cli("get", "greeting"), "hello\n");
    assertEquals(await cli("-3", "get", "nope"), "\n");
    assertEquals(await cli("--scan"), "greeting\n");
    assertStringIncludes(await cli("info"), "redis_version:");
    assertStringIncludes(await cli("lpush", "a", "b"), "ERR unknown command 'lpush'");
    assertStringIncludes(await cli("-3", "hello"), "proto 3");
  },
});

Deno.test({
  name: "redis-benchmark runs, pipelined and not",
  ignore: !HAS_BENCHMARK,
  async fn() {
    await using world = new RespWorld({ order: "key" });
    const output = await run(
      "redis-benchmark",
      ...["-p", String(world.port), "-t", "ping,set,get,incr,mset", "-n", "2000", "-c", "20"],
      ...["-P", "16", "-r", "1000", "-q"],
    );
    for (const test of ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET"]) {
      assertStringIncludes(output, `${test}`);
    }
    assert(!/error/i.test(output), output);
    assertEquals(world.defects, []);
  },
});
