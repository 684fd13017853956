import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeCommand } from "../../protocols/kv/commands.ts";
import { Overloaded, Unavailable, UnknownOutcome } from "../../transport/service.ts";
import { request } from "./raw_client.ts";
import { respTest } from "./support.ts";

respTest("HELLO 3 has nil, maps and text answered as RESP3 does", async (world) => {
  const client = await world.client();
  assertEquals(await client.ask("GET", "k"), "$-1\r\n");
  assertMatch(await client.ask("HELLO", "3"), /^%8\r\n\$6\r\nserver\r\n\$6\r\ntroupe\r\n/);
  assertEquals(await client.ask("GET", "k"), "_\r\n");
  assertMatch(await client.ask("CONFIG", "GET", "append*"), /^%2\r\n/);
  assertMatch(await client.ask("INFO", "server"), /^=\d+\r\ntxt:# Server\r\n/);
  assertEquals(await client.ask("RESET"), "+RESET\r\n");
  assertEquals(await client.ask("GET", "k"), "$-1\r\n");
});

respTest("READONLY lets reads be stale, READWRITE has them be linearizable", async (world) => {
  const client = await world.client();
  const consistency = async () => {
    await client.ask("GET", "k");
    return world.service.lastQuery?.consistency;
  };
  assertEquals(await consistency(), "linearizable");
  assertEquals(await client.ask("READONLY"), "+OK\r\n");
  assertEquals(await consistency(), "stale");
  await client.ask("APPEND", "k", "x");
  assertEquals(world.service.lastQuery?.consistency, "linearizable", "what is written upon");
  assertEquals(await client.ask("READWRITE"), "+OK\r\n");
  assertEquals(await consistency(), "linearizable");
});

const FAILURES = [
  [new Overloaded("Too much"), "-TRYAGAIN Too much\r\n"],
  [new Unavailable("No majority"), "-CLUSTERDOWN No majority\r\n"],
  [
    new UnknownOutcome({ clientId: 1, requestNumber: 2 }, 5),
    "-UNKNOWN No answer within 5 ms: the command may or may not have been executed, or may be yet\r\n",
  ],
] as const;

for (const [failure, answer] of FAILURES) {
  respTest(`RESP answers ${answer.slice(0, 12).trim()} for ${failure.name}`, async (world) => {
    const client = await world.client();
    world.service.failure = failure;
    assertEquals(await client.ask("SET", "k", "v"), answer);
    assertEquals(await client.ask("SET", "k", "v"), "+OK\r\n");
    assertEquals(world.defects, []);
  });
}

respTest(
  "RESP says of a defect that the outcome is not known, and tells the node",
  async (world) => {
    const client = await world.client();
    world.service.failure = new TypeError("Oh");
    assertStringIncludes(await client.ask("SET", "k", "v"), "-UNKNOWN The node failed");
    assertEquals(world.defects.map(String), ["TypeError: Oh"]);
  },
);

respTest("APPEND begins anew when others were faster, and loses nothing", async (world) => {
  const clients = await Promise.all(Array.from({ length: 8 }, () => world.client()));
  await Promise.all(clients.map(async (client, index) => {
    for (let times = 0; times < 20; times++) await client.ask("APPEND", "k", `${index}`);
  }));
  assertEquals(await clients[0]!.ask("STRLEN", "k"), ":160\r\n");
});

respTest("GETDEL and SET with GET hand each value to one client only", async (world) => {
  const clients = await Promise.all(Array.from({ length: 4 }, () => world.client()));
  await clients[0]!.ask("SET", "token", "first");
  const taken = await Promise.all(clients.map((client) => client.ask("GETDEL", "token")));
  assertEquals(taken.filter((reply) => reply === "$5\r\nfirst\r\n").length, 1);
  assertEquals(taken.filter((reply) => reply === "$-1\r\n").length, 3);
});

respTest("SCAN goes through all keys once, with a pattern or without", async (world) => {
  const client = await world.client();
  for (let index = 0; index < 250; index++) {
    await world.service.submit(
      encodeCommand({ type: "put", key: `user:${index}`, value: new Uint8Array(1) }),
    );
  }
  await client.ask("SET", "other", "x");
  const scan = async (...options: string[]) => {
    const found: string[] = [];
    let cursor = "0";
    do {
      const reply = await client.ask("SCAN", cursor, ...options);
      const words = reply.split("\r\n").filter((line) => !/^[*$]/.test(line) && line !== "");
      cursor = words[0]!;
      found.push(...words.slice(1));
    } while (cursor !== "0");
    return found;
  };
  assertEquals((await scan()).length, 251);
  assertEquals(new Set(await scan("COUNT", "7")).size, 251);
  assertEquals((await scan("MATCH", "user:1?")).length, 10);
  assertEquals(await scan("MATCH", "*ther"), ["other"]);
  assertEquals(await client.ask("DBSIZE"), ":251\r\n");
  assertStringIncludes(await client.ask("SCAN", "123456789"), "-ERR cursor is not of this node");
});

respTest("WAIT says how many others have what was acknowledged, at least", async (world) => {
  const client = await world.client();
  assertEquals(await client.ask("WAIT", "1", "0"), ":1\r\n", "a majority of two");
  const peer = world.service.status().peers[0]!;
  world.service.says = { peers: [0, 1, 2, 3, 4].map((node) => ({ ...peer, node })) };
  assertEquals(await client.ask("WAIT", "1", "0"), ":2\r\n");
  world.service.says = { protocol: "chain", volumes: [] };
  assertEquals(await client.ask("WAIT", "1", "0"), ":0\r\n");
});

respTest("RESP refuses what the store cannot do, and says why", async (world) => {
  const client = await world.client();
  const noExpiry = "-ERR expiry is not supported: keys are kept until they are deleted\r\n";
  assertEquals(await client.ask("SET", "k", "v", "EX", "10"), noExpiry);
  assertEquals(await client.ask("EXPIRE", "k", "10"), noExpiry);
  assertEquals(await client.ask("SETEX", "k", "10", "v"), noExpiry);
  assertEquals(await client.ask("GETEX", "k", "PX", "10"), noExpiry);
  assertEquals(await client.ask("SET", "", "v"), "-ERR the empty key is not supported\r\n");
  assertEquals(await client.ask("SET", "\xff", "v"), "-ERR key is not valid UTF-8\r\n");
  assertMatch(await client.ask("SET", "k".repeat(1_025), "v"), /^-ERR key of 1025 bytes/);
  const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
  assertEquals(await client.ask("SET", "k", "v".repeat(524_289)), tooLong);
  assertEquals(await client.ask("SETRANGE", "k", "524288", "v"), tooLong);
  assertEquals(world.service.executed, 1, "the key that is too long was found out by the store");
});

respTest("CLIENT and COMMAND and INFO say what clients ask them", async (world) => {
  const [client, other] = [await world.client(), await world.client()];
  assertEquals(await client.ask("CLIENT", "ID"), ":1\r\n");
  assertEquals(await client.ask("CLIENT", "SETINFO", "LIB-NAME", "test"), "+OK\r\n");
  assertMatch(await client.ask("CLIENT", "INFO"), /id=1 addr=127\.0\.0\.1:\d+ .*lib-name=test/);
  assertEquals(await other.ask("PING"), "+PONG\r\n");
  assertEquals((await client.ask("CLIENT", "LIST")).match(/id=\d/g), ["id=1", "id=2"]);
  const count = Number((await client.ask("COMMAND", "COUNT")).slice(1));
  assertEquals((await client.ask("COMMAND")).slice(0, 5), `*${count}\r\n`);
  assertMatch(
    await client.ask("COMMAND", "INFO", "get", "no"),
    /^\*2\r\n\*10\r\n\$3\r\nget.*\*-?|\$-1/s,
  );
  assertStringIncludes(await client.ask("COMMAND", "DOCS", "get"), "Returns the value of a key");
  const info = await client.ask("INFO");
  for (const line of ["redis_version:7.", "loading:0", "connected_clients:2", "protocol:vr"]) {
    assertStringIncludes(info, line);
  }
  assert(!(await client.ask("INFO", "clients")).includes("redis_version"));
});

respTest("MGET answers no more than there may be of one answer", async (world) => {
  const client = await world.client();
  await client.ask("SET", "k", "v".repeat(500_000));
  const reply = await client.ask("MGET", ...new Array(150).fill("k"));
  assertStringIncludes(reply, "-ERR the values exceed 67108864 bytes");
  assertEquals(await client.ask("MGET", "k", "none").then((each) => each.length), 500_020);
});

respTest("MSET says that some keys may be written when one could not be", async (world) => {
  const client = await world.client();
  world.service.failure = new Unavailable("No majority");
  assertEquals(
    await client.ask("MSET", "a", "1", "b", "2"),
    "-UNKNOWN Some of the keys may be written, not all: No majority\r\n",
  );
  world.service.failure = new Unavailable("No majority");
  assertEquals(await client.ask("MSET", "a", "1"), "-CLUSTERDOWN No majority\r\n");
  world.service.failure = new Unavailable("No majority");
  assertEquals(await client.ask("MGET", "a", "b"), "-CLUSTERDOWN No majority\r\n");
});

respTest("RESP metrics count connections, commands and errors", async (world) => {
  const client = await world.client();
  await client.ask("PING");
  await client.ask("NO");
  await client.ask("GET", "k", "x");
  const figures = new Map(world.server.metrics().map(({ name, value }) => [name, value]));
  assertEquals(figures.get("troupe_resp_connections"), 1);
  assertEquals(figures.get("troupe_resp_commands_total"), 1);
  assertEquals(figures.get("troupe_resp_errors_total"), 2);
  const sent = request("PING").length + request("NO").length + request("GET", "k", "x").length;
  assertEquals(figures.get("troupe_resp_received_bytes_total"), sent);
});
