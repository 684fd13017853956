import { assertEquals } from "@std/assert";
import { problem, world } from "./support.ts";

/** A world where `key` holds "b" at revision 2. */
async function written() {
  const w = world();
  await w.ask("PUT /v1/kv/key", { body: "a" });
  await w.ask("PUT /v1/kv/key", { body: "b" });
  return w;
}

Deno.test("If-Match with a revision lets a write pass only at that revision", async () => {
  const { ask } = await written();
  const refused = await ask("PUT /v1/kv/key", { body: "c", headers: { "if-match": '"1"' } });
  const document = await problem(refused, "precondition_failed");
  assertEquals(document.modRevision, 2);
  assertEquals(refused.headers.get("etag"), '"2"');
  assertEquals(await (await ask("GET /v1/kv/key")).text(), "b");
  const passed = await ask("PUT /v1/kv/key", { body: "c", headers: { "if-match": '"2"' } });
  assertEquals([passed.status, passed.headers.get("etag")], [200, '"3"']);
});

Deno.test("If-Match on an absent key answers 412 without an ETag", async () => {
  const { ask } = world();
  for (const tag of ['"1"', "*"]) {
    const refused = await ask("PUT /v1/kv/key", { body: "c", headers: { "if-match": tag } });
    assertEquals((await problem(refused, "precondition_failed")).modRevision, null);
    assertEquals(refused.headers.get("etag"), null);
  }
});

Deno.test("If-Match: * lets a write pass only if the key exists", async () => {
  const { ask } = await written();
  const passed = await ask("PUT /v1/kv/key", { body: "c", headers: { "if-match": "*" } });
  assertEquals(passed.status, 200);
});

Deno.test("If-None-Match: * lets a write pass only if the key is absent", async () => {
  const { ask } = await written();
  const headers = { "if-none-match": "*" };
  const refused = await ask("PUT /v1/kv/key", { body: "c", headers });
  await problem(refused, "precondition_failed");
  assertEquals(refused.headers.get("etag"), '"2"');
  assertEquals((await ask("PUT /v1/kv/new", { body: "c", headers })).status, 201);
});

Deno.test("?if-value and ?if-value-base64 let a write pass only at that value", async () => {
  const { ask } = world();
  const put = (query: string, body = "next") => ask(`PUT /v1/kv/key?${query}`, { body });
  await problem(await put("if-value="), "precondition_failed");
  await ask("PUT /v1/kv/key", { body: "a+b grün/?" });
  await problem(await put("if-value=a%2Bb"), "precondition_failed");
  assertEquals((await put("if-value=a%2Bb+gr%C3%BCn%2F%3F", "\xff\xfe?>")).status, 200);
  // The same bytes in both alphabets of base64, and with a plus sign that was not escaped.
  const bytes = "\xff\xfe?>";
  const standard = new TextEncoder().encode(bytes).toBase64();
  const urlSafe = new TextEncoder().encode(bytes).toBase64({ alphabet: "base64url" });
  for (const base64 of [standard, urlSafe, encodeURIComponent(standard)]) {
    assertEquals((await put(`if-value-base64=${base64}`, bytes)).status, 200, base64);
  }
  await problem(await put("if-value-base64=AAAA"), "precondition_failed");
});

Deno.test("Conditions work on DELETE as on PUT", async () => {
  const { ask } = await written();
  const remove = (headers: HeadersInit, query = "") =>
    ask(`DELETE /v1/kv/key${query}`, { headers });
  await problem(await remove({ "if-match": '"1"' }), "precondition_failed");
  await problem(await remove({ "if-none-match": "*" }), "precondition_failed");
  await problem(await remove({}, "?if-value=a"), "precondition_failed");
  assertEquals((await remove({ "if-match": '"2"' })).status, 200);
  await problem(await remove({ "if-match": "*" }), "precondition_failed");
  assertEquals((await remove({ "if-none-match": "*" })).status, 200);
});

Deno.test("A write refuses conditions that are malformed, and more than one", async () => {
  const { ask, service } = world();
  const bad: [Record<string, string>, string][] = [
    [{ "if-match": "2" }, ""],
    [{ "if-match": '"2", "3"' }, ""],
    [{ "if-match": 'W/"2"' }, ""],
    [{ "if-match": '"0"' }, ""],
    [{ "if-match": '"abc"' }, ""],
    [{ "if-match": '"99999999999999999999"' }, ""],
    [{ "if-match": '"9999999999999999"' }, ""],
    [{ "if-match": "" }, ""],
    [{ "if-none-match": '"2"' }, ""],
    [{ "if-match": "*", "if-none-match": "*" }, ""],
    [{ "if-match": '"2"' }, "?if-value=a"],
    [{}, "?if-value=a&if-value-base64=YQ"],
    [{}, "?if-value-base64=%C3%BC"],
    [{}, "?if-value-base64=A"],
    [{}, "?if-value=%ff"],
  ];
  for (const [headers, query] of bad) {
    for (const method of ["PUT", "DELETE"]) {
      await problem(await ask(`${method} /v1/kv/key${query}`, { headers }), "bad_request");
    }
  }
  assertEquals(service.executed, 0);
});
