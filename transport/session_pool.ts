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
  readonly #open: () => Promise<number>;
  readonly #max: number;
  readonly #idle: PooledSession[] = [];
  #count = 0;

  /** `open` opens a session; at most `max` are kept. */
  constructor(open: () => Promise<number>, max: number) {
    this.#open = open;
    this.#max = max;
  }

  /** An idle session at once, if there is one. */
  takeIdle(): PooledSession | undefined {
    return this.#idle.pop();
  }

  /**
   * A new session.
   *
   * @throws {Overloaded} if as many are in use as there may be.
   */
  async takeNew(): Promise<PooledSession> {
    if (this.#count >= this.#max) {
      throw new Overloaded(`${this.#count} requests are under way at this node`);
    }
    this.#count++;
    try {
      return { clientId: await this.#open(), requestNumber: 0 };
    } catch (error) {
      this.#count--;
      throw error;
    }
  }

  /** Gives a session back. */
  release(session: PooledSession): void {
    this.#idle.push(session);
  }

  /** Forgets a session that was evicted. */
  discard(): void {
    this.#count--;
  }
}

/** The ids of the next request of a session. */
export function nextId(session: PooledSession): RequestId {
  return { clientId: session.clientId, requestNumber: ++session.requestNumber };
}
