import type { ChainOptions } from "../../protocols/chain/options.ts";
import type { MasterSetup } from "../master/master_world.ts";

/** What all nodes of a chain cluster are configured with. */
export interface ChainSetup extends MasterSetup {
  /** Who answers linearizable reads: every member (CRAQ), or the last one alone (CR). */
  readonly reads: "any" | "tail";
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
