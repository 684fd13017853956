/**
 * Estimators of how suspicious a silence is. They know neither clocks nor messages: they are told
 * when something was heard, and asked at some time.
 *
 * @module
 */

/** Judges the silence of one peer. */
export interface Estimator {
  /** Begins anew, as if the peer had been heard just now; what was learnt of it stays. */
  restart(now: number): void;
  /** Notes a sign of life. */
  heard(now: number): void;
  /** Whether the silence is long enough to suspect. */
  isSuspect(now: number): boolean;
}

/** Suspects after a fixed silence. */
export class DeadlineEstimator implements Estimator {
  readonly #suspicionMs: number;
  #heardAt = 0;

  constructor(suspicionMs: number) {
    this.#suspicionMs = suspicionMs;
  }

  restart(now: number): void {
    this.#heardAt = now;
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  isSuspect(now: number): boolean {
    return now - this.#heardAt > this.#suspicionMs;
  }
}

/** Intervals that the mean is taken over. */
const WINDOW = 100;
/** How much longer than expected the usual interval of a peer is believed to be, at most. */
const PATIENCE = 3;

/**
 * Phi-accrual with an exponential distribution (Hayashibara et al. 2004, in the form that Cassandra
 * uses): phi = log10(e) * silence / mean interval, so that a suspicion at phi = 1 is wrong one time
 * in 10, at phi = 2 one time in 100. The mean is taken to be at least the heartbeat, since signs of
 * life in between promise nothing, and at most {@linkcode PATIENCE} times that. No silence shorter
 * than `suspicionMs` is suspicious.
 */
export class PhiEstimator implements Estimator {
  readonly #heartbeatMs: number;
  readonly #suspicionMs: number;
  readonly #threshold: number;
  readonly #intervals: number[] = [];
  #sum = 0;
  #next = 0;
  #heardAt = 0;

  constructor(heartbeatMs: number, suspicionMs: number, threshold: number) {
    this.#heartbeatMs = heartbeatMs;
    this.#suspicionMs = suspicionMs;
    this.#threshold = threshold;
  }

  restart(now: number): void {
    this.#heardAt = now;
  }

  heard(now: number): void {
    const interval = now - this.#heardAt;
    this.#heardAt = now;
    this.#sum += interval - (this.#intervals[this.#next] ?? 0);
    this.#intervals[this.#next] = interval;
    this.#next = (this.#next + 1) % WINDOW;
  }

  isSuspect(now: number): boolean {
    return now - this.#heardAt > this.#suspicionMs && this.phi(now) > this.#threshold;
  }

  /** How suspicious the silence is. */
  phi(now: number): number {
    return Math.LOG10E * (now - this.#heardAt) / this.#meanMs();
  }

  #meanMs(): number {
    const mean = this.#intervals.length === 0 ? 0 : this.#sum / this.#intervals.length;
    return Math.min(Math.max(mean, this.#heartbeatMs), this.#heartbeatMs * PATIENCE);
  }
}
