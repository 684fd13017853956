import { assert, assertEquals } from "@std/assert";
import { AskTimeout } from "../../actors/errors.ts";
import {
  NoActiveReplicas,
  NoSession,
  Overloaded,
  RequestSuperseded,
  Unavailable,
  UnknownOutcome,
} from "../../transport/service.ts";
import type { HttpProblem } from "../../transport/http/problems.ts";
import { FakeService } from "./fake_service.ts";
import { headersOf, problem, world } from "./support.ts";

/** One request of every kind that reaches the service. */
const REQUESTS = [
  "GET /v1/kv/key",
  "GET /v1/kv",
  "PUT /v1/kv/key",
  "DELETE /v1/kv/key",
  "POST /v1/kv/key?increment=1",
  "POST /v1/sessions",
  "POST /v1/commands",
  "POST /v1/queries",
];

Deno.test("Unavailable and Overloaded answer 503 with Retry-After in whole seconds", async () => {
  const { ask, service, defects } = world();
  for (const line of REQUESTS) {
    for (const [ms, seconds] of [[0, "1"], [100, "1"], [1000, "1"], [1001, "2"]] as const) {
      service.failure = new Unavailable("No primary is known", ms);
      const unavailable = await ask(line);
      assertEquals((await problem(unavailable, "unavailable")).detail, "No primary is known");
      service.failure = new Overloaded("Too many requests", ms);
      const overloaded = await ask(line);
      await problem(overloaded, "overloaded");
      for (const response of [unavailable, overloaded]) {
        assertEquals(headersOf(response, "retry-after", "troupe-node"), [seconds, "0"]);
      }
    }
  }
  assertEquals(defects, []);
});

Deno.test("NoActiveReplicas answers 503, says which volume, and when to come back", async () => {
  const { ask, service } = world();
  for (const line of REQUESTS) {
    service.failure = new NoActiveReplicas(3, "has no member left");
    const response = await ask(line);
    assertEquals(response.headers.get("retry-after"), "1");
    const { detail } = await problem(response, "no_active_replicas");
    assertEquals(detail, "Volume 3 has no member left");
  }
});

Deno.test("UnknownOutcome answers 504 with the ids to retry with", async () => {
  const { ask, service } = world();
  for (const line of ["PUT /v1/kv/key", "DELETE /v1/kv/key", "POST /v1/commands"]) {
    service.failure = new UnknownOutcome({ clientId: 17, requestNumber: 3 }, 5_000);
    const response = await ask(line);
    assertEquals(response.headers.get("retry-after"), null);
    const { outcome, clientId, requestNumber } = await problem(response, "outcome_unknown");
    assertEquals([outcome, clientId, requestNumber], ["unknown", 17, 3]);
  }
});

Deno.test("NoSession answers 410 and RequestSuperseded 409", async () => {
  const { ask, service } = world();
  service.failure = new NoSession(17);
  await problem(await ask("PUT /v1/kv/key"), "no_session");
  service.failure = new RequestSuperseded({ clientId: 17, requestNumber: 1 }, 2);
  await problem(await ask("PUT /v1/kv/key"), "request_superseded");
});

Deno.test("An error that nobody foresaw answers 500, tells nothing of itself, and is reported", async () => {
  const { ask, service, defects } = world();
  const errors = [new Error("secret"), new AskTimeout("secret", 1), new TypeError("secret")];
  for (const error of errors) {
    for (const line of REQUESTS) {
      service.failure = error;
      const document = await problem(await ask(line), "internal_error");
      assertEquals(document.outcome, "unknown");
      assert(!JSON.stringify(document).includes("secret"));
    }
  }
  assertEquals(defects.length, errors.length * REQUESTS.length);
  assertEquals(defects[0], errors[0]);
});

