import { parseArgs } from "@std/cli";
import { UsageError } from "./exit.ts";
import { suggestion } from "./suggest.ts";
import { type Flag, formatArguments, GLOBAL_FLAGS, type Verb } from "./table.ts";

/** A command line, understood. */
export interface CommandLine {
  /** The verb, `undefined` if none was given. */
  readonly verb: Verb | undefined;
  /** The verb as it was written, `admin crash` say. */
  readonly path: string;
  readonly arguments: readonly string[];
  /** Flags that were given, by name. */
  readonly flags: ReadonlyMap<string, string | boolean>;
}

/**
 * Understands a command line.
 *
 * @throws {UsageError} that names what is wrong and, if something is near, what may have been meant.
 */
export function parseCommandLine(
  args: readonly string[],
  verbs: readonly Verb[],
): CommandLine {
  const found: string[] = [];
  let verb: Verb | undefined;
  let among: readonly Verb[] = verbs;
  while (among.length > 0) {
    const word = bindValues(args, flagsOf(verb)).words[found.length];
    if (word === undefined) break;
    verb = findVerb(word, among, found);
    among = verb.verbs ?? [];
    found.push(word);
  }
  const path = found.join(" ");
  const { words, flags } = parseFlags(args, flagsOf(verb), path);
  const rest = words.slice(found.length);
  const help = flags.get("help") === true;
  if (verb !== undefined && !help) checkArguments(rest, verb, path);
  return { verb, path, arguments: rest, flags };
}

function flagsOf(verb: Verb | undefined): readonly Flag[] {
  return [...GLOBAL_FLAGS, ...(verb?.flags ?? [])];
}

function findVerb(word: string, among: readonly Verb[], before: readonly string[]): Verb {
  const verb = among.find(({ name }) => name === word);
  if (verb !== undefined) return verb;
  const of = before.length === 0 ? "" : ` of "${before.join(" ")}"`;
  const near = suggestion(word, among.map(({ name }) => name));
  throw new UsageError(`Unknown verb ${JSON.stringify(word)}${of}${near}`, before.join(" "));
}

/** A flag as it was written, and the value that goes with it. */
interface Bound {
  readonly token: string;
  /** Which flag it is, `undefined` if there is none such. */
  readonly flag: Flag | undefined;
  readonly value: string | undefined;
}

/**
 * Ties each value to its flag and takes the words out. `parseArgs` alone would take the word after a
 * switch for its value if it is `true`, an empty value for another word, and `-5` for a flag.
 */
function bindValues(
  args: readonly string[],
  flags: readonly Flag[],
): { bound: Bound[]; words: string[] } {
  const bound: Bound[] = [];
  const words: string[] = [];
  const rest = [...args];
  while (rest.length > 0) {
    const token = rest.shift()!;
    if (token === "--") {
      words.push(...rest.splice(0));
    } else if (!token.startsWith("-") || token === "-" || /^-\d+$/.test(token)) {
      words.push(token);
    } else {
      const { name, value } = splitFlag(token);
      const long = token.startsWith("--");
      const flag = flags.find((flag) => (long ? flag.name : flag.short) === name);
      const takesNext = flag?.value !== undefined && value === undefined;
      bound.push({ token, flag, value: takesNext ? rest.shift() : value });
    }
  }
  return { bound, words };
}

/** A flag as `parseArgs` cannot misread it. */
function unambiguous({ token, flag, value }: Bound, path: string): string {
  if (flag === undefined) return token; // parseArgs reports it
  const { name } = flag;
  if (flag.value !== undefined) {
    if (value !== undefined) return `--${name}=${value}`;
    throw new UsageError(`Flag --${name} needs a value: --${name} ${flag.value}`, path);
  }
  if (value === undefined || value === "true" || value === "false") {
    return `--${name}=${value ?? "true"}`;
  }
  throw new UsageError(`Flag --${name} takes no value, got ${JSON.stringify(value)}`, path);
}

/** `--name=value`, `--name`, `-n=value`, `-nvalue` or `-n`. */
function splitFlag(token: string): { name: string; value: string | undefined } {
  if (!token.startsWith("--")) {
    const value = token.slice(2).replace(/^=/, "");
    return { name: token.slice(1, 2), value: value === "" ? undefined : value };
  }
  const equals = token.indexOf("=");
  if (equals < 0) return { name: token.slice(2), value: undefined };
  return { name: token.slice(2, equals), value: token.slice(equals + 1) };
}

function parseFlags(
  args: readonly string[],
  known: readonly Flag[],
  path: string,
): { words: string[]; flags: Map<string, string | boolean> } {
  const { bound, words } = bindValues(args, known);
  const parsed = parseArgs(bound.map((flag) => unambiguous(flag, path)), {
    string: known.filter(({ value }) => value !== undefined).map(({ name }) => name),
    boolean: known.filter(({ value }) => value === undefined).map(({ name }) => name),
    unknown: (token) => {
      throw unknownFlag(token, known, path);
    },
  });
  if (parsed._.length > 0) throw unknownFlag(String(parsed._[0]), known, path);
  const flags = new Map<string, string | boolean>();
  for (const flag of known) {
    const value = parsed[flag.name];
    if (typeof value !== "string" && value !== true) continue;
    if (typeof value === "string" && flag.choices !== undefined) {
      checkChoice(`--${flag.name}`, flag.choices, value, path);
    }
    flags.set(flag.name, value);
  }
  return { words, flags };
}

function unknownFlag(token: string, known: readonly Flag[], path: string): UsageError {
  const { name } = token.startsWith("--") ? splitFlag(token) : { name: token.slice(1) };
  const near = suggestion(name, known.map((flag) => flag.name), "--");
  const hint = near === "" ? " (put -- before a word that begins with a dash)" : near;
  const of = path === "" ? "" : ` of "${path}"`;
  return new UsageError(`Unknown flag ${token.replace(/=[^]*$/, "")}${of}${hint}`, path);
}

function checkArguments(words: readonly string[], verb: Verb, path: string): void {
  const missing = verb.arguments.find((argument, i) => !argument.optional && i >= words.length);
  const usage = `usage: kv ${path} ${formatArguments(verb.arguments)}`.trimEnd();
  if (missing !== undefined) throw new UsageError(`${missing.name} is missing; ${usage}`, path);
  const extra = words[verb.arguments.length];
  if (extra !== undefined && !verb.arguments.at(-1)?.many) {
    throw new UsageError(
      `One word too many: ${JSON.stringify(extra)} (quote a value with spaces); ${usage}`,
      path,
    );
  }
  for (const [i, { name, choices }] of verb.arguments.entries()) {
    const word = words[i];
    if (word !== undefined && choices !== undefined) checkChoice(name, choices, word, path);
  }
}

function checkChoice(what: string, choices: readonly string[], value: string, path: string): void {
  if (choices.includes(value)) return;
  throw new UsageError(
    `${what} is one of ${choices.join(", ")}, not ${JSON.stringify(value)}` +
      suggestion(value, choices),
    path,
  );
}
