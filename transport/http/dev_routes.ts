/**
 * Routes of a node that runs with `--dev`: they break things on purpose.
 *
 * @module
 */
import type { Context } from "hono";
import type { Gateway, Route } from "./gateway.ts";
import { decodePath } from "./paths.ts";
import { parseParameters } from "./query_string.ts";
import { respondJson } from "./replies.ts";

const PREFIX = "/v1/dev/actors/";
const SUFFIX = "/crash";
const TAKES_NONE: ReadonlySet<string> = new Set();

/** `/v1/dev/actors/{name}/crash`. The name of a child, `parent/child`, may keep its slash. */
export function devRoutes(gateway: Gateway): Route[] {
  return [{
    method: "POST",
    path: `${PREFIX}:name{.+}${SUFFIX}`,
    handler: (context) => crash(context, gateway),
  }];
}

function crash(context: Context, gateway: Gateway): Response {
  parseParameters(context.req.raw.url, TAKES_NONE);
  const path = context.req.path;
  const name = decodePath(path.slice(0, -SUFFIX.length), PREFIX, "Actor name");
  gateway.service.crashActor(name);
  return respondJson({ crashed: name }, 202);
}
