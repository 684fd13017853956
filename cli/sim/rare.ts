import { RARE_SITES } from "../../sim/rare_sites.ts";
import type { RunResult } from "../../sim/swarm.ts";

interface Count {
  reached: number;
  taken: number;
  /** Seeds in which it was taken. */
  seeds: number;
}

/** Counts over all seeds which rare branches of the code were forced. */
export class RareCoverage {
  readonly #counts = new Map<string, Count>(
    RARE_SITES.map((label) => [label, { reached: 0, taken: 0, seeds: 0 }]),
  );

  /** One seed more. */
  add({ rare }: Pick<RunResult, "rare">): void {
    for (const [label, { reached, taken }] of rare) {
      const count = this.#counts.get(label) ?? { reached: 0, taken: 0, seeds: 0 };
      this.#counts.set(label, count);
      count.reached += reached;
      count.taken += taken;
      if (taken > 0) count.seeds++;
    }
  }

  /** How many of them, and how often. */
  line(): string {
    const counts = [...this.#counts.values()];
    const forced = counts.filter(({ taken }) => taken > 0).length;
    const times = counts.reduce((sum, { taken }) => sum + taken, 0);
    return `${forced} of ${counts.length} rare branches forced, ${times} times\n`;
  }

  /** Each of them on a line, those that were never forced first. */
  table(): string {
    const rows = [...this.#counts].sort(([, a], [, b]) => a.seeds - b.seeds);
    const width = Math.max(...rows.map(([label]) => label.length));
    return rows.map(([label, { reached, taken, seeds }]) =>
      `  ${label.padEnd(width)}  ${taken} of ${reached} times, in ${seeds} seeds\n`
    ).join("");
  }
}
