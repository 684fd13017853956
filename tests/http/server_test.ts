import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { httpGateway, type HttpGatewayOptions } from "../../transport/http/app.ts";
import {
  type HttpServer,
  InsecureBind,
  ListenFailed,
  serveHttp,
  type ServeHttpOptions,
} from "../../transport/http/server.ts";
import { FakeService } from "./fake_service.ts";
import { problem } from "./support.ts";

const net = { name: "net", host: "127.0.0.1" } as const;
const ignore = Deno.permissions.querySync(net).state !== "granted";

interface Served {
  readonly server: HttpServer;
  readonly service: FakeService;
  readonly url: string;
}

/** A test with a gateway on a real port. */
function served(
  name: string,
  test: (served: Served) => Promise<void>,
  options: Partial<ServeHttpOptions> & HttpGatewayOptions = {},
): void {
  Deno.test({
    name,
    ignore,
    fn: async () => {
      const service = new FakeService();
      await using server = serveHttp({ app: httpGateway(service, options), ...options });
      await test({ server, service, url: server.address.url });
    },
  });
}

/** Writes bytes to a new connection and returns what comes back until the server closes. */
async function raw({ server }: Served, request: string): Promise<string> {
  using connection = await Deno.connect(server.address);
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}

served("serveHttp() serves the gateway, keys with dots as they were sent", async (served) => {
  const { url } = served;
  const put = await fetch(`${url}/v1/kv/key`, { method: "PUT", body: "value" });
  assertEquals([put.status, (await put.json()).revision], [201, 1]);
  const get = await fetch(`${url}/v1/kv/key`);
  assertEquals([get.headers.get("etag"), await get.text()], ['"1"', "value"]);
  const dots = "PUT /v1/kv/a/../b/. HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
    "Content-Length: 1\r\n\r\nx";
  assert((await raw(served, dots)).includes('"key":"a/../b/."'));
});

served("serveHttp() takes chunked bodies", async ({ url }) => {
  const body = () => ReadableStream.from([new Uint8Array(3), new Uint8Array(5_000)]);
  const put = await fetch(`${url}/v1/kv/key`, { method: "PUT", body: body() });
  assertEquals([put.status, (await put.json()).version], [201, 1]);
  assertEquals((await (await fetch(`${url}/v1/kv/key`)).bytes()).length, 5_003);
});

served("serveHttp() refuses an oversize chunked body while it is being sent", async (served) => {
  using connection = await Deno.connect(served.server.address);
  const head = "PUT /v1/kv/key HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  await connection.write(new TextEncoder().encode(head));
  // The body never ends: only a server that counts as it reads can answer.
  const chunk = new TextEncoder().encode(`10000\r\n${"x".repeat(65_536)}\r\n`);
  const sending = (async () => {
    for (;;) {
      for (let at = 0; at < chunk.length;) at += await connection.write(chunk.subarray(at));
    }
  })();
  const answer = await connection.readable.getReader().read();
  const text = new TextDecoder().decode(answer.value);
  assert(text.startsWith("HTTP/1.1 413 "), text);
  assert(text.includes('"code":"too_large"'), text);
  connection.close();
  await assertRejects(() => sending);
});

served("serveHttp() answers HEAD with the length, without the body", async (served) => {
  await (await fetch(`${served.url}/v1/kv/key`, { method: "PUT", body: "value" })).text();
  const request = "HEAD /v1/kv/key HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const answer = await raw(served, request);
  assert(/\r\ncontent-length: 5\r\n/i.test(answer), answer);
  assert(answer.endsWith("\r\n\r\n"), answer);
});

