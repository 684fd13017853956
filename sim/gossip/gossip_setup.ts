import type { HybridClockOptions } from "../../protocols/gossip/hybrid_clock.ts";
import type { CoordinatorTuning, GossipTuning } from "../../protocols/gossip/options.ts";
import type { SwimTuning } from "../../protocols/swim/options.ts";
import type { GossipWork } from "./gossip_draws.ts";

/** What all nodes of a gossip cluster are configured with, and what is done to it. */
export interface GossipSetup {
  /** The first so many nodes are its seeds. */
  readonly seeds: number;
  /** The last so many nodes are not there in the beginning: an operator adds them. */
  readonly late: number;
  readonly tuning: GossipTuning;
  readonly hybridClock: HybridClockOptions;
  readonly spread: NonNullable<CoordinatorTuning["spread"]>;
  readonly swim: SwimTuning;
  /** What clients do. */
  readonly work: GossipWork;
}
