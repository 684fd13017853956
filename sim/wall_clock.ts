/** 14 November 2023: where the wall clocks of all nodes start, give or take their error. */
const START = 1_700_000_000_000;

/** The wall clock of a node: it drifts, and it jumps. */
export class WallClock {
  #offsetMs: number;
  readonly #rate: number;

  /**
   * @param offsetMs How far it is off from the start.
   * @param rate How fast it goes; 1 is right.
   */
  constructor(offsetMs: number, rate: number) {
    this.#offsetMs = offsetMs;
    this.#rate = rate;
  }

  /** What it shows at a virtual time, in milliseconds since 1970. */
  at(now: number): number {
    return START + this.#offsetMs + now * this.#rate;
  }

  /** Someone sets it. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }
}
