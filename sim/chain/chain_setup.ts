import type { ChainOptions } from "../../protocols/chain/options.ts";
import type { Placement } from "../../protocols/master/placement.ts";

/** What all nodes of a chain cluster are configured with. */
export interface ChainSetup extends Placement {
  /** Who answers linearizable reads: every member (CRAQ), or the last one alone (CR). */
  readonly reads: "any" | "tail";
  /** In milliseconds. */
  readonly leaseMs: number;
  /** By how much the clocks of nodes may differ in how fast they go, as far as the cluster knows. */
  readonly driftBound: number;
  /** The data center of each node; empty if there is only one. */
  readonly nodeDataCenters: readonly string[];
  /** Sessions kept by the logs in which none is opened. */
  readonly adoptedSessionsMax: number;
  /** What replicas of volumes are tuned by. */
  readonly replica?: Partial<
    Pick<
      ChainOptions,
      "pipeline" | "window" | "entryBytesMax" | "requestsMax" | "snapshotLogBytes" | "retainEntries"
    >
  >;
}
