import { assert, assertEquals } from "@std/assert";
import { pathTemplate } from "../../transport/http/openapi.ts";
import { PROBLEMS } from "../../transport/http/problems.ts";
import { gossipWorld } from "./gossip_support.ts";
import { type World, world } from "./support.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters: { readonly $ref: string }[];
  readonly responses: Record<string, unknown>;
}

interface Described {
  readonly dev?: boolean;
  readonly machine?: "kv" | "log" | "own";
  readonly gossip?: boolean;
}

function worldOf({ gossip = false, ...options }: Described): World {
  return gossip ? gossipWorld(options) : world(options);
}

async function description(
  options: Described,
) {
  const { app, ask } = worldOf(options);
  const response = await ask("GET /openapi.json");
  assertEquals(response.headers.get("content-type"), "application/json");
  const document = await response.json();
  const paths: Record<string, Record<string, Operation>> = document.paths;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
  );
  const routes = app.routes.map(({ method, path }) => `${method} ${pathTemplate(path)}`);
  return { document, operations, routes };
}

const EVERY_KIND: readonly Described[] = [
  {},
  { dev: true },
  { machine: "log" },
  { machine: "own" },
  { gossip: true, dev: true },
];

Deno.test("/openapi.json describes every route, and nothing else", async () => {
  for (const options of EVERY_KIND) {
    const { document, operations, routes } = await description(options);
    assertEquals(document.openapi, "3.1.0");
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    assertEquals(described.sort(), routes.sort());
    assert(routes.includes("GET /openapi.json"));
  }
});

Deno.test("/openapi.json refers only to parts that it has, and uses each of them", async () => {
  for (const options of EVERY_KIND) {
    const { document } = await description(options);
    const refs = new Set(
      [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map((
        [, ref],
      ) => ref),
    );
    const parts = Object.entries(document.components as Record<string, object>)
      .flatMap(([kind, named]) => Object.keys(named).map((name) => `${kind}/${name}`));
    assertEquals([...refs].sort(), parts.sort());
  }
});

Deno.test("/openapi.json names each operation once, and the parameters in its path", async () => {
  for (const options of [{ dev: true }, { gossip: true }]) {
    await operationsAreNamed(options);
  }
});

async function operationsAreNamed(options: Described): Promise<void> {
  const { document, operations } = await description(options);
  const ids = operations.map(({ operation }) => operation.operationId);
  assertEquals(new Set(ids).size, ids.length);
  for (const { path, operation } of operations) {
    const parameters = operation.parameters.map(({ $ref }) =>
      document.components.parameters[$ref.split("/").at(-1)!]
    );
    const inPath = parameters.filter((parameter) => parameter.in === "path");
    const expected = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    assertEquals(inPath.map((parameter) => parameter.name), expected, path);
    const names = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
    assertEquals(new Set(names).size, names.length, path);
  }
}

for (const machine of ["kv", "log"] as const) {
  Deno.test(`/openapi.json and the routes of the ${machine} machine agree on their parameters`, () =>
    parametersAgree({ dev: true, machine }));
}

Deno.test("/openapi.json and the routes of a gossip cluster agree on their parameters", () =>
  parametersAgree({ dev: true, gossip: true }));

async function parametersAgree(options: Described) {
  const { document, operations } = await description(options);
  const { ask } = worldOf(options);
  for (const { path, method, operation } of operations) {
    if (!path.startsWith("/v1/") || path === "/v1/status" || path.startsWith("/v1/dev")) continue;
    const target = path.replace(/\{\w+\}/, "key");
    const response = await ask(`${method.toUpperCase()} ${target}?unknown`);
    const { detail } = await response.json();
    const known = detail.replace(/^.*this route takes (none)?/, "").split(", ").sort();
    const described = operation.parameters
      .map(({ $ref }) => document.components.parameters[$ref.split("/").at(-1)!])
      .filter((parameter) => parameter.in === "query")
      .map((parameter) => parameter.name).sort();
    assertEquals(described, known.filter((name: string) => name !== ""), `${method} ${path}`);
  }
}

Deno.test("/openapi.json tells of every code among the problems", async () => {
  const { document } = await description({ dev: true });
  const log = (await description({ machine: "log" })).document;
  const gossip = (await description({ gossip: true })).document;
  const answers = JSON.stringify([document.paths, log.paths, gossip.paths]);
  // These two are no answers of a route: there is none.
  const unrouted = ["not_found", "method_not_allowed"];
  for (const code of Object.keys(PROBLEMS)) {
    assertEquals(answers.includes(`\`${code}\``), !unrouted.includes(code), code);
  }
});

Deno.test({
  name: "docs/http.md names every route, every parameter and every code with its status",
  ignore: Deno.permissions.querySync({ name: "read", path: "." }).state !== "granted",
  fn: async () => {
    const docs = await Deno.readTextFile(new URL("../../docs/http.md", import.meta.url));
    const { document, routes } = await description({ dev: true });
    const log = await description({ machine: "log" });
    const gossip = await description({ gossip: true });
    for (const route of [...routes, ...log.routes, ...gossip.routes]) {
      assert(docs.includes(`${route.split(" ")[1]}`), route);
    }
    const parameters = [document, log.document, gossip.document]
      .flatMap(({ components }) => Object.values(components.parameters) as { name: string }[]);
    for (const { name } of parameters) assert(docs.includes(name), name);
    const rows = docs.split("\n").filter((line) => /^\| \d{3} +\| `/.test(line));
    for (const [code, { status }] of Object.entries(PROBLEMS)) {
      const row = rows.find((line) => line.includes(`\`${code}\``));
      assertEquals(row?.slice(2, 5), String(status), code);
    }
  },
});
