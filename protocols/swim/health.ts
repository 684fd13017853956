/**
 * What a member thinks of its own health (Lifeguard IV-A, the local health multiplier): the score rises
 * when its probes fail in a way that speaks against itself, or it has to contradict a suspicion, and falls
 * with every probe that succeeds.
 */
export class LocalHealth {
  readonly #scores: number;
  #score = 0;

  /** Takes the number of scores; one means that it is always healthy. */
  constructor(scores: number) {
    this.#scores = scores;
  }

  /** 0 if all is well. */
  get score(): number {
    return this.#score;
  }

  /** Worse by so much, or better if negative. */
  worsen(by: number): void {
    this.#score = Math.min(Math.max(this.#score + by, 0), this.#scores - 1);
  }

  /** A time, longer the worse it is. */
  stretch(ms: number): number {
    return ms * (this.#score + 1);
  }
}
