import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Metric } from "../../transport/service.ts";
import { headersOf, problem, world } from "./support.ts";

const QUORUM = { name: "quorum", ok: true, detail: "3 of 3 nodes" };
const JOURNAL = { name: "journal", ok: false, detail: "fsync failed" };

Deno.test("GET /livez answers 200 whatever the node's state", async () => {
  const { ask, service } = world();
  service.checks = [JOURNAL];
  const response = await ask("GET /livez?probe=1");
  assertEquals([response.status, await response.text()], [200, "live\n"]);
  assertEquals(headersOf(response, "content-type", "cache-control"), [
    "text/plain; charset=utf-8",
    "no-store",
  ]);
});

Deno.test("GET /readyz answers 200 if every check holds, else 503", async () => {
  const { ask, service } = world();
  service.checks = [QUORUM];
  const ready = await ask("GET /readyz");
  assertEquals([ready.status, await ready.text()], [200, "ready\n"]);
  service.checks = [QUORUM, JOURNAL];
  const unready = await ask("GET /readyz");
  assertEquals([unready.status, await unready.text()], [503, "not ready\n"]);
  assertEquals((await ask("HEAD /readyz")).status, 503);
});

Deno.test("GET /readyz?verbose lists every check", async () => {
  const { ask, service } = world();
  service.checks = [QUORUM, JOURNAL];
  for (const query of ["verbose", "verbose=true", "a=b&verbose"]) {
    assertEquals(
      await (await ask(`GET /readyz?${query}`)).text(),
      "[+] quorum: 3 of 3 nodes\n[-] journal: fsync failed\nnot ready\n",
    );
  }
});

Deno.test("GET /v1/status answers the node's state as JSON", async () => {
  const { ask, service } = world();
  const response = await ask("GET /v1/status");
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(await response.json(), service.status());
});

Deno.test("GET /metrics brings the samples of one name together, after one help and one type", async () => {
  const more: Metric[] = [{ name: "http", help: "From the server", type: "gauge", value: 7 }];
  const { ask, service } = world({ metrics: () => more });
  service.figures = [
    {
      name: "messages",
      help: "By kind",
      type: "counter",
      value: 1,
      labels: { kind: "a", to: "b" },
    },
    { name: "view", help: "Now", type: "gauge", value: 2.5, labels: {} },
    { name: "messages", help: "By kind", type: "counter", value: 3, labels: { kind: "c" } },
  ];
  const response = await ask("GET /metrics");
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assertEquals(
    await response.text(),
    `# HELP messages By kind
# TYPE messages counter
messages{kind="a",to="b"} 1
messages{kind="c"} 3
# HELP view Now
# TYPE view gauge
view 2.5
# HELP http From the server
# TYPE http gauge
http 7
`,
  );
});

Deno.test("GET /metrics escapes labels and help, and writes numbers that are none", async () => {
  const { ask, service } = world();
  const gauge = (value: number, labels: Record<string, string>): Metric => ({
    name: "m",
    help: 'back\\slash\nnew "line"',
    type: "gauge",
    value,
    labels,
  });
  service.figures = [
    gauge(Infinity, { a: 'quote"back\\slash\nnew' }),
    gauge(-Infinity, { a: "ü" }),
    gauge(NaN, { a: "" }),
    gauge(1e21, { a: "e" }),
  ];
  const text = await (await ask("GET /metrics")).text();
  const lines = text.trimEnd().split("\n");
  assertEquals(lines, [
    '# HELP m back\\\\slash\\nnew "line"',
    "# TYPE m gauge",
    'm{a="quote\\"back\\\\slash\\nnew"} +Inf',
    'm{a="ü"} -Inf',
    'm{a=""} NaN',
    'm{a="e"} 1e+21',
  ]);
  const sample = /^[a-zA-Z_:][\w:]*(\{(\w+="([^"\\\n]|\\[\\"n])*",?)*\})? (NaN|[+-]Inf|[-+.\de]+)$/;
  for (const line of lines.slice(2)) assertMatch(line, sample);
});

Deno.test("POST /v1/dev/actors/{name}/crash crashes the actor, slashes in its name or not", async () => {
  const { ask, service } = world({ dev: true });
  for (const name of ["replica", "transport/peer-1", "transport%2Fpeer-2", "crash"]) {
    const response = await ask(`POST /v1/dev/actors/${name}/crash`);
    assertEquals(response.status, 202);
    assertEquals(await response.json(), { crashed: decodeURIComponent(name) });
  }
  assertEquals(service.crashed, ["replica", "transport/peer-1", "transport/peer-2", "crash"]);
});

Deno.test("POST /v1/dev/actors/{name}/crash answers 404 for an actor that is not there", async () => {
  const { ask } = world({ dev: true });
  await problem(await ask("POST /v1/dev/actors/nobody/crash"), "no_such_actor");
  await problem(await ask("POST /v1/dev/actors/%zz/crash"), "bad_request");
  await problem(await ask("POST /v1/dev/actors//crash"), "not_found");
  await problem(await ask("POST /v1/dev/actors/replica/crash?node=1"), "bad_request");
});

Deno.test("httpGateway() without dev has no route that crashes an actor", async () => {
  const { ask, service } = world();
  await problem(await ask("POST /v1/dev/actors/replica/crash"), "not_found");
  const paths = Object.keys((await (await ask("GET /openapi.json")).json()).paths);
  assert(!paths.some((path) => path.includes("dev")));
  assertEquals(service.crashed, []);
});
