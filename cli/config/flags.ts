import { parseArgs } from "@std/cli";
import { Problems } from "./problems.ts";
import { Section } from "./section.ts";

/** How a command line is taken apart before its flags are read. */
export interface FlagSyntax {
  /** Flags without a value. */
  readonly booleans: readonly string[];
  /** Flags whose value is a text even if it looks like a number. */
  readonly texts?: readonly string[];
  /** Of `booleans`: those that are on unless `--no-...` is said. */
  readonly negatable?: readonly string[];
  /** Short names, `{ w: "clients" }`. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/**
 * Reads the flags of a command with the same readers, and the same kind of errors, as a configuration file.
 *
 * @param read Asks for every flag that there is; any other is an error.
 * @throws {ConfigError} naming every flag that is wrong.
 */
export function readFlags<T>(
  args: readonly string[],
  syntax: FlagSyntax,
  read: (flags: Section) => T,
): T {
  const { _: rest, ...values } = parseArgs(args, {
    boolean: syntax.booleans,
    string: syntax.texts ?? [],
    negatable: syntax.negatable ?? [],
    alias: { ...syntax.aliases },
    default: Object.fromEntries((syntax.negatable ?? []).map((name) => [name, true])),
  });
  for (const short of Object.keys(syntax.aliases ?? {})) delete values[short];
  const problems = new Problems(null, () => null);
  const flags = new Section({ problems, prefix: "--", specs: [] }, "", values);
  const result = read(flags);
  flags.end();
  for (const argument of rest) problems.add("", `Cannot use the argument "${argument}"`);
  for (const name of repeatedFlags(args, syntax)) {
    problems.add(`--${name}`, "Is given more than once");
  }
  problems.throwIfAny();
  return result;
}

/** The flags given more than once, of which `parseArgs` drops all but the last. */
function repeatedFlags(args: readonly string[], { aliases = {} }: FlagSyntax): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const arg of args) {
    const [, long, short] = /^(?:--(?:no-)?([a-z][^=]*)|-([a-z]))/.exec(arg) ?? [];
    const name = long ?? (short === undefined ? undefined : aliases[short]);
    if (name === undefined) continue;
    if (seen.has(name)) repeated.add(name);
    seen.add(name);
  }
  return repeated;
}
