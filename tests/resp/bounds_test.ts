/** What a server holds of a client that takes no answer, or whose first answer is late: not much. */
import { assert, assertEquals } from "@std/assert";
import type { Answer, QueryOptions } from "../../transport/service.ts";
import { FakeService } from "../http/fake_service.ts";
import { request } from "./raw_client.ts";
import { MAY_LISTEN, RespWorld } from "./support.ts";

/** Answers the first query when it is told to, and the others at once. */
class LateService extends FakeService {
  readonly late = Promise.withResolvers<void>();
  queries = 0;

  override async query(query: Uint8Array, options?: QueryOptions): Promise<Answer> {
    const isFirst = this.queries++ === 0;
    const answer = await super.query(query, options);
    if (isFirst) await this.late.promise;
    return answer;
  }
}

const LONG = "x".repeat(50_000);
const REFUSED = `-ERR unknown command '${"x".repeat(128)}', with args beginning with: \r\n`;
const BULK = `$50000\r\n${LONG}\r\n`;
/** Requests whose answers come before that to the first, and how much of them is taken meanwhile. */
const REQUESTS = {
  "that is answered at once": {
    ...{ words: ["ECHO", LONG], answer: BULK, count: 1_000 },
    ...{ figure: "commands_total", most: 302 + 500 },
  },
  "that is read": {
    ...{ words: ["GET", "long"], answer: BULK, count: 1_000 },
    ...{ figure: "commands_total", most: 302 + 500 },
  },
  "that is refused": {
    ...{ words: ["x".repeat(128)], answer: REFUSED, count: 20_000 },
    ...{ figure: "received_bytes_total", most: 1_500_000 },
  },
} as const;

for (const [what, { words, answer, count, figure, most }] of Object.entries(REQUESTS)) {
  Deno.test({
    name: `Behind a late answer little is held: what comes is a request ${what}`,
    ignore: !MAY_LISTEN,
    async fn() {
      const service = new LateService();
      await using world = new RespWorld({}, service);
      const other = await world.client();
      assertEquals(await other.ask("SET", "long", LONG), "+OK\r\n");
      using client = await Deno.connect({ hostname: "127.0.0.1", port: world.port });
      const sending = sendAll(client, request("GET", "long"), repeated(request(...words), count));
      for (let turn = 0; turn < 300; turn++) assertEquals(await other.ask("PING"), "+PONG\r\n");
      const before = world.server.metrics().find(({ name }) => name === `troupe_resp_${figure}`);
      // As many as are under way at once, and those whose answers have room beside.
      assert(before!.value < most, `${before!.value}`);
      service.late.resolve();
      await readAll(client, BULK.length + count * answer.length);
      await sending;
      assertEquals(world.defects, []);
    },
  });
}

/** Commands whose answers may be as large as answers may be, and how many queries each takes at first. */
const LARGE = {
  MGET: [["MGET", ...new Array(20).fill("long")], 20],
  KEYS: [["KEYS", "*"], 1],
} as const;

for (const [name, [words, queries]] of Object.entries(LARGE)) {
  Deno.test({
    name: `One large ${name} of a connection is under way at once`,
    ignore: !MAY_LISTEN,
    async fn() {
      const service = new LateService();
      await using world = new RespWorld({}, service);
      const [client, other] = [await world.client(), await world.client()];
      await other.ask("SET", "long", "v");
      await client.send(repeated(request(...words), 3));
      for (let turn = 0; turn < 100; turn++) assertEquals(await other.ask("PING"), "+PONG\r\n");
      assertEquals(service.queries, queries);
      service.late.resolve();
      const first = await client.reply();
      assertEquals([await client.reply(), await client.reply()], [first, first]);
    },
  });
}

function repeated(bytes: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(bytes.length * count);
  for (let at = 0; at < all.length; at += bytes.length) all.set(bytes, at);
  return all;
}

async function sendAll(client: Deno.TcpConn, ...pieces: readonly Uint8Array[]): Promise<void> {
  for (const bytes of pieces) {
    for (let at = 0; at < bytes.length;) at += await client.write(bytes.subarray(at));
  }
}

async function readAll(client: Deno.TcpConn, count: number): Promise<void> {
  const buffer = new Uint8Array(256 * 1024);
  for (let left = count; left > 0;) left -= await client.read(buffer) ?? left;
}
