/**
 * How the command line tools show things: tables, JSON and values that may be anything.
 *
 * @module
 */

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** @default {"left"} */
  readonly align?: "left" | "right";
}

/** Lays rows out under their titles; ends with a newline. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(width(title), ...rows.map((row) => width(row[index] ?? "")))
  );
  const line = (cells: readonly string[]) =>
    columns.map(({ align }, index) => {
      const cell = cells[index] ?? "";
      const padding = " ".repeat(widths[index]! - width(cell));
      return align === "right" ? padding + cell : cell + padding;
    }).join("  ").trimEnd();
  return [columns.map(({ title }) => title), ...rows].map((cells) => `${line(cells)}\n`).join("");
}

/** Characters, not code units; wide characters count as one. */
function width(text: string): number {
  return [...text].length;
}

/** A value as one line of JSON, with a newline. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, (_, item) => typeof item === "bigint" ? String(item) : item)}\n`;
}

/** A text in double quotes, in which nothing moves the cursor or breaks the line. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e]/g,
    (char) => {
      return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
    },
  );
}

/** A text as it is if it is plain, else quoted. */
export function plain(text: string): string {
  const quoted = quote(text);
  const isPlain = quoted === `"${text}"` && text === text.trim() && text !== "";
  return isPlain ? text : quoted;
}

/** Bytes as text if they are UTF-8, else `null`. */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes for the eye: text in quotes, or hexadecimal digits after `0x`. */
export function quoteBytes(bytes: Uint8Array): string {
  const text = decodeText(bytes);
  if (text !== null) return quote(text);
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** The beginning of a text, with an ellipsis if something was left off. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text; // as most are; counting characters costs more
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
