/**
 * Serves clients of Redis: RESP2 and RESP3 over a `Service`, as docs/resp.md describes it.
 *
 * @module
 */
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../../protocols/kv/commands.ts";
import { isLoopback } from "../address.ts";
import type { Metric } from "../service.ts";
import type { Means, ServerFigures } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { Connection } from "./connection.ts";
import { Cursors } from "./cursors.ts";
import { Flusher } from "./flusher.ts";
import { GossipStore } from "./gossip_store.ts";
import { respMetrics } from "./metrics.ts";
import type { RequestLimits } from "./parser.ts";
import { ReplicatedStore } from "./replicated_store.ts";
import { InsecureRespBind, RespListenFailed, type ServeRespOptions } from "./server_options.ts";
import { Slots } from "./slots.ts";
import type { Store } from "./store.ts";
import { WriteGroups } from "./write_groups.ts";

/** How many commands are under way at once if nothing else is said. */
export const RESP_IN_FLIGHT_MAX = 1_024;
/** What an argument may be longer than a value: it is then refused by an answer, not by a closed connection. */
const BULK_SLACK_BYTES = 1024 * 1024;
/** The longest request with all of its arguments, in bytes. */
const REQUEST_BYTES_MAX = 16 * 1024 * 1024;
/** The longest answer, in bytes, about. */
const REPLY_BYTES_MAX = 64 * 1024 * 1024;
/** Pause after an accept that failed (out of file descriptors, as a rule), in milliseconds. */
const ACCEPT_RETRY_MS = 100;

/** A running server. */
export class RespServer implements AsyncDisposable {
  /** Where it listens: an address and a port that is never 0. */
  readonly address: { readonly hostname: string; readonly port: number };
  readonly #options: ServeRespOptions;
  readonly #listener: Deno.TcpListener;
  readonly #means: Means;
  readonly #requests: RequestLimits;
  readonly #flusher = new Flusher();
  readonly #connections = new Map<Connection, Promise<void>>();
  readonly #figures: ServerFigures = {
    ...{ connections: 0, refused: 0, commands: 0, errors: 0, received: 0, sent: 0 },
  };
  readonly #accepting: Promise<void>;
  #shutdown: Promise<void> | undefined;

  /** Starts listening; see {@linkcode serveResp}. */
  constructor(options: ServeRespOptions) {
    const { hostname = "127.0.0.1", port = 0, insecure = false } = options;
    const { keyBytesMax = KEY_BYTES_MAX, valueBytesMax = VALUE_BYTES_MAX } = options;
    if (!insecure && !isLoopback(hostname)) throw new InsecureRespBind(hostname);
    this.#options = options;
    this.#listener = listen(hostname, port);
    const { addr } = this.#listener;
    this.address = { hostname: addr.hostname, port: addr.port };
    const bulkBytesMax = valueBytesMax + BULK_SLACK_BYTES;
    this.#requests = { bulkBytesMax, requestBytesMax: Math.max(REQUEST_BYTES_MAX, bulkBytesMax) };
    this.#means = this.#meansOf(keyBytesMax, valueBytesMax);
    this.#accepting = this.#accept();
  }

  /** Figures of the server, for `/metrics`. */
  metrics(): Metric[] {
    return respMetrics(this.#figures, this.#connections.size);
  }

  /**
   * Accepts and executes nothing new, answers what is under way, and closes. After `shutdownMs` what is
   * left is broken off.
   */
  shutdown(): Promise<void> {
    return this.#shutdown ??= this.#drain();
  }

  /** Shuts down, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #meansOf(keyBytesMax: number, valueBytesMax: number): Means {
    const { service, requestMs = 5_000, connectionsMax = 1_024, isDurable = true } = this.#options;
    return {
      store: this.#store(requestMs),
      cursors: new Cursors(),
      commands: COMMANDS,
      status: () => service.status(),
      clients: () => this.#connections.keys(),
      figures: this.#figures,
      limits: {
        ...{ keyBytesMax, valueBytesMax, requestMs, connectionsMax, isDurable },
        replyBytesMax: REPLY_BYTES_MAX,
        port: this.address.port,
      },
      now: () => performance.now(),
    };
  }

  #store(requestMs: number): Store {
    const { service, gossip, batchBytesMax, inFlightMax = RESP_IN_FLIGHT_MAX } = this.#options;
    const slots = new Slots(inFlightMax);
    if (gossip !== undefined) return new GossipStore(gossip, slots, requestMs);
    const groups = batchBytesMax === undefined ? undefined : new WriteGroups({
      requests: service,
      commandBytesMax: batchBytesMax,
      requestMs,
      now: () => performance.now(),
    });
    return new ReplicatedStore(service, slots, groups);
  }

  async #accept(): Promise<void> {
    while (this.#shutdown === undefined) {
      try {
        const socket = await this.#listener.accept();
        // Shutting down has gone through the connections: it would never end this one.
        if (this.#shutdown === undefined) this.#take(socket);
        else socket.close();
      } catch {
        if (this.#shutdown !== undefined) return;
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
      }
    }
  }

  #take(socket: Deno.TcpConn): void {
    if (this.#connections.size >= this.#means.limits.connectionsMax) return this.#refuse(socket);
    // An answer must not wait for more to be sent with it; nobody else sends anything meanwhile.
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    const { order = "connection", onDefect = (error) => console.error(error) } = this.#options;
    const connection = new Connection({
      id: ++this.#figures.connections,
      ...{ socket, order, onDefect },
      means: this.#means,
      requests: this.#requests,
      flusher: this.#flusher,
    });
    const ended = connection.run().then(() => {
      this.#connections.delete(connection);
    });
    this.#connections.set(connection, ended);
  }

  #refuse(socket: Deno.TcpConn): void {
    this.#figures.refused++;
    const close = () => socket.close();
    const bytes = new TextEncoder().encode("-ERR max number of clients reached\r\n");
    socket.write(bytes).then(close, close);
  }

  async #drain(): Promise<void> {
    this.#listener.close();
    const { shutdownMs = 5_000 } = this.#options;
    const late = setTimeout(() => {
      for (const connection of this.#connections.keys()) connection.close();
    }, shutdownMs);
    for (const connection of this.#connections.keys()) connection.stop();
    await Promise.all([this.#accepting, ...this.#connections.values()]);
    clearTimeout(late);
  }
}

/**
 * Serves the key-value store to clients of Redis, within bounds: connections, requests, answers, commands
 * under way, and a deadline for shutting down.
 *
 * @throws {InsecureRespBind} for a hostname that other machines can reach, without `insecure`.
 * @throws {RespListenFailed} if the address cannot be listened on.
 */
export function serveResp(options: ServeRespOptions): RespServer {
  return new RespServer(options);
}

function listen(hostname: string, port: number): Deno.TcpListener {
  try {
    return Deno.listen({ hostname, port });
  } catch (cause) {
    throw new RespListenFailed(hostname, port, cause);
  }
}
