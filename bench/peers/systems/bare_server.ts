/**
 * Servers that answer at once, and do nothing: the limits of the platform. Run by `bare.ts`, with the kind of
 * server and its port.
 *
 * @module
 */
import { Hono } from "hono";
import { BASE_VALUE_BYTES } from "../load.ts";
import { CommandCounter } from "./command_counter.ts";

const VALUE = new Uint8Array(BASE_VALUE_BYTES).fill(118);
const STORED = JSON.stringify({ revision: 1, created: false });

async function answer(request: Request): Promise<Response> {
  if (request.method === "GET") return new Response(VALUE);
  await request.arrayBuffer();
  return new Response(STORED);
}

function hono(): Hono {
  const app = new Hono();
  app.get("/v1/kv/:key", (context) => {
    context.req.param("key");
    return context.body(VALUE);
  });
  app.put("/v1/kv/:key", async (context) => {
    context.req.param("key");
    await context.req.arrayBuffer();
    return context.body(STORED);
  });
  return app;
}

async function serveResp(port: number): Promise<void> {
  const text = new TextEncoder();
  const stored = text.encode("+OK\r\n");
  const found = text.encode(`$${VALUE.length}\r\n${"v".repeat(VALUE.length)}\r\n`);
  for await (const connection of Deno.listen({ hostname: "127.0.0.1", port })) {
    connection.setNoDelay();
    answerAll(connection, stored, found).catch(() => {}); // the client has gone
  }
}

async function answerAll(
  connection: Deno.TcpConn,
  stored: Uint8Array<ArrayBuffer>,
  found: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const counter = new CommandCounter();
  const bytes = new Uint8Array(64 * 1_024);
  for (let count; (count = await connection.read(bytes)) !== null;) {
    const answers = counter.push(bytes.subarray(0, count)).map((words) =>
      words === 2 ? found : stored
    );
    const size = answers.reduce((sum, each) => sum + each.length, 0);
    const out = new Uint8Array(size);
    let at = 0;
    for (const each of answers) {
      out.set(each, at);
      at += each.length;
    }
    for (let sent = 0; sent < size;) sent += await connection.write(out.subarray(sent));
  }
}

const [kind, port] = [Deno.args[0], Number(Deno.args[1])];
const listen = { hostname: "127.0.0.1", port, onListen() {} };
if (kind === "serve") Deno.serve(listen, answer);
else if (kind === "hono") Deno.serve(listen, hono().fetch);
else await serveResp(port);
