import type { ActorSystem } from "../../actors/system.ts";
import type { HermesFigures } from "../../protocols/hermes/figures.ts";
import { VolumeObserver } from "./volume_observer.ts";

/** What is known of a replica before it has said anything. */
const NO_HERMES: HermesFigures = {
  volume: 0,
  birth: 0,
  life: 0,
  epoch: 0,
  role: "starting",
  members: [],
  joining: null,
  leaseUntil: null,
  leaseMs: 0,
  valid: 0,
  invalid: 0,
  write: 0,
  replay: 0,
  trans: 0,
  tombstones: 0,
  objects: 0,
  sessions: 0,
  waitingReads: 0,
  updates: 0,
  committed: 0,
  replays: 0,
  resent: 0,
  aborts: 0,
  stalledReads: 0,
  copied: 0,
  stalled: null,
};

/** Keeps the newest of what the actors of a node of a Hermes cluster publish. */
export class HermesObserver extends VolumeObserver<HermesFigures> {
  constructor(system: ActorSystem, volumes: number) {
    super(system, { volumes, topic: "hermes", unknown: NO_HERMES });
  }
}
