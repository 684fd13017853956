/**
 * The OpenAPI 3.1 description of the API, served at `/openapi.json`.
 *
 * @module
 */
import type { Route } from "./gateway.ts";
import { type Json, PARAMETERS, SCHEMAS } from "./openapi_parts.ts";
import { PATHS } from "./openapi_paths.ts";
import { JSON_TYPE, respond } from "./replies.ts";

/** `/openapi.json`, describing the given routes and itself. */
export function openApiRoutes(routes: readonly Route[]): Route[] {
  const route: Route = {
    method: "GET",
    path: "/openapi.json",
    handler: () => respond(text, 200, JSON_TYPE),
  };
  const text = JSON.stringify(openApiDocument([...routes, route]));
  return [route];
}

/** The description of the given routes. */
export function openApiDocument(routes: readonly Pick<Route, "path">[]): Json {
  const served = new Set(routes.map((route) => pathTemplate(route.path)));
  return {
    openapi: "3.1.0",
    info: {
      title: "Troupe",
      version: "1",
      summary: "A replicated key-value store and replicated state machines",
      license: { name: "MIT", identifier: "MIT" },
    },
    paths: Object.fromEntries(Object.entries(PATHS).filter(([path]) => served.has(path))),
    components: { parameters: PARAMETERS, schemas: SCHEMAS },
  };
}

/** A route's path as OpenAPI writes it: `/v1/kv/{key}` for `/v1/kv/:key{.+}`. */
export function pathTemplate(path: string): string {
  return path.replace(/:(\w+)(?:\{[^}]*\})?/g, "{$1}");
}
