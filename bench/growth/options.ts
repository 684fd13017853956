import { readFlags } from "../../cli/config/flags.ts";
import type { Section } from "../../cli/config/section.ts";
import { type System, SYSTEMS } from "./systems.ts";

/** What can be measured. */
export const PARTS = ["memory", "start", "snapshot", "load"] as const;

/** One of them. */
export type Part = (typeof PARTS)[number];

/** What the command line says. */
export interface Options {
  readonly help: boolean;
  readonly parts: readonly Part[];
  readonly systems: readonly System[];
  /** How many keys, where the part's own number is not wanted. */
  readonly keys: number | undefined;
  readonly seconds: number;
  readonly overwriteSeconds: number;
  readonly data: string;
  readonly svg: string | undefined;
}

const IDS = SYSTEMS.map(({ id }) => id);

export const HELP =
  `Measure what grows as the data does: memory, disk, and the time to start and to recover.

  deno task growth [options]

      --only A,B      which parts: ${PARTS.join(", ")} [all]
      --systems A,B   which systems: ${IDS.join(", ")} [all; load: vr]
      --keys N        how many keys, of 16 bytes with values of 100 [memory and start: 1 million;
                      snapshot: 100,000; load: 10 million]
      --seconds N     snapshot: how long each setting is measured [20]
      --overwrite N   load: for how many seconds keys are overwritten afterwards [120]
      --data DIR      where the nodes keep their data, deleted at the end [./data/bench-growth]
      --svg FILE      load: draw it over time into this file
  -h, --help          print this

  memory    bytes that each key costs each of three nodes, in memory and on disk
  start     how long a node and the cluster take to start, stopped and killed before, and how long
            a node takes whose disk was lost, with 1, 10,000, 100,000 and all keys
  snapshot  latency of puts at 64 connections with a snapshot every 64 MiB of log, and every 4 MiB;
            of vr, chain, hermes and gossip
  load      keys by pipelined RESP, second by second; then they are overwritten

All nodes are on this machine, and so is the load. etcd and Redis (Debian: etcd-server,
redis-server) are left out where they are not installed.
`;

/** @throws {ConfigError} naming every flag that is wrong. */
export function parseFlags(args: readonly string[]): Options {
  return readFlags(args, {
    booleans: ["help"],
    texts: ["only", "systems", "data", "svg"],
    aliases: { h: "help" },
  }, readOptions);
}

function readOptions(flags: Section): Options {
  const parts = flags.value(
    "only",
    { kind: "names of parts", fallback: "all" },
    (text) => chosen("part", PARTS, text),
  ) ?? PARTS;
  const ids = flags.value(
    "systems",
    { kind: "names of systems", fallback: "all" },
    (text) => chosen("system", IDS, text),
  ) ?? (parts.join() === "load" ? ["vr"] : IDS);
  return {
    help: flags.flag("help"),
    parts,
    systems: SYSTEMS.filter(({ id }) => ids.includes(id)),
    keys: flags.has("keys")
      ? flags.count("keys", { fallback: 1, min: 1, max: 1_000_000_000 })
      : undefined,
    seconds: flags.count("seconds", { fallback: 20, min: 1, max: 3_600 }),
    overwriteSeconds: flags.count("overwrite", { fallback: 120, min: 1, max: 86_400 }),
    data: flags.text("data", "./data/bench-growth") ?? "./data/bench-growth",
    svg: flags.text("svg", ""),
  };
}

function chosen<const N extends string>(
  kind: string,
  names: readonly N[],
  text: unknown,
): readonly N[] | { readonly problem: string } {
  const wanted = String(text).split(",");
  const unknown = wanted.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) return { problem: `There is no ${kind} "${unknown}"` };
  return names.filter((name) => wanted.includes(name));
}
