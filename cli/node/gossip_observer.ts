import type { ActorSystem } from "../../actors/system.ts";
import type { GossipFigures } from "../../protocols/gossip/figures.ts";
import { decodeMeta } from "../../protocols/gossip/member_meta.ts";
import type { SwimFigures } from "../../protocols/swim/core.ts";
import type { SwimMember } from "../../protocols/swim/events.ts";
import { type NodePlace, parsePlace } from "./node_place.ts";

/** What is known of a replica before it has said anything. */
const NO_GOSSIP: GossipFigures = {
  node: 0,
  incarnation: 0,
  state: "starting",
  members: [],
  closed: 0,
  clock: [],
  keys: 0,
  tombstones: 0,
  index: 0,
  fingerprint: "",
  clockAheadMs: 0,
  waiting: 0,
  written: 0,
  mailed: 0,
  remailed: 0,
  received: 0,
  duplicates: 0,
  relayed: 0,
  digests: 0,
  repairsSent: 0,
  repairsTaken: 0,
  resets: 0,
  hintsDropped: 0,
  drifted: 0,
  collected: 0,
  scrubs: 0,
  divergences: 0,
  isDiverged: false,
  misconfigured: [],
  stalled: null,
};

/** Told where a node is, or that it is nowhere any more. */
type OnPlace = (node: number, place: NodePlace | undefined) => void;

/** Keeps the newest of what the actors of a gossip node publish, and tells where other nodes are. */
export class GossipObserver {
  readonly #learned = new Map<number, NodePlace>();
  #replica: GossipFigures;
  #swim: SwimFigures | undefined;

  /**
   * `onPlace` is told where another node is, as often as that is said, and `undefined` of one that has left.
   */
  constructor(system: ActorSystem, onPlace: OnPlace) {
    this.#replica = { ...NO_GOSSIP, node: system.node };
    system.events.subscribe((event) => {
      if (event.type !== "published") return;
      if (event.topic === "gossip") this.#replica = event.detail as GossipFigures;
      if (event.topic === "swim") this.#takeSwim(event.detail as SwimFigures, onPlace);
    });
  }

  /** Where the replica stands. */
  get replica(): GossipFigures {
    return this.#replica;
  }

  /** Every other node that SWIM knows, living or not. */
  get others(): readonly SwimMember[] {
    return this.#swim?.others ?? [];
  }

  /** How ill the node believes itself to be; 0 if all is well. */
  get healthScore(): number {
    return this.#swim?.healthScore ?? 0;
  }

  /** Where nodes are that have said so. */
  get places(): ReadonlyMap<number, NodePlace> {
    return this.#learned;
  }

  /** Whom the node suspects of having failed. */
  get suspected(): readonly number[] {
    return this.others.filter(({ state }) => state === "suspect" || state === "dead")
      .map(({ node }) => node);
  }

  /** Those that have left. */
  get left(): readonly number[] {
    return this.others.filter(({ state }) => state === "left").map(({ node }) => node);
  }

  #takeSwim(figures: SwimFigures, onPlace: OnPlace): void {
    this.#swim = figures;
    for (const { node, meta, state } of figures.others) {
      const place = parsePlace(decodeMeta(meta)?.address ?? "");
      if (state === "left") {
        if (this.#learned.delete(node)) onPlace(node, undefined);
      } else if (place !== undefined) {
        this.#learned.set(node, place);
        onPlace(node, place);
      }
    }
  }
}
