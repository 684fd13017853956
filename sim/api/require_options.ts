import { TroupeError } from "../../actors/errors.ts";
import type { SimWorldOptions } from "./sim_world_options.ts";

const SHARES = ["loss", "replay", "reorder"] as const;

/**
 * Refuses what no world can be made from: a time between faults below 0 would never let the clock go on.
 *
 * @throws {TroupeError} `bad_option` for a mean time between faults, or a share of messages, out of range.
 */
export function requireOptions({ network = {}, faults = {} }: SimWorldOptions): void {
  for (const [kind, meanMs] of Object.entries(faults)) {
    if (Number.isFinite(meanMs) && meanMs >= 0) continue;
    throw new TroupeError(
      "bad_option",
      `Mean time between faults "${kind}" is not 0 or more milliseconds: ${meanMs}`,
    );
  }
  for (const name of SHARES) {
    const share = network[name] ?? 0;
    if (share >= 0 && share <= 1) continue;
    throw new TroupeError("bad_option", `Share of messages "${name}" is not 0 to 1: ${share}`);
  }
}
