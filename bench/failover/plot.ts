/**
 * The failover picture: throughput over time around the loss of a node, a panel for each protocol, as SVG.
 *
 * @module
 */
import { median } from "../statistics.ts";
import { AFTER_MS, BEFORE_MS, BUCKET_MS, type Trace } from "./trace.ts";

/** A panel: a protocol, and what happened each time that a node was killed. */
export interface Panel {
  readonly title: string;
  readonly traces: readonly Trace[];
}

const WIDTH = 860;
const PANEL_HEIGHT = 190;
const LEFT = 64;
const RIGHT = 16;
const TOP = 34;
const BOTTOM = 30;
const TICK_MS = 500;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = PANEL_HEIGHT - TOP - BOTTOM;

const STYLE = `text { font: 12px sans-serif; fill: #444 } .title { font-weight: bold; fill: #111 }
.axis { stroke: #999; stroke-width: 1 } .grid { stroke: #e4e4e4; stroke-width: 1 }
.run { fill: none; stroke: #9bbcd8; stroke-width: 1; opacity: 0.6 }
.median { fill: none; stroke: #14548c; stroke-width: 1.8 }
.loss { stroke: #c0392b; stroke-width: 1.2; stroke-dasharray: 4 3 } .note { fill: #c0392b }`;

/** The picture; `caption` stands below it. */
export function plot(panels: readonly Panel[], caption: string): string {
  const height = panels.length * PANEL_HEIGHT + 24;
  const drawn = panels.map((panel, index) =>
    `<g transform="translate(0 ${index * PANEL_HEIGHT})">\n${drawPanel(panel)}\n</g>`
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" ` +
    `height="${height}" role="img" aria-label="Throughput around the loss of a node">`,
    `<style>${STYLE}</style>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...drawn,
    `<text x="${LEFT}" y="${height - 8}">${escape(caption)}</text>`,
    "</svg>\n",
  ].join("\n");
}

function drawPanel({ title, traces }: Panel): string {
  const perSecond = traces.map(({ buckets }) => buckets.map((count) => count * 1_000 / BUCKET_MS));
  const middle = perSecond[0]!.map((_, index) => median(perSecond.map((run) => run[index]!)));
  const top = niceTop(Math.max(...middle) * 1.15);
  const y = (rate: number) => TOP + PLOT_HEIGHT * (1 - Math.min(1, rate / top));
  return [
    `<text class="title" x="${LEFT}" y="${TOP - 14}">${escape(title)}</text>`,
    ...[0, 0.5, 1].map((part) => horizontal(part * top, y)),
    ...ticks().map(vertical),
    `<line class="loss" x1="${x(0)}" x2="${x(0)}" y1="${TOP}" y2="${TOP + PLOT_HEIGHT}"/>`,
    `<text class="note" x="${x(0) + 5}" y="${TOP + 11}">kill -9</text>`,
    ...perSecond.map((run) => line("run", run, y)),
    line("median", middle, y),
  ].join("\n");
}

/** Where a time after the loss is, in milliseconds. */
function x(ms: number): number {
  return round(LEFT + PLOT_WIDTH * (ms + BEFORE_MS) / (BEFORE_MS + AFTER_MS));
}

function ticks(): number[] {
  const count = (BEFORE_MS + AFTER_MS) / TICK_MS + 1;
  return Array.from({ length: count }, (_, index) => index * TICK_MS - BEFORE_MS);
}

function horizontal(rate: number, y: (rate: number) => number): string {
  const at = round(y(rate));
  const label = Math.round(rate).toLocaleString("en");
  return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>` +
    `<text x="${LEFT - 6}" y="${at + 4}" text-anchor="end">${label}/s</text>`;
}

function vertical(ms: number): string {
  const bottom = TOP + PLOT_HEIGHT;
  return `<line class="axis" x1="${x(ms)}" x2="${x(ms)}" y1="${bottom}" y2="${bottom + 4}"/>` +
    `<text x="${x(ms)}" y="${bottom + 17}" text-anchor="middle">${ms / 1_000} s</text>`;
}

function line(kind: string, rates: readonly number[], y: (rate: number) => number): string {
  const points = rates.map((rate, index) =>
    `${x((index + 0.5) * BUCKET_MS - BEFORE_MS)},${round(y(rate))}`
  );
  return `<polyline class="${kind}" points="${points.join(" ")}"/>`;
}

/** The next of 1, 2 or 5 times a power of ten. */
function niceTop(rate: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rate)));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rate)!;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
