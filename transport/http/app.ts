/**
 * The HTTP gateway: docs/http.md over a {@linkcode Service}.
 *
 * @module
 */
import { Hono } from "hono";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../../protocols/kv/commands.ts";
import type { GossipRequests } from "../gossip_requests.ts";
import type { Metric, Service } from "../service.ts";
import { adminRoutes } from "./admin_routes.ts";
import { BodyReader } from "./bodies.ts";
import { devRoutes } from "./dev_routes.ts";
import { failed, unrouted } from "./fallbacks.ts";
import type { Gateway, Route } from "./gateway.ts";
import { gossipAdminRoutes } from "./gossip_admin_routes.ts";
import { type GossipMeans, gossipRoutes } from "./gossip_routes.ts";
import { gossipScanRoutes } from "./gossip_scan_routes.ts";
import { healthRoutes } from "./health_routes.ts";
import { kvRoutes } from "./kv_routes.ts";
import { logRoutes } from "./log_routes.ts";
import { openApiRoutes } from "./openapi.ts";
import { GOSSIP_PATHS } from "./openapi_gossip.ts";
import { PATHS } from "./openapi_paths.ts";
import { requestPath } from "./paths.ts";
import { pastRouter } from "./past_router.ts";
import { rawRoutes } from "./raw_routes.ts";
import { scanRoutes } from "./scan_routes.ts";
import { sessionRoutes } from "./session_routes.ts";

/** Options of {@linkcode httpGateway}. */
export interface HttpGatewayOptions {
  /**
   * Which state machine the nodes run: the key-value store, the log, or one of the user's own. Only its
   * routes are there: what they send would mean nothing, or something else, to another.
   *
   * @default {"kv"}
   */
  readonly machine?: "kv" | "log" | "own";
  /**
   * The longest key, in bytes of UTF-8: that of the store.
   *
   * @default {KEY_BYTES_MAX}
   */
  readonly keyBytesMax?: number;
  /**
   * The longest value, in bytes: that of the store.
   *
   * @default {VALUE_BYTES_MAX}
   */
  readonly valueBytesMax?: number;
  /**
   * The longest body of `/v1/commands` and `/v1/queries`, in bytes.
   *
   * @default {1048576}
   */
  readonly commandBytesMax?: number;
  /**
   * How long a client may take to send a body, in milliseconds. Raise it for slow links; lower it to
   * get rid of stalled clients sooner.
   *
   * @default {10000}
   */
  readonly bodyTimeoutMs?: number;
  /**
   * With the protocol `gossip`: whom clients ask, in place of the service's commands and queries.
   *
   * @default {none: the nodes run another protocol}
   */
  readonly gossip?: GossipRequests;
  /**
   * With the protocol `gossip`: how long a request may take that does not say, in milliseconds.
   *
   * @default {5000}
   */
  readonly requestMs?: number;
  /**
   * Adds the routes that break things on purpose.
   *
   * @default {false}
   */
  readonly dev?: boolean;
  /** Figures for `/metrics` beside those of the service, the server's own say. */
  readonly metrics?: () => Iterable<Metric>;
  /**
   * Told of every error that ends as `internal_error`: defects.
   *
   * @default {console.error}
   */
  readonly onDefect?: (error: unknown) => void;
}

/**
 * Builds the HTTP API over a node's service, as a Hono app to be served by `serveHttp()` or to be
 * called in process by `app.request()`.
 *
 * @param service What the node offers its gateways.
 * @param options See {@linkcode HttpGatewayOptions}.
 */
export function httpGateway(service: Service, options: HttpGatewayOptions = {}): Hono {
  const {
    machine = "kv",
    keyBytesMax = KEY_BYTES_MAX,
    valueBytesMax = VALUE_BYTES_MAX,
    commandBytesMax = 1_048_576,
    bodyTimeoutMs = 10_000,
    gossip,
    requestMs = 5_000,
    dev = false,
    metrics = () => [],
    onDefect = (error) => console.error(error),
  } = options;
  const gateway: Gateway = {
    service,
    node: String(service.status().node),
    bodies: new BodyReader(bodyTimeoutMs),
    keyBytesMax,
    valueBytesMax,
    commandBytesMax,
  };
  const described: Route[] = [
    ...(gossip === undefined
      ? machineRoutes(gateway, machine)
      : keyRoutesOfGossip(gateway, { gossip, requestMs })),
    ...healthRoutes(gateway, metrics),
    ...(dev ? devRoutes(gateway) : []),
  ];
  const paths = gossip === undefined ? PATHS : GOSSIP_PATHS;
  const routes = [...described, ...openApiRoutes(described, paths)];
  // No middleware: a route with one handler takes Hono's short way, without composing a chain.
  const app = new Hono({ getPath: requestPath });
  for (const { method, path, handler } of routes) {
    const answer = method === "GET" ? alsoHead(handler) : handler;
    app.on(method, path, ({ req }) => answer(req));
  }
  const fail = (error: unknown, request: Request) => failed(error, request, gateway, onDefect);
  app.notFound((context) => unrouted(app, context, gateway));
  app.onError((error, { req }) => fail(error, req.raw));
  app.fetch = pastRouter(app.fetch, routes, fail);
  return app;
}

/** What the state machine is asked, and its master. */
function machineRoutes(
  gateway: Gateway,
  machine: NonNullable<HttpGatewayOptions["machine"]>,
): Route[] {
  return [
    ...(machine === "kv" ? [...kvRoutes(gateway), ...scanRoutes(gateway)] : []),
    ...(machine === "log" ? logRoutes(gateway) : []),
    ...sessionRoutes(gateway),
    ...rawRoutes(gateway),
    ...adminRoutes(gateway),
  ];
}

/** What a gossip cluster is asked in their place. */
function keyRoutesOfGossip(gateway: Gateway, means: GossipMeans): Route[] {
  return [
    ...gossipRoutes(gateway, means),
    ...gossipScanRoutes(gateway, means),
    ...gossipAdminRoutes(gateway, means),
  ];
}

/**
 * Hono answers HEAD by the handler of GET and drops the body, and the length with it. The length is
 * put into a header here, so that HEAD tells what GET would send.
 */
function alsoHead(handler: Route["handler"]): Route["handler"] {
  return (asked) => asked.raw.method === "HEAD" ? withLength(handler(asked)) : handler(asked);
}

async function withLength(answer: Response | Promise<Response>): Promise<Response> {
  const response = await answer;
  const { byteLength } = await response.arrayBuffer();
  if (response.status !== 304) response.headers.set("content-length", String(byteLength));
  return response;
}
