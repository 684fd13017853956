/**
 * What the papers measured, as ratios of throughputs. Hermes (Katsarakis et al., ASPLOS'20): figures 5 and 7;
 * Odyssey (Gavrielatos et al., EuroSys'21): table 3, 5 nodes, uniform keys.
 *
 * @module
 */
import type { Distribution } from "./keys.ts";

/** How much more Hermes did than the others, for one part of writes. */
export interface Ratios {
  readonly craq: number;
  readonly zab: number;
}

type ByWrites = Readonly<Record<number, Ratios>>;

const HERMES: Readonly<Record<string, ByWrites>> = {
  "uniform/3": { 0.01: { craq: 1.1, zab: 3.89 }, 0.2: { craq: 1.21, zab: 3.57 } },
  "uniform/5": {
    0.01: { craq: 1.12, zab: 4.48 },
    0.05: { craq: 1.25, zab: 4.04 },
    0.2: { craq: 1.4, zab: 3.42 },
    0.5: { craq: 1.52, zab: 4.55 },
    1: { craq: 1.57, zab: 4.5 },
  },
  "uniform/7": { 0.01: { craq: 1.24, zab: 5.49 }, 0.2: { craq: 2.35, zab: 7.57 } },
  "zipf/5": {
    0.01: { craq: 1.99, zab: 6.04 },
    0.05: { craq: 2.11, zab: 4.63 },
    0.2: { craq: 2.19, zab: 3.54 },
    0.5: { craq: 3.95, zab: 5.92 },
    1: { craq: 5.83, zab: 8.47 },
  },
};

const ODYSSEY: Readonly<Record<string, ByWrites>> = {
  "uniform/5": {
    0.01: { craq: 0.99, zab: 2.66 },
    0.05: { craq: 1.08, zab: 5.05 },
    0.2: { craq: 1.12, zab: 5.85 },
    0.5: { craq: 1.22, zab: 6.38 },
    1: { craq: 1.33, zab: 6.36 },
  },
};

/** What was measured of some work, if it was. */
export function ratiosOf(
  paper: "hermes" | "odyssey",
  keys: Distribution,
  nodes: number,
  writes: number,
): Ratios | undefined {
  const table = paper === "hermes" ? HERMES : ODYSSEY;
  return table[`${keys}/${nodes}`]?.[writes];
}
