/**
 * How the headers and the parameters of a request to a gossip cluster become what its coordinator is asked.
 *
 * @module
 */
import { ALL_GUARANTEES } from "../../protocols/gossip/client_messages.ts";
import type { ClientSession, Level, Requester } from "../gossip_requests.ts";
import { requestId } from "./gateway.ts";
import { HttpProblem } from "./problems.ts";
import { badRequest, excerpt, integer, type Parameters, timeout, word } from "./query_string.ts";

/** Parameters of every read. */
export const GOSSIP_READ_PARAMETERS = ["read", "max_age_ms", "timeout"] as const;
/** Parameters of every write. */
export const GOSSIP_WRITE_PARAMETERS = ["write", "timeout"] as const;

/** What begins a session where an empty header would be dropped on the way. */
const NEW_SESSION = "new";
const LEVELS: readonly Level[] = ["local", "one", "quorum", "all"];
/** A request that says nothing is answered by whoever can. */
const LEVEL: Level = "one";
const MAX_AGE_MS = 86_400_000;

const GUARANTEES = {
  "read-your-writes": "readYourWrites",
  "monotonic-reads": "monotonicReads",
  "monotonic-writes": "monotonicWrites",
  "writes-follow-reads": "writesFollowReads",
} as const;

/** What all asks of a client have in common. */
export interface Asking {
  readonly level: Level;
  readonly session: ClientSession | null;
  readonly timeoutMs: number;
}

/**
 * How a read is to be asked.
 *
 * @throws {HttpProblem} `bad_request` for malformed headers or parameters.
 */
export function readOptions(
  request: Request,
  parameters: Parameters,
  requestMs: number,
): Asking & { readonly maxStalenessMs: number | null } {
  const maxStalenessMs = integer(parameters, "max_age_ms", { min: 0, max: MAX_AGE_MS }) ?? null;
  return { ...asking(request, parameters, "read", requestMs), maxStalenessMs };
}

/**
 * How a write is to be asked.
 *
 * @throws {HttpProblem} `bad_request` for malformed headers or parameters; `unsupported` for a condition.
 */
export function writeOptions(
  request: Request,
  parameters: Parameters,
  requestMs: number,
): Asking & { readonly requester: Requester | null } {
  const id = requestId(request.headers);
  const requester = id === undefined ? null : { client: id.clientId, number: id.requestNumber };
  return { ...asking(request, parameters, "write", requestMs), requester };
}

/** The context that the client has seen, if it says so. */
export function contextOf({ headers }: Request): string | null {
  const context = headers.get("troupe-context");
  return context === null || context === "" ? null : context;
}

/**
 * Refuses a write that is to happen under a condition, before its parameters are read.
 *
 * @throws {HttpProblem} `unsupported`.
 */
export function refuseConditions({ headers, url }: Request): void {
  const isConditional = headers.has("if-match") || headers.has("if-none-match") ||
    /[?&]if-value/.test(url);
  if (!isConditional) return;
  throw new HttpProblem(
    "unsupported",
    "A gossip cluster cannot compare and set: no member knows what others accept at the same time. " +
      "Write with the context of a read, or use vr, chain or hermes",
  );
}

function asking(
  { headers }: Request,
  parameters: Parameters,
  name: "read" | "write",
  requestMs: number,
): Asking {
  return {
    level: word(parameters, name, LEVELS) ?? LEVEL,
    session: sessionOf(headers),
    timeoutMs: Math.ceil(timeout(parameters) ?? requestMs),
  };
}

function sessionOf(headers: Headers): ClientSession | null {
  const token = headers.get("troupe-session");
  const wanted = headers.get("troupe-guarantees");
  if (token === null) {
    if (wanted === null) return null;
    throw badRequest("Header Troupe-Guarantees goes with Troupe-Session, which is missing");
  }
  const guarantees = wanted === null ? ALL_GUARANTEES : guaranteesOf(wanted);
  return { token: token === NEW_SESSION ? "" : token, guarantees };
}

function guaranteesOf(text: string): ClientSession["guarantees"] {
  const wanted = {
    readYourWrites: false,
    monotonicReads: false,
    monotonicWrites: false,
    writesFollowReads: false,
  };
  for (const name of text.split(",").map((name) => name.trim())) {
    if (!Object.hasOwn(GUARANTEES, name)) {
      const known = Object.keys(GUARANTEES).join(", ");
      throw badRequest(`Header Troupe-Guarantees takes ${known}, not "${excerpt(name)}"`);
    }
    wanted[GUARANTEES[name as keyof typeof GUARANTEES]] = true;
  }
  return wanted;
}
