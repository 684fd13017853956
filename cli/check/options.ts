import { readFlags } from "../config/flags.ts";
import { ConfigError } from "../config.ts";

/** What to check, and how. */
export interface CheckOptions {
  /** The file with the history. */
  readonly file: string;
  /** Where to draw violations; not at all without it. */
  readonly html?: string;
  /** The most steps. */
  readonly stepsMax: number;
  /** The most time; without it, as much as the steps take. */
  readonly timeMs?: number;
}

export const HELP = `Check whether a history of clients of the store is linearizable.

  deno task check FILE [options]

FILE has one operation on each line, as JSON; docs/simulation.md has the form. deno task bench --history
and deno task sim --history write such files.

      --html FILE    draw violations as a page
      --limit N      undecided after so many steps: operations tried in some state [10000000]
      --timeout TIME undecided after so long, "30s", if that is sooner; the verdict then depends on
                     the machine [no limit]
  -h, --help         print this

Exit codes: 0 linearizable, 1 a file cannot be read or written, 2 wrong usage or a history that cannot
be used, 3 not linearizable, 6 undecided.
`;

/** Flags that are followed by a value, which is not the file. */
const VALUED = ["--html", "--limit", "--timeout"];

/**
 * Reads the command line.
 *
 * @returns the options, or `null` if help is wanted.
 * @throws {ConfigError} naming everything that is wrong.
 */
export function parseCheckFlags(args: readonly string[]): CheckOptions | null {
  const at = args.findIndex((arg, index) =>
    !arg.startsWith("-") && !VALUED.includes(args[index - 1] ?? "")
  );
  const flags = at < 0 ? args : args.toSpliced(at, 1);
  const syntax = { booleans: ["help"], texts: ["html"], aliases: { h: "help" } };
  const options = readFlags(flags, syntax, (section) => {
    if (section.flag("help")) return null;
    const html = section.text("html", "");
    const stepsMax = section.count("limit", {
      fallback: 10_000_000,
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
    });
    const timeMs = section.duration("timeout", { fallback: 1, min: 1, max: 86_400_000 });
    return {
      stepsMax,
      ...(html === undefined ? {} : { html }),
      ...(section.has("timeout") ? { timeMs } : {}),
    };
  });
  if (options === null) return null;
  if (at < 0) {
    const what = "Names no file with a history";
    throw new ConfigError([{ file: null, line: null, field: "FILE", what }]);
  }
  return { file: args[at]!, ...options };
}
