import type { HttpResponse } from "./http_response.ts";
import { BadResponse, ConnectionLost } from "./http_response.ts";
import type { OperationKind } from "./workload.ts";

/** What became of a request. */
export type Outcome =
  | Answer
  /** A read of a key that does not exist. */
  | { readonly kind: "miss"; readonly body?: string }
  /** A swap of a value that the key does not have. */
  | { readonly kind: "refused"; readonly body?: string }
  | Failure;

/** A request that was answered with success. */
export interface Answer {
  readonly kind: "ok";
  /** What the answer says, if that was asked for. */
  readonly body?: string;
}

/** A request that was not answered with success. */
export interface Failure {
  readonly kind: "failed";
  /** `503 overloaded`, `connection_refused`, ... */
  readonly code: string;
  /** Whether a write may have been executed all the same. */
  readonly unknown: boolean;
  /** Whether to pause before the next request, as a polite client does. */
  readonly pause: boolean;
}

/** What an answer means to the one who asked. */
export function outcomeOf(response: HttpResponse, asked: OperationKind | "session"): Outcome {
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: "ok" };
  // Of a gossip cluster: several values that nobody has decided between.
  if (status === 300 && asked === "get") return { kind: "ok" };
  const problem = problemCode(response.body);
  if (status === 404 && asked === "get" && problem === "key_not_found") return { kind: "miss" };
  if (asked === "cas" && problem === "precondition_failed") return { kind: "refused" };
  return {
    kind: "failed",
    code: problem === null ? String(status) : `${status} ${problem}`,
    unknown: status >= 500 && status !== 503,
    pause: status >= 500,
  };
}

/** What it means that there was no answer. `sent` is whether the request had left. */
export function outcomeOfError(error: unknown, { sent }: { sent: boolean }): Failure {
  return { kind: "failed", code: errorCode(error), unknown: sent, pause: true };
}

/** A request whose answer did not come in time, so that its connection was closed. */
export const TIMED_OUT: Failure = { kind: "failed", code: "timeout", unknown: true, pause: false };

function errorCode(error: unknown): string {
  if (error instanceof ConnectionLost || error instanceof BadResponse) return error.code;
  if (error instanceof Deno.errors.ConnectionRefused) return "connection_refused";
  const lost = [
    Deno.errors.ConnectionReset,
    Deno.errors.ConnectionAborted,
    Deno.errors.BrokenPipe,
    Deno.errors.UnexpectedEof,
    Deno.errors.NotConnected,
  ];
  if (lost.some((type) => error instanceof type)) return "connection_lost";
  return error instanceof Error ? error.name : "error";
}

/** The `code` of a problem document, `null` if the body is none. */
function problemCode(body: Uint8Array): string | null {
  try {
    const problem: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof problem !== "object" || problem === null || !("code" in problem)) return null;
    return typeof problem.code === "string" ? problem.code : null;
  } catch {
    return null;
  }
}
