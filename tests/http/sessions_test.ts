import { assertEquals } from "@std/assert";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { FakeService } from "./fake_service.ts";
import { BINARY, headersOf, problem, world } from "./support.ts";

/** Remembers its last command; results and answers are bytes that begin with "r" and "q". */
class Recorder implements StateMachine {
  #last = new Uint8Array();

  apply(command: Uint8Array): Uint8Array {
    this.#last = new Uint8Array(command);
    return new Uint8Array([114, ...command]);
  }
  query(query: Uint8Array): Uint8Array {
    return new Uint8Array([113, ...query, ...this.#last]);
  }
  snapshot(): Iterable<Uint8Array> {
    return [];
  }
  restore(): void {}
}

Deno.test("POST /v1/sessions opens a session", async () => {
  const { ask } = world();
  const response = await ask("POST /v1/sessions");
  assertEquals([response.status, await response.json()], [201, { clientId: 17 }]);
  assertEquals(headersOf(response, "troupe-node", "content-type"), ["0", "application/json"]);
});

Deno.test("A request repeated with the same ids executes once and answers the same", async () => {
  const { ask, service } = world();
  const { clientId } = await (await ask("POST /v1/sessions")).json();
  const ids = { "client-id": String(clientId), "request-number": "1" };
  const first = await ask("POST /v1/kv/n?increment=5", { headers: ids });
  const second = await ask("POST /v1/kv/n?increment=5", { headers: ids });
  assertEquals([service.executed, second.status], [1, 200]);
  assertEquals(await second.json(), await first.json());
  assertEquals(service.lastSubmit, { id: { clientId, requestNumber: 1 } });
});

Deno.test("Ids of no session answer 410, and a number below the newest 409", async () => {
  const { ask } = world();
  const put = (clientId: string, number: string) =>
    ask("PUT /v1/kv/k", { headers: { "client-id": clientId, "request-number": number } });
  await problem(await put("99", "1"), "no_session");
  await ask("POST /v1/sessions");
  assertEquals((await put("17", "2")).status, 201);
  await problem(await put("17", "1"), "request_superseded");
});

Deno.test("Ids that are malformed, or only one of them, are refused", async () => {
  const { ask, service } = world();
  const bad: HeadersInit[] = [
    { "client-id": "1" },
    { "request-number": "1" },
    { "client-id": "x", "request-number": "1" },
    { "client-id": "-1", "request-number": "1" },
    { "client-id": "1", "request-number": "0" },
    { "client-id": "1", "request-number": "1.5" },
    { "client-id": "1", "request-number": "9007199254740992" },
    { "client-id": "", "request-number": "1" },
  ];
  for (const headers of bad) {
    await problem(await ask("PUT /v1/kv/k", { headers }), "bad_request");
    await problem(await ask("DELETE /v1/kv/k", { headers }), "bad_request");
    await problem(await ask("POST /v1/commands", { headers }), "bad_request");
  }
  assertEquals(service.executed, 0);
});

Deno.test("POST /v1/commands and /v1/queries carry bytes of any state machine", async () => {
  const { ask, service } = world({ machine: "own" }, new FakeService(new Recorder()));
  const command = await ask("POST /v1/commands", { body: BINARY });
  assertEquals([command.status, await command.bytes()], [200, new Uint8Array([114, ...BINARY])]);
  assertEquals(
    headersOf(command, "content-type", "troupe-op-number", "x-content-type-options"),
    ["application/octet-stream", "1", "nosniff"],
  );
  const query = await ask("POST /v1/queries?consistency=stale", { body: new Uint8Array([1]) });
  assertEquals(await query.bytes(), new Uint8Array([113, 1, ...BINARY]));
  assertEquals(headersOf(query, "troupe-op-number", "troupe-consistency"), ["1", "stale"]);
  assertEquals(service.lastQuery, { consistency: "stale" });
  const empty = await ask("POST /v1/commands");
  assertEquals(await empty.text(), "r");
});

Deno.test("The routes of the key-value store say why there are none with another state machine", async () => {
  const { ask } = world({ machine: "own" }, new FakeService(new Recorder()));
  for (const path of ["/v1/kv", "/v1/kv/key", "/v1/kv/"]) {
    const { detail } = await problem(await ask(`GET ${path}`), "not_found");
    assertEquals(
      detail,
      `No such route: ${path}; the nodes run another state machine than the key-value store`,
    );
  }
});

Deno.test("POST /v1/commands takes a session, and bodies up to its own limit", async () => {
  const { ask, service } = world(
    { machine: "own", commandBytesMax: 4 },
    new FakeService(new Recorder()),
  );
  await ask("POST /v1/sessions");
  const headers = { "client-id": "17", "request-number": "1" };
  await ask("POST /v1/commands", { body: "a", headers });
  const repeated = await ask("POST /v1/commands", { body: "b", headers });
  assertEquals([service.executed, await repeated.text()], [1, "ra"]);
  assertEquals((await ask("POST /v1/commands", { body: "1234" })).status, 200);
  for (const path of ["/v1/commands", "/v1/queries"]) {
    await problem(await ask(`POST ${path}`, { body: "12345" }), "too_large");
  }
});

Deno.test("httpGateway() without kv has no routes under /v1/kv", async () => {
  const { ask } = world({ machine: "own" }, new FakeService(new Recorder()));
  for (const line of ["GET /v1/kv", "GET /v1/kv/", "PUT /v1/kv/key", "OPTIONS /v1/kv/key"]) {
    await problem(await ask(line), "not_found");
  }
});
