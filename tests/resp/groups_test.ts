import { assertEquals, assertStringIncludes } from "@std/assert";
import { decodeCommand, type KeyCommand } from "../../protocols/kv/commands.ts";
import { type Answer, Overloaded } from "../../transport/service.ts";
import { FakeService } from "../http/fake_service.ts";
import { type RawClient, request } from "./raw_client.ts";
import { MAY_LISTEN, RespWorld } from "./support.ts";

/** Executes what is submitted in its order, when it is told to. */
class GatedService extends FakeService {
  /** The keys of each submission, and when it may be executed. */
  readonly submitted: string[] = [];
  isOpen = true;
  readonly #waiting: (() => void)[] = [];
  #more = Promise.withResolvers<void>();

  override async submit(command: Uint8Array): Promise<Answer> {
    const decoded = decodeCommand(command) as KeyCommand | { commands: readonly KeyCommand[] };
    const commands = "commands" in decoded ? decoded.commands : [decoded];
    this.submitted.push(commands.map(({ key }) => key).join(" "));
    this.#more.resolve();
    this.#more = Promise.withResolvers();
    if (!this.isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return await super.submit(command);
  }

  /** Executes the first that waits. */
  release(): void {
    this.#waiting.shift()!();
  }

  async until(count: number): Promise<void> {
    while (this.submitted.length < count) await this.#more.promise;
  }
}

function groupTest(
  name: string,
  fn: (world: RespWorld, service: GatedService) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: !MAY_LISTEN,
    async fn() {
      const service = new GatedService();
      await using world = new RespWorld({ batchBytesMax: 1_000 }, service);
      await fn(world, service);
    },
  });
}

async function sendAll(client: RawClient, ...requests: readonly string[][]): Promise<void> {
  await client.send(Uint8Array.from(requests.flatMap((words) => [...request(...words)])));
}

async function replies(client: RawClient, count: number): Promise<string> {
  let found = "";
  for (let index = 0; index < count; index++) found += await client.reply();
  return found.replaceAll("\r\n", " ").trim();
}

groupTest(
  "Plain writes of a pipeline are executed at once, in their order",
  async (world, service) => {
    const client = await world.client();
    await sendAll(client, ["SET", "a", "1"], ["INCR", "a"], ["INCRBY", "a", "5"], [
      "DEL",
      "b",
      "a",
    ]);
    assertEquals(await replies(client, 4), "+OK :2 :7 :1");
    assertEquals(service.submitted, ["a a a b a"]);
  },
);

groupTest(
  "A read of a pipeline sees the writes before it, and not those after it",
  async (world, service) => {
    const client = await world.client();
    await sendAll(client, ["SET", "a", "1"], ["SET", "a", "2"], ["GET", "a"], ["SET", "a", "3"]);
    assertEquals(await replies(client, 4), "+OK +OK $1 2 +OK");
    assertEquals(service.submitted, ["a a", "a"]);
  },
);

groupTest("One write that is refused does not stop the others of its group", async (world) => {
  const client = await world.client();
  await sendAll(client, ["SET", "a", "x"], ["INCR", "a"], ["SETNX", "a", "y"], ["SETNX", "b", "y"]);
  assertEquals(
    await replies(client, 4),
    "+OK -ERR value is not an integer or out of range :0 :1",
  );
});

groupTest(
  "A pipeline that is too long for one command is executed in several, in its order",
  async (world, service) => {
    const client = await world.client();
    const requests = Array.from({ length: 500 }, (_, index) => ["INCRBY", "n", String(index % 3)]);
    await sendAll(client, ...requests);
    let sum = 0;
    assertEquals(
      await replies(client, 500),
      requests.map(([, , by]) => `:${sum += Number(by)}`).join(" "),
    );
    assertEquals(service.submitted.length > 10 && service.submitted.length < 60, true);
  },
);

groupTest(
  "Writes of one connection never overtake one another, while those of others go on",
  async (world, service) => {
    const [one, other] = [await world.client(), await world.client()];
    service.isOpen = false;
    await sendAll(one, ["SET", "a", "1"]);
    await service.until(1);
    await sendAll(one, ["SET", "a", "2"]);
    await sendAll(other, ["SET", "b", "1"]);
    await service.until(2);
    assertEquals(service.submitted, ["a", "b"]);
    service.release();
    await service.until(3);
    assertEquals(service.submitted, ["a", "b", "a"]);
    service.release();
    service.release();
    assertEquals([await replies(one, 2), await replies(other, 1)], ["+OK +OK", "+OK"]);
  },
);

groupTest(
  "Writes of several connections that come together are executed at once",
  async (world, service) => {
    const first = await world.client();
    service.isOpen = false;
    await sendAll(first, ["MSET", "a", "1", "b", "1", "c", "1"]);
    await service.until(1);
    const clients = await Promise.all([1, 2, 3].map(() => world.client()));
    for (const client of clients) await sendAll(client, ["SET", "later", "v"]);
    await service.until(2);
    assertEquals(service.submitted, ["a b c", "later later later"]);
    service.release();
    service.release();
    for (const client of [first, ...clients]) assertEquals(await client.reply(), "+OK\r\n");
  },
);

groupTest("MSET and DEL are executed at once, or not at all", async (world, service) => {
  const client = await world.client();
  assertEquals(await client.ask("MSET", "a", "1", "b", "2", "a", "3"), "+OK\r\n");
  assertEquals(await client.ask("DEL", "a", "b", "c", "a"), ":2\r\n");
  assertEquals(service.submitted, ["a b", "a b c a"]);
  const long = "x".repeat(600);
  assertStringIncludes(
    await client.ask("MSET", "a", long, "b", long),
    "-ERR keys that are written at once take 12",
  );
  assertEquals(service.submitted.length, 2);
  assertEquals(await client.ask("EXISTS", "a", "b"), ":0\r\n");
});

groupTest("MSET and DEL write nothing if one of their keys is too long", async (world, service) => {
  const client = await world.client();
  const long = "k".repeat(1_025);
  for (const words of [["MSET", "a", "1", long, "2"], ["DEL", "a", long]]) {
    assertEquals(
      await client.ask(...words),
      "-ERR key of 1025 bytes exceeds the limit of 1024\r\n",
    );
  }
  assertEquals(service.submitted, []);
});

groupTest("Every write of a group is told what went wrong with it", async (world, service) => {
  const client = await world.client();
  service.failure = new Overloaded("Too much");
  await sendAll(client, ["SET", "a", "1"], ["SET", "b", "1"], ["PING"]);
  assertEquals(await replies(client, 3), "-TRYAGAIN Too much -TRYAGAIN Too much +PONG");
});
