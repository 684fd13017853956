/**
 * What a load looks like over time, as SVG: a panel for each figure, one above the other.
 *
 * @module
 */
import type { Second } from "./load.ts";

interface Panel {
  readonly title: string;
  readonly unit: string;
  /** A line for each name, with a value for each second; NaN where there is none. */
  readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const WIDTH = 860;
const PANEL_HEIGHT = 170;
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 100, 30, 26];
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = PANEL_HEIGHT - TOP - BOTTOM;
const COLORS = ["#0b6e99", "#c4542b", "#3a7d34"];
const X_TICKS = 8;
const MIB = 1024 * 1024;

const STYLE = `text { font: 12px sans-serif; fill: #444 } .title { font-weight: bold; fill: #111 }
.grid { stroke: #e4e4e4 } .line { fill: none; stroke-width: 1.4 }
.phase { stroke: #c0392b; stroke-dasharray: 4 3 } .snapshot { stroke: #999; opacity: 0.5 }`;

/** The picture; `caption` stands below it. Thin upright lines are snapshots, dashed ones ends of a phase. */
export function plotLoad(seconds: readonly Second[], caption: string): string {
  const panels = panelsOf(seconds);
  const height = panels.length * PANEL_HEIGHT + 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" ` +
    `height="${height}" role="img" aria-label="A load over time">`,
    `<style>${STYLE}</style>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...panels.map((panel, index) =>
      `<g transform="translate(0 ${index * PANEL_HEIGHT})">\n${drawPanel(panel, seconds)}\n</g>`
    ),
    `<text x="${LEFT}" y="${height - 8}">${
      caption.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    }</text>`,
    "</svg>\n",
  ].join("\n");
}

function panelsOf(seconds: readonly Second[]): readonly Panel[] {
  const perNode = (figure: "memory" | "disk") =>
    (seconds[0]?.[figure] ?? []).map((_, node) => ({
      name: `node ${node}`,
      values: seconds.map((second) => second[figure][node]! / MIB),
    }));
  const one = (name: string, of: (second: Second) => number) => ({ name, values: seconds.map(of) });
  return [
    { title: "Writes", unit: "/s", lines: [one("writes", ({ opsPerSecond }) => opsPerSecond)] },
    {
      title: "A write besides, ten a second",
      unit: " ms",
      lines: [
        one("greatest", ({ probeMaxMs }) => probeMaxMs),
        one("median", ({ probeP50Ms }) => probeP50Ms),
      ],
    },
    { title: "Memory of each process", unit: " MiB", lines: perNode("memory") },
    { title: "Disk of each node", unit: " MiB", lines: perNode("disk") },
  ];
}

function drawPanel({ title, unit, lines }: Panel, seconds: readonly Second[]): string {
  const values = lines.flatMap((line) => line.values).filter(Number.isFinite);
  const top = Math.max(1, ...values) * 1.05;
  const end = Math.max(1, seconds.at(-1)?.at ?? 0);
  const x = (at: number) => round(LEFT + PLOT_WIDTH * at / end);
  const y = (value: number) => round(TOP + PLOT_HEIGHT * (1 - value / top));
  const upright = (kind: string, at: number) =>
    `<line class="${kind}" x1="${x(at)}" x2="${x(at)}" y1="${TOP}" y2="${TOP + PLOT_HEIGHT}"/>`;
  const changes = seconds.filter((second, index) =>
    index > 0 && second.phase !== seconds[index - 1]!.phase
  );
  const snapshots = seconds.filter((second, index) =>
    second.snapshots > (seconds[index - 1]?.snapshots ?? 0)
  );
  return [
    `<text class="title" x="${LEFT}" y="${TOP - 10}">${title}</text>`,
    ...[0, 0.5, 1].map((part) => {
      const at = y(part * top);
      const label = Math.round(part * top).toLocaleString("en");
      return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>` +
        `<text x="${LEFT - 6}" y="${at + 4}" text-anchor="end">${label}${unit}</text>`;
    }),
    ...Array.from({ length: X_TICKS + 1 }, (_, tick) => {
      const at = end * tick / X_TICKS;
      return `<text x="${x(at)}" y="${PANEL_HEIGHT - 8}" text-anchor="middle">${
        Math.round(at)
      } s</text>`;
    }),
    ...snapshots.map(({ at }) => upright("snapshot", at)),
    ...changes.map(({ at }) => upright("phase", at)),
    ...lines.map(({ name, values }, index) => {
      const color = COLORS[index % COLORS.length]!;
      const points = values.flatMap((value, second) =>
        Number.isFinite(value) ? [`${x(seconds[second]!.at)},${y(value)}`] : []
      );
      return `<polyline class="line" stroke="${color}" points="${points.join(" ")}"/>` +
        `<text x="${WIDTH - RIGHT + 8}" y="${
          TOP + 14 + index * 16
        }" style="fill: ${color}">${name}</text>`;
    }),
  ].join("\n");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
