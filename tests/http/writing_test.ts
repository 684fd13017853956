import { assertEquals } from "@std/assert";
import { BINARY, headersOf, problem, world } from "./support.ts";

Deno.test("PUT answers 201 for a new key and 200 for a replaced one, with metadata", async () => {
  const { ask } = world();
  const created = await ask("PUT /v1/kv/key", { body: "a" });
  assertEquals(created.status, 201);
  assertEquals(await created.json(), {
    key: "key",
    created: true,
    revision: 1,
    createRevision: 1,
    modRevision: 1,
    version: 1,
  });
  const replaced = await ask("PUT /v1/kv/key", { body: "b" });
  assertEquals(replaced.status, 200);
  assertEquals(
    headersOf(replaced, "etag", "content-type", "troupe-op-number"),
    ['"2"', "application/json", "2"],
  );
  assertEquals(await replaced.json(), {
    key: "key",
    created: false,
    revision: 2,
    createRevision: 1,
    modRevision: 2,
    version: 2,
  });
});

Deno.test("PUT stores the body byte for byte, whatever its content type", async () => {
  const { ask } = world();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  await ask("PUT /v1/kv/key", { body: BINARY, headers });
  assertEquals(await (await ask("GET /v1/kv/key")).bytes(), BINARY);
});

Deno.test("PUT takes a value of 512 KiB and refuses one byte more", async () => {
  const { ask, service } = world();
  const longest = new Uint8Array(512 * 1024).fill(7);
  assertEquals((await ask("PUT /v1/kv/key", { body: longest })).status, 201);
  assertEquals(await (await ask("GET /v1/kv/key")).bytes(), longest);
  const longer = new Uint8Array(512 * 1024 + 1);
  const document = await problem(await ask("PUT /v1/kv/key", { body: longer }), "too_large");
  assertEquals(document.detail, "Body of more than 524288 bytes exceeds the limit of 524288");
  assertEquals(service.executed, 1);
});

Deno.test("PUT refuses a declared length beyond the limit without reading the body", async () => {
  const { ask } = world();
  const body = new ReadableStream({
    pull: () => {
      throw new Error("read");
    },
  }, { highWaterMark: 0 });
  const headers = { "content-length": "600000" };
  const document = await problem(await ask("PUT /v1/kv/key", { body, headers }), "too_large");
  assertEquals(document.detail, "Body of 600000 bytes exceeds the limit of 524288");
});

Deno.test("PUT reports what the store itself finds too large", async () => {
  const { ask } = world({ valueBytesMax: 1_000_000 });
  const document = await problem(
    await ask("PUT /v1/kv/key", { body: new Uint8Array(600_000) }),
    "too_large",
  );
  assertEquals(document.detail, "The value of 600000 bytes exceeds the limit of 524288");
});

Deno.test("DELETE says whether the key was there, and succeeds either way", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/key", { body: "a" });
  const first = await ask("DELETE /v1/kv/key");
  assertEquals([first.status, await first.json()], [200, { deleted: true, revision: 2 }]);
  const second = await ask("DELETE /v1/kv/key");
  assertEquals([second.status, await second.json()], [200, { deleted: false, revision: 2 }]);
  assertEquals(headersOf(second, "etag", "troupe-op-number"), [null, "3"]);
  await problem(await ask("GET /v1/kv/key"), "key_not_found");
});

Deno.test("POST ?increment adds to a number, from 0 for an absent key", async () => {
  const { ask } = world();
  const created = await ask("POST /v1/kv/n?increment=42");
  assertEquals(created.status, 200);
  assertEquals(created.headers.get("etag"), '"1"');
  assertEquals(await created.json(), {
    key: "n",
    value: "42",
    created: true,
    revision: 1,
    createRevision: 1,
    modRevision: 1,
    version: 1,
  });
  assertEquals((await (await ask("POST /v1/kv/n?increment=-50")).json()).value, "-8");
  assertEquals(await (await ask("GET /v1/kv/n")).text(), "-8");
});

Deno.test("POST ?increment is exact to 64 bits and refuses to overflow", async () => {
  const { ask } = world();
  const max = "9223372036854775807";
  assertEquals((await (await ask(`POST /v1/kv/n?increment=${max}`)).json()).value, max);
  const response = await ask("POST /v1/kv/n?increment=1");
  assertEquals((await problem(response, "number_overflow")).modRevision, 1);
  assertEquals(response.headers.get("etag"), '"1"');
  assertEquals(await (await ask("GET /v1/kv/n")).text(), max);
});

Deno.test("POST ?increment answers 409 for a value that is no number", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/key", { body: "abc" });
  const response = await ask("POST /v1/kv/key?increment=1");
  assertEquals((await problem(response, "not_a_number")).modRevision, 1);
  assertEquals(await (await ask("GET /v1/kv/key")).text(), "abc");
});

Deno.test("POST to a key takes an integer of 64 bits and no condition", async () => {
  const { ask, service } = world();
  for (
    const query of [
      ...["", "?increment", "?increment=", "?increment=1.5", "?increment=x", "?increment=1e3"],
      ...["?increment=9223372036854775808", "?increment=-9223372036854775809"],
      ...["?increment=+1", "?increment=1&increment=2", "?increment=1&if-value=1"],
    ]
  ) await problem(await ask(`POST /v1/kv/n${query}`), "bad_request");
  for (const name of ["if-match", "if-none-match"]) {
    const response = await ask("POST /v1/kv/n?increment=1", { headers: { [name]: "*" } });
    await problem(response, "bad_request");
  }
  assertEquals(service.executed, 0);
});
