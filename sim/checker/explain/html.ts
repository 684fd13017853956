import type { Operation } from "../operation.ts";
import type { Explanation } from "./explanation.ts";
import { type Bar, type Layout, layOut, type Tick } from "./layout.ts";
import { remarks } from "./text.ts";

const MEASURES = { padding: 4, gap: 2, operationsMax: 200 };
/** The size of a column and of a row, in pixels. */
const COLUMN = 8;
const ROW = 44;
const BAR_HEIGHT = 26;
/** Where the first column and row are. */
const LEFT = 90;
const TOP = 40;
/** Columns that the text of a tick takes. */
const TICK_COLUMNS = 11;

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --dim: #60646c; --line: #d9d9e0;
  --bar: #dbe7fb; --edge: #3e63dd; --wrong: #ffdbdc; --wrong-edge: #ce2c31; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --dim: #b0b4ba; --line: #363a3f;
  --bar: #1d2e62; --edge: #849dff; --wrong: #611623; --wrong-edge: #ff9592; --page: #18191b; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; }
.reason { font-size: 1.1rem; border-left: 4px solid var(--wrong-edge); padding-left: 1rem; }
.drawing { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
.dim, figcaption { color: var(--dim); }
svg { display: block; font: 13px ui-monospace, monospace; }
svg text { fill: var(--ink); } svg .tick { fill: var(--dim); font-size: 11px; }
svg .grid { stroke: var(--line); } svg .row { stroke: var(--line); stroke-dasharray: 2 4; }
.bar { fill: var(--bar); stroke: var(--edge); stroke-width: 1.5; }
.bar.possible { stroke-dasharray: 5 4; fill-opacity: 0.35; }
.bar.culprit { fill: var(--wrong); stroke: var(--wrong-edge); stroke-width: 2.5; }
`;

/** A page that explains violations: with nothing to load, and nothing that runs. */
export function explanationPage<Op extends Operation>(
  title: string,
  explanations: readonly Explanation<Op>[],
): string {
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}</style>
<h1>${escape(title)}</h1>
<p>A history is linearizable if every operation can have taken effect at one moment between its call
and its return, one after the other, with the answers that were given. This one is not.</p>
${explanations.map(section).join("")}</html>
`;
}

function section<Op extends Operation>(explanation: Explanation<Op>): string {
  const { name, reason, order, culprit, shown } = explanation;
  const layout = layOut(explanation, MEASURES);
  const texts = new Map(shown.map(({ op, text }) => [op, text]));
  const item = (op: Op) => `<code>${escape(texts.get(op)!)}</code> (client ${op.client})`;
  const heading = name === null
    ? "The history"
    : `Key <code>${escape(JSON.stringify(name))}</code>`;
  return `<h2>${heading}</h2>
<p class="reason">${escape(reason)}</p>
<figure style="margin: 1.5rem 0">
<div class="drawing">${drawing(layout)}</div>
<figcaption>${legend(layout).join(" ")}</figcaption>
</figure>
<p>The longest order that can be made of these operations:</p>
<ol>${order.map((op) => `<li>${item(op)}</li>`).join("")}
<li style="color: var(--wrong-edge)">${item(culprit)} cannot be next</li></ol>
<p class="dim">${remarks(explanation, layout).map(escape).join(" ")}</p>
`;
}

function drawing<Op extends Operation>(layout: Layout<Op>): string {
  const { bars, clients, ticks, width } = layout;
  const right = LEFT + (width + 4) * COLUMN;
  const bottom = TOP + clients.length * ROW;
  return `<svg width="${right}" height="${bottom + 16}" role="img" aria-label="timeline">
${ticksOf(ticks, bottom)}
${clients.map((client, row) => rowOf(client, row, clients[row - 1], right)).join("\n")}
${bars.map(barOf).join("\n")}
</svg>`;
}

/** Lines at all moments; times only where there is room. */
function ticksOf(ticks: readonly Tick[], bottom: number): string {
  let free = 0;
  const lines = ticks.map(({ time, column }) => {
    const x = LEFT + column * COLUMN;
    const line = `<line class="grid" x1="${x}" y1="${TOP - 8}" x2="${x}" y2="${bottom}"/>`;
    if (column < free) return line;
    free = column + TICK_COLUMNS;
    return `${line}<text class="tick" x="${x}" y="${TOP - 14}">${describeTime(time)}</text>`;
  });
  return lines.join("\n");
}

function rowOf(client: number, row: number, above: number | undefined, right: number): string {
  const y = TOP + row * ROW + ROW / 2;
  const line = `<line class="row" x1="${LEFT}" y1="${y}" x2="${right}" y2="${y}"/>`;
  return client === above ? line : `<text x="8" y="${y + 5}">client ${client}</text>${line}`;
}

function barOf<Op extends Operation>(bar: Bar<Op>): string {
  const { row, from, to, isOpen, isCertain, isCulprit, text, op } = bar;
  const x = LEFT + from * COLUMN;
  const end = LEFT + to * COLUMN;
  const y = TOP + row * ROW + (ROW - BAR_HEIGHT) / 2;
  const middle = y + BAR_HEIGHT / 2;
  // An operation without an end is open to the right.
  const tip = isOpen ? `L${end} ${y} l14 ${BAR_HEIGHT / 2} L${end}` : `L${end} ${y} L${end}`;
  const shape = `M${x} ${y} ${tip} ${y + BAR_HEIGHT} L${x} ${y + BAR_HEIGHT} Z`;
  const kinds = ["bar", ...(isCertain && !isOpen ? [] : ["possible"])];
  if (isCulprit) kinds.push("culprit");
  const returned = op.return === null ? "never answered" : `returned at ${op.return} ns`;
  const mark = isCulprit ? " ✗" : "";
  return `<g><title>client ${op.client}: ${
    escape(text)
  }, called at ${op.call} ns, ${returned}</title>` +
    `<path class="${kinds.join(" ")}" d="${shape}"/>` +
    `<text x="${x + 8}" y="${middle + 4}">${escape(text)}${mark}</text></g>`;
}

function legend<Op extends Operation>({ bars }: Layout<Op>): string[] {
  const lines = [
    "Time goes from left to right; distances are stretched where there is something to read.",
    "The operation in red (✗) cannot be placed.",
  ];
  if (bars.some(({ isCertain, isOpen }) => !isCertain && !isOpen)) {
    lines.push("Dashed: it may have taken effect then, later or never; that does not mend it.");
  }
  if (bars.some(({ isOpen }) => isOpen)) {
    lines.push("Open to the right: of unknown outcome, it may take effect at any time, or never.");
  }
  return lines;
}

function describeTime(nanoseconds: number): string {
  if (nanoseconds === 0) return "0";
  const [unit, size] = nanoseconds < 1e3
    ? ["ns", 1] as const
    : nanoseconds < 1e6
    ? ["µs", 1e3] as const
    : ["ms", 1e6] as const;
  return `+${Number((nanoseconds / size).toPrecision(6))} ${unit}`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
