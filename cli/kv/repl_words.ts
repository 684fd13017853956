import { UsageError } from "./exit.ts";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/**
 * Splits a line at its spaces. Double quotes hold spaces together and know the escapes of JSON, so
 * that an answer can be typed in again as it was printed; single quotes take everything as it is.
 *
 * @throws {UsageError} if a quote is not closed or an escape is incomplete.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < line.length) {
    const char = line[at]!;
    if (char === " " || char === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else if (char === '"' || char === "'") {
      const quoted = char === '"' ? readDouble(line, at + 1) : readSingle(line, at + 1);
      word = (word ?? "") + quoted.text;
      at = quoted.end;
    } else {
      word = (word ?? "") + char;
      at++;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** From after the opening quote to after the closing one. */
function readSingle(line: string, start: number): { text: string; end: number } {
  const end = line.indexOf("'", start);
  if (end < 0) throw notClosed("'", start);
  return { text: line.slice(start, end), end: end + 1 };
}

function readDouble(line: string, start: number): { text: string; end: number } {
  let text = "";
  let at = start;
  while (line[at] !== '"') {
    const char = line[at++];
    if (char === undefined) throw notClosed('"', start);
    if (char !== "\\") {
      text += char;
      continue;
    }
    const escaped = line[at++];
    if (escaped === undefined) throw notClosed('"', start);
    if (escaped === "u") {
      text += readUnicode(line, at);
      at += 4;
    } else {
      text += ESCAPES[escaped] ?? escaped;
    }
  }
  return { text, end: at + 1 };
}

function readUnicode(line: string, at: number): string {
  const digits = line.slice(at, at + 4);
  if (/^[0-9a-f]{4}$/i.test(digits)) return String.fromCharCode(parseInt(digits, 16));
  throw new UsageError(
    `The escape "\\u${digits}" at column ${at - 1} needs four hexadecimal digits`,
  );
}

function notClosed(quote: string, start: number): UsageError {
  return new UsageError(`The quote ${quote} at column ${start} is not closed`);
}
