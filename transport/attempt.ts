/**
 * What one question to a client table comes to, and what follows from that.
 *
 * @module
 */
import { ActorStopped, AskTimeout, MailboxFull } from "../actors/errors.ts";
import {
  type ClientReply,
  type QueryConsistency,
  RESULT_BYTES_MAX,
} from "../protocols/client_messages.ts";
import {
  type Answer,
  NoSession,
  NotPrimary,
  NotResponsible,
  Overloaded,
  type QueryOptions,
  type RequestId,
  RequestSuperseded,
  ResultTooLarge,
  Unavailable,
  Unsupported,
} from "./service.ts";

/** What an attempt came to: an answer of the client table, or that none came. */
export type Attempt =
  | ClientReply
  /** No answer; the request may have been ordered. */
  | { readonly type: "silent" }
  /** The client table takes nothing more; not ordered. */
  | { readonly type: "full" };

/** What the client is not told, or not yet. */
export type Failure = Exclude<Attempt, { type: "result" | "session" }>;

/** What an attempt came to that was not answered. */
export function attemptOf(error: unknown): Attempt {
  if (error instanceof MailboxFull) return { type: "full" };
  if (error instanceof AskTimeout || error instanceof ActorStopped) return { type: "silent" };
  throw error;
}

/** Whether the client is not to be told this, or not yet. */
export function isFailure(attempt: Attempt): attempt is Failure {
  switch (attempt.type) {
    case "silent":
    case "full":
    case "interrupted":
    case "unavailable":
    case "notPrimary":
    case "notResponsible":
    case "overloaded":
      return true;
    default:
      return false;
  }
}

/** What need not be tried again. */
export function definiteError(attempt: Failure, node: number, forward: boolean): Error | undefined {
  switch (attempt.type) {
    case "notPrimary":
      return forward ? undefined : new NotPrimary(node, attempt.primary);
    case "notResponsible":
      // Where nobody is, somebody may be soon.
      return forward || attempt.servers.length === 0
        ? undefined
        : new NotResponsible(node, attempt.servers);
    case "overloaded":
      return new Overloaded(`Overloaded: ${attempt.what}`);
    case "full":
      return new Overloaded("The client table of this node takes no more requests");
    default:
      return undefined;
  }
}

/** Why nobody took a request, for as long as it was tried. */
export function describe(attempt: Failure, timeoutMs: number): string {
  return `${whyNot(attempt)}, for ${Math.round(timeoutMs)} ms`;
}

function whyNot(attempt: Failure): string {
  switch (attempt.type) {
    case "unavailable":
      return attempt.why;
    case "notResponsible":
      return "No node that replicates the object took the request";
    default:
      return "No primary took the request";
  }
}

/** What the client is told; throws what it is to be refused with. */
export function answerOf(reply: ClientReply, id?: RequestId): Answer {
  switch (reply.type) {
    case "result":
      return { result: reply.result, opNumber: reply.opNumber };
    case "resultTooLarge":
      throw new ResultTooLarge(reply.resultBytes, RESULT_BYTES_MAX);
    case "noSession":
      if (id !== undefined) throw new NoSession(id.clientId);
      break;
    case "unsupported":
      throw new Unsupported(reply.what);
    case "superseded":
      if (id !== undefined) throw new RequestSuperseded(id, reply.newest);
  }
  throw new Unavailable(`Unexpected answer "${reply.type}"`);
}

/** How fresh an answer must be, as a client table wants to be told. */
export function consistencyOf(options: QueryOptions): QueryConsistency {
  const { consistency = "linearizable", maxAgeMs, maxVersions = null } = options;
  if (consistency !== "bounded") return consistency;
  return { ageMs: maxAgeMs === undefined ? null : Math.floor(maxAgeMs), versions: maxVersions };
}
