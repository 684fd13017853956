import type { Problem } from "./problem.ts";
import type { Operation } from "./operation.ts";
import { NO_TOKEN, SOME_TOKEN } from "./token_table.ts";

/**
 * Who has yet to need each token, and who has yet to give it, of the operations that have not taken
 * effect. It tells of a step that it leads nowhere, before the search goes there.
 */
export class Supply {
  readonly #problem: Problem<unknown, Operation>;
  /** By token: how many operations need it that must take effect. */
  readonly #needed: Int32Array;
  /** By token: how many operations give it; those that repeat never stop doing so. */
  readonly #givers: Int32Array;
  /** How many operations may give any token. */
  #wild = 0;

  constructor(problem: Problem<unknown, Operation>) {
    this.#problem = problem;
    this.#needed = new Int32Array(problem.tokens.size);
    this.#givers = new Int32Array(problem.tokens.size);
    for (let op = 0; op < problem.size; op++) this.#count(op, 1);
  }

  /** Notes that an operation, which does not repeat, has taken effect. */
  take(op: number): void {
    this.#count(op, -1);
  }

  /** Notes that it has not after all. */
  giveBack(op: number): void {
    this.#count(op, 1);
  }

  /** Whether a token that is not there can still come. */
  canCome(token: number): boolean {
    return this.#wild > 0 || this.#givers[token]! > 0;
  }

  /** Whether operations need tokens that cannot come, if `token` is there now. */
  isHopeless(token: number): boolean {
    return this.#needed.some((count, other) =>
      count > 0 && other !== token && !this.canCome(other)
    );
  }

  /**
   * Whether an operation that replaces a token must not take effect now, because others need that
   * token and it would never come again.
   */
  forbids(op: number, token: number, next: number): boolean {
    if (token === NO_TOKEN || token === next) return false;
    const { tokens, isDue } = this.#problem;
    const isLast = tokens.needs[op] === token && isDue[op]!;
    return this.#needed[token]! > (isLast ? 1 : 0) && !this.canCome(token);
  }

  #count(op: number, difference: number): void {
    const { tokens, isDue } = this.#problem;
    const needs = tokens.needs[op]!;
    const gives = tokens.gives[op]!;
    if (needs !== NO_TOKEN && isDue[op]!) this.#needed[needs]! += difference;
    if (gives === SOME_TOKEN) this.#wild += difference;
    else if (gives !== NO_TOKEN) this.#givers[gives]! += difference;
  }
}
