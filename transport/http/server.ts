/**
 * Serves the gateway with `Deno.serve`, within bounds.
 *
 * What `Deno.serve` offers no way to bound, as of 2.9: the number of connections, how long one may
 * stay idle, and how long one may take to send its headers. Whoever faces an untrusted network puts
 * a proxy in front.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import { formatAddress, isLoopback } from "../address.ts";
import type { Metric } from "../service.ts";
import { HostCheck } from "./host_check.ts";
import { requestAuthority } from "./paths.ts";
import { problemResponse } from "./problems.ts";

/** Options of {@linkcode serveHttp}. */
export interface ServeHttpOptions {
  /** Who answers: what `httpGateway()` returns. */
  readonly app: { fetch(request: Request): Response | Promise<Response> };
  /**
   * The address or name to listen on.
   *
   * @default {"127.0.0.1"}
   */
  readonly hostname?: string;
  /**
   * The port to listen on; 0 for any that is free.
   *
   * @default {0}
   */
  readonly port?: number;
  /**
   * Allows a hostname that other machines can reach. There is no authentication and no encryption:
   * whoever reaches the port can read and write everything.
   *
   * @default {false}
   */
  readonly insecure?: boolean;
  /**
   * Names that clients may use for this server beside `localhost`, loopback addresses and the
   * hostname itself.
   *
   * @default {[]}
   */
  readonly hostnames?: readonly string[];
  /**
   * The most requests under way at once; more are refused with 503 `overloaded`. Each may hold a body
   * in memory, so raising it raises what an overload can take up.
   *
   * @default {1024}
   */
  readonly inFlightMax?: number;
  /**
   * How long `shutdown()` waits for requests under way, in milliseconds.
   *
   * @default {5000}
   */
  readonly shutdownMs?: number;
  /** Called once, with the address that the server listens on. */
  readonly onListen?: (address: HttpAddress) => void;
}

/** Where a server listens. */
export interface HttpAddress {
  /** The address, resolved. */
  readonly hostname: string;
  /** The port, never 0. */
  readonly port: number;
  /** `http://hostname:port`. */
  readonly url: string;
}

/** A hostname that other machines can reach, without `insecure`. */
export class InsecureBind extends TroupeError {
  /** Names the hostname that was asked for. */
  constructor(hostname: string) {
    super(
      "insecure_bind",
      `Will not serve HTTP on "${hostname}": other machines may reach it, and there is neither ` +
        "authentication nor encryption; listen on 127.0.0.1, or say that insecure is meant",
    );
  }
}

/** The address cannot be listened on. */
export class ListenFailed extends TroupeError {
  /** Names the address and the reason. */
  constructor(hostname: string, port: number, cause: unknown) {
    super("listen_failed", `Could not listen on ${hostname}:${port}: ${String(cause)}`, { cause });
  }
}

/** A running server. */
export class HttpServer implements AsyncDisposable {
  /** Where it listens. */
  readonly address: HttpAddress;
  readonly #app: ServeHttpOptions["app"];
  readonly #hosts: HostCheck;
  readonly #inFlightMax: number;
  readonly #shutdownMs: number;
  readonly #abort = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #answered = new Map<number, number>();
  #inFlight = 0;
  #shutdown: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  /** Starts listening; see {@linkcode serveHttp}. */
  constructor(options: ServeHttpOptions) {
    const { app, hostname = "127.0.0.1", port = 0, insecure = false, hostnames = [] } = options;
    if (!insecure && !isLoopback(hostname)) throw new InsecureBind(hostname);
    this.#app = app;
    this.#hosts = new HostCheck(hostname, hostnames);
    this.#inFlightMax = options.inFlightMax ?? 1_024;
    this.#shutdownMs = options.shutdownMs ?? 5_000;
    this.#server = this.#listen(hostname, port);
    const { addr } = this.#server;
    this.address = {
      hostname: addr.hostname,
      port: addr.port,
      url: `http://${formatAddress({ host: addr.hostname, port: addr.port })}`,
    };
    options.onListen?.(this.address);
  }

