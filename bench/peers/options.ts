import { readFlags } from "../../cli/config/flags.ts";
import type { Section } from "../../cli/config/section.ts";
import { OURS, type PeerName, PEERS } from "./comparisons.ts";
import { type Slice, SLICES, type Space, type Work, WORKS } from "./load.ts";

export const HELP = `Compare Troupe with etcd, Redis and ZooKeeper under the same loads.

  deno task peers [options]

      --only LIST         what to compare with, one after the other: ${PEERS.join(", ")} [all];
                          memory: Redis that syncs nothing, or once a second, at the
                          connections where something else varies
      --systems LIST      which of ours to compare: ${OURS.join(", ")};
                          vr stands for all whose name begins so [all]
      --slices LIST       ways to vary the load: ${SLICES.join(", ")} [all]
      --work LIST         what is asked, but for mixes: put, get [put,get]
      --connections LIST  how many [1,16,64,256]; 64, or the last one, where something else varies
      --pipeline N        requests in flight on each connection in the slice pipeline [16]
      --mixes LIST        parts of the requests that are writes [0.05,0.5]
      --values LIST       sizes of values in bytes [16,1024,65536]; 100 where something else varies
      --spread            spread connections over all nodes also where one of them leads
      --rounds N          how often everything is measured [3]
      --seconds N         how long one measurement takes [1]
      --warm-up N         how long each system is loaded before, in seconds [10]
      --quick             some three minutes: etcd, redis and zookeeper, without gossip, at 64
                          connections, put and get, with and without a pipeline, one round
      --out DIR           also write tables, plots and the raw figures there
      --data DIR          where all keep their data, deleted at the end [./data/bench-peers]
  -h, --help              print this

Needs wrk and redis-benchmark; peers that are not installed are skipped (Debian: etcd-server,
redis-server, redis-tools, zookeeper, wrk). Systems that are compared are up together and are loaded
in turn. Ctrl-C ends all that was started, deletes its data and prints what there is by then.
`;

/** What the command line says. */
export interface Options extends Space {
  readonly help: boolean;
  readonly only: readonly PeerName[];
  /** Beginnings of the names of ours; empty for all. */
  readonly systems: readonly string[];
  readonly spread: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly out: string | undefined;
  readonly data: string;
}

const DATA = "./data/bench-peers";

/** What `--quick` takes instead of the defaults; other flags still count. */
const QUICK = {
  only: "etcd,redis,zookeeper",
  systems: "vr,chain,hermes",
  slices: "connections,pipeline",
  connections: "64",
  rounds: 1,
  warmUp: 2,
};

const FULL = {
  only: PEERS.join(","),
  systems: "",
  slices: SLICES.join(","),
  connections: "1,16,64,256",
  rounds: 3,
  warmUp: 10,
};

/**
 * Reads the command line.
 *
 * @throws {ConfigError} naming every flag that is wrong.
 */
export function parsePeersFlags(args: readonly string[]): Options {
  return readFlags(args, {
    booleans: ["help", "quick", "spread"],
    texts: ["only", "systems", "slices", "work", "connections", "mixes", "values", "out", "data"],
    aliases: { h: "help" },
  }, readOptions);
}

function readOptions(flags: Section): Options {
  const preset = flags.flag("quick") ? QUICK : FULL;
  return {
    help: flags.flag("help"),
    only: names<PeerName>(flags, "only", PEERS, preset.only),
    systems: systems(flags, preset.systems),
    slices: names<Slice>(flags, "slices", SLICES, preset.slices),
    works: names<Work>(flags, "work", WORKS, WORKS.join(",")),
    connections: numbers(flags, "connections", preset.connections, { min: 1, max: 10_000 }),
    pipeline: flags.count("pipeline", { fallback: 16, min: 2, max: 1_000 }),
    mixes: numbers(flags, "mixes", "0.05,0.5", { min: 0, max: 1, isPart: true }),
    values: numbers(flags, "values", "16,1024,65536", { min: 1, max: 1_048_576 }),
    spread: flags.flag("spread"),
    rounds: flags.count("rounds", { fallback: preset.rounds, min: 1, max: 1_000 }),
    seconds: flags.count("seconds", { fallback: 1, min: 1, max: 3_600 }),
    warmUp: flags.count("warm-up", { fallback: preset.warmUp, min: 1, max: 3_600 }),
    out: flags.text("out", ""),
    data: flags.text("data", DATA) ?? DATA,
  };
}

function list(flags: Section, name: string, fallback: string): string[] {
  const text = flags.text(name, fallback) ?? fallback;
  return [...new Set(text.split(",").map((each) => each.trim()).filter((each) => each !== ""))];
}

function names<N extends string>(
  flags: Section,
  name: string,
  known: readonly N[],
  fallback: string,
): readonly N[] {
  const given = list(flags, name, fallback);
  if (given.length === 0 || !given.every((each) => known.some((one) => one === each))) {
    flags.problem(name, `Must be of ${known.join(", ")}, separated by commas`);
  }
  return known.filter((one) => given.includes(one));
}

function systems(flags: Section, fallback: string): readonly string[] {
  const given = list(flags, "systems", fallback);
  if (!given.every((each) => OURS.some((name) => isCalled(name, each)))) {
    flags.problem("systems", `Must be of ${OURS.join(", ")}, separated by commas`);
  }
  return given;
}

/** Whether a name is meant by a word: it is that word, or begins with it. */
function isCalled(name: string, word: string): boolean {
  return name === word || name.startsWith(`${word} `);
}

/** Whether a system of ours is among those that were asked for. */
export function isWanted(name: string, words: readonly string[]): boolean {
  return words.length === 0 || words.some((word) => isCalled(name, word));
}

interface Range {
  readonly min: number;
  readonly max: number;
  /** Whether fractions are meant. */
  readonly isPart?: boolean;
}

function numbers(
  flags: Section,
  name: string,
  fallback: string,
  { min, max, isPart = false }: Range,
): number[] {
  const given = list(flags, name, fallback).map(Number);
  const isRight = (each: number) =>
    each >= min && each <= max && (isPart || Number.isInteger(each));
  if (given.length === 0 || !given.every(isRight)) {
    const kind = isPart ? "numbers" : "whole numbers";
    flags.problem(name, `Must be ${kind} from ${min} to ${max}, separated by commas`);
  }
  return given.toSorted((a, b) => a - b);
}
