import { assertEquals } from "@std/assert";
import { BINARY, headersOf, problem, world } from "./support.ts";

Deno.test("GET of a key answers the raw bytes with the revisions in headers", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/other", { body: "x" });
  await ask("PUT /v1/kv/key", { body: "first" });
  await ask("PUT /v1/kv/key", { body: BINARY });
  const response = await ask("GET /v1/kv/key");
  assertEquals(response.status, 200);
  assertEquals(await response.bytes(), BINARY);
  assertEquals(
    headersOf(
      response,
      ...["content-type", "etag", "troupe-create-revision", "troupe-version"],
      ...["troupe-node", "troupe-op-number", "troupe-consistency"],
    ),
    ["application/octet-stream", '"3"', "2", "2", "0", "3", "linearizable"],
  );
});

Deno.test("GET of a key keeps browsers from guessing and caches from answering", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/key", { body: "<script>alert(1)</script>" });
  assertEquals(
    headersOf(await ask("GET /v1/kv/key"), "x-content-type-options", "cache-control"),
    ["nosniff", "no-store"],
  );
});

Deno.test("GET of an absent key answers 404 with what the answer reflects", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/other", { body: "x" });
  const response = await ask("GET /v1/kv/key");
  await problem(response, "key_not_found");
  assertEquals(headersOf(response, "etag", "troupe-op-number", "troupe-node"), [null, "1", "0"]);
});

Deno.test("GET of a key answers JSON for ?format=json, and for Accept", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/a%2Fb", { body: "grün" });
  const expected = {
    key: "a/b",
    value: "grün",
    encoding: "utf8",
    createRevision: 1,
    modRevision: 1,
    version: 1,
  };
  const json = { headers: { accept: "application/json" } };
  for (
    const response of [
      await ask("GET /v1/kv/a%2Fb?format=json"),
      await ask("GET /v1/kv/a%2Fb", json),
      await ask("GET /v1/kv/a%2Fb", { headers: { accept: "text/html, application/json;q=0.9" } }),
    ]
  ) {
    assertEquals(headersOf(response, "content-type", "etag"), ["application/json", '"1"']);
    assertEquals(await response.json(), expected);
  }
  const raw = await ask("GET /v1/kv/a%2Fb?format=raw", json);
  assertEquals(await raw.text(), "grün");
});

Deno.test("GET as JSON writes base64 for bytes that are no UTF-8, and on demand", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/binary", { body: BINARY });
  await ask("PUT /v1/kv/text", { body: "text" });
  const binary = await (await ask("GET /v1/kv/binary?format=json")).json();
  assertEquals([binary.value, binary.encoding], ["AP/+Cg==", "base64"]);
  const text = await (await ask("GET /v1/kv/text?format=json&encoding=base64")).json();
  assertEquals([text.value, text.encoding], ["dGV4dA==", "base64"]);
});

Deno.test("GET as JSON keeps a byte order mark, and an empty value", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/bom", { body: new Uint8Array([0xef, 0xbb, 0xbf, 0x61]) });
  assertEquals((await (await ask("GET /v1/kv/bom?format=json")).json()).value, "\ufeffa");
  await ask("PUT /v1/kv/empty");
  assertEquals((await (await ask("GET /v1/kv/empty?format=json")).json()).value, "");
  const raw = await ask("GET /v1/kv/empty");
  assertEquals([raw.status, (await raw.bytes()).length], [200, 0]);
});

Deno.test("GET refuses an encoding for raw bytes and unknown words", async () => {
  const { ask } = world();
  for (const query of ["encoding=base64", "format=json&encoding=hex", "format=xml"]) {
    await problem(await ask(`GET /v1/kv/key?${query}`), "bad_request");
  }
});

Deno.test("GET with If-None-Match answers 304 without a body, only for the same revision", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/key", { body: "a" });
  await ask("PUT /v1/kv/key", { body: "b" });
  for (const tags of ['"2"', '"1", "2"', 'W/"2"', "*"]) {
    const response = await ask("GET /v1/kv/key", { headers: { "if-none-match": tags } });
    assertEquals(response.status, 304, tags);
    assertEquals(headersOf(response, "etag", "content-type", "troupe-version"), ['"2"', null, "2"]);
    assertEquals(await response.text(), "");
  }
  for (const tags of ['"1"', '"12"', "2", "nonsense"]) {
    const response = await ask("GET /v1/kv/key", { headers: { "if-none-match": tags } });
    assertEquals([response.status, await response.text()], [200, "b"], tags);
  }
});

Deno.test("GET with If-Match answers 412 for another revision, 404 for no key", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/key", { body: "a" });
  const init = { headers: { "if-match": '"7"' } };
  const response = await ask("GET /v1/kv/key", init);
  assertEquals((await problem(response, "precondition_failed")).modRevision, 1);
  assertEquals(response.headers.get("etag"), '"1"');
  await problem(await ask("GET /v1/kv/absent", init), "key_not_found");
  const same = await ask("GET /v1/kv/key", { headers: { "if-match": '"1"' } });
  assertEquals(same.status, 200);
});

Deno.test("GET passes the consistency on, and says which it was", async () => {
  const { ask, service } = world();
  await ask("PUT /v1/kv/key", { body: "a" });
  const stale = await ask("GET /v1/kv/key?consistency=stale");
  assertEquals(service.lastQuery, { consistency: "stale" });
  assertEquals(stale.headers.get("troupe-consistency"), "stale");
  await ask("GET /v1/kv/key?consistency=linearizable");
  assertEquals(service.lastQuery, { consistency: "linearizable" });
  await problem(await ask("GET /v1/kv/key?consistency=eventual"), "bad_request");
});

Deno.test("HEAD answers the headers of GET, the length included, and no body", async () => {
  const { ask } = world();
  await ask("PUT /v1/kv/key", { body: "value" });
  const response = await ask("HEAD /v1/kv/key");
  assertEquals(response.status, 200);
  assertEquals(headersOf(response, "content-length", "etag"), ["5", '"1"']);
  assertEquals(response.body, null);
  const absent = await ask("HEAD /v1/kv/absent");
  const body = await (await ask("GET /v1/kv/absent")).bytes();
  assertEquals([absent.status, absent.body], [404, null]);
  assertEquals(absent.headers.get("content-length"), String(body.length));
});

Deno.test("?consistency=bounded is passed on with its bounds, and takes at least one of them", async () => {
  const { ask, service } = world();
  await ask("PUT /v1/kv/a", { body: "1" });
  const response = await ask("GET /v1/kv/a?consistency=bounded&max_age_ms=250&max_versions=2");
  assertEquals(service.lastQuery, { consistency: "bounded", maxAgeMs: 250, maxVersions: 2 });
  assertEquals(response.headers.get("troupe-consistency"), "bounded");
  await ask("GET /v1/kv?consistency=bounded&max_versions=0");
  assertEquals(service.lastQuery, { consistency: "bounded", maxVersions: 0 });
  const wrong = [
    "consistency=bounded",
    "max_age_ms=5",
    "consistency=stale&max_versions=1",
    "consistency=bounded&max_age_ms=-1",
    "consistency=bounded&max_age_ms=1s",
    "consistency=bounded&max_versions=1.5",
  ];
  for (const query of wrong) await problem(await ask(`GET /v1/kv/a?${query}`), "bad_request");
});