  /** Requests under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Figures of the server, for `/metrics`. */
  metrics(): Metric[] {
    const responses = [...this.#answered].map(([status, count]): Metric => ({
      name: "troupe_http_responses_total",
      help: "HTTP responses by status",
      type: "counter",
      value: count,
      labels: { status: String(status) },
    }));
    return [...responses, {
      name: "troupe_http_requests_in_flight",
      help: "HTTP requests under way",
      type: "gauge",
      value: this.#inFlight,
    }];
  }

  /**
   * Refuses new requests with 503, waits for those under way, and closes. After `shutdownMs` what is
   * left is broken off.
   */
  shutdown(): Promise<void> {
    return this.#shutdown ??= this.#drain();
  }

  /** Shuts down, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #listen(hostname: string, port: number): Deno.HttpServer<Deno.NetAddr> {
    try {
      return Deno.serve({
        hostname,
        port,
        signal: this.#abort.signal,
        onListen: () => {},
        onError: appFailed,
      }, this.#handle);
    } catch (cause) {
      throw new ListenFailed(hostname, port, cause);
    }
  }

  readonly #handle = (request: Request): Response | Promise<Response> => {
    const refused = this.#refuse(request);
    if (refused !== undefined) return this.#count(refused);
    this.#inFlight++;
    try {
      const answer = this.#app.fetch(request);
      return answer instanceof Response
        ? this.#settle(answer)
        : answer.then(this.#settle, this.#fail);
    } catch {
      return this.#fail();
    }
  };

  readonly #fail = (): Response => this.#settle(appFailed());

  readonly #settle = (response: Response): Response => {
    if (--this.#inFlight === 0) this.#idle?.();
    return this.#count(response);
  };

  #count(response: Response): Response {
    this.#answered.set(response.status, (this.#answered.get(response.status) ?? 0) + 1);
    return response;
  }

  #refuse(request: Request): Response | undefined {
    const authority = requestAuthority(request);
    if (!this.#hosts.accepts(authority)) {
      return problemResponse("forbidden", `This server does not go by the name "${authority}"`);
    }
    // Asked `has`, Deno 2.9 fetches all headers at once, and each `get` that follows costs 0.1 µs less.
    const isFromPage = !isSafe(request.method) && request.headers.has("origin");
    const origin = isFromPage ? request.headers.get("origin") : null;
    if (origin !== null && !isOwnOrigin(origin, authority)) {
      return problemResponse("forbidden", `Pages of "${origin}" may not write here`);
    }
    if (this.#shutdown !== undefined) {
      return problemResponse("unavailable", "The node is shutting down", {
        headers: { "retry-after": "1", connection: "close" },
      });
    }
    if (this.#inFlight < this.#inFlightMax) return undefined;
    return problemResponse("overloaded", `${this.#inFlight} requests are under way already`, {
      headers: { "retry-after": "1" },
    });
  }

  /**
   * Requests are waited for before `Deno.serve` is told to close, which then still delivers their
   * answers: once told, it can neither be hurried nor aborted.
   */
  async #drain(): Promise<void> {
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), this.#shutdownMs);
    try {
      if (await Promise.race([this.#untilIdle(), late.promise]) === "late") this.#abort.abort();
      else await Promise.race([this.#server.shutdown(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #untilIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle = resolve);
  }
}

/**
 * Serves an app over HTTP, within bounds: requests under way, host names, origins of pages, and a
 * deadline for shutting down. Bodies are bounded where they are read, by the app.
 *
 * @throws {InsecureBind} for a hostname that other machines can reach, without `insecure`.
 * @throws {ListenFailed} if the address cannot be listened on.
 */
export function serveHttp(options: ServeHttpOptions): HttpServer {
  return new HttpServer(options);
}

/** The answer for an app that threw, which the gateway does not. */
function appFailed(): Response {
  return problemResponse("internal_error", "The node failed on this request", {
    members: { outcome: "unknown" },
  });
}

/** Whether a page comes from this very server: a proxy may have added TLS. */
function isOwnOrigin(origin: string, authority: string): boolean {
  return origin === `http://${authority}` || origin === `https://${authority}`;
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}
