/**
 * The OpenAPI 3.1 description of the API, served at `/openapi.json`.
 *
 * @module
 */
import type { Route } from "./gateway.ts";
import { GOSSIP_PARAMETERS, GOSSIP_SCHEMAS } from "./openapi_gossip.ts";
import { type Json, PARAMETERS, SCHEMAS } from "./openapi_parts.ts";
import type { Paths } from "./openapi_paths.ts";
import { JSON_TYPE, respond } from "./replies.ts";

/** `/openapi.json`, describing the given routes, by what is said of each path, and itself. */
export function openApiRoutes(routes: readonly Route[], paths: Paths): Route[] {
  const route: Route = {
    method: "GET",
    path: "/openapi.json",
    handler: () => respond(text, 200, JSON_TYPE),
  };
  const text = JSON.stringify(openApiDocument([...routes, route], paths));
  return [route];
}

/** The description of the given routes. */
export function openApiDocument(routes: readonly Pick<Route, "path">[], paths: Paths): Json {
  const served = new Set(routes.map((route) => pathTemplate(route.path)));
  const described = Object.fromEntries(Object.entries(paths).filter(([path]) => served.has(path)));
  return {
    openapi: "3.1.0",
    info: {
      title: "Troupe",
      version: "1",
      summary: "A replicated key-value store and replicated state machines",
      license: { name: "MIT", identifier: "MIT" },
    },
    paths: described,
    components: {
      parameters: referredTo("parameters", { ...PARAMETERS, ...GOSSIP_PARAMETERS }, described),
      schemas: referredTo("schemas", { ...SCHEMAS, ...GOSSIP_SCHEMAS }, described),
    },
  };
}

/** The parts that are referred to, by what is described or by a part that is. */
function referredTo(
  kind: string,
  parts: Readonly<Record<string, Json>>,
  described: Json,
): Record<string, Json> {
  const found: Record<string, Json> = {};
  const take = (json: Json) => {
    for (const [, name] of JSON.stringify(json).matchAll(/"#\/components\/(\w+\/\w+)"/g)) {
      const [wanted, part] = name!.split("/") as [string, string];
      if (wanted !== kind || found[part] !== undefined) continue;
      found[part] = parts[part]!;
      take(parts[part]!);
    }
  };
  take(described);
  return found;
}

/** A route's path as OpenAPI writes it: `/v1/kv/{key}` for `/v1/kv/:key{.+}`. */
export function pathTemplate(path: string): string {
  return path.replace(/:(\w+)(?:\{[^}]*\})?/g, "{$1}");
}
