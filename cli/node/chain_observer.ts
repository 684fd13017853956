import type { ActorSystem } from "../../actors/system.ts";
import type { ChainFigures } from "../../protocols/chain/replica.ts";
import { VolumeObserver } from "./volume_observer.ts";

/** What is known of a replica before it has said anything. */
const NO_CHAIN: ChainFigures = {
  volume: 0,
  role: "starting",
  epoch: 0,
  members: [],
  joining: null,
  leaving: false,
  writable: false,
  birth: 0,
  opNumber: 0,
  applied: 0,
  acknowledged: 0,
  sentLength: 0,
  executed: 0,
  leaseUntil: null,
  frozen: false,
  stalled: null,
  deaf: null,
  logBytes: 0,
};

/** Keeps the newest of what the actors of a node of a chain cluster publish. */
export class ChainObserver extends VolumeObserver<ChainFigures> {
  constructor(system: ActorSystem, volumes: number) {
    super(system, { volumes, topic: "replica", unknown: NO_CHAIN });
  }

  override whyInactive(volume: number, isUpdate: boolean): string | undefined {
    const why = super.whyInactive(volume, isUpdate);
    const { epoch, writable } = this.volumes[volume]!.replica;
    if (why !== undefined || epoch === 0 || writable || !isUpdate) return why;
    return "takes no updates: nobody in the master data center has its data";
  }
}
