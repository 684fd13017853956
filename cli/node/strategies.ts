import { toError } from "../../actors/errors.ts";
import { counter } from "../../protocols/gossip/counter.ts";
import { lww } from "../../protocols/gossip/lww.ts";
import { type Merge, merged } from "../../protocols/gossip/merged.ts";
import { set } from "../../protocols/gossip/set.ts";
import { siblings } from "../../protocols/gossip/siblings.ts";
import { Strategies } from "../../protocols/gossip/strategies.ts";
import type { Strategy } from "../../protocols/gossip/strategy.ts";
import { type ClusterConfig, ConfigError } from "../config.ts";

/** The user's own functions by the name of their file. */
export type Merges = ReadonlyMap<string, Merge>;

const BUILT_IN: ReadonlyMap<string, Strategy> = new Map(
  [lww, siblings, counter, set].map((strategy) => [strategy.name, strategy]),
);
const MERGE = "merge:";

/**
 * Loads the functions that the strategies of a configuration name.
 *
 * @throws {ConfigError} if one cannot be loaded, or its default export is no function.
 */
export async function loadMerges({ gossip }: ClusterConfig): Promise<Merges> {
  const names = [gossip.strategy, ...Object.values(gossip.strategies)];
  const files = new Set(
    names.filter((name) => name.startsWith(MERGE)).map((name) => name.slice(MERGE.length)),
  );
  const merges = new Map<string, Merge>();
  for (const file of files) merges.set(file, await load(file));
  return merges;
}

/** The strategies that the configuration names; the functions of its own were loaded before. */
export function strategiesOf({ gossip }: ClusterConfig, merges: Merges): Strategies {
  const rules = Object.entries(gossip.strategies)
    .map(([prefix, name]) => ({ prefix, strategy: strategyOf(name, merges) }));
  return new Strategies(rules, strategyOf(gossip.strategy, merges));
}

function strategyOf(name: string, merges: Merges): Strategy {
  return BUILT_IN.get(name) ?? merged(merges.get(name.slice(MERGE.length))!);
}

async function load(file: string): Promise<Merge> {
  let merge: unknown;
  try {
    merge = (await import(new URL(file, `file://${Deno.cwd()}/`).href)).default;
  } catch (cause) {
    throw unusable(file, toError(cause).message);
  }
  if (typeof merge !== "function") throw unusable(file, "its default export is not a function");
  return merge as Merge;
}

function unusable(file: string, why: string): ConfigError {
  const what = `Cannot merge by "${file}": ${why}`;
  return new ConfigError([{ file: null, line: null, field: "gossip.strategies", what }]);
}
