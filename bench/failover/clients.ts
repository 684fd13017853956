import { HttpConnection } from "../../cli/bench/http_connection.ts";
import { pause, until } from "../../tests/cluster/until.ts";
import type { Dialect } from "../peers/drivers/dialects.ts";
import type { Work } from "../peers/load.ts";

/** What the clients do. */
export interface Load {
  /** Clients, each with one connection and one request at a time. */
  readonly clients: number;
  /** The part of the requests that are writes. */
  readonly writes: number;
  /** Keys that are read and written. */
  readonly keys: number;
  /** How long a client waits for an answer before it asks another node, in milliseconds. */
  readonly attemptMs: number;
}

/** A request that succeeded. */
export interface Success {
  /** When, on the scale of `performance.now()`. */
  readonly at: number;
  readonly client: number;
  readonly isWrite: boolean;
}

/** Requests of every client that show that all is well. */
const STEADY_REQUESTS = 20;
/** How long a client waits that could not connect or was refused, before it asks another node. */
const PAUSE_MS = 5;
const VALUE = "v".repeat(100);

/**
 * Clients that ask as fast as they are answered, and note when that was. Each begins with a node of its own
 * and goes on to the next one when that fails, refuses or does not answer in time; no node is preferred by all.
 */
export class Clients implements AsyncDisposable {
  readonly #endpoints: readonly URL[];
  readonly #dialect: Dialect;
  readonly #load: Load;
  #successes: Success[] = [];
  readonly #served: number[];
  readonly #loops: readonly Promise<void>[];
  #isStopping = false;

  constructor(endpoints: readonly string[], dialect: Dialect, load: Load) {
    this.#endpoints = endpoints.map((endpoint) => new URL(endpoint));
    this.#dialect = dialect;
    this.#load = load;
    this.#served = Array.from({ length: load.clients }, () => 0);
    this.#loops = this.#served.map((_, client) => this.#run(client));
  }

  /** Waits until every client was served some more. */
  async steady(): Promise<void> {
    const goals = this.#served.map((count) => count + STEADY_REQUESTS);
    await until(
      "every client was served",
      () => this.#served.every((count, client) => count >= goals[client]!),
    );
  }

  /** What has succeeded since this was asked last. */
  take(): readonly Success[] {
    const successes = this.#successes;
    this.#successes = [];
    return successes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#loops);
  }

  async #run(client: number): Promise<void> {
    for (let node = client; !this.#isStopping; node++) {
      const { hostname, port, host } = this.#endpoints[node % this.#endpoints.length]!;
      try {
        const signal = AbortSignal.timeout(this.#load.attemptMs);
        const connection = await HttpConnection.open(hostname, Number(port), signal);
        await this.#use(connection, client, host);
      } catch {
        // Only time counts here; what was promised is the tests' business.
      }
      await pause(PAUSE_MS);
    }
  }

  /** Asks until that fails. */
  async #use(connection: HttpConnection, client: number, host: string): Promise<void> {
    try {
      while (!this.#isStopping) {
        const isWrite = Math.random() < this.#load.writes;
        const timer = setTimeout(() => connection.close(), this.#load.attemptMs);
        try {
          if (!await this.#ask(connection, isWrite ? "put" : "get", host)) return;
        } finally {
          clearTimeout(timer);
        }
        this.#successes.push({ at: performance.now(), client, isWrite });
        this.#served[client]!++;
      }
    } finally {
      connection.close();
    }
  }

  /** Whether the request succeeded; a key that is not there yet is an answer, too. */
  async #ask(connection: HttpConnection, work: Work, host: string): Promise<boolean> {
    const key = `failover-${Math.floor(Math.random() * this.#load.keys)}`;
    const body = this.#dialect.body(work, key, VALUE);
    const { status, keepAlive } = await connection.exchange(
      `${this.#dialect.method[work]} ${this.#dialect.path(work, key)} HTTP/1.1\r\n` +
        `Host: ${host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      null,
    );
    return keepAlive && (status < 300 || (work === "get" && status === 404));
  }
}