Deno.test("A state machine that is not the key-value store ends as 500, not as a crash", async () => {
  const machine = {
    apply: () => new Uint8Array([99]),
    query: () => new Uint8Array([99]),
    snapshot: () => [],
    restore: () => {},
  };
  const { ask, defects } = world({}, new FakeService(machine));
  for (const line of REQUESTS.slice(0, 5)) await problem(await ask(line), "internal_error");
  assertEquals((defects[0] as HttpProblem).code, "unexpected_result" as string);
});

Deno.test("Bytes that are no command of the store answer nothing but the store's own words", async () => {
  const { ask, defects } = world();
  const response = await ask("POST /v1/commands", { body: "nonsense" });
  assertEquals([response.status, defects], [200, []]);
});

Deno.test("?redirect sends clients to the primary with the same path and parameters", async () => {
  const { ask, service } = world();
  service.primary = 1;
  for (const line of REQUESTS) {
    const [method, path] = line.split(" ") as [string, string];
    const target = `${path}${path.includes("?") ? "&" : "?"}redirect&timeout=2s`;
    const response = await ask(`${method} ${target}`);
    assertEquals(response.status, 307, line);
    assertEquals(
      headersOf(response, "location", "troupe-node", "x-content-type-options"),
      [`http://127.0.0.1:7101${target}`, "0", "nosniff"],
    );
  }
  const odd = await ask("GET /v1/kv/a%2Fb%25%20c?redirect");
  assertEquals(odd.headers.get("location"), "http://127.0.0.1:7101/v1/kv/a%2Fb%25%20c?redirect");
});

Deno.test("?redirect writes into Location only what may stand there", async () => {
  const { app, service } = world();
  service.primary = 1;
  const request = new Request("http://localhost/v1/kv/a");
  // What a client may send raw, and Deno.serve passes on as it is.
  Object.defineProperty(request, "url", { value: "http://localhost/v1/kv/日本?redirect" });
  const response = await app.fetch(request);
  assertEquals(
    response.headers.get("location"),
    "http://127.0.0.1:7101/v1/kv/%E6%97%A5%E6%9C%AC?redirect",
  );
});

Deno.test("?redirect answers 503 if no primary is known, or none that this node knows", async () => {
  const { ask, service } = world();
  for (const primary of [null, 7]) {
    service.primary = primary;
    for (const line of REQUESTS) {
      const response = await ask(`${line}${line.includes("?") ? "&" : "?"}redirect`);
      await problem(response, "unavailable");
      assertEquals(response.headers.get("retry-after"), "1");
    }
  }
});

Deno.test("?redirect changes nothing at the primary, nor does a missing one elsewhere", async () => {
  const { ask, service } = world();
  assertEquals((await ask("PUT /v1/kv/key?redirect")).status, 201);
  assertEquals((await ask("POST /v1/sessions?redirect=true")).status, 201);
  service.primary = 1;
  assertEquals((await ask("PUT /v1/kv/key?redirect=false")).status, 200);
  assertEquals((await ask("POST /v1/sessions")).status, 201);
});

Deno.test("?timeout is passed on in milliseconds", async () => {
  const { ask, service } = world();
  await ask("PUT /v1/kv/key?timeout=2s");
  assertEquals(service.lastSubmit, { timeoutMs: 2_000 });
  await ask("GET /v1/kv/key?timeout=500ms&consistency=stale");
  assertEquals(service.lastQuery, { timeoutMs: 500, consistency: "stale" });
  await ask("POST /v1/sessions?timeout=60s");
  assertEquals(service.lastSession, { timeoutMs: 60_000 });
  await ask("POST /v1/sessions");
  assertEquals(service.lastSession, {});
  await problem(await ask("PUT /v1/kv/key?timeout=61s"), "bad_request");
});

Deno.test("Every route refuses parameters that it does not know", async () => {
  const { ask, service } = world();
  for (const line of REQUESTS) {
    const response = await ask(`${line}${line.includes("?") ? "&" : "?"}consistancy=stale`);
    const { detail } = await problem(response, "bad_request");
    assert((detail as string).startsWith('Query parameter "consistancy" is unknown: this route'));
  }
  assertEquals(service.executed, 0);
});
