import { assertEquals } from "@std/assert";
import { problem, world } from "./support.ts";

Deno.test("Keys come back as they were meant, whatever is in them", async () => {
  const { ask } = world();
  const keys: [path: string, key: string][] = [
    ["plain", "plain"],
    ["a/b//c/", "a/b//c/"],
    ["a%2Fb", "a/b"],
    ["/", "/"],
    ["%20%20x", "  x"],
    ["100%25", "100%"],
    ["%2525", "%25"],
    ["%252F", "%2F"],
    ["a+b", "a+b"],
    ["%3F%23%26=", "?#&="],
    ["gr%C3%BCn", "grün"],
    ["%F0%9F%8E%AD", "🎭"],
    ["%00%0A%7F", "\0\n\x7f"],
    ["%EF%BB%BFbom", "\ufeffbom"],
    ["__proto__", "__proto__"],
    ["crash", "crash"],
  ];
  for (const [path, key] of keys) {
    const put = await ask(`PUT /v1/kv/${path}`, { body: path });
    assertEquals([put.status, (await put.json()).key], [201, key], path);
    assertEquals(await (await ask(`GET /v1/kv/${encodeURIComponent(key)}`)).text(), path);
  }
  const page = await (await ask("GET /v1/kv?keys-only&limit=1000")).json();
  const stored = new Set(page.items.map((item: { key: string }) => item.key));
  assertEquals(stored, new Set(keys.map(([, key]) => key)));
});

Deno.test("Keys written in two ways of encoding are one key", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/a/b", { body: "x" });
  assertEquals((await ask("PUT /v1/kv/%61%2fb", { body: "y" })).status, 200);
});

Deno.test("Keys that are empty or malformed are refused by every method", async () => {
  const { ask, service } = world();
  for (const path of ["", "%", "%2", "%zz", "100%", "%C3", "%FF", "%ED%A0%80", "a%C0%80"]) {
    for (const method of ["GET", "PUT", "DELETE", "POST"]) {
      const query = method === "POST" ? "?increment=1" : "";
      await problem(await ask(`${method} /v1/kv/${path}${query}`), "bad_request");
    }
  }
  assertEquals(service.executed, 0);
});

Deno.test("A number sign that was not escaped is refused rather than cut off", async () => {
  const { app } = world();
  const request = new Request("http://localhost/v1/kv/a", { method: "PUT", body: "x" });
  Object.defineProperty(request, "url", { value: "http://localhost/v1/kv/a#b" });
  await problem(await app.fetch(request), "bad_request");
});

Deno.test("Keys may have 1024 bytes of UTF-8, not 1025", async () => {
  const { ask, service } = world();
  const euros = "%E2%82%AC".repeat(341);
  assertEquals((await ask(`PUT /v1/kv/${euros}a`)).status, 201);
  assertEquals((await ask(`PUT /v1/kv/${"k".repeat(1024)}`)).status, 201);
  for (const path of [`${euros}ab`, "k".repeat(1025)]) {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const document = await problem(await ask(`${method} /v1/kv/${path}`), "too_large");
      assertEquals(document.detail, "Key of 1025 bytes exceeds the limit of 1024");
    }
  }
  assertEquals(service.executed, 2);
});
