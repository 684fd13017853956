import { NoSession, Unavailable, UnknownOutcome } from "./errors.ts";
import type { RequestId } from "../../transport/service.ts";
import type { Effort } from "./courier.ts";

/** Sends a request under ids, within an effort. */
type Send<T> = (id: RequestId) => Promise<T>;

/**
 * The client's session: opened at the first write, its requests numbered, one at a time in the
 * order of the calls.
 *
 * After a request whose outcome is unknown the session is left to it, so that its ids stay good for
 * repeating it, and the next request opens another.
 */
export class Session {
  readonly #open: (effort: Effort) => Promise<number>;
  #clientId: number | undefined;
  #lastRequest = 0;
  /** Settles when every request before has ended. */
  #tail: Promise<void> = Promise.resolve();

  constructor(open: (effort: Effort) => Promise<number>) {
    this.#open = open;
  }

  /**
   * Waits for its turn, then sends a request under ids of its own. If the session was evicted the
   * request is sent once more in a new one: `NoSession` says that it was not executed.
   */
  async submit<T>(effort: Effort, send: Send<T>): Promise<T> {
    const before = this.#tail;
    let end!: () => void;
    const ended = new Promise<void>((resolve) => end = resolve);
    this.#tail = before.then(() => ended);
    try {
      await turn(before, effort);
      try {
        return await this.#send(effort, send);
      } catch (error) {
        if (error instanceof NoSession) return await this.#send(effort, send);
        throw error;
      }
    } finally {
      end();
    }
  }

  async #send<T>(effort: Effort, send: Send<T>): Promise<T> {
    const clientId = this.#clientId ??= await this.#open(effort);
    this.#lastRequest++;
    try {
      return await send({ clientId, requestNumber: this.#lastRequest });
    } catch (error) {
      if (error instanceof NoSession || error instanceof UnknownOutcome) {
        this.#clientId = undefined;
        this.#lastRequest = 0;
      }
      throw error;
    }
  }
}

/** Waits for the requests before, but no longer than the effort allows. */
async function turn(before: Promise<void>, { deadline, timeoutMs, signal }: Effort): Promise<void> {
  signal?.throwIfAborted();
  const over = new Unavailable(
    `The request was not sent: those before it in the session took all of its ${timeoutMs} ms`,
  );
  await new Promise<void>((resolve, reject) => {
    const leftMs = Math.max(0, deadline - performance.now());
    const timer = setTimeout(() => settle(() => reject(over)), leftMs);
    const abort = () => settle(() => reject(signal!.reason));
    const settle = (how: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      how();
    };
    signal?.addEventListener("abort", abort, { once: true });
    before.then(() => settle(resolve));
  });
}
