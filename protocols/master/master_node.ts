import type { ActorFactory, Supervision } from "../../actors/actor.ts";
import { refTo } from "../../actors/ref.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { clientReply, clientRequest } from "../client_messages.ts";
import { clientTable } from "../client_table.ts";
import { type DetectorOptions, failureDetector } from "../failure_detector.ts";
import { AS_IT_IS, child, group, type Wrap } from "../group.ts";
import type { JournalRequest } from "../journal.ts";
import type { StateMachine } from "../state_machine.ts";
import { vrMessage } from "../vr/messages.ts";
import type { VrOptions } from "../vr/options.ts";
import { replica } from "../vr/replica.ts";
import { MasterMachine, type MasterOptions } from "./machine.ts";
import { member } from "./member.ts";
import { memberMessage } from "./member_messages.ts";
import { MASTER, MEMBERSHIP } from "./names.ts";
import type { MemberOptions } from "./options.ts";
import type { Placement } from "./placement.ts";
import type { Topology } from "./topology.ts";

export { AS_IT_IS, type Wrap };

/** What a node needs of the master: its part of the group that decides, and who speaks to that. */
export interface MasterNodeOptions {
  /** How many nodes the cluster has: 1 to 7. */
  readonly nodeCount: number;
  /** Where volumes are to be. The same at all nodes. */
  readonly placement: Placement;
  /**
   * How the replicas of a volume stand to one another. The same at all nodes.
   *
   * @default {"chain"}
   */
  readonly topology?: Topology;
  /** The data center that the node is in; empty if there are none. */
  readonly dataCenter: string;
  /** What the replicas of the master's group are tuned by. */
  readonly master?: Partial<
    Omit<VrOptions, "replica" | "replicaCount" | "peer" | "journal" | "clientTable" | "detector">
  >;
  /** How whoever speaks to the master does it. */
  readonly membership?: Partial<
    Pick<MemberOptions, "heartbeatMs" | "leaseMs" | "driftBound" | "staggerMs" | "retryMs">
  >;
  /** How silence is taken for failure, by the master's group and by the members. */
  readonly detector?: Partial<Omit<DetectorOptions, "subscriber">>;
  /** Makes the journal of a log: of `master`, or of a volume by its name. */
  readonly journal: (log: string) => ActorFactory<JournalRequest>;
  /** Messages that an actor may have waiting; none of them may be lost inside a node. */
  readonly mailboxCapacity: number;
  /** How often the actors of a part of the node may restart before the whole part does. */
  readonly supervision?: Omit<Supervision, "strategy">;
  /**
   * Makes the master.
   *
   * @default {(options) => new MasterMachine(options)}
   */
  readonly masterMachine?: (options: MasterOptions) => StateMachine;
  /**
   * Has each actor seen as it is started: to watch it.
   *
   * @default {the actor as it is}
   */
  readonly wrap?: Wrap;
}

/** Starts `master`, the node's part of the group that decides, which supervises its actors. */
export function spawnMaster(system: ActorSystem, options: MasterNodeOptions): void {
  const { node } = system;
  const { nodeCount, placement, topology = "chain", journal, wrap = AS_IT_IS } = options;
  const { masterMachine = (layout: MasterOptions) => new MasterMachine(layout) } = options;
  const bounded = { mailboxCapacity: options.mailboxCapacity };
  const table = clientTable({
    machine: () => masterMachine({ ...placement, topology, nodeCount }),
    replica: refTo(node, MASTER.replica),
    journal: refTo(node, MASTER.journal),
    peer: (other) => refTo(other, MASTER.clientTable, clientRequest),
  });
  const ordering = replica({
    ...options.master,
    replica: node,
    replicaCount: nodeCount,
    peer: (other) => refTo(other, MASTER.replica, vrMessage),
    journal: refTo(node, MASTER.journal),
    clientTable: refTo(node, MASTER.clientTable),
    detector: refTo(node, MASTER.detector),
  });
  const detector = failureDetector({
    heartbeatMs: options.master?.heartbeatMs ?? HEARTBEAT_MS,
    ...options.detector,
    subscriber: refTo(node, MASTER.replica),
  });
  system.expose(MASTER.replica, vrMessage);
  system.expose(MASTER.clientTable, clientRequest);
  system.spawn(
    "master",
    group([
      child("journal", wrap(MASTER.journal, journal("master")), bounded),
      child("client-table", wrap(MASTER.clientTable, table), bounded),
      child("replica", wrap(MASTER.replica, ordering), bounded),
      child("detector", wrap(MASTER.detector, detector)),
    ]),
    { supervision: { ...options.supervision, strategy: "rest-for-one" } },
  );
}

/**
 * Starts `membership`, which speaks to the master for the replicas of the node.
 *
 * @param replicaOf The name of the replica of a volume.
 */
export function spawnMembership(
  system: ActorSystem,
  options: MasterNodeOptions,
  replicaOf: (volume: number) => string,
): void {
  const { node } = system;
  const { nodeCount, placement, dataCenter, membership = {}, wrap = AS_IT_IS } = options;
  const bounded = { mailboxCapacity: options.mailboxCapacity };
  const speaker = member({
    ...membership,
    node,
    nodeCount,
    volumes: placement.volumes,
    dataCenter,
    master: refTo(node, MASTER.clientTable),
    peer: (other) => refTo(other, MEMBERSHIP.member, memberMessage),
    replica: (volume) => refTo(node, replicaOf(volume)),
    detector: refTo(node, MEMBERSHIP.detector),
  });
  const detector = failureDetector({
    heartbeatMs: membership.heartbeatMs ?? HEARTBEAT_MS,
    ...options.detector,
    subscriber: refTo(node, MEMBERSHIP.member),
  });
  system.expose(MEMBERSHIP.member, memberMessage);
  // Whoever leads the master's group answers a poll itself.
  system.expose(`${MEMBERSHIP.member}/session`, clientReply);
  system.spawn(
    "membership",
    group([
      child("member", wrap(MEMBERSHIP.member, speaker), bounded),
      child("detector", wrap(MEMBERSHIP.detector, detector)),
    ]),
    { supervision: { ...options.supervision, strategy: "rest-for-one" } },
  );
}

/** Between two signs of life, in milliseconds, unless it is said otherwise. */
const HEARTBEAT_MS = 50;
