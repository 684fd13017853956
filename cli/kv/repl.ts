import { toError } from "../../actors/errors.ts";
import { UnknownOutcome } from "../client.ts";
import { EXIT, type ExitCode, Interrupted, UsageError } from "./exit.ts";
import { isGossip } from "./gossip_flags.ts";
import type { Invocation } from "./invocation.ts";
import { type LineReader, pipedLines } from "./line_reader.ts";
import { COMMANDS, help, LAST_WORDS, runCommand, type Session } from "./repl_commands.ts";
import { splitWords } from "./repl_words.ts";
import type { Verb } from "./table.ts";

const PROMPT = "kv> ";

/** `kv repl`. */
export const REPL: Verb = {
  name: "repl",
  summary: "type commands: GET, SET, DEL, SIZE, ...",
  arguments: [],
  flags: [],
  details:
    "On a terminal lines can be edited, the arrow keys bring back earlier ones, Tab completes\n" +
    "commands, Ctrl-C drops a line or gives up a command, Ctrl-D ends. Commands that are piped in\n" +
    `get one line of answer each. Errors are answers too and end nothing.\n\n${help(false)}`,
  examples: [["printf 'SET a 1\\nGET a\\n' | kv repl", 'OK (revision 1), then "1"']],
  async run(invocation) {
    const { io } = invocation;
    const words = [...COMMANDS.map(({ name }) => name), ...LAST_WORDS];
    const lines = io.lines?.(words) ?? pipedLines(io.stdin, io.interrupted);
    try {
      return await converse(invocation, lines, io.lines === undefined);
    } finally {
      lines.close();
    }
  },
};

async function converse(
  invocation: Invocation,
  lines: LineReader,
  oneLine: boolean,
): Promise<ExitCode> {
  if (await isGossip(invocation)) {
    throw new UsageError(
      "The REPL does not speak to gossip clusters: their answers have contexts to keep",
      invocation.path,
    );
  }
  const client = await invocation.client();
  for (;;) {
    const line = await lines.read(PROMPT);
    invocation.io.interrupted.throwIfAborted();
    if (line === null) return EXIT.OK;
    const controller = new AbortController();
    lines.onInterrupt(() => controller.abort(new Interrupted()));
    const signal = AbortSignal.any([controller.signal, invocation.io.interrupted]);
    const answer = await answerTo(line, { client, calls: { signal }, oneLine });
    if (answer === null) return EXIT.OK;
    if (answer !== "") await invocation.print(`${answer}\n`);
  }
}

/** What to print; nothing for an empty line, `null` at the end. */
async function answerTo(line: string, session: Session): Promise<string | null> {
  try {
    const words = splitWords(line);
    if (words.length === 0) return "";
    if (words.length === 1 && LAST_WORDS.includes(words[0]!.toUpperCase())) return null;
    return await runCommand(words, session);
  } catch (error) {
    const message = toError(error).message;
    if (!(error instanceof UnknownOutcome)) return `(error) ${message}`;
    const { clientId, requestNumber } = error.id;
    return `(error) ${message}: client-id ${clientId}, request-number ${requestNumber}`;
  }
}
