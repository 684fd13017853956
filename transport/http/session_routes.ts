/**
 * Opening sessions.
 *
 * @module
 */
import { NotPrimary } from "../service.ts";
import { type Asked, COMMON_PARAMETERS, type Gateway, type Route, waitOptions } from "./gateway.ts";
import { parseParameters } from "./query_string.ts";
import { respondJson } from "./replies.ts";

const PARAMETERS: ReadonlySet<string> = new Set(COMMON_PARAMETERS);

/** `/v1/sessions`. */
export function sessionRoutes(gateway: Gateway): Route[] {
  return [{
    method: "POST",
    path: "/v1/sessions",
    handler: (asked) => openSession(asked, gateway),
  }];
}

async function openSession(asked: Asked, gateway: Gateway): Promise<Response> {
  const { service } = gateway;
  const { timeoutMs, forward } = waitOptions(parseParameters(asked.raw.url, PARAMETERS));
  if (forward === false) requirePrimary(gateway);
  const clientId = await service.openSession(timeoutMs === undefined ? {} : { timeoutMs });
  const response = respondJson({ clientId }, 201);
  response.headers.set("troupe-node", gateway.node);
  return response;
}

/** The service can refuse to pass on commands and queries; for sessions it is done here. */
function requirePrimary({ service }: Gateway): void {
  const { node, primary } = service.status();
  if (primary !== node) throw new NotPrimary(node, primary);
}
