/**
 * The same requests to Redis itself and to our server over a store of one node: the answers must be the
 * same, byte for byte. Needs `redis-server` 7.0, which is what the answers are modelled on.
 */
import { assert, assertEquals } from "@std/assert";
import { LINE_BYTES_MAX } from "../../transport/resp/parser.ts";
import { RawClient, request } from "./raw_client.ts";
import { HAS_REDIS, RedisProcess } from "./redis_process.ts";
import { RespWorld } from "./support.ts";

/** Each is executed in order, on both, in the same connection. */
const REQUESTS: readonly (readonly string[])[] = [
  ...[["PING"], ["ping", "hi"], ["PING", "a", "b"], ["ECHO", "x"], ["ECHO"], ["ECHO", "a", "b"]],
  ...[["GET", "k"], ["SET", "k", "v"], ["GET", "k"], ["get"], ["GET", "a", "b"], ["SET", "k"]],
  ...[["SET", "k", "w", "NX"], ["SET", "n", "1", "NX"], ["SET", "k", "w", "XX"]],
  ...[["SET", "zz", "w", "XX"], ["SET", "k", "x", "GET"], ["SET", "new", "x", "GET"]],
  ...[["SET", "new2", "x", "NX", "GET"], ["SET", "new2", "y", "NX", "GET"], ["GET", "new2"]],
  ...[["SET", "absent", "y", "XX", "GET"], ["GET", "absent"], ["SET", "k", "y", "XX", "GET"]],
  ...[["SET", "k", "v", "NX", "XX"], ["SET", "k", "v", "FOO"], ["SET", "k", "v", "EX"]],
  ...[["SET", "k", "v", "EX", "abc"], ["SET", "k", "v", "EX", "0"], ["SET", "k", "v", "PX", "-1"]],
  ...[["SET", "k", "v", "EX", "10", "PX", "10"], ["SET", "k", "v", "KEEPTTL", "EX", "10"]],
  ...[["SET", "k", "v", "KEEPTTL"], ["SET", "k", "v", "EX", "10", "KEEPTTL"]],
  ...[["SETNX", "k", "q"], ["SETNX", "snx", "q"], ["GETSET", "k", "gs"], ["GETSET", "gs0", "gs"]],
  ...[["GETDEL", "gs0"], ["GETDEL", "gs0"], ["GETEX", "k"], ["GETEX", "nothing"]],
  ...[["GETEX", "k", "PERSIST"], ["GETEX", "k", "FOO"], ["GETEX", "k", "EX"]],
  ...[["GETEX", "k", "EX", "zz"], ["GETEX", "k", "PERSIST", "EX", "5"], ["GETEX", "k", "EX", "0"]],
  ...[["APPEND", "app", "Hello"], ["APPEND", "app", " World"], ["GET", "app"], ["STRLEN", "app"]],
  ...[["STRLEN", "none"], ["APPEND", "app", ""], ["APPEND", "e", ""], ["EXISTS", "e"], [
    "GET",
    "e",
  ]],
  ...[["GETRANGE", "app", "0", "4"], ["GETRANGE", "app", "-5", "-1"], [
    "GETRANGE",
    "app",
    "3",
    "1",
  ]],
  ...[["GETRANGE", "app", "-1", "-5"], ["GETRANGE", "app", "0", "100"], [
    "GETRANGE",
    "app",
    "a",
    "1",
  ]],
  ...[["GETRANGE", "none", "0", "1"], ["SUBSTR", "app", "1", "2"], [
    "GETRANGE",
    "app",
    "-100",
    "-50",
  ]],
  ...[["GETRANGE", "app", "-100", "2"], ["GETRANGE", "app", "50", "60"]],
  ...[["SETRANGE", "app", "6", "Redis"], ["SETRANGE", "sr", "3", "x"], ["GET", "sr"]],
  ...[["SETRANGE", "sr", "-1", "x"], ["SETRANGE", "sr0", "2", ""], ["EXISTS", "sr0"]],
  ...[["SETRANGE", "sr", "a", "x"], ["SETRANGE", "sr", "1", ""]],
  ...[["INCR", "c"], ["INCRBY", "c", "10"], ["DECR", "c"], ["DECRBY", "c", "20"], ["INCR", "app"]],
  ...[["INCRBY", "c", "1.5"], ["INCRBY", "c", "+1"], ["INCRBY", "c", "01"], ["INCRBY", "c", ""]],
  ...[["SET", "max", "9223372036854775807"], ["INCR", "max"], ["DECR", "max"], ["GET", "max"]],
  ...[["SET", "min", "-9223372036854775808"], ["DECR", "min"], ["INCRBY", "max", "2"]],
  ...[["DECRBY", "c", "-9223372036854775808"], ["INCRBY", "c", "9223372036854775808"]],
  ...[["SET", "sp", " 1"], ["INCR", "sp"], ["SET", "sp", "00"], ["INCR", "sp"], [
    "SET",
    "sp",
    "-0",
  ]],
  ...[["INCR", "sp"], ["SET", "sp", ""], ["INCR", "sp"], ["INCR"], ["INCR", "a", "b"], [
    "INCRBY",
    "c",
  ]],
  ...[["MSET", "a", "1", "b", "2"], ["MGET", "a", "b", "nope"], ["MSET", "a"], [
    "MSET",
    "a",
    "1",
    "b",
  ]],
  ...[["MSET", "a", "1", "a", "2"], ["MGET", "a"], ["MGET"], ["MSET"]],
  ...[["EXISTS", "a", "b", "a", "nope"], ["EXISTS"], ["TOUCH", "a", "nope"]],
  ...[["DEL", "a", "a", "nope"], ["DEL", "nope"], ["DEL"], ["UNLINK", "b"], ["GET", "b"]],
  ...[["TYPE", "k"], ["TYPE", "nope"], ["TTL", "k"], ["TTL", "nope"], ["PTTL", "k"], [
    "PTTL",
    "nope",
  ]],
  ...[["EXPIRETIME", "k"], ["PEXPIRETIME", "nope"], ["PERSIST", "k"], ["PERSIST", "nope"], ["TTL"]],
  ...[["KEYS", "nothing*"], ["KEYS", "ma[x]"], ["KEYS"], ["SCAN"], ["SCAN", "abc"]],
  ...[["SCAN", "0", "COUNT"], ["SCAN", "0", "COUNT", "0"], ["SCAN", "0", "COUNT", "x"]],
  ...[["SCAN", "0", "FOO", "1"], ["SCAN", "0", "COUNT", "1000", "MATCH", "max"]],
  ...[["SCAN", "0", "COUNT", "1000", "MATCH", "ma?", "TYPE", "string"]],
  ...[["SCAN", "0", "COUNT", "1000", "TYPE", "list"], ["DBSIZE"], ["DBSIZE", "x"]],
  ...[["SELECT", "0"], ["SELECT", "99"], ["SELECT", "x"], ["SELECT"], ["SELECT", "-1"]],
  ...[["AUTH", "x"], ["AUTH", "default", "x"], ["AUTH", "bob", "x"], ["AUTH"], [
    "AUTH",
    "a",
    "b",
    "c",
  ]],
  ...[["HELLO", "4"], ["HELLO", "1"], ["HELLO", "x"], ["HELLO", "2", "FOO"], [
    "HELLO",
    "2",
    "AUTH",
  ]],
  ...[["HELLO", "2", "AUTH", "bob", "x"], ["HELLO", "2", "SETNAME", "a b"]],
  ...[["CLIENT"], ["CLIENT", "FOO"], ["CLIENT", "GETNAME"], ["CLIENT", "SETNAME", "me"]],
  ...[["CLIENT", "GETNAME"], ["CLIENT", "SETNAME", "a b"], ["CLIENT", "SETNAME"], [
    "CLIENT",
    "ID",
    "x",
  ]],
  ...[["CLIENT", "GETNAME", "x"], ["CLIENT", "SETNAME", ""], ["CLIENT", "GETNAME"]],
  ...[["CLIENT", "LIST", "FOO"], ["CLIENT", "LIST", "TYPE"], ["CLIENT", "NO-EVICT", "ON"]],
  ...[["CLIENT", "NO-EVICT", "maybe"], ["CLIENT", "NO-EVICT"]],
  ...[["COMMAND", "FOO"], ["COMMAND", "COUNT", "x"], ["CONFIG"], ["CONFIG", "FOO"], [
    "CONFIG",
    "GET",
  ]],
  ...[["CONFIG", "GET", "save"], ["CONFIG", "GET", "no-such-thing"]],
  ...[["WAIT"], ["WAIT", "0"], ["WAIT", "x", "0"], ["WAIT", "0", "x"], ["WAIT", "0", "-1"]],
  ...[["FOO"], ["FOO", "bar"], ["foo", "a b", "c\r\nd"], ["FOO", "x".repeat(200), "y"], [""]],
  ...[["FOO", ...Array.from({ length: 60 }, (_, index) => `arg-${index}`)], ["x".repeat(300)]],
  ...[["a\0b", "c\0d"], ["RESET"], ["QUIT"]],
];

