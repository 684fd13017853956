/**
 * The short way to the routes of one key, which most requests take. Hono makes a context for each request:
 * 2 KB of garbage, of the 12 to 16 KB that a whole request left behind.
 *
 * @module
 */
import type { Hono } from "hono";
import type { Route } from "./gateway.ts";
import { requestPath } from "./paths.ts";

type Fetch = Hono["fetch"];
type Handlers = ReadonlyMap<string, Route["handler"]>;

const KEY = ":key{.+}";

/**
 * Answers requests on one key by their handlers, and leaves all others to the router.
 *
 * @param router Who knows all routes.
 * @param routes All routes; those that count end in a key.
 * @param fail The answer for a handler that threw.
 */
export function pastRouter(
  router: Fetch,
  routes: readonly Route[],
  fail: (error: unknown, request: Request) => Response,
): Fetch {
  const byPrefix = Map.groupBy(routes.filter(isOfKey), ({ path }) => path.slice(0, -KEY.length));
  const prefixes = [...byPrefix].map(([prefix, all]): [string, Handlers] => {
    return [prefix, new Map(all.map(({ method, handler }) => [method, handler]))];
  });
  const find = (method: string, path: string): Route["handler"] | undefined => {
    for (const [prefix, handlers] of prefixes) {
      if (path.length > prefix.length && path.startsWith(prefix)) return handlers.get(method);
    }
  };
  return (request, ...rest) => {
    const path = requestPath(request);
    const handler = find(request.method, path);
    if (handler === undefined) return router(request, ...rest);
    try {
      const answer = handler({ raw: request, path });
      if (answer instanceof Response) return answer;
      return answer.catch((error) => fail(error, request));
    } catch (error) {
      return fail(error, request);
    }
  };
}

function isOfKey({ path }: Route): boolean {
  return path.endsWith(KEY);
}
