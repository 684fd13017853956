import type { ActorFactory, Supervision } from "../../actors/actor.ts";
import { refTo } from "../../actors/ref.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { AS_IT_IS, child, group, type Wrap } from "../group.ts";
import type { JournalRequest } from "../journal.ts";
import { swimMessage } from "../swim/messages.ts";
import type { SwimTuning } from "../swim/options.ts";
import { swim } from "../swim/swim.ts";
import { coordinator } from "./coordinator.ts";
import type { HybridClockOptions } from "./hybrid_clock.ts";
import { encodeMeta } from "./member_meta.ts";
import { coordinatorMessage, gossipMessage } from "./messages.ts";
import { GOSSIP } from "./names.ts";
import type { CoordinatorTuning, GossipTuning } from "./options.ts";
import { replica } from "./replica.ts";
import type { Strategies } from "./strategies.ts";

/** What a node of a gossip cluster is made of. */
export interface GossipNodeOptions {
  /** The name of the cluster: tokens of one are not taken by another. The same at all nodes. */
  readonly cluster: string;
  /**
   * The nodes by which the cluster is found, at most 16; see `GossipOptions.seeds`. The lowest of them founds the
   * cluster, once all of them are up and new. Any other node joins by any of them. Empty for a node alone.
   */
  readonly seeds: readonly number[];
  /** How conflicts are resolved, by key. The same at all nodes. */
  readonly strategies: Strategies;
  /** How the node is reached, as others are told by SWIM; at most 100 bytes. Empty if everyone knows. */
  readonly address?: string;
  /** Makes the journal of a log: its name is `gossip`. `memoryJournal()` for a node that forgets. */
  readonly journal: (log: string) => ActorFactory<JournalRequest>;
  /** Messages that an actor may have waiting; none of them may be lost inside a node. */
  readonly mailboxCapacity: number;
  /** How the replica spreads, repairs and forgets. */
  readonly tuning?: GossipTuning;
  /** The bounds of the hybrid clock. */
  readonly hybridClock?: HybridClockOptions;
  /** How the coordinator works. */
  readonly coordinator?: CoordinatorTuning;
  /** How eagerly SWIM probes, doubts and tells. */
  readonly swim?: SwimTuning;
  /** How often the actors of a part of the node may restart before the whole part does. */
  readonly supervision?: Omit<Supervision, "strategy">;
  /**
   * Has each actor seen as it is started: to watch it.
   *
   * @default {the actor as it is}
   */
  readonly wrap?: Wrap;
}

/**
 * Starts the actors of a node of a gossip cluster: `gossip` with its journal, replica and coordinator, and `swim`
 * with the member; see {@linkcode GOSSIP} for their names. Ask the coordinator by `gossipRequest`.
 */
export function spawnGossipNode(system: ActorSystem, options: GossipNodeOptions): void {
  const { node } = system;
  const { wrap = AS_IT_IS, journal, supervision } = options;
  const bounded = { mailboxCapacity: options.mailboxCapacity };
  const peer = (other: number) => refTo(other, GOSSIP.replica, gossipMessage);
  const { cluster, seeds, strategies, address = "", hybridClock } = options;
  const ordering = replica({
    ...options.tuning,
    cluster,
    seeds,
    strategies,
    address,
    ...(hybridClock !== undefined && { hybridClock }),
    peer,
    journal: refTo(node, GOSSIP.journal),
    coordinator: refTo(node, GOSSIP.coordinator),
    swim: refTo(node, GOSSIP.swim),
  });
  const speaker = coordinator({
    ...options.coordinator,
    replica: refTo(node, GOSSIP.replica),
    peer,
  });
  const member = swim({
    node,
    seeds,
    meta: encodeMeta({ replica: null, address }),
    peer: (other) => refTo(other, GOSSIP.swim, swimMessage),
    listener: refTo(node, GOSSIP.replica),
    ...(options.swim !== undefined && { tuning: options.swim }),
  });
  system.expose(GOSSIP.replica, gossipMessage);
  system.expose(GOSSIP.coordinator, coordinatorMessage);
  system.expose(GOSSIP.swim, swimMessage);
  const strategy = { ...supervision, strategy: "rest-for-one" } as const;
  const actors = group([
    child("journal", wrap(GOSSIP.journal, journal("gossip")), bounded),
    child("replica", wrap(GOSSIP.replica, ordering), bounded),
    child("coordinator", wrap(GOSSIP.coordinator, speaker), bounded),
  ]);
  system.spawn("gossip", actors, { supervision: strategy });
  const membership = group([child("member", wrap(GOSSIP.swim, member), bounded)]);
  system.spawn("swim", membership, { supervision: strategy });
}
