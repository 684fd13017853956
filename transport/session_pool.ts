import type { RequestId } from "./service.ts";
import { Overloaded } from "./service.ts";

/** A session of the gateway's own; one request at a time. */
export interface PooledSession {
  readonly clientId: number;
  requestNumber: number;
}

/**
 * The sessions with which a gateway is a client on behalf of clients that send no ids. One that has
 * been idle longest is used last, so that the rest may be evicted in peace.
 */
export class SessionPool {
  readonly #open: (timeoutMs: number) => Promise<number>;
  readonly #max: number;
  readonly #idle: PooledSession[] = [];
  #count = 0;

  /** `open` opens a session within some time; at most `max` are kept. */
  constructor(open: (timeoutMs: number) => Promise<number>, max: number) {
    this.#open = open;
    this.#max = max;
  }

  /** An idle session at once, if there is one. */
  takeIdle(): PooledSession | undefined {
    return this.#idle.pop();
  }

  /**
   * A new session, opened within `timeoutMs`.
   *
   * @throws {Overloaded} if as many are in use as there may be.
   */
  async takeNew(timeoutMs: number): Promise<PooledSession> {
    if (this.#count >= this.#max) {
      throw new Overloaded(`${this.#count} requests are under way at this node`);
    }
    this.#count++;
    try {
      return { clientId: await this.#open(timeoutMs), requestNumber: 0 };
    } catch (error) {
      this.#count--;
      throw error;
    }
  }

  /** Gives a session back. */
  release(session: PooledSession): void {
    this.#idle.push(session);
  }

  /** Forgets a session that is of no use any more. */
  discard(): void {
    this.#count--;
  }
}

/** The ids of the next request of a session. */
export function nextId(session: PooledSession): RequestId {
  return { clientId: session.clientId, requestNumber: ++session.requestNumber };
}
