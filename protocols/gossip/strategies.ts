import type { Strategy } from "./strategy.ts";

/** A strategy for the keys that begin with a prefix. */
export interface StrategyRule {
  /** What the keys begin with. */
  readonly prefix: string;
  /** How conflicts about them are resolved. */
  readonly strategy: Strategy;
}

/** Which strategy a key has: that of the longest prefix that fits it. */
export class Strategies {
  readonly #rules: readonly StrategyRule[];
  readonly #otherwise: Strategy;

  /** Takes the rules in any order, and the strategy of the keys that none fits. */
  constructor(rules: readonly StrategyRule[], otherwise: Strategy) {
    this.#rules = rules.toSorted((left, right) => right.prefix.length - left.prefix.length);
    this.#otherwise = otherwise;
  }

  /** The strategy of a key. */
  of(key: string): Strategy {
    return this.#rules.find(({ prefix }) => key.startsWith(prefix))?.strategy ?? this.#otherwise;
  }

  /**
   * The rules as text, the same at nodes that have the same, to be compared when they meet. Nodes that
   * disagree still store the same, but read and write it differently.
   */
  describe(): string {
    const rules = this.#rules.map(({ prefix, strategy }) => [prefix, strategy.name] as const);
    rules.sort(([left], [right]) => left < right ? -1 : 1);
    return JSON.stringify([...rules, this.#otherwise.name]);
  }
}
