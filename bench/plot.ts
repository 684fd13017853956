/**
 * Lines in a plane, as SVG.
 *
 * @module
 */

/** A line of a plot. */
export interface PlotLine {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A plot. */
export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly PlotLine[];
  /** Where x has its marks, as far apart as their logarithms are. @default {marks from 0, evenly} */
  readonly xMarks?: readonly number[];
}

const [WIDTH, HEIGHT] = [720, 420];
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 190, 40, 50];
const COLORS = [
  ...["#0b6e99", "#c4542b", "#3a7d34", "#7b4fa3", "#a67c00", "#444444"],
  ...["#d0488a", "#2fb5c7", "#93b53c", "#e09a3e", "#8a6d5c", "#6b7fd7"],
];
const TICKS = 5;

/** The plot as the text of a file; both axes begin at 0, unless there are marks on that of x. */
export function svgOf({ title, x, y, lines, xMarks }: Plot): string {
  const all = lines.flatMap(({ points }) => points);
  const xMax = Math.max(...all.map(([at]) => at));
  const yMax = Math.max(...all.map(([, value]) => value)) * 1.05;
  const along = xMarks === undefined ? (at: number) => at / xMax : logarithmic(xMarks);
  const left = (at: number) => LEFT + along(at) * (WIDTH - LEFT - RIGHT);
  const top = (value: number) => HEIGHT - BOTTOM - value / yMax * (HEIGHT - TOP - BOTTOM);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
    `font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text(WIDTH / 2, 22, title, "middle", 15),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x, "middle"),
    `<g transform="translate(18 ${top(yMax / 2).toFixed(1)}) rotate(-90)">` +
    `${text(0, 0, y, "middle")}</g>`,
  ];
  for (let tick = 0; tick <= TICKS; tick++) {
    const value = yMax * tick / TICKS;
    parts.push(
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(top(value))}" y2="${
        round(top(value))
      }" ` +
        `stroke="#dddddd"/>`,
      text(LEFT - 6, top(value) + 4, label(value), "end"),
    );
  }
  for (const at of xMarks ?? evenMarks(xMax)) {
    const mark = xMarks === undefined ? label(at) : String(at);
    parts.push(text(left(at), HEIGHT - BOTTOM + 18, mark, "middle"));
  }
  lines.forEach(({ name, points }, index) => {
    const color = COLORS[index % COLORS.length]!;
    const path = points.map(([at, value]) => `${round(left(at))},${round(top(value))}`).join(" ");
    parts.push(`<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`);
    for (const [at, value] of points) {
      parts.push(
        `<circle cx="${round(left(at))}" cy="${round(top(value))}" r="3" fill="${color}"/>`,
      );
    }
    const row = TOP + 16 + index * 20;
    parts.push(
      `<rect x="${WIDTH - RIGHT + 14}" y="${row - 9}" width="12" height="4" fill="${color}"/>`,
      text(WIDTH - RIGHT + 32, row - 3, name, "start"),
    );
  });
  return `${parts.join("\n")}\n</svg>\n`;
}

function evenMarks(max: number): number[] {
  return Array.from({ length: TICKS + 1 }, (_, tick) => max * tick / TICKS);
}

/** From the first mark at 0 to the last one at 1. */
function logarithmic(marks: readonly number[]): (at: number) => number {
  const [first, last] = [Math.min(...marks), Math.max(...marks)].map(Math.log) as [number, number];
  return (at) => last === first ? 0.5 : (Math.log(at) - first) / (last - first);
}

function text(x: number, y: number, content: string, anchor: string, size = 12): string {
  const escaped = content.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}">` +
    `${escaped}</text>`;
}

function label(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function round(value: number): string {
  return value.toFixed(1);
}
