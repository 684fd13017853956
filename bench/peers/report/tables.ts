import type { Column } from "../../../cli/output.ts";
import { median } from "../../statistics.ts";
import type { Comparison, Entrant } from "../comparisons.ts";
import {
  type Load,
  loadKey,
  loadsOf,
  sizeName,
  type Slice,
  type Space,
  workName,
} from "../load.ts";
import { rateOf, type Sample } from "../measurement.ts";
import { figure, markdownTable } from "./markdown.ts";
import { formatRatio, ratioOf } from "./ratios.ts";

const COLUMNS: readonly Column[] = [
  { title: "load" },
  { title: "system" },
  { title: "load generator" },
  ...["ops/s", "p50 ms", "p99 ms", "CPU µs/op", "errors"]
    .map((title) => ({ title, align: "right" as const })),
  { title: "ops/s to the peer's" },
  { title: "p99 to the peer's" },
];

/** What was measured along one dimension: a row of medians for each load and entrant. */
export function sliceTable(
  slice: Slice,
  space: Space,
  { entrants }: Comparison,
  samples: readonly Sample[],
): string {
  const rows = loadsOf(space, slice).flatMap((load) =>
    entrants.flatMap((entrant) => {
      const own = samplesOf(samples, entrant, load);
      return own.length === 0 ? [] : [row(slice, load, entrant, own, samples)];
    })
  );
  return markdownTable(COLUMNS, rows);
}

/** What an entrant did under a load, round by round. */
export function samplesOf(
  samples: readonly Sample[],
  { name }: Pick<Entrant, "name">,
  load: Load,
): readonly Sample[] {
  const key = loadKey(load);
  return samples.filter((sample) => sample.entrant === name && loadKey(sample.load) === key);
}

function row(
  slice: Slice,
  load: Load,
  entrant: Entrant,
  own: readonly Sample[],
  samples: readonly Sample[],
): string[] {
  const middle = (of: (sample: Sample) => number) => figure(median(own.map(of)));
  const cpu = own.map(({ cpuUs }) => cpuUs).filter((us) => us !== null);
  const errors = own.reduce((sum, sample) => sum + sample.errors, 0);
  return [
    loadName(slice, load),
    entrant.name,
    entrant.driver.name,
    middle(rateOf),
    middle(({ p50Ms }) => p50Ms),
    middle(({ p99Ms }) => p99Ms),
    figure(median(cpu)),
    String(errors),
    besidePeers(entrant, load, samples, rateOf),
    besidePeers(entrant, load, samples, ({ p99Ms }) => p99Ms),
  ];
}

/** What varies in a slice, and the work. */
export function loadName(slice: Slice, load: Load): string {
  const { connections, pipeline, valueBytes } = load;
  switch (slice) {
    case "connections":
      return `${workName(load)}, ${connections}`;
    case "pipeline":
      return `${workName(load)}, ${connections} × ${pipeline}`;
    case "mixes":
      return workName(load);
    case "values":
      return `${workName(load)}, ${sizeName(valueBytes)}`;
  }
}

function besidePeers(
  entrant: Entrant,
  load: Load,
  samples: readonly Sample[],
  of: (sample: Sample) => number,
): string {
  return entrant.peers.flatMap((peer) => {
    const ratio = ratioOf(samples, load, [entrant.name, peer], of);
    return ratio === null ? [] : [`${formatRatio(ratio)} × ${peer}`];
  }).join("; ");
}
