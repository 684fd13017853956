import type { Supervision } from "../../actors/actor.ts";
import type { ActorSystem } from "../../actors/system.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import type { Disk } from "../../storage/disk.ts";
import type {
  ClusterAdmin,
  Metric,
  NodeStatus,
  ReadinessCheck,
  Requests,
} from "../../transport/service.ts";
import type { GossipRequests } from "../../transport/gossip_requests.ts";
import type { ClusterConfig } from "../config/types/cluster.ts";
import type { NodePlace } from "./node_place.ts";
import type { Merges } from "./strategies.ts";

/** What a protocol's status says of a node; the rest is the same for all of them. */
export type ProtocolStatus = Pick<
  NodeStatus,
  | "role"
  | "status"
  | "view"
  | "opNumber"
  | "commitNumber"
  | "primary"
  | "sessions"
  | "volumes"
  | "master"
  | "gossip"
>;

/** A node's part in a replication protocol: its actors are running, and this is the way to them. */
export interface ProtocolNode {
  /** Where clients' requests go. */
  readonly requests: Requests;
  /** What operators may change, if the protocol has a configuration. */
  readonly admin?: ClusterAdmin | undefined;
  /** What clients may ask instead, if the protocol executes no commands. */
  readonly gossip?: GossipRequests | undefined;
  /** Where nodes are that have said so, if the protocol lets nodes join that are not configured. */
  readonly places?: ReadonlyMap<number, NodePlace>;
  /** Nodes that take no part any more, with such a protocol. */
  readonly left?: readonly number[];
  /** Whom the node suspects of having failed. */
  readonly suspected: readonly number[];
  /** Where the node stands. */
  status(): ProtocolStatus;
  /** Whether the node can serve, check by check. */
  readiness(): readonly ReadinessCheck[];
  /** Figures for `/metrics`. */
  metrics(): readonly Metric[];
}

/** What a node's part in a protocol is made of. */
export interface ProtocolNodeOptions {
  readonly system: ActorSystem;
  readonly config: ClusterConfig;
  /** The disk for what belongs together under a name; `undefined` if everything is kept in memory. */
  readonly disk: ((name: string) => Disk) | undefined;
  readonly machine: () => StateMachine;
  /** Where the node is. */
  readonly place: NodePlace;
  /** Tells the transport where another node is, or that it has left, with a protocol that lets nodes join. */
  readonly reach: (node: number, place: NodePlace | undefined) => void;
  /** The functions that merge values, with the protocol `gossip`. */
  readonly merges: Merges;
}

/** A protocol as a node runs it. */
export interface ProtocolRunner {
  /** How the root of the node's actors supervises them. */
  supervision(config: ClusterConfig): Supervision;
  /** Starts the actors, and opens them to other nodes. */
  start(options: ProtocolNodeOptions): ProtocolNode;
}

/** Restarts of a node's actors tolerated in ten seconds before the node gives up. */
export const RESTARTS_MAX = 20;

/** How often the actors of a part of the node may restart in ten seconds before the whole part does. */
export const PART_RESTARTS_MAX = 10;

/**
 * Messages that an actor may have waiting. Every request under way at every gateway, and what peers and
 * the disk may have to say besides, fits in: none of it may be lost inside a node.
 */
export const MAILBOX_CAPACITY = 65_536;
