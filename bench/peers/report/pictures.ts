import { type Plot, svgOf } from "../../plot.ts";
import { median } from "../../statistics.ts";
import type { Comparison } from "../comparisons.ts";
import { loadsOf, type Slice, type Space, type Work, WORKS } from "../load.ts";
import { rateOf, type Sample } from "../measurement.ts";
import { samplesOf } from "./tables.ts";

/** A plot, and the name of its file. */
export interface Picture {
  readonly file: string;
  readonly svg: string;
}

const FIGURES = [
  { name: "throughput", y: "operations a second", of: rateOf },
  { name: "p99", y: "p99, ms", of: ({ p99Ms }: Sample) => p99Ms },
];

/** Throughput and p99 against the connections, of each work, with and without a pipeline. */
export function pictures(
  comparison: Comparison,
  space: Space,
  samples: readonly Sample[],
): Picture[] {
  if (space.connections.length < 2) return [];
  return (["connections", "pipeline"] as const).flatMap((slice) =>
    WORKS.flatMap((work) =>
      FIGURES.flatMap(({ name, y, of }) => {
        const lines = linesOf(comparison, slice, work, space, samples, of);
        if (lines.length === 0) return [];
        const title = `${comparison.title}: ${work}` +
          (slice === "pipeline" ? `, ${space.pipeline} in flight on each connection` : "");
        const plot: Plot = { title, x: "connections", y, lines, xMarks: space.connections };
        const suffix = slice === "pipeline" ? "-pipeline" : "";
        return [{ file: `${comparison.name}-${work}${suffix}-${name}.svg`, svg: svgOf(plot) }];
      })
    )
  );
}

function linesOf(
  { entrants }: Comparison,
  slice: Slice,
  work: Work,
  space: Space,
  samples: readonly Sample[],
  of: (sample: Sample) => number,
): Plot["lines"] {
  const loads = loadsOf({ ...space, works: [work] }, slice);
  return entrants.filter(({ isLimit }) => !isLimit).flatMap((entrant) => {
    const points = loads.flatMap((load) => {
      const figures = samplesOf(samples, entrant, load).map(of);
      return figures.length === 0 ? [] : [[load.connections, median(figures)] as const];
    });
    return points.length < 2 ? [] : [{ name: entrant.name, points }];
  });
}
