import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { decodeCommand } from "../../protocols/kv/commands.ts";
import { RespServer } from "../../transport/resp/server.ts";
import {
  InsecureRespBind,
  RespListenFailed,
  type ServeRespOptions,
} from "../../transport/resp/server_options.ts";
import type { Answer } from "../../transport/service.ts";
import { FakeService } from "../http/fake_service.ts";
import { RawClient, request } from "./raw_client.ts";
import { MAY_LISTEN, respTest, RespWorld } from "./support.ts";

/** Executes writes only when it is told to, one at a time. */
class SlowService extends FakeService {
  /** Keys of the writes that wait, in the order in which they came. */
  readonly waiting: string[] = [];
  readonly #release = new Map<string, () => void>();
  #changed = Promise.withResolvers<void>();

  override async submit(command: Uint8Array): Promise<Answer> {
    const { key } = decodeCommand(command) as { key: string };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting.push(key);
    this.#release.set(key, resolve);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    await promise;
    return super.submit(command);
  }

  release(key: string): void {
    this.#release.get(key)!();
  }

  async until(count: number): Promise<void> {
    while (this.waiting.length < count) await this.#changed.promise;
  }
}

function slowTest(
  name: string,
  fn: (world: RespWorld, service: SlowService) => Promise<void>,
  options: Partial<ServeRespOptions> = {},
): void {
  Deno.test({
    name,
    ignore: !MAY_LISTEN,
    async fn() {
      const service = new SlowService();
      await using world = new RespWorld(options, service);
      await fn(world, service);
    },
  });
}

async function sendAll(client: RawClient, ...requests: readonly string[][]): Promise<void> {
  await client.send(Uint8Array.from(requests.flatMap((words) => [...request(...words)])));
}

async function replies(client: RawClient, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) found.push(await client.reply());
  return found;
}

respTest("A pipeline is answered in its order, whatever the commands", async (world) => {
  const client = await world.client();
  const requests = Array.from({ length: 2_000 }, (_, index) => ["INCRBY", "n", String(index % 3)]);
  await sendAll(client, ["SET", "a", "1"], ["GET", "a"], ["PING"], ["NO"], ["INCR", "a"], [
    "GET",
    "a",
  ]);
  assertEquals(await replies(client, 6), [
    ...["+OK\r\n", "$1\r\n1\r\n", "+PONG\r\n"],
    ...["-ERR unknown command 'NO', with args beginning with: \r\n", ":2\r\n", "$1\r\n2\r\n"],
  ]);
  await sendAll(client, ...requests);
  let sum = 0;
  const expected = requests.map((words) => `:${sum += Number(words[2])}\r\n`);
  assertEquals(await replies(client, requests.length), expected);
});

slowTest(
  "In the order of the connection a write waits for what was sent before it",
  async (world, service) => {
    const client = await world.client();
    await sendAll(client, ["SET", "a", "1"], ["SET", "b", "2"], ["GET", "a"], ["PING"]);
    await service.until(1);
    const other = await world.client();
    assertEquals(await other.ask("GET", "a"), "$-1\r\n");
    assertEquals(service.waiting, ["a"]);
    service.release("a");
    await service.until(2);
    assertEquals(service.waiting, ["a", "b"]);
    service.release("b");
    assertEquals(await replies(client, 4), ["+OK\r\n", "+OK\r\n", "$1\r\n1\r\n", "+PONG\r\n"]);
  },
);

slowTest(
  "In the order of keys only commands on the same key wait for one another",
  async (world, service) => {
    const client = await world.client();
    await sendAll(
      client,
      ...[["SET", "a", "1"], ["SET", "b", "2"], ["GET", "c"], ["GET", "b"], ["SET", "d", "4"]],
    );
    await service.until(2);
    assertEquals(service.waiting, ["a", "b"]);
    service.release("b");
    await service.until(3);
    assertEquals(service.waiting, ["a", "b", "d"]);
    service.release("d");
    service.release("a");
    assertEquals(await replies(client, 5), [
      "+OK\r\n",
      "+OK\r\n",
      "$-1\r\n",
      "$1\r\n2\r\n",
      "+OK\r\n",
    ]);
  },
  { order: "key" },
);

slowTest(
  "In the order of keys what concerns all keys waits for every write",
  async (world, service) => {
    const client = await world.client();
    await sendAll(client, ["SET", "a", "1"], ["DBSIZE"], ["SET", "b", "1"]);
    await service.until(1);
    service.release("a");
    await service.until(2);
    service.release("b");
    assertEquals(await replies(client, 3), ["+OK\r\n", ":1\r\n", "+OK\r\n"]);
  },
  { order: "key" },
);

