import { assert, assertEquals } from "@std/assert";
import { svgOf } from "../../bench/plot.ts";

const LINE = { name: "a < b", points: [[1, 10], [16, 20], [256, 30]] as const };
const PLOT = { title: "t", x: "x", y: "y", lines: [LINE] };

function xsOf(svg: string): number[] {
  return [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x));
}

Deno.test("svgOf() puts marks as far apart as their logarithms", () => {
  const svg = svgOf({ ...PLOT, xMarks: [1, 16, 256] });
  const [first, second, third] = xsOf(svg) as [number, number, number];
  assertEquals(Math.round(second - first), Math.round(third - second));
  for (const mark of ["1", "16", "256"]) assert(svg.includes(`>${mark}</text>`), mark);
});

Deno.test("svgOf() begins at 0 without marks, and escapes names", () => {
  const svg = svgOf(PLOT);
  const [first, , third] = xsOf(svg) as [number, number, number];
  const zero = 70;
  assertEquals(Math.round((third - zero) / (first - zero)), 256);
  assert(svg.includes("a &lt; b"));
});
