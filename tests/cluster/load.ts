import { KvClient, Overloaded, Unavailable, UnknownOutcome } from "../../cli/client.ts";
import type { RequestId } from "../../transport/service.ts";
import { CounterHistory } from "./counter_history.ts";
import { DEADLINE_MS, Patience, pause, until } from "./until.ts";

/** How much load there is. */
export interface LoadOptions {
  /** Clients that write, each to keys of its own. @default {3} */
  readonly writers?: number;
  /** Clients that increment, in turn, each of the counters. @default {3} */
  readonly incrementers?: number;
  /** Clients that read the counters, each at one node after the other. @default {2} */
  readonly readers?: number;
  /** Bytes of a value. @default {100} */
  readonly valueBytes?: number;
}

/** The longest pause of a client between two requests, in milliseconds: the machine has other work. */
const PAUSE_MAX_MS = 10;
/** How long one node is tried for a read before the next one is, in milliseconds. */
const READ_MS = 500;
/** How long the first of the clients of a kind tries a write, in milliseconds: less than a failover takes. */
const IMPATIENT_MS = 200;
/** The longest that an attempt at a write takes, in milliseconds. */
const ATTEMPT_MS_MAX = 5_000;
const COUNTERS = 2;
/** What every key that a writer writes begins with. */
export const WRITTEN = "written/";

/** What a request came to. */
type Outcome<T> = { readonly refused: false; readonly value: T } | { readonly refused: true };

/**
 * Clients that write and read without end, and keep account of what they were told: what was
 * acknowledged must be there in the end, what was refused must not, and nothing else may be.
 */
export class Load implements AsyncDisposable {
  /** The keys that were acknowledged, with their values. */
  readonly acknowledged = new Map<string, string>();
  /** The keys that were refused: certainly not written. */
  readonly refused = new Set<string>();
  readonly counters: readonly CounterHistory[];
  readonly #endpoints: readonly string[];
  readonly #valueBytes: number;
  /** Requests acknowledged, by client. */
  readonly #progress: number[] = [];
  readonly #loops: Promise<void>[] = [];
  /** How often a client was told that the outcome is unknown, and asked again. */
  #unknown = 0;
  #reads = 0;
  #refused = 0;
  #isStopping = false;
  /** Whether nobody wants to know the outcome of anything any more. */
  #isAbandoned = false;
  #violation: unknown;
  /** Settled unless the clients are held. */
  #gate: Promise<void> = Promise.resolve();
  #release: () => void = () => {};
  /** Clients that wait at the gate. */
  #held = 0;

  private constructor(endpoints: readonly string[], options: LoadOptions) {
    const { writers = 3, incrementers = 3, readers = 2, valueBytes = 100 } = options;
    this.#endpoints = endpoints;
    this.#valueBytes = valueBytes;
    this.counters = Array.from(
      { length: COUNTERS },
      (_, index) => new CounterHistory(`counter/${index}`),
    );
    for (let index = 0; index < writers; index++) this.#run(this.#writer(index));
    for (let index = 0; index < incrementers; index++) this.#run(this.#incrementer(index));
    for (let index = 0; index < readers; index++) this.#run(this.#reader(index));
  }

  /** Starts the clients. */
  static start(endpoints: readonly string[], options: LoadOptions = {}): Load {
    return new Load(endpoints, options);
  }

  /** What the clients did, for people. */
  get summary(): string {
    const writes = this.#progress.reduce((sum, count) => sum + count, 0);
    return `${writes} writes, ${this.#reads} reads; ${this.#unknown} times the outcome of a write was ` +
      `unknown at first; ${this.#refused} writes refused`;
  }

  /** Waits until each of the clients that write was served some more times. */
  async progress(times = 5): Promise<void> {
    const goals = this.#progress.map((count) => count + times);
    await until(
      `every client was served ${times} more times`,
      () => {
        this.#throwViolation();
        return this.#progress.every((count, index) => count >= goals[index]!);
      },
      () => `Served: ${this.#progress.join(", ")}; wanted: ${goals.join(", ")}`,
    );
  }

  /** Reads every counter at one node, however long it takes; what it answers must not be old. */
  async readAt(url: string): Promise<void> {
    const kv = new KvClient({
      endpoints: [url],
      timeoutMs: DEADLINE_MS,
      attemptTimeoutMs: DEADLINE_MS,
      preferPrimary: false,
    });
    await Promise.all(this.counters.map(async (counter) => {
      const floor = counter.read();
      const entry = await kv.find(counter.key);
      counter.answered(floor, entry === null ? 0 : Number(entry.text()));
    }));
  }