Deno.test({
  name: "RESP commands are answered as Redis answers them, byte for byte",
  ignore: !HAS_REDIS,
  async fn() {
    await using redis = new RedisProcess();
    await using world = new RespWorld({ batchBytesMax: 1024 * 1024 });
    using theirs = await redis.connect();
    const ours = await world.client();
    for (const words of REQUESTS) {
      assertEquals(await ours.ask(...words), await theirs.ask(...words), words.join(" "));
    }
    assertEquals(await ours.rest(), await theirs.rest());
    assertEquals(world.defects, []);
  },
});

/** Of these the versions of the protocol are the subject. */
const OF_VERSIONS: ReadonlySet<string> = new Set(["HELLO", "RESET", "QUIT"]);

Deno.test({
  name: "RESP3 commands are answered as Redis answers them, byte for byte",
  ignore: !HAS_REDIS,
  async fn() {
    await using redis = new RedisProcess();
    await using world = new RespWorld();
    using theirs = await redis.connect();
    const ours = await world.client();
    for (const client of [ours, theirs]) await client.ask("HELLO", "3");
    for (const words of REQUESTS.filter(([name]) => !OF_VERSIONS.has(name!))) {
      assertEquals(await ours.ask(...words), await theirs.ask(...words), words.join(" "));
    }
    assertEquals(world.defects, []);
  },
});

