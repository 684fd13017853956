/** Shell completion, written from the table of verbs. */

import { EXIT } from "./exit.ts";
import { type Argument, type Flag, GLOBAL_FLAGS, type Verb } from "./table.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** A verb and what may follow it. */
interface Line {
  /** `admin crash`, say. */
  readonly path: string;
  readonly verb: Verb;
  /** What the first word after it may be. */
  readonly words: readonly string[];
}

/** `kv completion`. */
export const COMPLETION: Verb = {
  name: "completion",
  summary: "print a completion script for a shell",
  arguments: [{ name: "SHELL", help: "one of", choices: SHELLS }],
  flags: [],
  examples: [
    ['eval "$(kv completion bash)"', "in ~/.bashrc"],
    ['eval "$(kv completion zsh)"', "in ~/.zshrc, after compinit"],
    ["kv completion fish > ~/.config/fish/completions/kv.fish", "once"],
  ],
  async run(invocation) {
    const shell = invocation.arguments[0] as (typeof SHELLS)[number];
    await invocation.print(completionScript(shell, invocation.verbs));
    return EXIT.OK;
  },
};

/** The script that teaches a shell the verbs, their flags and the values that these take. */
export function completionScript(
  shell: (typeof SHELLS)[number],
  verbs: readonly Verb[],
): string {
  const lines = linesOf(verbs);
  const names = verbs.map(({ name }) => name);
  if (shell === "bash") return bashScript(lines, names);
  return shell === "zsh" ? zshScript(lines, verbs) : fishScript(lines, verbs);
}

function linesOf(verbs: readonly Verb[], before = ""): Line[] {
  return verbs.flatMap((verb) => {
    const path = before + verb.name;
    const words = verb.verbs?.map(({ name }) => name) ?? wordsOf(verb.arguments[0], verbs);
    return [{ path, verb, words }, ...linesOf(verb.verbs ?? [], `${path} `)];
  });
}

function wordsOf(argument: Argument | undefined, verbs: readonly Verb[]): readonly string[] {
  if (argument === undefined) return [];
  return argument.name === "VERB" ? verbs.map(({ name }) => name) : argument.choices ?? [];
}

/** `--name`, and `-n` if there is a short form. */
function spellings({ name, short }: Flag): string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

/** Flags that take a value; each flag once. */
function valueFlags(lines: readonly Line[]): Flag[] {
  const flags = [...GLOBAL_FLAGS, ...lines.flatMap(({ verb }) => verb.flags)];
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  return [...byName.values()].filter(({ value }) => value !== undefined);
}

/** What follows the flag before the cursor, as the arms of a shell's `case`. */
function valueArms(
  lines: readonly Line[],
  offer: { readonly files: string; words(choices: readonly string[]): string },
): string {
  const flags = valueFlags(lines);
  const free = flags.filter(({ value, choices }) => value !== "PATH" && choices === undefined);
  const arms = flags.filter((flag) => !free.includes(flag)).map((flag) => {
    const action = flag.value === "PATH" ? offer.files : offer.words(flag.choices ?? []);
    return `    ${spellings(flag).join("|")}) ${action}; return ;;`;
  });
  return [...arms, `    ${free.flatMap(spellings).join("|")}) return ;;`].join("\n");
}

/** Finds the verb: the first word that is no flag and no flag's value, or two words of a group. */
function verbLoop(lines: readonly Line[], words: string, first: number, end: string): string {
  const skip = valueFlags(lines).flatMap(spellings).join("|");
  const groups = lines.filter(({ verb }) => verb.verbs !== undefined).map(({ path }) => path);
  return `  for ((i = ${first}; i < ${end}; i++)); do
    case "\${${words}[i]}" in
      ${skip}) i=$((i + 1)) ;;
      -*) ;;
      *)
        if [[ -z $verb ]]; then verb=\${${words}[i]}
        elif [[ " ${groups.join(" ")} " == *" $verb "* ]]; then verb="$verb \${${words}[i]}"
        else given=1; fi ;;
    esac
  done`;
}

/** Lines that add something to what every verb takes. */
function special(lines: readonly Line[]): readonly Line[] {
  return lines.filter(({ verb, words }) => verb.flags.length > 0 || words.length > 0);
}

