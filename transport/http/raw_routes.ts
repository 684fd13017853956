/**
 * Commands and queries of a state machine of the user's own: bytes in, bytes out.
 *
 * @module
 */
import {
  type Asked,
  COMMON_PARAMETERS,
  type Gateway,
  mark,
  markRead,
  queryOptions,
  READ_PARAMETERS,
  type Route,
  submitOptions,
} from "./gateway.ts";
import { parseParameters } from "./query_string.ts";
import { RAW, respondToWrite } from "./replies.ts";

const COMMAND_PARAMETERS: ReadonlySet<string> = new Set(COMMON_PARAMETERS);
const QUERY_PARAMETERS: ReadonlySet<string> = new Set(READ_PARAMETERS);

/** `/v1/commands` and `/v1/queries`. */
export function rawRoutes(gateway: Gateway): Route[] {
  return [
    { method: "POST", path: "/v1/commands", handler: (asked) => command(asked, gateway) },
    { method: "POST", path: "/v1/queries", handler: (asked) => query(asked, gateway) },
  ];
}

async function command(asked: Asked, gateway: Gateway): Promise<Response> {
  const request = asked.raw;
  const options = submitOptions(request, parseParameters(request.url, COMMAND_PARAMETERS));
  const bytes = await gateway.bodies.read(request, gateway.commandBytesMax);
  const answer = await gateway.service.submit(bytes, options);
  return mark(respondToWrite(answer.result, 200, RAW), answer);
}

async function query(asked: Asked, gateway: Gateway): Promise<Response> {
  const request = asked.raw;
  const options = queryOptions(parseParameters(request.url, QUERY_PARAMETERS));
  const bytes = await gateway.bodies.read(request, gateway.commandBytesMax);
  const answer = await gateway.service.query(bytes, options);
  const response = respondToWrite(answer.result, 200, RAW);
  return markRead(response, gateway, answer, options.consistency);
}