served("serveHttp() answers requests that are no HTTP, or hardly, with 4xx", async (served) => {
  const requests = [
    "GET /v1/kv/\xff HTTP/1.1\r\nHost: localhost",
    "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost",
    "TRACE /v1/kv/key HTTP/1.1\r\nHost: localhost",
    "GET /v1/kv/key HTTP/1.1\r\nHost: a b",
    "GET /v1/kv/key HTTP/1.1\r\nHost: localhost/?#",
    "GET http://evil.example/v1/kv/key HTTP/1.1\r\nHost: localhost",
    "GET /v1/kv/%zz HTTP/1.1\r\nHost: localhost",
    "GET /v1/kv/a#b HTTP/1.1\r\nHost: localhost",
    "GET ? HTTP/1.1\r\nHost: localhost",
  ];
  for (const request of requests) {
    const answer = await raw(served, `${request}\r\nConnection: close\r\n\r\n`);
    assert(/^HTTP\/1\.1 4\d\d /.test(answer), `${request}: ${answer}`);
  }
});

served("serveHttp() refuses names that are not its own, whatever the method", async (served) => {
  for (const method of ["GET", "POST", "OPTIONS"]) {
    const answer = await raw(
      served,
      `${method} /v1/sessions HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    );
    assert(answer.startsWith("HTTP/1.1 403 "), answer);
    assert(answer.includes('"code":"forbidden"'), answer);
  }
  const named = "GET /livez HTTP/1.1\r\nHost: kv.example\r\nConnection: close\r\n\r\n";
  assert((await raw(served, named)).startsWith("HTTP/1.1 200 "));
}, { hostnames: ["kv.example"] });

served("serveHttp() refuses writes that pages of other origins send", async ({ url, service }) => {
  const port = new URL(url).port;
  for (const origin of ["http://evil.example", `http://localhost:${port}`, "null"]) {
    const headers = { origin };
    await problem(await fetch(`${url}/v1/sessions`, { method: "POST", headers }), "forbidden");
    await problem(await fetch(`${url}/v1/kv/k`, { method: "DELETE", headers }), "forbidden");
    const read = await fetch(`${url}/livez`, { headers });
    assertEquals([read.status, await read.text()], [200, "live\n"]);
  }
  const own = await fetch(`${url}/v1/sessions`, { method: "POST", headers: { origin: url } });
  assertEquals([own.status, (await own.json()).clientId, service.executed], [201, 17, 0]);
});

served("serveHttp() answers many requests at once", async ({ url, server, service }) => {
  const opened = Promise.withResolvers<void>();
  service.gate = opened.promise;
  const requests = Array.from(
    { length: 200 },
    () => fetch(`${url}/v1/kv/n?increment=1`, { method: "POST" }).then((answer) => answer.json()),
  );
  while (server.inFlight < 200) await fetch(`${url}/livez`).then((answer) => answer.text());
  opened.resolve();
  const values = (await Promise.all(requests)).map((answer) => Number(answer.value));
  assertEquals(values.sort((a, b) => a - b), Array.from({ length: 200 }, (_, index) => index + 1));
  assertEquals(server.inFlight, 0);
});

served("serveHttp() refuses more requests at once than it may have under way", async (served) => {
  const { url, server, service } = served;
  const opened = Promise.withResolvers<void>();
  service.gate = opened.promise;
  const put = () => fetch(`${url}/v1/kv/key`, { method: "PUT", body: "x" });
  const waiting = [put(), put()];
  let refused = await fetch(`${url}/livez`);
  while (refused.status === 200) {
    await refused.text();
    refused = await fetch(`${url}/livez`);
  }
  assertEquals(server.inFlight, 2);
  await problem(refused, "overloaded");
  assertEquals(refused.headers.get("retry-after"), "1");
  opened.resolve();
  const statuses = await Promise.all(waiting.map(async (answer) => {
    await (await answer).body?.cancel();
    return (await answer).status;
  }));
  assertEquals(statuses.sort(), [200, 201]);
  const after = await fetch(`${url}/livez`);
  assertEquals([after.status, await after.text()], [200, "live\n"]);
}, { inFlightMax: 2 });

served("serveHttp() gives up a body that never comes, and takes its place back", async (served) => {
  using connection = await Deno.connect(served.server.address);
  const head = "PUT /v1/kv/key HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nab";
  await connection.write(new TextEncoder().encode(head));
  const answer = await connection.readable.getReader().read();
  assert(new TextDecoder().decode(answer.value).startsWith("HTTP/1.1 408 "));
  assertEquals([served.server.inFlight, served.service.executed], [0, 0]);
}, { bodyTimeoutMs: 10 });

served("HttpServer.metrics() counts responses by status", async ({ url, server }) => {
  const paths = ["/livez", "/livez", "/nowhere"];
  for (const path of paths) await (await fetch(url + path)).text();
  const counted = server.metrics()
    .filter((metric) => metric.name === "troupe_http_responses_total")
    .map((metric) => [metric.labels?.status, metric.value]);
  assertEquals(counted, [["200", 2], ["404", 1]]);
});

served(
  "HttpServer.shutdown() lets requests under way finish and refuses others",
  async (served) => {
    const { url, server, service } = served;
    const opened = Promise.withResolvers<void>();
    service.gate = opened.promise;
    const last = fetch(`${url}/v1/kv/key`, { method: "PUT", body: "x" });
    while (server.inFlight === 0) await (await fetch(`${url}/livez`)).text();
    const closed = server.shutdown();
    const refused = await fetch(`${url}/v1/kv/key`);
    await problem(refused, "unavailable");
    assertEquals(refused.headers.get("retry-after"), "1");
    opened.resolve();
    await closed;
    assertEquals([(await last).status, (await (await last).json()).created], [201, true]);
    await assertRejects(() => fetch(url), TypeError);
    await server.shutdown();
  },
);

served("HttpServer.shutdown() breaks off what takes too long", async ({ url, server, service }) => {
  const opened = Promise.withResolvers<void>();
  service.gate = opened.promise;
  const stuck = fetch(`${url}/v1/kv/key`, { method: "PUT", body: "x" });
  while (server.inFlight === 0) await (await fetch(`${url}/livez`)).text();
  const broken = assertRejects(() => stuck, TypeError);
  await server.shutdown();
  await broken;
  opened.resolve();
}, { shutdownMs: 1 });

Deno.test({
  name: "serveHttp() answers 500 for an app that throws, and takes its place back",
  ignore,
  fn: async () => {
    const fetchers = [
      () => {
        throw new Error("secret");
      },
      () => Promise.reject(new Error("secret")),
    ];
    for (const fetcher of fetchers) {
      await using server = serveHttp({ app: { fetch: fetcher } });
      const document = await problem(await fetch(server.address.url), "internal_error");
      assert(!JSON.stringify(document).includes("secret"));
      assertEquals(server.inFlight, 0);
    }
  },
});

Deno.test({
  name: "serveHttp() tells where it listens, also over IPv6",
  ignore: ignore || Deno.permissions.querySync({ name: "net", host: "[::1]" }).state !== "granted",
  fn: async () => {
    const app = httpGateway(new FakeService());
    for (const hostname of ["127.0.0.1", "::1"]) {
      let told: string | undefined;
      await using server = serveHttp({ app, hostname, onListen: ({ url }) => told = url });
      assertEquals(told, server.address.url);
      const response = await fetch(`${told}/livez`);
      assertEquals([response.status, await response.text()], [200, "live\n"]);
    }
  },
});

Deno.test("serveHttp() refuses a hostname that others can reach, unless told that it is meant", () => {
  const app = httpGateway(new FakeService());
  for (const hostname of ["0.0.0.0", "::", "192.168.1.5", "example.com"]) {
    const error = assertThrows(() => serveHttp({ app, hostname }), InsecureBind);
    assertEquals(error.code, "insecure_bind");
  }
});

Deno.test({
  name: "serveHttp() says which address it could not listen on",
  ignore,
  fn: async () => {
    const app = httpGateway(new FakeService());
    await using first = serveHttp({ app });
    const { port } = first.address;
    const error = assertThrows(() => serveHttp({ app, port }), ListenFailed);
    assertEquals(error.code, "listen_failed");
    assert(error.message.startsWith(`Could not listen on 127.0.0.1:${port}: AddrInUse`));
  },
});
