/** Help, written from the table of verbs. */

import { DEFAULT_ENDPOINTS } from "../client/endpoints.ts";
import { EXIT, EXIT_CODES, UsageError } from "./exit.ts";
import { suggestion } from "./suggest.ts";
import {
  ENDPOINTS_VARIABLE,
  type Flag,
  formatArguments,
  formatFlag,
  GLOBAL_FLAGS,
  type Verb,
} from "./table.ts";

const ENDPOINTS_HELP = `nodes to talk to without --endpoints (default: ${DEFAULT_ENDPOINTS})`;

/** What `kv help` says. */
export function generalHelp(verbs: readonly Verb[]): string {
  return sections([
    ["", "kv: a client for Troupe, replicated key-value stores and state machines as actors"],
    ["Usage", "  kv VERB [ARGUMENTS] [FLAGS]"],
    ["Verbs", verbList(verbs)],
    ["Flags of every verb", flagList(GLOBAL_FLAGS)],
    ["Environment", pairs([[`  ${ENDPOINTS_VARIABLE}`, ENDPOINTS_HELP]])],
    ["Exit codes", pairs(EXIT_CODES.map(([code, text]) => [`  ${code}`, text]))],
    ["", "kv help VERB tells more of a verb."],
  ]);
}

/** What `kv help <path>` says of a verb. */
export function verbHelp(verb: Verb, path: string): string {
  const usage = `  kv ${path} ${formatArguments(verb.arguments)}`.trimEnd();
  const list = verb.arguments.map(({ name, help, choices }): readonly [string, string] => [
    `  ${name}`,
    choices === undefined ? help : `${help}: ${choices.join(", ")}`,
  ]);
  return sections([
    ["", `kv ${path}: ${verb.summary}`],
    ["Usage", `${usage} [FLAGS]`],
    ["Arguments", pairs(list)],
    ["Verbs", verbList(verb.verbs ?? [])],
    ["Flags", flagList(verb.flags)],
    ["Flags of every verb, explained by kv help", `  ${globalFlagNames()}`],
    ["", verb.details ?? ""],
    ["Examples", pairs((verb.examples ?? []).map(([line, text]) => [`  ${line}`, text]))],
  ]);
}

/**
 * Help about what `words` name, or in general without any.
 *
 * @throws {UsageError} if they name no verb.
 */
export function helpAbout(words: readonly string[], verbs: readonly Verb[]): string {
  let among = verbs;
  let verb: Verb | undefined;
  for (const word of words) {
    verb = among.find(({ name }) => name === word);
    if (verb === undefined) {
      const near = suggestion(word, among.map(({ name }) => name));
      throw new UsageError(`There is no help about ${JSON.stringify(words.join(" "))}${near}`);
    }
    among = verb.verbs ?? [];
  }
  return verb === undefined ? generalHelp(verbs) : verbHelp(verb, words.join(" "));
}

/** `kv help`. */
export const HELP: Verb = {
  name: "help",
  summary: "show help, in general or about a verb",
  arguments: [{ name: "VERB", help: "a verb", optional: true, many: true }],
  flags: [],
  async run(invocation) {
    await invocation.print(helpAbout(invocation.arguments, invocation.verbs));
    return EXIT.OK;
  },
};

function globalFlagNames(): string {
  return GLOBAL_FLAGS.map(({ name }) => `--${name}`).join(" ");
}

function verbList(verbs: readonly Verb[]): string {
  return pairs(verbs.map(({ name, arguments: list, summary }) => [
    `  ${name} ${formatArguments(list)}`.trimEnd(),
    summary,
  ]));
}

function flagList(flags: readonly Flag[]): string {
  return pairs(flags.map((flag) => [`  ${formatFlag(flag)}`, flag.help]));
}

function pairs(list: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...list.map(([left]) => left.length));
  return list.map(([left, right]) => `${left.padEnd(width)}  ${right}`).join("\n");
}

function sections(list: readonly (readonly [string, string])[]): string {
  return list.filter(([, text]) => text !== "")
    .map(([title, text]) => title === "" ? `${text}\n` : `${title}:\n${text}\n`)
    .join("\n");
}
