import type { Claim } from "./claim.ts";
import { ANY_TOKEN, type Token, type Tokens } from "./model.ts";
import type { Operation } from "./operation.ts";

/** Of an operation that needs no token or gives none, and of a token that no operation names. */
export const NO_TOKEN = -1;
/** Of an operation after which any token may be there. */
export const SOME_TOKEN = -2;

/** The tokens that the operations of a problem need and give, as numbers from 0. */
export class TokenTable<State, Op extends Operation> {
  /** By operation: the token it needs, or {@linkcode NO_TOKEN}. */
  readonly needs: Int32Array;
  /** By operation: the token it gives, {@linkcode NO_TOKEN} or {@linkcode SOME_TOKEN}. */
  readonly gives: Int32Array;
  readonly #tokens: Tokens<State, Op> | undefined;
  readonly #numbers = new Map<Token, number>();

  /** @param tokens What the model says of them; without it there are none. */
  constructor(tokens: Tokens<State, Op> | undefined, claims: readonly Claim<Op>[]) {
    this.#tokens = tokens;
    this.needs = new Int32Array(claims.length).fill(NO_TOKEN);
    this.gives = new Int32Array(claims.length).fill(NO_TOKEN);
    if (tokens === undefined) return;
    for (const [index, { op }] of claims.entries()) {
      const needs = tokens.needs(op);
      if (needs !== undefined) this.needs[index] = this.#number(needs);
      const gives = tokens.gives(op);
      if (gives === ANY_TOKEN) this.gives[index] = SOME_TOKEN;
      else if (gives !== undefined) this.gives[index] = this.#number(gives);
    }
  }

  /** How many tokens there are. */
  get size(): number {
    return this.#numbers.size;
  }

  /** The token of a state, {@linkcode NO_TOKEN} if no operation names it. */
  of(state: State): number {
    if (this.#tokens === undefined) return NO_TOKEN;
    return this.#numbers.get(this.#tokens.of(state)) ?? NO_TOKEN;
  }

  #number(token: Token): number {
    const known = this.#numbers.get(token);
    if (known !== undefined) return known;
    this.#numbers.set(token, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

/** Of a token that is there from the start and never comes again. */
export const AT_START = -1;
/** Of a token that comes at no known moment, or at several. */
export const UNKNOWN_GIVER = -2;

/**
 * By token that comes once: the operation that gives it, or {@linkcode AT_START}. By any other:
 * {@linkcode UNKNOWN_GIVER}.
 */
export function soleGivers<State, Op extends Operation>(
  table: TokenTable<State, Op>,
  claims: readonly Claim<Op>[],
  initial: State,
): Int32Array {
  const counts = new Int32Array(table.size);
  const givers = new Int32Array(table.size).fill(UNKNOWN_GIVER);
  if (table.gives.includes(SOME_TOKEN)) return givers;
  const count = (token: number, giver: number, times: number) => {
    if (token === NO_TOKEN) return;
    counts[token]! += times;
    givers[token] = counts[token] === 1 ? giver : UNKNOWN_GIVER;
  };
  count(table.of(initial), AT_START, 1);
  for (const [op, { duty }] of claims.entries()) {
    count(table.gives[op]!, op, duty === "repeats" ? 2 : 1);
  }
  return givers;
}