function bashScript(lines: readonly Line[], names: readonly string[]): string {
  const offered = (words: string) => `COMPREPLY=($(compgen -W "${words}" -- "$word"))`;
  const arms = special(lines).map(({ path, verb, words }) => {
    const flags = verb.flags.flatMap(spellings).join(" ");
    return `    "${path}") flags+=" ${flags}" words="${words.join(" ")}" ;;`;
  });
  const values = valueArms(lines, {
    files: "compopt -o filenames 2>/dev/null; local IFS=$'\\n'; " +
      'COMPREPLY=($(compgen -f -- "$word"))',
    words: (choices) => offered(choices.join(" ")),
  });
  return `# bash completion for kv; made by \`kv completion bash\`
_kv() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local flags="${GLOBAL_FLAGS.flatMap(spellings).join(" ")}" words="" verb="" given="" i
  COMPREPLY=()
  case "$before" in
${values}
  esac
${verbLoop(lines, "COMP_WORDS", 1, "COMP_CWORD")}
  case "$verb" in
    "") words="${names.join(" ")}" ;;
${arms.join("\n")}
  esac
  if [[ $word == -* ]]; then ${offered("$flags")}
  elif [[ -z $given ]]; then ${offered("$words")}; fi
}
complete -F _kv kv
`;
}

function zshScript(lines: readonly Line[], verbs: readonly Verb[]): string {
  const described = (list: readonly (readonly [string, string])[]) =>
    list.map(([name, help]) => `'${escapeQuotes(`${name}:${help}`)}'`).join(" ");
  const flagList = (flags: readonly Flag[]) =>
    described(flags.flatMap((flag) => spellings(flag).map((name) => [name, flag.help] as const)));
  const wordList = ({ words, verb }: Line) =>
    described(words.map((word) => {
      const known = (verb.verbs ?? verbs).find(({ name }) => name === word);
      return [word, known?.summary ?? word] as const;
    }));
  const arms = special(lines).map((line) =>
    `    '${line.path}') flags+=(${flagList(line.verb.flags)}) known=(${wordList(line)}) ;;`
  );
  const values = valueArms(lines, {
    files: "_files",
    words: (choices) => `compadd -- ${choices.join(" ")}`,
  });
  const summaries = described(verbs.map(({ name, summary }) => [name, summary] as const));
  return `#compdef kv
# zsh completion for kv; made by \`kv completion zsh\`
_kv() {
  local word=$words[CURRENT] before=$words[CURRENT-1] verb="" given="" i
  local -a flags=(${flagList(GLOBAL_FLAGS)}) known=()
  case "$before" in
${values}
  esac
${verbLoop(lines, "words", 2, "CURRENT")}
  case "$verb" in
    '') known=(${summaries}) ;;
${arms.join("\n")}
  esac
  if [[ $word == -* ]]; then _describe -o flag flags
  elif [[ -z $given && \${#known} -gt 0 ]]; then _describe word known; fi
}
compdef _kv kv
`;
}

function fishScript(lines: readonly Line[], verbs: readonly Verb[]): string {
  const groups = verbs.filter((verb) => verb.verbs !== undefined);
  const out = ["# fish completion for kv; made by `kv completion fish`", "complete -c kv -f"];
  for (const flag of GLOBAL_FLAGS) out.push(fishFlag(flag, ""));
  const names = verbs.map(({ name }) => name).join(" ");
  for (const { name, summary } of verbs) {
    const condition = `not __fish_seen_subcommand_from ${names}`;
    out.push(`complete -c kv -n '${condition}' -a ${name} -d '${escapeFish(summary)}'`);
  }
  for (const { verbs: inner = [], name } of groups) {
    const names = inner.map((verb) => verb.name).join(" ");
    const condition =
      `__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${names}`;
    for (const verb of inner) {
      out.push(`complete -c kv -n '${condition}' -a ${verb.name} -d '${escapeFish(verb.summary)}'`);
    }
  }
  for (const { path, verb, words } of lines) {
    const condition = path.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`).join(
      "; and ",
    );
    for (const flag of verb.flags) out.push(fishFlag(flag, `-n '${condition}' `));
    if (verb.verbs === undefined && words.length > 0) {
      out.push(`complete -c kv -n '${condition}' -a '${words.join(" ")}'`);
    }
  }
  return `${out.join("\n")}\n`;
}

function fishFlag({ name, short, value, help, choices }: Flag, condition: string): string {
  const parts = [`complete -c kv ${condition}-l ${name}`];
  if (short !== undefined) parts.push(`-s ${short}`);
  if (value === "PATH") parts.push("-r -F");
  else if (value !== undefined) parts.push(`-x${choices ? ` -a '${choices.join(" ")}'` : ""}`);
  return `${parts.join(" ")} -d '${escapeFish(help)}'`;
}

/** For single quotes of bash and zsh. */
function escapeQuotes(text: string): string {
  return text.replaceAll("'", `'\\''`);
}

/** For single quotes of fish. */
function escapeFish(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}
