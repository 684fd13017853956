/**
 * What clients saw of a counter that is only ever incremented by one, checked against what
 * linearizability and execution exactly once allow.
 */
export class CounterHistory {
  readonly key: string;
  #begun = 0;
  #acknowledged = 0;
  /** The highest value that any client has seen. */
  #highest = 0;
  readonly #results = new Set<number>();

  constructor(key: string) {
    this.key = key;
  }

  /** Increments that were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** An increment is sent for the first time. Returns what to tell {@linkcode incremented}. */
  increment(): number {
    this.#begun++;
    return this.#highest;
  }

  /** It was acknowledged. */
  incremented(floor: number, value: number): void {
    this.#acknowledged++;
    this.#check(value > floor, `an increment gave ${value}, and ${floor} had been seen before it`);
    this.#check(!this.#results.has(value), `two increments gave ${value}`);
    this.#results.add(value);
    this.#see(value);
  }

  /** It was refused, so it was certainly not executed. */
  refused(): void {
    this.#begun--;
  }

  /** A read is sent. Returns what to tell {@linkcode answered}. */
  read(): number {
    return this.#highest;
  }

  /** It was answered. */
  answered(floor: number, value: number): void {
    this.#check(value >= floor, `a read gave ${value}, and ${floor} had been seen before it`);
    this.#see(value);
  }

  #see(value: number): void {
    this.#check(value <= this.#begun, `${value} was seen, and ${this.#begun} increments were sent`);
    this.#highest = Math.max(this.#highest, value);
  }

  #check(isFine: boolean, what: string): void {
    if (!isFine) throw new Error(`Counter ${this.key}: ${what}`);
  }
}
