import { createInterface } from "node:readline";
import process from "node:process";

/** How many lines the arrow keys bring back. */
const HISTORY_LINES = 1_000;

/** Lines of input, one after another. */
export interface LineReader {
  /** The next line without its end, `null` when there are no more. */
  read(prompt: string): Promise<string | null>;
  /** Has `interrupt` called when Ctrl-C is pressed while no line is being read. */
  onInterrupt(interrupt: () => void): void;
  close(): void;
}

/** The two ends of a terminal. */
interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * Lines typed at a terminal: Emacs's keys, history by the arrow keys, completion of the first word
 * by Tab. Ctrl-C drops the line, Ctrl-D on an empty one ends the input.
 */
export function terminalLines(
  words: readonly string[],
  terminal: Terminal = { input: process.stdin, output: process.stdout },
): LineReader {
  const editor = createInterface({
    ...terminal,
    terminal: true,
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer: (line: string) => [completions(words, line), line],
  });
  const typed: (string | null)[] = [];
  let waiting: ((line: string | null) => void) | undefined;
  let interrupt = () => {};
  const push = (line: string | null) => {
    if (waiting === undefined) typed.push(line);
    else waiting(line);
    waiting = undefined;
  };
  editor.on("line", push);
  editor.on("close", () => push(null));
  editor.on("SIGINT", () => {
    if (waiting === undefined) return interrupt();
    terminal.output.write("^C\n");
    editor.write(null, { ctrl: true, name: "e" });
    editor.write(null, { ctrl: true, name: "u" });
    editor.prompt();
  });
  return {
    read(prompt) {
      const line = typed.shift();
      if (line !== undefined) return Promise.resolve(line);
      editor.setPrompt(prompt);
      editor.prompt();
      return new Promise((resolve) => waiting = resolve);
    },
    onInterrupt: (callback) => interrupt = callback,
    close: () => editor.close(),
  };
}

/** The words that the line may become, in its case; keys and values are not guessed. */
function completions(words: readonly string[], line: string): string[] {
  const start = line.trimStart();
  const inCase = (word: string) => start === start.toLowerCase() ? word.toLowerCase() : word;
  return words.map((word) => `${inCase(word)} `).filter((word) => word.startsWith(start));
}

/** Lines piped in. There is nobody to prompt; Ctrl-C reaches the process as a signal. */
export function pipedLines(stdin: ReadableStream<Uint8Array>, signal: AbortSignal): LineReader {
  const reader = stdin.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  let ended = false;
  signal.addEventListener("abort", () => reader.cancel().catch(() => {}), { once: true });
  return {
    async read() {
      for (;;) {
        const end = buffer.indexOf("\n");
        if (end >= 0) {
          const line = buffer.slice(0, end);
          buffer = buffer.slice(end + 1);
          return line.replace(/\r$/, "");
        }
        if (ended) return null;
        const { done, value } = await reader.read();
        ended = done;
        buffer += done ? decoder.decode() : decoder.decode(value, { stream: true });
        if (done && buffer !== "") buffer += "\n";
      }
    },
    onInterrupt() {},
    close: () => void reader.cancel().catch(() => {}),
  };
}
