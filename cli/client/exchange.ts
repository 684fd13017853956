/** One request to one node, and what became of it. */

/** The part of `fetch` that the client uses. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** A request of the HTTP API, whichever node gets it. */
export interface ApiRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Begins with `/v1/` or is one of the health routes. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Takes an answer of any status for one: for health routes, whose 503 is what was asked for. */
  readonly anyStatus?: boolean;
}

/** A node's answer, read to its end. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The base address of the node that answered, after redirects. */
  readonly endpoint: string;
}

/** An attempt that brought no answer worth showing to the caller. */
export interface Failure {
  /** Whether the request may have been executed all the same. */
  readonly maybeApplied: boolean;
  /** Whether the node asked for patience, rather than for another node. */
  readonly overloaded: boolean;
  /** What the node asked for, in milliseconds; 0 if nothing. */
  readonly retryAfterMs: number;
  /** The base addresses of the nodes that take the request, as the node says that does not. */
  readonly elsewhere: readonly string[];
  /** Whether it could not even connect, as far as `fetch` says. */
  readonly isRefused: boolean;
  readonly reason: string;
}

/** How an attempt ended. */
export type Exchange =
  | { readonly answer: ApiAnswer; readonly failure?: undefined }
  | { readonly failure: Failure; readonly answer?: undefined };

/**
 * Sends a request to one node once. Failures that another attempt may cure are returned, the
 * caller's own abort too (as a failure that may have been applied).
 */
export async function exchange(
  fetch: Fetch,
  endpoint: string,
  request: ApiRequest,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Exchange> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const abort = () => controller.abort();
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  try {
    const response = await fetch(addressOf(endpoint, request), {
      method: request.method,
      headers: { ...request.headers },
      signal: controller.signal,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const body = new Uint8Array(await response.arrayBuffer());
    const answer = {
      status: response.status,
      headers: response.headers,
      body,
      endpoint: answererOf(endpoint, request.path, response),
    };
    const final = request.anyStatus || isFinal(answer);
    return final ? { answer } : { failure: serverFailure(answer) };
  } catch (error) {
    if (controller.signal.aborted) {
      return { failure: lost(signal?.aborted ? "interrupted" : `no answer in ${timeoutMs} ms`) };
    }
    return { failure: networkFailure(error) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function addressOf(endpoint: string, { path, query }: ApiRequest): string {
  const text = new URLSearchParams(query).toString();
  return text === "" ? endpoint + path : `${endpoint}${path}?${text}`;
}

/** Who answered after redirects; a `Response` made by hand knows no address. */
function answererOf(endpoint: string, path: string, response: Response): string {
  if (response.url === "") return endpoint;
  const url = new URL(response.url);
  if (!url.pathname.endsWith(path)) return endpoint;
  return url.origin + url.pathname.slice(0, url.pathname.length - path.length);
}

/**
 * Whether another attempt would bring nothing else. 408: the body took too long to arrive. 421: another node
 * has to be asked. 501: no node has it.
 */
function isFinal(answer: ApiAnswer): boolean {
  const { status } = answer;
  if (status === 409 && ELSEWHERE.includes(problemOf(answer).code ?? "")) return false;
  return (status < 500 && status !== 408 && status !== 421) || status === 501;
}

/** With one of these codes another replica of a gossip cluster may do. */
const ELSEWHERE = ["stale_replica", "too_stale"];

/** With one of these codes it was certainly not applied; without them nothing is known. */
const NOT_APPLIED = [
  "overloaded",
  "unavailable",
  "no_active_replicas",
  "not_formed",
  "not_responsible",
  "request_timeout",
  "level_not_reached",
  ...ELSEWHERE,
];

function serverFailure(answer: ApiAnswer): Failure {
  const problem = problemOf(answer);
  const refused = problem.code !== undefined && NOT_APPLIED.includes(problem.code);
  const seconds = Number(answer.headers.get("retry-after") ?? 0);
  return {
    maybeApplied: !refused,
    overloaded: problem.code === "overloaded",
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0,
    isRefused: false,
    elsewhere: problem.code === "not_responsible" ? nodesOf(answer) : [],
    reason: problem.detail,
  };
}

/** The nodes that a problem names, as far as it does. */
function nodesOf(answer: ApiAnswer): readonly string[] {
  const { nodes } = documentOf(answer);
  const entries = Array.isArray(nodes) ? nodes as readonly unknown[] : [];
  return entries.flatMap((entry) => {
    const { http } = (entry ?? {}) as Record<string, unknown>;
    return typeof http === "string" ? [http.replace(/\/+$/, "")] : [];
  });
}

/** The members of a problem document; none if it is no document. */
function documentOf(answer: ApiAnswer): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(new TextDecoder().decode(answer.body)) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** The code and the detail of an RFC 9457 answer, as far as it is one. */
export function problemOf(answer: ApiAnswer): { code: string | undefined; detail: string } {
  const { code, detail, title } = documentOf(answer);
  const text = [detail, title].find((candidate) => typeof candidate === "string");
  return {
    code: typeof code === "string" ? code : undefined,
    detail: text === undefined ? `HTTP status ${answer.status}` : text as string,
  };
}

/**
 * What `fetch` failed with. That it could not connect proves nothing: where it has reused a connection
 * that then broke, Deno's `fetch` sends the request once more by itself, whatever its method, and only
 * says how that went.
 */
function networkFailure(error: unknown): Failure {
  const cause = error instanceof Error ? error.cause : undefined;
  const reason = shortened(cause instanceof Error ? cause.message : String(error));
  return { ...lost(reason), isRefused: /^connection refused/i.test(reason) };
}

/** `fetch` repeats the whole address, and wraps the reason in what it was doing. */
function shortened(text: string): string {
  return text.replace(/^error sending request .*?: client error \((\w+)\)(: )?/, "")
    .replace(/^tcp connect error: /, "").replace(/ \(os error \d+\)$/, "") || "connection failed";
}

function lost(reason: string): Failure {
  return {
    maybeApplied: true,
    overloaded: false,
    retryAfterMs: 0,
    elsewhere: [],
    isRefused: false,
    reason,
  };
}
