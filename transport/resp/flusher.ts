/** What has something to send. */
export interface Flushable {
  flush(): void;
}

/**
 * Has connections send once a turn of the event loop: the answers that a turn brings leave together, in one
 * write for each connection (10 µs each, more than anything else of a command costs here).
 */
export class Flusher {
  #waiting: Flushable[] = [];

  /** Has it send at the end of this turn. To be called once before it does. */
  add(connection: Flushable): void {
    if (this.#waiting.push(connection) === 1) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const connection of waiting) connection.flush();
  };
}
