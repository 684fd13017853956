import type { HermesOptions } from "../../protocols/hermes/options.ts";
import type { MasterSetup } from "../master/master_world.ts";

/** What all nodes of a Hermes cluster are configured with. */
export interface HermesSetup extends MasterSetup {
  /** Sessions that each volume remembers. */
  readonly sessionsMax: number;
  /** What replicas are tuned by. */
  readonly replica: Partial<
    Pick<
      HermesOptions,
      | "reads"
      | "sparesValidations"
      | "virtualIds"
      | "broadcastsAcks"
      | "mltMs"
      | "deafMs"
      | "heartbeatMs"
      | "updatesMax"
      | "readsMax"
      | "replaysMax"
      | "chunkBytes"
      | "snapshotLogBytes"
    >
  >;
}
