interface Flapping {
  count: number;
  diedAt: number;
}

/**
 * How long those who come and go have to be there before they are trusted again: not at all after the first
 * death, then `firstMs`, and twice as long after each further one, up to `windowMs`. Deaths further apart
 * than that have nothing to do with each other.
 */
export class Flaps {
  readonly #firstMs: number;
  readonly #windowMs: number;
  readonly #deaths = new Map<number, Flapping>();

  /** Takes the first time to wait, and the longest, in milliseconds. */
  constructor(firstMs: number, windowMs: number) {
    this.#firstMs = firstMs;
    this.#windowMs = windowMs;
  }

  /** Notes that one has died. */
  died(node: number, now: number): void {
    const before = this.#deaths.get(node);
    const isApart = before === undefined || now - before.diedAt > this.#windowMs;
    this.#deaths.set(node, { count: isApart ? 1 : before.count + 1, diedAt: now });
  }

  /** How long one that is back has to stay. */
  holdMs(node: number): number {
    const count = this.#deaths.get(node)?.count ?? 0;
    return count < 2 ? 0 : Math.min(this.#firstMs * 2 ** (count - 2), this.#windowMs);
  }
}
