import { readFlags } from "../config/flags.ts";
import { ConfigError } from "../config.ts";
import type { DurabilityMode } from "../../protocols/vr/options.ts";
import { SIM_PROTOCOLS, type SimProtocol } from "../../sim/plan.ts";
import { type WorkloadName, WORKLOADS } from "../../sim/workloads/draw.ts";

/** What the simulator is to run. */
export interface SimOptions {
  readonly help: boolean;
  readonly verbose: boolean;
  /** Whether each seed is run twice, to see that it gives the same run. */
  readonly twice: boolean;
  /** Whether to say of each rare branch how often it was forced. */
  readonly rare: boolean;
  /** The first seed. */
  readonly seed: bigint;
  readonly seeds: number;
  readonly durationMs: number;
  /** What the nodes run. */
  readonly protocol: SimProtocol;
  /** The size of the cluster, if it is not to be drawn. */
  readonly nodes?: number;
  /** What clients do, if it is not to be drawn. */
  readonly workload?: WorkloadName;
  /** Whether the group has disks, if it is not to be drawn. */
  readonly durability?: DurabilityMode;
  /** The file of a run to be made again, instead of seeds. */
  readonly replay?: string;
  /** Where the traces of the runs that fail go, or that of the only run. */
  readonly trace?: string;
  /** Where the history of the only run goes. */
  readonly history?: string;
  /** How much of the end of a run a trace shows, in milliseconds. */
  readonly lastMs: number;
  /** Whether the first run that fails is reduced. */
  readonly shrink: boolean;
  /** Runs that reducing may take. */
  readonly runs: number;
  /** Where the reduced run is kept. */
  readonly save: string;
}

export const HELP = `Simulate whole clusters with faults, one seed after the other, and check them.

  deno task sim [options]

      --protocol NAME  ${SIM_PROTOCOLS.join(" or ")} [vr]
      --seed N         the first seed, 0 to 2^64 - 1 [1]
      --seeds N        how many seeds, counted up from the first [100; 1 if --seed is given]
      --minutes M      stop after so many minutes
      --nodes N        the size of the cluster, 1 to 7; of gossip, to 9 [drawn from the seed]
      --durability D   disk, memory or any [any: drawn from the seed]
      --workload NAME  what clients do: ${WORKLOADS.join(", ")} or any [any: drawn from the seed]
      --twice          run each seed twice, and compare
      --rare           list the rare branches of the code, and how often each was forced
      --replay FILE    make the run of a regression file again
      --trace DIR      write what happened, as text and as a page with a diagram: of the only run, or of
                       each that fails
      --last MS        trace only so many milliseconds of the end [all]
      --history FILE   write what clients asked and were told in the only run; deno task check reads it
      --shrink         reduce the first run that fails, write it to a regression file, and stop
      --runs N         runs that reducing may take [300]
      --save DIR       where the regression file goes [tests/sim/regressions]
  -v, --verbose        print a line for each seed
  -h, --help           print this

Exit codes: 0 all is well, 1 a file cannot be read or written, 2 wrong usage, 3 something happened that
never may, 4 a healed quorum was stuck, 5 the same seed did not give the same run, 6 whether a history is
linearizable could not be decided.
`;

/** What a seed would be told, and the file of a run tells already. */
const DRAWN = ["seed", "seeds", "minutes", "nodes", "durability", "workload", "protocol"];
const SEED_MAX = 2n ** 64n - 1n;
const SEEDS_DEFAULT = 100;
const SAVE_DEFAULT = "tests/sim/regressions";
const SEEDS_MAX = 1_000_000_000;

/**
 * Reads the command line.
 *
 * @throws {ConfigError} naming every flag that is wrong.
 */
export function parseOptions(args: readonly string[]): SimOptions {
  const syntax = {
    booleans: ["help", "verbose", "twice", "rare", "shrink"],
    texts: ["protocol", "seed", "durability", "workload", "replay", "trace", "history", "save"],
    aliases: { h: "help", v: "verbose" },
  };
  return readFlags(args, syntax, (flags) => {
    const help = flags.flag("help");
    const verbose = flags.flag("verbose");
    const twice = flags.flag("twice");
    const rare = flags.flag("rare");
    const protocol = flags.choice<SimProtocol>("protocol", SIM_PROTOCOLS, "vr");
    const durability = flags.choice<DurabilityMode | "any">(
      "durability",
      ["any", "disk", "memory"],
      "any",
    );
    const workload = flags.choice("workload", ["any", ...WORKLOADS], "any");
    const text = flags.text("seed", "");
    // Minutes alone say how long it goes on.
    const minutes = flags.decimal("minutes", { fallback: 0, min: 0.01, max: 100_000 });
    const fallback = minutes > 0 ? SEEDS_MAX : text !== undefined ? 1 : SEEDS_DEFAULT;
    const seeds = flags.count("seeds", { fallback, min: 1, max: SEEDS_MAX });
    const nodes = flags.count("nodes", { fallback: 0, min: 1, max: protocol === "gossip" ? 9 : 7 });
    const replay = flags.text("replay", "");
    const trace = flags.text("trace", "");
    const history = flags.text("history", "");
    const shrinks = flags.flag("shrink");
    if (replay !== undefined) {
      for (const name of DRAWN.filter((each) => flags.has(each))) {
        flags.problem(
          "replay",
          `Cannot be used with --${name}: the file says everything of its run`,
        );
      }
    }
    if (protocol !== "vr" && protocol !== "gossip" && durability === "memory") {
      flags.problem("durability", `Must be disk: ${protocol} keeps nothing in memory alone`);
    }
    if (protocol === "hermes" && workload === "bank") {
      flags.problem("workload", "Must be kv: Hermes has no command about several objects");
    }
    if (protocol === "gossip" && flags.has("workload")) {
      flags.problem("workload", "Says nothing of gossip: the seed draws what is done to its keys");
    }
    if (flags.has("last") && trace === undefined) {
      flags.problem("last", "Needs --trace, of which it is a part");
    }
    for (const name of ["runs", "save"].filter((each) => flags.has(each) && !shrinks)) {
      flags.problem(name, "Needs --shrink, which it is about");
    }
    if (history !== undefined && replay === undefined && seeds > 1) {
      flags.problem("history", `Needs a single run: --seed or --seeds 1; there are ${seeds}`);
    }
    return {
      help,
      verbose,
      twice,
      rare,
      seed: text === undefined ? 1n : parseSeed(text),
      seeds: replay === undefined ? seeds : 1,
      protocol,
      lastMs: flags.decimal("last", { fallback: Infinity, min: 1, max: Infinity }),
      shrink: shrinks,
      runs: flags.count("runs", { fallback: 300, min: 1, max: 1_000_000 }),
      save: flags.text("save", SAVE_DEFAULT) ?? SAVE_DEFAULT,
      durationMs: minutes > 0 ? minutes * 60_000 : Infinity,
      ...(nodes > 0 && { nodes }),
      ...(durability !== "any" && { durability }),
      ...(workload !== "any" && { workload }),
      ...(replay !== undefined && { replay }),
      ...(trace !== undefined && { trace }),
      ...(history !== undefined && { history }),
    };
  });
}

function parseSeed(text: string): bigint {
  const seed = /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  if (seed !== undefined && seed <= SEED_MAX) return seed;
  const what = `Must be a whole number from 0 to ${SEED_MAX}; is "${text}"`;
  throw new ConfigError([{ file: null, line: null, field: "--seed", what }]);
}
