import type { Operation } from "../operation.ts";
import type { Explanation } from "./explanation.ts";
import { type Bar, type Layout, layOut } from "./layout.ts";

const MEASURES = { padding: 4, gap: 2, operationsMax: 24 };
/** A longer timeline is broken into several, one below the other. */
const WIDTH_MAX = 100;
/** So much of the end of the longest order is listed. */
const ORDER_MAX = 6;

/** An explanation in text: the reason, a timeline with a row for each client, and what it means. */
export function explanationText<Op extends Operation>(explanation: Explanation<Op>): string {
  const { name, reason, culprit, shown } = explanation;
  const layout = layOut(explanation, MEASURES);
  const where = name === null ? "" : `Key ${JSON.stringify(name)}: `;
  const texts = new Map(shown.map(({ op, text }) => [op, text]));
  const last = explanation.order.slice(-ORDER_MAX);
  const order = last.map((op) => `${texts.get(op)!} (client ${op.client})`);
  if (last.length < explanation.order.length) order.unshift("...");
  return [
    `${where}no order of these operations explains every answer.`,
    reason,
    "",
    ...timeline(layout),
    "",
    ...legend(layout),
    order.length === 0
      ? "Nothing can take effect before it."
      : `The longest order: ${order.join(", ")}.`,
    `It cannot be followed by ${texts.get(culprit)!} (client ${culprit.client}).`,
    ...remarks(explanation, layout),
  ].map((line) => `${line}\n`).join("");
}

/** What is not to be seen in a drawing. */
export function remarks<Op extends Operation>(
  { leftOut, isMinimal }: Explanation<Op>,
  { undrawn }: Layout<Op>,
): readonly string[] {
  const lines: string[] = [];
  if (undrawn > 0) lines.push(`${undrawn} more operations are needed, and not drawn.`);
  if (leftOut > 0) lines.push(`${leftOut} operations that do not matter are left out.`);
  if (!isMinimal) lines.push("A shorter history may show it too: the limit was reached first.");
  return lines;
}

function timeline<Op extends Operation>(layout: Layout<Op>): string[] {
  const { clients, bars, width } = layout;
  const labels = clients.map((client) => `client ${client}`);
  const margin = Math.max(...labels.map(({ length }) => length)) + 2;
  const rows = clients.map((_, row) => {
    const cells: string[] = Array(width + 2).fill(" ");
    for (const bar of bars) if (bar.row === row) draw(cells, bar);
    return cells;
  });
  const lines: string[] = [];
  for (let from = 0; from < width + 2; from += WIDTH_MAX) {
    if (from > 0) lines.push("");
    for (const [row, cells] of rows.entries()) {
      const line = cells.slice(from, from + WIDTH_MAX).join("").trimEnd();
      if (line !== "") lines.push(`${labels[row]!.padEnd(margin)}${line}`);
    }
  }
  return lines;
}

function draw<Op extends Operation>(cells: string[], bar: Bar<Op>): void {
  const { from, to, text, isOpen, isCertain, isCulprit } = bar;
  const line = isCertain && !isOpen ? "─" : "╌";
  const end = isOpen ? "▶" : "┤";
  const inner = ` ${text} `.padEnd(to - from - 1, line);
  const drawn = `├${inner}${end}${isCulprit ? "✗" : ""}`;
  for (const [index, character] of [...drawn].entries()) cells[from + index] = character;
}

function legend<Op extends Operation>({ bars }: Layout<Op>): string[] {
  const lines = ["✗ cannot be placed."];
  if (bars.some(({ isCertain, isOpen }) => !isCertain && !isOpen)) {
    lines.push("╌ may have taken effect then, later or never: that does not mend it.");
  }
  if (bars.some(({ isOpen }) => isOpen)) {
    lines.push("▶ of unknown outcome: it may take effect at any time after its call, or never.");
  }
  return lines;
}
