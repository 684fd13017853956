/**
 * How much the clients of a node may have under way together: beyond it they wait, in order, which
 * stops their connections from being read.
 */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #first = 0;

  /** `count` at once. */
  constructor(count: number) {
    this.#free = count;
  }

  /** Takes one; a promise if there is none yet. */
  take(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Gives one back. */
  release(): void {
    if (this.#first === this.#waiting.length) {
      this.#free++;
      return;
    }
    this.#waiting[this.#first++]!();
    if (this.#first < this.#waiting.length && this.#first < 1_024) return;
    this.#waiting.splice(0, this.#first);
    this.#first = 0;
  }
}
