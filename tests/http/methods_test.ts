import { assertEquals } from "@std/assert";
import { problem, world } from "./support.ts";

const PATHS: [path: string, allow: string][] = [
  ["/v1/kv", "GET, HEAD, OPTIONS"],
  ["/v1/kv/key", "GET, PUT, POST, DELETE, HEAD, OPTIONS"],
  ["/v1/kv/a/b%20c", "GET, PUT, POST, DELETE, HEAD, OPTIONS"],
  ["/v1/sessions", "POST, OPTIONS"],
  ["/v1/commands", "POST, OPTIONS"],
  ["/v1/queries", "POST, OPTIONS"],
  ["/v1/status", "GET, HEAD, OPTIONS"],
  ["/livez", "GET, HEAD, OPTIONS"],
  ["/readyz", "GET, HEAD, OPTIONS"],
  ["/metrics", "GET, HEAD, OPTIONS"],
  ["/openapi.json", "GET, HEAD, OPTIONS"],
  ["/v1/dev/actors/replica/crash", "POST, OPTIONS"],
];
const METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "PROPFIND", "get"];

Deno.test("A method that a path does not have answers 405 with Allow", async () => {
  const { ask } = world({ dev: true });
  for (const [path, allow] of PATHS) {
    const allowed = allow.split(", ");
    for (const method of METHODS) {
      // The Request constructor writes the usual methods in capitals.
      if (allowed.includes(method.toUpperCase())) continue;
      const response = await ask(`${method} ${path}?x=%zz`);
      assertEquals(response.headers.get("allow"), allow, `${method} ${path}`);
      if (method === "HEAD") assertEquals(response.status, 405);
      else await problem(response, "method_not_allowed");
    }
  }
});

Deno.test("OPTIONS answers 204 with Allow, and nothing that lets other origins in", async () => {
  const { ask } = world({ dev: true });
  const headers = { origin: "http://evil.example", "access-control-request-method": "PUT" };
  for (const [path, allow] of PATHS) {
    const response = await ask(`OPTIONS ${path}`, { headers });
    assertEquals([response.status, response.headers.get("allow")], [204, allow]);
    assertEquals(response.headers.get("access-control-allow-origin"), null);
    assertEquals(response.body, null);
  }
});

Deno.test("OPTIONS * answers every method", async () => {
  const { ask } = world();
  const response = await ask("OPTIONS /*"); // How Deno.serve passes the asterisk on.
  assertEquals(
    [response.status, response.headers.get("allow")],
    [204, "GET, PUT, POST, DELETE, HEAD, OPTIONS"],
  );
});

Deno.test("An unknown path answers 404 for every method, and HEAD without a body", async () => {
  const { ask, defects } = world();
  for (
    const path of [
      ...["/", "/v1", "/v1/", "/v2/kv/key", "/v1/kvs", "/V1/kv/key", "/livez/", "//livez"],
      ...["/v1%2Fkv/key", "/v1/status/x", "/%zz", "/v1/dev/actors/replica"],
    ]
  ) {
    for (const method of [...METHODS, "OPTIONS"]) {
      const response = await ask(`${method} ${path}`);
      if (method === "HEAD") assertEquals([response.status, response.body], [404, null]);
      else await problem(response, "not_found");
    }
  }
  assertEquals(defects, []);
});

Deno.test("A request without a path, as CONNECT sends it, answers 404", async () => {
  const { app } = world();
  const request = new Request("http://localhost/");
  Object.defineProperty(request, "url", { value: "http://localhost:80" });
  await problem(await app.fetch(request), "not_found");
});

Deno.test("httpGateway() lets Hono use its fast router", async () => {
  const { app, ask } = world({ dev: true });
  await ask("GET /livez");
  assertEquals(app.router.name, "SmartRouter + RegExpRouter");
});