/** What breaks off, and what does not; each in a connection of its own that then ends. */
const STREAMS: readonly (string | Uint8Array)[] = [
  ...["PING\r\n", "PING\n", "\r\n\r\nPING\r\n", "  PING   hi  \r\n", 'ECHO "a b\\x41\\n\\"c"\r\n'],
  ...[
    "ECHO 'a\\'b\\n'\r\n",
    'ECHO "abc\r\nPING\r\n',
    'ECHO "a"b\r\n',
    "ECHO 'a'b\r\n",
    "ECHO 'a\r\n",
  ],
  ...['ECHO ""\r\n', 'ECHO a"b"\r\n', 'ECHO "\\q\\xzz"\r\n', "ECHO \v\f\r\n"],
  ...[
    "*0\r\nPING\r\n",
    "*-1\r\nPING\r\n",
    "*-5\r\nPING\r\n",
    "*abc\r\n",
    "*\r\n",
    "*01\r\n",
    "*+1\r\n",
  ],
  ...[
    "*99999999999\r\n",
    "*1\r\nPING\r\n",
    "*1\r\n:4\r\nPING\r\n",
    "*1\r\n$-1\r\n",
    "*1\r\n$abc\r\n",
  ],
  ...[
    "*1\r\n$4\r\nPINGxxPING\r\n",
    "*1\r\n$\r\n",
    "*1\r\n$99999999999\r\n",
    "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n",
  ],
  ...["*1\r\n$4\r\nPING\r\n*x\r\n", "*1 \r\n", "*1\r\n$ 4\r\n", "$4\r\nPING\r\n", "*1\r\n$4\r\nPI"],
  ...["GET\r\nSET a\r\nSET s 1\r\nGET s\r\nQUIT\r\nPING\r\n", `ECHO ${"x".repeat(60_000)}\r\n`],
  ...["x".repeat(70_000), "*".padEnd(70_000, "1"), `*1\r\n$${"1".repeat(70_000)}`],
  ...[request("QUIT"), request("POST", "/"), request("Host:", "x"), "POST / HTTP/1.1\r\n\r\n"],
];

Deno.test({
  name: "RESP streams break off where Redis breaks off, with the same words",
  ignore: !HAS_REDIS,
  async fn() {
    await using redis = new RedisProcess();
    await using world = new RespWorld({ batchBytesMax: 1024 * 1024 });
    (await redis.connect())[Symbol.dispose]();
    for (const stream of STREAMS) {
      const [ours, theirs] = await Promise.all([
        afterAll(world.port, stream),
        afterAll(redis.port, stream),
      ]);
      const what = typeof stream === "string" ? stream : new TextDecoder().decode(stream);
      assertEquals(ours, theirs, JSON.stringify(what.slice(0, 100)));
    }
    assert(world.defects.length === 0);
  },
});

/** What a server says to a stream until it closes, or has seen the end of it. */
async function afterAll(port: number, stream: string | Uint8Array): Promise<string> {
  using client = await RawClient.connect(port);
  await client.send(stream).catch(() => {});
  // An answer that must come tells that all before it has: Redis drops what is left when a client leaves.
  // A line that is too long is refused while it has no end: with one, Redis may take it for something else.
  const isTooLong = stream.length > LINE_BYTES_MAX;
  if (!isTooLong) await client.send("\r\nPING the-end\r\n").catch(() => {});
  const replies: string[] = [];
  for (;;) {
    const reply = await client.reply();
    replies.push(reply);
    if (reply === "" || reply.includes("the-end") || reply.startsWith("-ERR Protocol")) break;
  }
  return replies.join("");
}
