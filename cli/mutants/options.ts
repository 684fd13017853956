import { readFlags } from "../config/flags.ts";
import { ConfigError } from "../config.ts";

/** What is to be tried, and how hard. */
export interface MutantsOptions {
  readonly help: boolean;
  /** Prints the page about what is recorded, and tries nothing. */
  readonly markdown: boolean;
  /** Whether findings are looked for from the first seed on, and recorded. */
  readonly record: boolean;
  /** Mutants by name; all of them if empty. */
  readonly only: readonly string[];
  /** Of these, every `of`-th from number `first` on, counted from 0; all of them with one share. */
  readonly share: { readonly first: number; readonly of: number };
  /** Seeds from the first on, for each mutant. */
  readonly seeds: number;
  /** Mutants tried at the same time. */
  readonly jobs: number;
}

export const HELP =
  `Plant bugs in a copy of the sources, one at a time, and see whether the checks find them.

  deno task mutants [options]

      --only NAMES     try these, with commas in between
      --share K/N      try every Nth of them only, from number K on, counted from 0 [0/1]
      --seeds N        seeds tried for each, after the one that is known to expose it [3000]
      --record         look for each from seed 1 on, and keep what exposes it in sim/mutants/known.json
      --markdown       print docs/mutants.md, and try nothing
      --jobs N         tried at the same time, 1 to 64 [as many as there are processors]
  -h, --help           print this

Exit codes: 0 all were found, 2 wrong usage, 3 one was not found, or its seed fails without it, too.
`;

const SEEDS_DEFAULT = 3_000;

/**
 * Reads the command line.
 *
 * @param names The mutants that there are.
 * @param processors How many the machine has.
 * @throws {ConfigError} naming every flag that is wrong.
 */
export function parseOptions(
  args: readonly string[],
  names: readonly string[],
  processors: number,
): MutantsOptions {
  const syntax = {
    booleans: ["help", "record", "markdown"],
    texts: ["only", "share"],
    aliases: { h: "help" },
  };
  return readFlags(args, syntax, (flags) => {
    const only = flags.text("only", "")?.split(",") ?? [];
    const unknown = only.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      const what = `Must be names of mutants; has "${unknown}"`;
      throw new ConfigError([{ file: null, line: null, field: "--only", what }]);
    }
    const share = parseShare(flags.text("share", "0/1") ?? "0/1");
    return {
      help: flags.flag("help"),
      record: flags.flag("record"),
      markdown: flags.flag("markdown"),
      only,
      share,
      seeds: flags.count("seeds", { fallback: SEEDS_DEFAULT, min: 1, max: 1_000_000 }),
      jobs: flags.count("jobs", { fallback: Math.min(64, processors), min: 1, max: 64 }),
    };
  });
}

function parseShare(text: string): MutantsOptions["share"] {
  const [first = NaN, of = NaN] = (/^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []).slice(1).map(Number);
  if (first < of) return { first, of };
  const what = `Must be K/N with K less than N, as 0/3; is "${text}"`;
  throw new ConfigError([{ file: null, line: null, field: "--share", what }]);
}
