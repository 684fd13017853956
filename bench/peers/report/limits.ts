import type { Column } from "../../../cli/output.ts";
import { median } from "../../statistics.ts";
import type { Comparison, Entrant } from "../comparisons.ts";
import { type DiskLimit, medianDisk } from "../disk.ts";
import { type Load, loadKey, loadText } from "../load.ts";
import { rateOf, type Sample } from "../measurement.ts";
import { figure, markdownTable } from "./markdown.ts";
import { ratioOf } from "./ratios.ts";
import { samplesOf } from "./tables.ts";

/** What the machine allows, and which share of it each system reaches in the same round, in percent. */
export function limitsTable(
  { entrants }: Comparison,
  samples: readonly Sample[],
  disk: readonly DiskLimit[],
): string {
  const rows = [
    ...diskRows(samples, entrants, disk),
    ...entrants.filter(({ isLimit }) => isLimit)
      .flatMap((limit) => limitRows(limit, entrants, samples)),
  ];
  return markdownTable(COLUMNS, rows);
}

const COLUMNS: readonly Column[] = [
  { title: "limit" },
  { title: "load" },
  { title: "per second", align: "right" },
  { title: "share that each reaches" },
];

/** A put that is under way alone waits for a sync at least, unless it promises no disk. */
function diskRows(
  samples: readonly Sample[],
  entrants: readonly Entrant[],
  disk: readonly DiskLimit[],
): string[][] {
  const { syncPerSecond, asyncPerSecond } = medianDisk(disk);
  const shares = entrants.filter(({ system }) => system.write.includes("synced")).flatMap(
    ({ name }) => {
      const ratios = samples
        .filter(({ entrant, load }) => entrant === name && isAlone(load))
        .map((sample) => rateOf(sample) / disk[sample.round]!.asyncPerSecond);
      return ratios.length === 0 ? [] : [share(name, median(ratios))];
    },
  );
  const what = "1 KiB appended, then fdatasync";
  return [
    [`disk: ${what}, calls that block`, "", figure(syncPerSecond), ""],
    [`disk: ${what}, asynchronous`, "put, 1 connection", figure(asyncPerSecond), shares.join("; ")],
  ];
}

function isAlone({ writes, connections, pipeline }: Load): boolean {
  return writes === 1 && connections === 1 && pipeline === 1;
}

function limitRows(
  limit: Entrant,
  entrants: readonly Entrant[],
  samples: readonly Sample[],
): string[][] {
  const own = samples.filter(({ entrant }) => entrant === limit.name).map(({ load }) => load);
  const loads = [...new Map(own.map((load) => [loadKey(load), load])).values()];
  return loads.map((load) => {
    const shares = entrants
      .filter(({ isLimit, driver }) => !isLimit && driver.name === limit.driver.name)
      .flatMap(({ name }) => {
        const ratio = ratioOf(samples, load, [name, limit.name]);
        return ratio === null ? [] : [share(name, ratio.median)];
      });
    const rate = median(samplesOf(samples, limit, load).map(rateOf));
    return [limit.name, loadText(load), figure(rate), shares.join("; ")];
  });
}

function share(name: string, part: number): string {
  return `${name} ${(part * 100).toFixed(part < 0.1 ? 1 : 0)} %`;
}
