/**
 * A cluster as clients see it: Hono apps that speak the HTTP API of docs/http.md over one shared
 * store, with faults to order. It is reached through `fetch` without a network, or over real
 * sockets after `listen()`.
 */
import { type Context, Hono } from "hono";
import type { NodeStatus } from "../../transport/service.ts";
import { serveCutting } from "./cutting_server.ts";
import { FakeStore, refusal, type Reply } from "./fake_store.ts";

/** What befalls one request: before it is executed, or after. */
export type Fault =
  | "refuse" // the connection is not made
  | "drop-before" // the connection breaks, nothing was executed
  | "drop-after" // the connection breaks after the request was executed
  | "hang" // no answer, nothing was executed
  | "unavailable"
  | "overloaded"
  | "unknown" // executed, but the node does not know
  | "internal-error";

/** A request as it arrived. */
export interface Call {
  readonly node: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly ids: string | null;
}

type Next = { fault: Fault; matches: (call: Call) => boolean };

export class FakeCluster {
  readonly store = new FakeStore();
  /** Requests in the order in which they arrived, those of `/v1/status` left out. */
  readonly calls: Call[] = [];
  readonly endpoints: string[] = [];
  readonly crashed: string[] = [];
  /** Nodes that refuse connections. */
  readonly down = new Set<number>();
  primary: number | null;
  dev = true;
  readonly #apps: Hono[] = [];
  readonly #faults: Next[] = [];

  constructor(options: { nodes?: number; primary?: number | null } = {}) {
    this.primary = options.primary === undefined ? 0 : options.primary;
    for (let node = 0; node < (options.nodes ?? 3); node++) {
      this.endpoints.push(`http://node${node}.test:7100`);
      this.#apps.push(this.#app(node));
    }
  }

  /** Orders a fault for the next request that matches: a write or read of keys unless said. */
  failNext(fault: Fault, matches = (call: Call) => call.path.startsWith("/v1/kv")): void {
    this.#faults.push({ fault, matches });
  }

  /** What `fetch` would do, redirects included, without a network. */
  readonly fetch = async (input: string, init: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const node = this.endpoints.indexOf(new URL(input).origin);
    if (node < 0 || this.down.has(node)) throw refused(input);
    const response = await this.#answer(node, request);
    const location = response.headers.get("location");
    if (response.status === 307 && location !== null) return await this.fetch(location, init);
    Object.defineProperty(response, "url", { value: input });
    return response;
  };

  /** Serves every node over real sockets; faults break real connections then. */
  listen(): AsyncDisposable {
    const servers = this.#apps.map((_, node) =>
      serveCutting((request) => this.#answer(node, request))
    );
    this.endpoints.splice(0, Infinity, ...servers.map(({ origin }) => origin));
    return {
      [Symbol.asyncDispose]: async () => {
        await Promise.all(servers.map((server) => server.close()));
      },
    };
  }

  async #answer(node: number, request: Request): Promise<Response> {
    const call = callOf(node, request);
    if (call.path !== "/v1/status") this.calls.push(call);
    const index = this.#faults.findIndex(({ matches }) => matches(call));
    const fault = index < 0 ? undefined : this.#faults.splice(index, 1)[0]!.fault;
    if (fault === "refuse") throw refused(request.url);
    if (fault === "drop-before") throw broken();
    if (fault === "hang") return await hang(request.signal);
    if (fault === "unavailable" || fault === "overloaded") {
      return problem(503, fault, `told to be ${fault}`, { "Retry-After": "1" });
    }
    const response = await this.#apps[node]!.fetch(request);
    if (fault === "drop-after") throw broken();
    if (fault === "unknown") return problem(504, "outcome_unknown", "told not to know");
    if (fault === "internal-error") return problem(500, "internal_error", "told to fail");
    return response;
  }

  #app(node: number): Hono {
    const app = new Hono();
    const redirect = (context: Context): Response | undefined => {
      if (context.req.query("redirect") === undefined || this.primary === node) return;
      if (this.primary === null) return problem(503, "unavailable", "no primary is known");
      const url = new URL(context.req.url);
      return context.redirect(this.endpoints[this.primary]! + url.pathname + url.search, 307);
    };
    app.get("/v1/status", (context) => context.json(this.statusOf(node)));
    app.get("/readyz", (context) =>
      context.text(
        node === this.primary
          ? "[+]journal ok\nready\n"
          : "[-]journal failed: lagging\nnot ready\n",
        node === this.primary ? 200 : 503,
      ));
    app.get("/metrics", (context) => context.text(`troupe_node ${node}\n`));
    app.post("/v1/dev/actors/:name/crash", (context) => {
      const name = context.req.param("name");
      if (!this.dev) return problem(404, "not_found", "No such route");
      if (name !== "replica") return problem(404, "no_such_actor", `No such actor: ${name}`);
      this.crashed.push(`${node}/${name}`);
      return context.body(null, 202);
    });
    app.post(
      "/v1/sessions",
      (context) => redirect(context) ?? context.json({ clientId: this.store.openSession() }, 201),
    );
    app.all(
      "/v1/kv/*",
      async (context) => redirect(context) ?? toResponse(await this.store.handle(context.req.raw)),
    );
    app.get(
      "/v1/kv",
      async (context) => redirect(context) ?? toResponse(await this.store.handle(context.req.raw)),
    );
    app.notFound(() => problem(404, "not_found", "No such route"));
    return app;
  }

  statusOf(node: number): NodeStatus {
    return {
      cluster: "fake",
      node,
      pid: 4_000 + node,
      protocol: "vr",
      role: node === this.primary ? "primary" : "backup",
      status: "normal",
      view: 3,
      opNumber: 12,
      commitNumber: node === this.primary ? 12 : 11,
      primary: this.primary,
      uptimeMs: 61_000,
      sessions: this.store.sessions,
      peers: this.endpoints.map((http, peer) => ({
        node: peer,
        http,
        address: `10.0.0.${peer}:7200`,
        connected: !this.down.has(peer),
        suspected: this.down.has(peer),
      })),
      actors: ["journal", "replica"].map((name) => ({
        name,
        incarnation: 1,
        state: "running",
        mailbox: 0,
        mailboxHighWater: 5,
        processed: 100,
        restarts: node,
      })),
    };
  }
}

function callOf(node: number, request: Request): Call {
  const url = new URL(request.url);
  const client = request.headers.get("client-id");
  return {
    node,
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    ids: client === null ? null : `${client}/${request.headers.get("request-number")}`,
  };
}

function toResponse(reply: Reply): Response {
  return new Response(reply.body, { status: reply.status, headers: reply.headers });
}

export function problem(
  status: number,
  code: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  return toResponse(refusal(status, code, detail, headers));
}

/** As Deno words it. */
function refused(url: string): TypeError {
  const cause = new Error(
    `error sending request for url (${url}): client error (Connect): tcp connect error: ` +
      `Connection refused (os error 111)`,
  );
  return new TypeError("fetch failed", { cause });
}

function broken(): TypeError {
  return new TypeError("fetch failed", { cause: new Error("connection closed") });
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