  /** Has all clients finish their present request and wait. */
  async hold(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#release = resolve;
    await until("all clients have finished their requests", () => {
      this.#throwViolation();
      return this.#held === this.#loops.length;
    });
  }

  /** Lets the clients go on. */
  release(): void {
    this.#release();
  }

  /** Stops the clients, each after its present request. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#loops);
    this.#throwViolation();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#isAbandoned = true;
    this.#release();
    await Promise.all(this.#loops);
  }

  #throwViolation(): void {
    if (this.#violation !== undefined) throw this.#violation;
  }

  #run(loop: Promise<void>): void {
    this.#loops.push(loop.catch((error) => {
      this.#violation ??= error;
      this.#isStopping = true;
    }));
  }

  /** Gets on with it until it is told to stop; a client is served one request at a time. */
  async #repeat(turn: (count: number) => Promise<void>): Promise<void> {
    for (let count = 0; !this.#isStopping; count++) {
      this.#held++;
      await this.#gate;
      this.#held--;
      await turn(count);
      await pause(Math.random() * PAUSE_MAX_MS);
    }
  }

  async #writer(index: number): Promise<void> {
    const kv = this.#client(index);
    const served = this.#progress.push(0) - 1;
    await this.#repeat(async (count) => {
      const key = `${WRITTEN}${index}/${count}`;
      const value = key.padEnd(this.#valueBytes, ".");
      const outcome = await this.#settle((id) => kv.put(key, value, id));
      if (outcome.refused) return void this.refused.add(key);
      if (!outcome.value.created) throw new Error(`${key} is new, and was there already`);
      this.acknowledged.set(key, value);
      this.#progress[served]!++;
    });
  }

  async #incrementer(index: number): Promise<void> {
    const kv = this.#client(index);
    const served = this.#progress.push(0) - 1;
    await this.#repeat(async (count) => {
      const counter = this.counters[count % COUNTERS]!;
      const floor = counter.increment();
      const outcome = await this.#settle((id) => kv.increment(counter.key, 1, id));
      if (outcome.refused) return counter.refused();
      counter.incremented(floor, Number(outcome.value.value));
      this.#progress[served]!++;
    });
  }

  async #reader(index: number): Promise<void> {
    const clients = this.#endpoints.map((url) =>
      new KvClient({ endpoints: [url], preferPrimary: false, timeoutMs: READ_MS })
    );
    await this.#repeat(async (count) => {
      const kv = clients[(index + count) % clients.length]!;
      const counter = this.counters[count % COUNTERS]!;
      const floor = counter.read();
      try {
        const entry = await kv.find(counter.key);
        counter.answered(floor, entry === null ? 0 : Number(entry.text()));
        this.#reads++;
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    });
  }

  /**
   * A client that knows all nodes, and begins with another one than its neighbours. The first is
   * impatient: it is told of refusals and unknown outcomes where the others never notice a thing.
   */
  #client(index: number): KvClient {
    const from = index % this.#endpoints.length;
    const endpoints = [...this.#endpoints.slice(from), ...this.#endpoints.slice(0, from)];
    return new KvClient({ endpoints, ...(index === 0 ? { timeoutMs: IMPATIENT_MS } : {}) });
  }

  /** Sends a write, and again under the same ids until its outcome is known. */
  async #settle<T>(
    send: (options: { readonly id?: RequestId }) => Promise<T>,
  ): Promise<Outcome<T>> {
    const patience = new Patience(ATTEMPT_MS_MAX);
    let id: RequestId | undefined;
    while (true) {
      try {
        return { refused: false, value: await send(id === undefined ? {} : { id }) };
      } catch (error) {
        if (error instanceof UnknownOutcome) {
          this.#unknown++;
          id = error.id;
        } else if (!isRefusal(error)) {
          throw error;
        } else if (id === undefined) {
          this.#refused++;
          return { refused: true };
        }
        if (this.#isAbandoned) return { refused: true };
        // Refused now, but the first attempt may have been executed: its outcome is still open.
        if (patience.isOver()) {
          throw new Error("The outcome of a write stays unknown", { cause: error });
        }
      }
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Unavailable || error instanceof Overloaded;
}
