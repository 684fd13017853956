/**
 * Transcripts: text files in which commands stand with what came of them. A command, or several in lines
 * of their own, is followed by a line of dashes and the output, up to an empty line. Everything else is
 * prose: lines that begin with `#`, and empty ones.
 *
 * @module
 */

/** Between commands and their output. */
const DASHES = "----";

/** A transcript, with what comes of its commands now in the place of what came of them. */
export function rerun(
  text: string,
  execute: (commands: readonly string[]) => readonly string[],
): string {
  const lines = text.split("\n");
  const out: string[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at]!;
    if (isProse(line)) {
      out.push(line);
      at++;
      continue;
    }
    const end = lines.indexOf(DASHES, at);
    if (end < 0) throw new Error(`No line of dashes follows the command "${line}"`);
    const commands = lines.slice(at, end);
    out.push(...commands, DASHES, ...execute(commands));
    at = endOfOutput(lines, end + 1);
  }
  return out.join("\n");
}

function isProse(line: string): boolean {
  return line === "" || line.startsWith("#");
}

function endOfOutput(lines: readonly string[], start: number): number {
  const end = lines.indexOf("", start);
  return end < 0 ? lines.length : end;
}
