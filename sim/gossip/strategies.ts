/**
 * How the keys of simulated gossip clusters resolve conflicts: a key says it in its first letters.
 *
 * @module
 */
import { counter } from "../../protocols/gossip/counter.ts";
import { lww } from "../../protocols/gossip/lww.ts";
import { merged } from "../../protocols/gossip/merged.ts";
import { set } from "../../protocols/gossip/set.ts";
import { siblings } from "../../protocols/gossip/siblings.ts";
import { Strategies } from "../../protocols/gossip/strategies.ts";

/** The strategies that there are, by the prefix of their keys. */
export const STRATEGY_NAMES = ["lww", "siblings", "counter", "set", "merge"] as const;

/** The name of a strategy. */
export type StrategyName = typeof STRATEGY_NAMES[number];

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The words of a value that is merged. */
export function wordsOf(value: Uint8Array): string[] {
  return decoder.decode(value).split(" ").filter((word) => word !== "");
}

/** The words of either value: a merge in which nothing is lost. */
function uniteWords(left: Uint8Array, right: Uint8Array): Uint8Array {
  const words = new Set([...wordsOf(left), ...wordsOf(right)]);
  return encoder.encode([...words].sort().join(" "));
}

/** The configuration of every simulated cluster. */
export function simStrategies(): Strategies {
  const rules = [
    { prefix: "siblings/", strategy: siblings },
    { prefix: "counter/", strategy: counter },
    { prefix: "set/", strategy: set },
    { prefix: "merge/", strategy: merged(uniteWords) },
  ];
  return new Strategies(rules, lww);
}

/** How a key resolves conflicts. */
export function strategyOf(key: string): StrategyName {
  return STRATEGY_NAMES.find((name) => key.startsWith(`${name}/`)) ?? "lww";
}
