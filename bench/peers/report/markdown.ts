import type { Column } from "../../../cli/output.ts";

/** A table in Markdown; ends with a newline. */
export function markdownTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) =>
    row.map((cell) => cell.replaceAll("|", "\\|"))
  );
  const widths = columns.map((_, index) =>
    Math.max(3, ...cells.map((row) => (row[index] ?? "").length))
  );
  const line = (row: readonly string[]) => {
    const padded = columns.map(({ align }, index) => {
      const cell = row[index] ?? "";
      return align === "right" ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!);
    });
    return `| ${padded.join(" | ")} |\n`;
  };
  const rule = columns.map(({ align }, index) =>
    align === "right" ? `${"-".repeat(widths[index]! - 1)}:` : "-".repeat(widths[index]!)
  );
  return line(cells[0]!) + `| ${rule.join(" | ")} |\n` + cells.slice(1).map(line).join("");
}

/** A figure with separators between thousands; with two digits if it is small. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString("en");
}
