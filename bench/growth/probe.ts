import { HttpConnection } from "../../cli/bench/http_connection.ts";
import { REAL_CLOCK, sleep } from "../../cli/clock.ts";

/** What is asked again and again. */
export interface ProbeRequest {
  readonly url: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

const CONNECT_MS = 5_000;

/**
 * Asks a node the same thing at a steady, low rate, and notes how long each answer takes: what somebody notices
 * who has no part in the load.
 */
export class Probe implements AsyncDisposable {
  readonly #request: ProbeRequest;
  readonly #intervalMs: number;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #latenciesMs: number[] = [];
  #failures = 0;

  constructor(request: ProbeRequest, intervalMs: number) {
    this.#request = request;
    this.#intervalMs = intervalMs;
    this.#running = this.#run();
  }

  /** Answers that were errors, or never came. */
  get failures(): number {
    return this.#failures;
  }

  /** The latencies since this was asked last, in milliseconds. */
  take(): readonly number[] {
    const latencies = this.#latenciesMs;
    this.#latenciesMs = [];
    return latencies;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#use();
      } catch {
        this.#failures++;
        await sleep(REAL_CLOCK, this.#intervalMs, this.#stop.signal);
      }
    }
  }

  async #use(): Promise<void> {
    const { url, method, path, body } = this.#request;
    const { hostname, port, host } = new URL(url);
    const signal = AbortSignal.timeout(CONNECT_MS);
    const connection = await HttpConnection.open(hostname, Number(port), signal);
    try {
      const head =
        `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      while (!this.#stop.signal.aborted) {
        const sentAt = performance.now();
        const { status } = await connection.exchange(head, null);
        const tookMs = performance.now() - sentAt;
        this.#latenciesMs.push(tookMs);
        if (status >= 300) this.#failures++;
        await sleep(REAL_CLOCK, Math.max(0, this.#intervalMs - tookMs), this.#stop.signal);
      }
    } finally {
      connection.close();
    }
  }
}
