/**
 * What the routes share: the service behind them, how a request's headers and parameters become
 * options of the service, and the headers that tell where an answer comes from.
 *
 * @module
 */
import type {
  Answer,
  Consistency,
  QueryOptions,
  RequestId,
  Service,
  SubmitOptions,
} from "../service.ts";
import type { BodyReader } from "./bodies.ts";
import {
  badRequest,
  excerpt,
  flag,
  integer,
  type Parameters,
  timeout,
  word,
} from "./query_string.ts";

/** A request on its way to its route: Hono's, or what stands in for it. */
export interface Asked {
  readonly raw: Request;
  /** Without the query string, percent-encoded as it came. */
  readonly path: string;
}

/** One route of the API: its path as Hono reads it, and who answers. */
export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly path: string;
  readonly handler: (asked: Asked) => Response | Promise<Response>;
}

/** What every route is given. */
export interface Gateway {
  readonly service: Service;
  /** The index of this node, for the header `Troupe-Node`. */
  readonly node: string;
  readonly bodies: BodyReader;
  /** The longest key, in bytes of UTF-8. */
  readonly keyBytesMax: number;
  /** The longest value, in bytes. */
  readonly valueBytesMax: number;
  /** The longest body of a raw command or query, in bytes. */
  readonly commandBytesMax: number;
}

/** Parameters that every request to the state machine takes. */
export const COMMON_PARAMETERS = ["timeout", "redirect", "forward"] as const;

/** Parameters that every query to the state machine takes. */
export const READ_PARAMETERS = [
  "consistency",
  "max_age_ms",
  "max_versions",
  ...COMMON_PARAMETERS,
] as const;

const CONSISTENCIES: readonly Consistency[] = ["linearizable", "stale", "bounded"];
/** A day, in milliseconds: an answer that may be older than that may as well be stale. */
const MAX_AGE_MS = 86_400_000;
const MAX_VERSIONS = 1_000_000;
const NO_OPTIONS = {};
const DIGITS = /^\d{1,16}$/;

/**
 * How a command is to be submitted.
 *
 * @throws {HttpProblem} `bad_request` for malformed headers or parameters.
 */
export function submitOptions(request: Request, parameters: Parameters): SubmitOptions {
  const id = requestId(request.headers);
  if (id === undefined) return waitOptions(parameters);
  return { ...waitOptions(parameters), id };
}

/**
 * How a query is to be asked.
 *
 * @throws {HttpProblem} `bad_request` for malformed parameters.
 */
export function queryOptions(parameters: Parameters): QueryOptions {
  if (parameters.size === 0) return NO_OPTIONS;
  const consistency = word(parameters, "consistency", CONSISTENCIES);
  const bound = staleness(parameters, consistency);
  if (consistency === undefined) return waitOptions(parameters);
  return { ...waitOptions(parameters), consistency, ...bound };
}

/** How far behind an answer may be; said if, and only if, it may be behind within a bound. */
function staleness(parameters: Parameters, consistency: Consistency | undefined) {
  const maxAgeMs = integer(parameters, "max_age_ms", { min: 0, max: MAX_AGE_MS });
  const maxVersions = integer(parameters, "max_versions", { min: 0, max: MAX_VERSIONS });
  const isGiven = maxAgeMs !== undefined || maxVersions !== undefined;
  if (isGiven && consistency !== "bounded") {
    throw badRequest(
      'Query parameters "max_age_ms" and "max_versions" go with consistency=bounded only',
    );
  }
  if (!isGiven && consistency === "bounded") {
    throw badRequest('Consistency "bounded" takes "max_age_ms", "max_versions", or both');
  }
  return {
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    ...(maxVersions === undefined ? {} : { maxVersions }),
  };
}

/** How long to wait, and whether to forward: what commands, queries and sessions have in common. */
export function waitOptions(
  parameters: Parameters,
): { readonly timeoutMs?: number; readonly forward?: boolean } {
  if (parameters.size === 0) return NO_OPTIONS;
  const timeoutMs = timeout(parameters);
  const isPassedOn = flag(parameters, "forward", true) && !flag(parameters, "redirect");
  const forward = isPassedOn ? NO_OPTIONS : { forward: false };
  return timeoutMs === undefined ? forward : { ...forward, timeoutMs };
}

/** Marks the answer to a command with where it stands in the order. */
export function mark(response: Response, answer: Answer): Response {
  response.headers.set("troupe-op-number", String(answer.opNumber));
  return response;
}

/** Marks the answer to a query, also with how fresh it is, and who answered. */
export function markRead(
  response: Response,
  gateway: Gateway,
  answer: Answer,
  consistency: Consistency = "linearizable",
): Response {
  response.headers.set("troupe-node", gateway.node);
  response.headers.set("troupe-consistency", consistency);
  return mark(response, answer);
}

/**
 * The ids of a request that is numbered.
 *
 * @throws {HttpProblem} `bad_request` if only one is there, or one is malformed.
 */
export function requestId(headers: Headers): RequestId | undefined {
  const clientId = headers.get("client-id");
  const requestNumber = headers.get("request-number");
  if (clientId === null && requestNumber === null) return undefined;
  if (clientId === null || requestNumber === null) {
    throw badRequest("Headers Client-Id and Request-Number go together, and only one is given");
  }
  return {
    clientId: headerInteger("Client-Id", clientId, 0),
    requestNumber: headerInteger("Request-Number", requestNumber, 1),
  };
}

function headerInteger(name: string, text: string, min: number): number {
  const value = Number(text);
  if (!DIGITS.test(text) || !Number.isSafeInteger(value) || value < min) {
    throw badRequest(
      `Header ${name} takes an integer from ${min} to 2^53 - 1, not "${excerpt(text)}"`,
    );
  }
  return value;
}
