import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { BATCH, closedLoop } from "../../../bench/peers/generator/closed_loop.ts";
import type { Wait } from "../../../bench/peers/generator/requests.ts";
import { RespConversation } from "../../../bench/peers/generator/resp.ts";
import { ReplyCounter } from "../../../bench/peers/generator/resp_replies.ts";
import { CommandCounter } from "../../../bench/peers/systems/command_counter.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Hands over a text in two pieces, for every place to cut it. */
function cuts(text: string): Uint8Array[][] {
  const bytes = bytesOf(text);
  return Array.from(bytes, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
}

Deno.test("ReplyCounter counts replies and errors wherever they are cut", () => {
  const text = "+OK\r\n:2\r\n$5\r\na\r\nb\n\r\n-ERR no\r\n:0\r\n$-1\r\n$0\r\n\r\n";
  for (const pieces of cuts(text)) {
    const replies = new ReplyCounter();
    for (const piece of pieces) replies.push(piece);
    assertEquals([replies.count, replies.errors], [7, 3]);
  }
});

Deno.test("CommandCounter finds the ends of commands wherever they are cut", () => {
  const text = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n";
  for (const pieces of cuts(text)) {
    const counter = new CommandCounter();
    assertEquals(pieces.flatMap((piece) => counter.push(piece)), [3, 2]);
  }
});

const NET = Deno.permissions.querySync({ name: "net" }).state === "granted";

/** Answers every command, and notes what came; WAIT says that no replica has it if `replicas` is 0. */
function serve(replicas: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heard = { text: "" };
  const answer = async (connection: Deno.TcpConn) => {
    const [counter, bytes] = [new CommandCounter(), new Uint8Array(4_096)];
    for (let count; (count = await connection.read(bytes)) !== null;) {
      const text = new TextDecoder().decode(bytes.subarray(0, count));
      heard.text += text;
      const names = [...text.matchAll(/\r\n(SET|GET|WAIT)\r\n/g)].map(([, name]) => name);
      const replies = counter.push(bytes.subarray(0, count)).map((_, index) =>
        names[index] === "WAIT"
          ? `:${replicas}\r\n`
          : names[index] === "SET"
          ? "+OK\r\n"
          : "$1\r\nv\r\n"
      );
      await connection.write(bytesOf(replies.join("")));
    }
    connection.close();
  };
  const answering = (async () => {
    const all: Promise<void>[] = [];
    for await (const connection of listener) all.push(answer(connection));
    await Promise.all(all);
  })();
  const stop = async () => {
    listener.close();
    await answering;
  };
  return { port: listener.addr.port, heard, stop };
}

async function load(wait: Wait, operations: number, replicas = 1) {
  const { port, heard, stop } = serve(replicas);
  const work = { pipeline: 4, writes: 1, keys: 10, valueBytes: 1, wait, seed: 1 };
  try {
    const measured = await closedLoop({
      ports: [port],
      connections: 1,
      inFlight: 4,
      refill: BATCH,
      operations,
      open: (port, index) => RespConversation.open(port, work, index),
    });
    return { measured, commands: heard.text.match(/(SET|GET|WAIT)/g)!.join(" ") };
  } finally {
    await stop();
  }
}

Deno.test({
  name: "RespConversation sends WAIT after each SET, or after the last of a pipeline",
  ignore: !NET,
  async fn() {
    const each = await load("each", 4);
    assertEquals(each.commands, "SET WAIT SET WAIT SET WAIT SET WAIT");
    const last = await load("last", 8);
    assertEquals(last.commands, "SET SET SET SET WAIT SET SET SET SET WAIT");
    const none = await load("none", 4);
    assertEquals(none.commands, "SET SET SET SET");
    for (const { measured } of [each, none]) assertEquals(measured.requests, 4);
    assertEquals([last.measured.requests, last.measured.errors], [8, 0]);
    assertGreater(last.measured.p50Ms, 0);
  },
});

Deno.test({
  name: "RespConversation counts a WAIT that no replica has answered as an error",
  ignore: !NET,
  async fn() {
    assertEquals((await load("last", 8, 0)).measured.errors, 2);
  },
});

Deno.test({
  name: "closedLoop() fails if the server closes a connection",
  ignore: !NET,
  async fn() {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const closing = listener.accept().then((connection) => connection.close());
    const work = { pipeline: 1, writes: 1, keys: 1, valueBytes: 1, wait: "none" as const, seed: 1 };
    const open = (port: number, index: number) => RespConversation.open(port, work, index);
    const [ports, rest] = [[listener.addr.port], { inFlight: 1, refill: BATCH, seconds: 1, open }];
    await assertRejects(() => closedLoop({ ports, connections: 1, ...rest }), Error);
    await closing;
    listener.close();
  },
});
