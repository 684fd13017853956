import { formatTable } from "../cli/output.ts";
import { median } from "./statistics.ts";

/** Times of things that happened several times, by what happened. */
export class Timings {
  readonly #byWhat = new Map<string, number[]>();

  /** Adds a time, in milliseconds. */
  add(what: string, milliseconds: number): void {
    const times = this.#byWhat.get(what);
    if (times === undefined) this.#byWhat.set(what, [milliseconds]);
    else times.push(milliseconds);
  }

  /** A row for each thing that happened, in the order of its first time. */
  format(title: string): string {
    const columns = [title, "times", "min s", "median s", "max s"];
    const rows = [...this.#byWhat].map(([what, times]) => [
      what,
      String(times.length),
      ...[Math.min(...times), median(times), Math.max(...times)].map(seconds),
    ]);
    return formatTable(
      columns.map((title, index) => ({ title, align: index === 0 ? "left" : "right" })),
      rows,
    );
  }
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(2);
}
