/** In which order choices are tried: what is needed at once; then by deadline; then what need not be. */
export const PRIORITY = { BLOCKED: -2, WANTED: -1, OPTIONAL: 1e300, REPEATING: 2e300 } as const;

/** The operations that may be next in each place of a search, of which one place is inside the other. */
export class Choices {
  readonly #ops: number[] = [];
  /** Of those of the innermost place, while they are collected. */
  readonly #priorities: number[] = [];

  /** How many there are in all places: where those of the next one begin. */
  get end(): number {
    return this.#ops.length;
  }

  /** A choice, counted through all places. */
  at(index: number): number {
    return this.#ops[index]!;
  }

  /** Adds to the innermost place, behind what is as urgent. */
  add(op: number, priority: number): void {
    const first = this.#ops.length - this.#priorities.length;
    let at = this.#priorities.length;
    for (; at > 0 && this.#priorities[at - 1]! > priority; at--) {
      this.#priorities[at] = this.#priorities[at - 1]!;
      this.#ops[first + at] = this.#ops[first + at - 1]!;
    }
    this.#priorities[at] = priority;
    this.#ops[first + at] = op;
  }

  /** The choices of this place are complete. */
  close(): void {
    this.#priorities.length = 0;
  }

  /** Drops those of a place that is left. */
  dropFrom(first: number): void {
    this.#ops.length = first;
  }
}
