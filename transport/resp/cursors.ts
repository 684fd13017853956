/** Cursors that are kept: those that were used last. */
const CURSORS_MAX = 4_096;
/** Numbers that every client can hold, those included for which all numbers are doubles. */
const NUMBER_BITS = 48;

/**
 * Cursors of scans. Clients of Redis take a cursor to be a number, and a store's says where in the order
 * of its keys a scan is: so it is kept here, under a number that is drawn.
 */
export class Cursors {
  /** In the order of their last use. */
  readonly #known = new Map<string, string>();

  /** The number for a cursor of the store. */
  add(cursor: string): string {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    const number = String(1 + high! % 2 ** (NUMBER_BITS - 32) * 2 ** 32 + low!);
    this.#keep(number, cursor);
    return number;
  }

  /** The store's cursor; `undefined` if it was never given out, or too long ago. */
  find(number: string): string | undefined {
    const cursor = this.#known.get(number);
    if (cursor !== undefined) this.#keep(number, cursor);
    return cursor;
  }

  #keep(number: string, cursor: string): void {
    this.#known.delete(number);
    this.#known.set(number, cursor);
    if (this.#known.size <= CURSORS_MAX) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(oldest!);
  }
}
