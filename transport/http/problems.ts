/**
 * What can go wrong, as HTTP says it: one table of codes, and problem documents (RFC 9457).
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import { NoActiveReplicas, Overloaded, Unavailable, UnknownOutcome } from "../service.ts";
import { respond } from "./replies.ts";

/** Every code that the gateway answers with: its status and its title, the same for every case. */
export const PROBLEMS = {
  bad_request: { status: 400, title: "Bad request" },
  token_damaged: { status: 400, title: "Token damaged" },
  token_foreign: { status: 400, title: "Token foreign" },
  forbidden: { status: 403, title: "Forbidden" },
  key_not_found: { status: 404, title: "Key not found" },
  no_such_actor: { status: 404, title: "No such actor" },
  not_supported: { status: 404, title: "Not supported" },
  no_such_node: { status: 404, title: "No such node" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  request_timeout: { status: 408, title: "Request timeout" },
  log_full: { status: 409, title: "Log full" },
  last_member: { status: 409, title: "Last member" },
  not_a_number: { status: 409, title: "Not a number" },
  counter_overflow: { status: 409, title: "Counter overflow" },
  not_removable: { status: 409, title: "Not removable" },
  set_full: { status: 409, title: "Set full" },
  stale_replica: { status: 409, title: "Stale replica" },
  too_many_siblings: { status: 409, title: "Too many siblings" },
  too_stale: { status: 409, title: "Too stale" },
  wrong_operation: { status: 409, title: "Wrong operation" },
  number_overflow: { status: 409, title: "Number overflow" },
  request_superseded: { status: 409, title: "Request superseded" },
  offset_dropped: { status: 410, title: "Offset dropped" },
  no_session: { status: 410, title: "No session" },
  precondition_failed: { status: 412, title: "Precondition failed" },
  key_too_large: { status: 413, title: "Key too large" },
  token_too_large: { status: 413, title: "Token too large" },
  too_large: { status: 413, title: "Too large" },
  not_responsible: { status: 421, title: "Not responsible" },
  result_too_large: { status: 500, title: "Result too large" },
  internal_error: { status: 500, title: "Internal error" },
  merge_failed: { status: 500, title: "Merge failed" },
  unsupported: { status: 501, title: "Unsupported" },
  no_active_replicas: { status: 503, title: "No active replicas" },
  level_not_reached: { status: 503, title: "Level not reached" },
  not_formed: { status: 503, title: "Not formed" },
  overloaded: { status: 503, title: "Overloaded" },
  unavailable: { status: 503, title: "Unavailable" },
  outcome_unknown: { status: 504, title: "Outcome unknown" },
} as const;

/** A code of {@linkcode PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

const textEncoder = new TextEncoder();

/** What a problem carries beyond its code and its message. */
export interface ProblemExtras {
  /** Headers of the answer, `Allow` say. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document, `requestNumber` say. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** The error behind it. */
  readonly cause?: unknown;
}

/** A request that is answered by a problem document. */
export class HttpProblem extends TroupeError {
  declare readonly code: ProblemCode;
  /** What the document carries beyond its code and its message. */
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(code, detail, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.extras = extras;
  }
}

/** The problem that an error amounts to; for an error that nobody foresaw, `internal_error`. */
export function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof UnknownOutcome) {
    const { clientId, requestNumber } = error.id;
    const members = { outcome: "unknown", clientId, requestNumber };
    return new HttpProblem("outcome_unknown", error.message, { members });
  }
  if (
    error instanceof Unavailable || error instanceof Overloaded ||
    error instanceof NoActiveReplicas
  ) {
    const code = error.code as ProblemCode;
    const headers = { "retry-after": retryAfterSeconds(error.retryAfterMs) };
    return new HttpProblem(code, error.message, { headers });
  }
  if (error instanceof TroupeError && Object.hasOwn(PROBLEMS, error.code)) {
    return new HttpProblem(error.code as ProblemCode, error.message);
  }
  return new HttpProblem(
    "internal_error",
    "The node failed on this request, which is a defect: a write may or may not have been applied",
    { members: { outcome: "unknown" }, cause: error },
  );
}

/** A problem document as a response. */
export function problemResponse(
  code: ProblemCode,
  detail: string,
  { headers, members }: ProblemExtras = {},
): Response {
  const { status, title } = PROBLEMS[code];
  const type = `urn:troupe:problem:${code}`;
  const body = textEncoder.encode(
    JSON.stringify({ type, title, status, detail, code, ...members }),
  );
  const response = respond(body, status, "application/problem+json");
  // Set here, since the body of an answer to HEAD is dropped before its length is taken.
  response.headers.set("content-length", String(body.length));
  for (const name in headers) response.headers.set(name, headers[name]!);
  return response;
}

/** `Retry-After` counts whole seconds: rounded up, so that nobody comes back too early. */
function retryAfterSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
}
