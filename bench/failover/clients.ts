import { KvClient, Overloaded, Unavailable, UnknownOutcome } from "../../cli/client.ts";
import { until } from "../../tests/cluster/until.ts";

/** What the clients do. */
export interface Work {
  /** Clients, one request at a time each. */
  readonly clients: number;
  /** The part of the requests that are writes. */
  readonly writes: number;
  /** Keys that are read and written. */
  readonly keys: number;
}

/** A request that succeeded. */
export interface Success {
  /** When, on the scale of `performance.now()`. */
  readonly at: number;
  readonly client: number;
  readonly isWrite: boolean;
}

/** Requests of every client that show that all is well. */
const STEADY_REQUESTS = 50;

/**
 * Clients that ask as fast as they are answered, and note when that was. Each begins with a node of its own
 * and goes on to another one when that fails; no node is preferred by all.
 */
export class Clients implements AsyncDisposable {
  #successes: Success[] = [];
  readonly #served: number[];
  readonly #loops: readonly Promise<void>[];
  #isStopping = false;

  constructor(endpoints: readonly string[], work: Work) {
    this.#served = Array.from({ length: work.clients }, () => 0);
    this.#loops = this.#served.map((_, index) => {
      const from = index % endpoints.length;
      const rotated = [...endpoints.slice(from), ...endpoints.slice(0, from)];
      return this.#run(new KvClient({ endpoints: rotated, preferPrimary: false }), index, work);
    });
  }

  /** Waits until every client was served some more. */
  async steady(): Promise<void> {
    const goals = this.#served.map((count) => count + STEADY_REQUESTS);
    await until(
      "every client was served",
      () => this.#served.every((count, index) => count >= goals[index]!),
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

  async #run(kv: KvClient, client: number, { writes, keys }: Work): Promise<void> {
    while (!this.#isStopping) {
      const isWrite = Math.random() < writes;
      const key = `failover/${Math.floor(Math.random() * keys)}`;
      try {
        await (isWrite ? kv.put(key, "value".padEnd(100, ".")) : kv.find(key));
        this.#successes.push({ at: performance.now(), client, isWrite });
        this.#served[client]!++;
      } catch (error) {
        // Only time counts here; what was promised is the tests' business.
        const kinds = [Unavailable, Overloaded, UnknownOutcome];
        if (!kinds.some((kind) => error instanceof kind)) throw error;
      }
    }
  }
}