slowTest(
  "A server takes no more under way than it may, and forgets nobody",
  async (world, service) => {
    const clients = await Promise.all([1, 2, 3].map(() => world.client()));
    const answers: Promise<string>[] = [];
    for (const [index, client] of clients.entries()) {
      answers.push(
        client.ask("SET", `k${index}`, "v"),
      );
    }
    for (let done = 0; done < 3; done++) {
      await service.until(done + 1);
      assertEquals(service.waiting.length, done + 1);
      service.release(service.waiting[done]!);
    }
    assertEquals(await Promise.all(answers), ["+OK\r\n", "+OK\r\n", "+OK\r\n"]);
  },
  { inFlightMax: 1 },
);

respTest("A server refuses one connection more than it may have, as Redis does", async (world) => {
  const [one, two] = [await world.client(), await world.client()];
  assertEquals([await one.ask("PING"), await two.ask("PING")], ["+PONG\r\n", "+PONG\r\n"]);
  const three = await world.client();
  assertEquals(await three.rest(), "-ERR max number of clients reached\r\n");
  assertEquals(await one.ask("QUIT"), "+OK\r\n");
  assertEquals(await one.rest(), "");
}, { connectionsMax: 2 });

respTest("A client that closes its side is answered all that it has sent", async (world) => {
  const client = await world.client();
  await sendAll(client, ["SET", "k", "v"], ["GET", "k"]);
  await client.closeWrite();
  assertEquals(await client.rest(), "+OK\r\n$1\r\nv\r\n");
});

respTest("A client that reads nothing is not executed for any longer", async (world) => {
  const client = await world.client();
  await client.ask("SET", "k", "v".repeat(500_000));
  const count = 1_000;
  await sendAll(client, ...new Array(count).fill(["GET", "k"]));
  const other = await world.client();
  for (let turn = 0; turn < 200; turn++) assertEquals(await other.ask("PING"), "+PONG\r\n");
  const executed = world.server.metrics().find(({ name }) => name === "troupe_resp_commands_total");
  // What the system buffers, and what was under way: some dozens of MB, of 500.
  assert(executed!.value - 201 < count / 2, `${executed!.value}`);
  for (let first = 0; first < 10; first++) assertEquals((await client.reply()).length, 500_011);
});

slowTest(
  "shutdown() answers what is under way, and accepts nothing more",
  async (world, service) => {
    const client = await world.client();
    await sendAll(client, ["SET", "a", "1"], ["SET", "b", "2"]);
    await service.until(1);
    const idle = await world.client();
    assertEquals(await idle.ask("PING"), "+PONG\r\n");
    const shutdown = world.server.shutdown();
    assertEquals(await idle.rest(), "");
    service.release("a");
    assertEquals(await client.rest(), "+OK\r\n");
    await shutdown;
    assertEquals(service.waiting, ["a"]);
    await assertRejects(() => RawClient.connect(world.port), Deno.errors.ConnectionRefused);
  },
);

slowTest("shutdown() breaks off what takes too long", async (world, service) => {
  const client = await world.client();
  await sendAll(client, ["SET", "a", "1"]);
  await service.until(1);
  await world.server.shutdown();
  assertEquals(await client.rest(), "");
  service.release("a");
}, { shutdownMs: 1 });

respTest("A page in a browser gets nothing executed", async (world) => {
  const client = await world.client();
  await client.send("POST / HTTP/1.1\r\nHost: x\r\n\r\nSET k v\r\n");
  assertEquals(await client.rest(), "");
  const other = await world.client();
  assertEquals(await other.ask("EXISTS", "k"), ":0\r\n");
});

respTest("A connection that breaks off in the middle of a request harms nobody", async (world) => {
  for (const part of ["*2\r\n$3\r\nGET\r\n$5\r\nab", "*", "GE", "*3\r\n$3\r\nSET\r\n"]) {
    using client = await RawClient.connect(world.port);
    await client.send(part);
  }
  const client = await world.client();
  assertEquals(await client.ask("PING"), "+PONG\r\n");
});

Deno.test({
  name: "serveResp() listens on loopback addresses only, unless insecure is said",
  ignore: !MAY_LISTEN,
  async fn() {
    const service = new FakeService();
    assertThrows(() => new RespServer({ service, hostname: "0.0.0.0" }), InsecureRespBind);
    await using server = new RespServer({ service, hostname: "0.0.0.0", insecure: true });
    assertMatch(String(server.address.port), /^\d+$/);
    const { port } = server.address;
    assertThrows(() => new RespServer({ service, hostname: "127.0.0.1", port }), RespListenFailed);
  },
});
