/**
 * Routes of a node that runs with `--dev`: they break things on purpose.
 *
 * @module
 */
import type { Asked, Gateway, Route } from "./gateway.ts";
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
    handler: (asked) => crash(asked, gateway),
  }];
}

function crash(asked: Asked, gateway: Gateway): Response {
  parseParameters(asked.raw.url, TAKES_NONE);
  const path = asked.path;
  const name = decodePath(path.slice(0, -SUFFIX.length), PREFIX, "Actor name");
  gateway.service.crashActor(name);
  return respondJson({ crashed: name }, 202);
}
