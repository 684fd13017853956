/**
 * Answers to requests that no route takes, and to those whose handler threw.
 *
 * @module
 */
import type { Context, Hono } from "hono";
import { NotPrimary, NotResponsible, type PeerStatus, Unavailable } from "../service.ts";
import type { Gateway } from "./gateway.ts";
import { requestTarget } from "./paths.ts";
import { HttpProblem, problemResponse, toProblem } from "./problems.ts";
import { badRequest } from "./query_string.ts";
import { respond } from "./replies.ts";

const METHODS = ["GET", "PUT", "POST", "DELETE"] as const;

/** Answers what no route takes: `OPTIONS`, a method that the path does not have, an unknown path. */
export function unrouted(app: Hono, context: Context, gateway: Gateway): Response {
  const { method } = context.req.raw;
  const path = context.req.path;
  if (path === "/v1/kv/" && hasRoute(app, "GET", "/v1/kv") && method !== "OPTIONS") {
    return problem(badRequest("Key is empty"), gateway);
  }
  const methods = METHODS.filter((candidate) => hasRoute(app, candidate, path));
  if (methods.length === 0) {
    return problem(new HttpProblem("not_found", noRoute(app, path)), gateway);
  }
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
  if (method === "OPTIONS") {
    const response = respond(null, 204, null);
    response.headers.set("allow", allow);
    return response;
  }
  const detail = `Method ${method.slice(0, 20)} is not allowed here, only ${allow}`;
  return problem(new HttpProblem("method_not_allowed", detail, { headers: { allow } }), gateway);
}

function noRoute(app: Hono, path: string): string {
  const detail = `No such route: ${path.slice(0, 100)}`;
  if (hasRoute(app, "GET", "/v1/sets/key")) return `${detail}; a gossip cluster has others`;
  const asksForKeys = path === "/v1/kv" || path.startsWith("/v1/kv/");
  if (!asksForKeys || hasRoute(app, "GET", "/v1/kv")) return detail;
  return `${detail}; the nodes run another state machine than the key-value store`;
}

function hasRoute(app: Hono, method: string, path: string): boolean {
  // `OPTIONS *` asks about the server as a whole.
  return path === "/*" || app.router.match(method, path)[0].length > 0;
}

/** Answers for a handler that threw. */
export function failed(
  error: unknown,
  request: Request,
  gateway: Gateway,
  onDefect: (error: unknown) => void,
): Response {
  if (error instanceof NotPrimary || error instanceof NotResponsible) {
    return elsewhere(error, request, gateway);
  }
  const found = toProblem(error);
  if (found.code === "internal_error") onDefect(error);
  return problem(found, gateway);
}

/** Sends the client to a node that takes its request, or names those that do. */
function elsewhere(
  error: NotPrimary | NotResponsible,
  request: Request,
  gateway: Gateway,
): Response {
  const { peers } = gateway.service.status();
  const nodes = error instanceof NotResponsible ? error.servers : [error.primary];
  const servers = nodes.flatMap((node) => peers.find((peer) => peer.node === node) ?? []);
  if (servers.length === 0) return problem(toProblem(new Unavailable(error.message)), gateway);
  if (isRedirected(request)) return redirect(servers, request, gateway);
  const named = servers.map(({ node, http }) => ({ node, http }));
  const list = named.map(({ node }) => node).join(", ");
  const detail = `Node ${gateway.node} does not take this request; nodes that do: ${list}`;
  const members = { nodes: named };
  return problem(new HttpProblem("not_responsible", detail, { members }), gateway);
}

/** The parameters were found to be in order before: this one is a flag. */
function isRedirected({ url }: Request): boolean {
  const value = new URL(url).searchParams.get("redirect");
  return value !== null && value !== "false";
}

/** To one that is heard of, if there is one; nodes that redirect choose different ones. */
function redirect(servers: readonly PeerStatus[], request: Request, gateway: Gateway): Response {
  const heard = servers.filter(({ suspected }) => !suspected);
  const choice = heard.length === 0 ? servers : heard;
  const { http } = choice[Number(gateway.node) % choice.length]!;
  const target = requestTarget(request).replace(/[^!-~]+/g, encodeURIComponent);
  const response = respond(null, 307, null);
  response.headers.set("location", http.replace(/\/$/, "") + target);
  response.headers.set("troupe-node", gateway.node);
  return response;
}

function problem(found: HttpProblem, gateway: Gateway): Response {
  const response = problemResponse(found.code, found.message, found.extras);
  response.headers.set("troupe-node", gateway.node);
  return response;
}
