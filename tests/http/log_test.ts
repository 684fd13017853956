import { assertEquals } from "@std/assert";
import { LogMachine } from "../../protocols/log/machine.ts";
import { FakeService } from "./fake_service.ts";
import { BINARY, headersOf, problem, world } from "./support.ts";

function logWorld(options: { readonly logBytesMax?: number } = {}) {
  const service = new FakeService(new LogMachine({ recordBytesMax: 100, ...options }));
  return world({ machine: "log", valueBytesMax: 1_000 }, service);
}

Deno.test("POST /v1/log appends the body and answers with its offset", async () => {
  const { ask } = logWorld();
  for (const offset of [0, 1]) {
    const response = await ask("POST /v1/log", { body: `record ${offset}` });
    assertEquals([response.status, await response.json()], [201, { offset }]);
    assertEquals(headersOf(response, "troupe-op-number"), [String(offset + 1)]);
  }
});

Deno.test("GET /v1/log reads records from an offset on, as text or base64", async () => {
  const { ask } = logWorld();
  for (const body of ["a", BINARY, "c"]) await ask("POST /v1/log", { body });
  const response = await ask("GET /v1/log?from=1&limit=2");
  assertEquals(await response.json(), {
    records: [
      { offset: 1, value: "AP/+Cg==", encoding: "base64" },
      { offset: 2, value: "c", encoding: "utf8" },
    ],
    first: 0,
    next: 3,
  });
  assertEquals(headersOf(response, "troupe-consistency", "troupe-node"), ["linearizable", "0"]);
  const all = await (await ask("GET /v1/log?encoding=base64")).json();
  assertEquals(all.records[0], { offset: 0, value: "YQ==", encoding: "base64" });
  assertEquals((await (await ask("GET /v1/log?from=3")).json()).records, []);
});

Deno.test("GET /v1/log/latest says where the log begins and ends", async () => {
  const { ask } = logWorld();
  const latest = async () => await (await ask("GET /v1/log/latest")).json();
  assertEquals(await latest(), { latest: null, first: 0, next: 0 });
  await ask("POST /v1/log", { body: "a" });
  assertEquals(await latest(), { latest: 0, first: 0, next: 1 });
});

Deno.test("DELETE /v1/log drops old records, and readers who come late are told", async () => {
  const { ask } = logWorld();
  for (const body of ["a", "b", "c"]) await ask("POST /v1/log", { body });
  const response = await ask("DELETE /v1/log?before=2");
  assertEquals([response.status, await response.json()], [200, { first: 2, next: 3 }]);
  const late = await problem(await ask("GET /v1/log?from=1"), "offset_dropped");
  assertEquals([late.first, late.next], [2, 3]);
  await problem(await ask("DELETE /v1/log"), "bad_request");
});

Deno.test("POST /v1/log refuses what is beyond the log's bounds", async () => {
  const { ask } = logWorld({ logBytesMax: 120 });
  await problem(await ask("POST /v1/log", { body: "x".repeat(1_001) }), "too_large");
  await problem(await ask("POST /v1/log", { body: "x".repeat(101) }), "too_large");
  await ask("POST /v1/log", { body: "x".repeat(100) });
  await problem(await ask("POST /v1/log", { body: "x" }), "log_full");
});

Deno.test("/v1/log refuses offsets and limits that are none", async () => {
  const { ask } = logWorld();
  for (const query of ["from=-1", "from=x", "limit=0", "limit=1001", "offset=1", "from=1&from=2"]) {
    await problem(await ask(`GET /v1/log?${query}`), "bad_request");
  }
  await problem(
    await ask("POST /v1/log", { body: "a", headers: { "client-id": "1" } }),
    "bad_request",
  );
});

Deno.test("/v1/log is there only where the nodes run a log, and /v1/kv only where they do not", async () => {
  await problem(await world().ask("GET /v1/log"), "not_found");
  await problem(await logWorld().ask("GET /v1/kv/a"), "not_found");
});
