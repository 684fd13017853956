import { median } from "../../statistics.ts";
import { type Load, loadKey } from "../load.ts";
import { rateOf, type Sample } from "../measurement.ts";

/** How one entrant does beside another one, over the rounds in which both were measured. */
export interface Ratio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/**
 * How many times an entrant's figure is that of its peer under the same load, round by round: what disturbs a
 * round disturbs both. `null` if there is no round with both.
 */
export function ratioOf(
  samples: readonly Sample[],
  load: Load,
  [entrant, peer]: readonly [string, string],
  figure: (sample: Sample) => number = rateOf,
): Ratio | null {
  const key = loadKey(load);
  const of = (name: string) =>
    new Map(
      samples.filter((sample) => sample.entrant === name && loadKey(sample.load) === key)
        .map((sample) => [sample.round, figure(sample)]),
    );
  const theirs = of(peer);
  const ratios = [...of(entrant)].flatMap(([round, ours]) => {
    const other = theirs.get(round);
    return other === undefined || !(other > 0) ? [] : [ours / other];
  });
  if (ratios.length === 0) return null;
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}

/** A ratio for people: `3.20 (2.70 to 4.20)`. */
export function formatRatio({ median, lowest, highest }: Ratio): string {
  const range = lowest === highest ? "" : ` (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
  return `${median.toFixed(2)}${range}`;
}
