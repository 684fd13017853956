import type { ActorSystem } from "../../actors/system.ts";
import { refTo } from "../../actors/ref.ts";
import { clientRequest } from "../../protocols/client_messages.ts";
import { clientTable } from "../../protocols/client_table.ts";
import { failureDetector } from "../../protocols/failure_detector.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { vrMessage } from "../../protocols/vr/messages.ts";
import { replica } from "../../protocols/vr/replica.ts";
import type { Disk } from "../../storage/disk.ts";
import { journal } from "../../storage/journal.ts";
import { memoryJournal } from "../../storage/memory_journal.ts";
import type { ClusterConfig } from "../config/types/cluster.ts";
import { tellOfGonePeers } from "./gone_peers.ts";
import { MAILBOX_CAPACITY } from "./protocol_node.ts";

/** The name of the actor that gateways speak to. */
export const CLIENT_TABLE = "client-table";
const DETECTOR = "detector";

/** What a VR group's actors on one node are made of. */
export interface VrGroupOptions {
  readonly config: ClusterConfig;
  /** `undefined` for a group that keeps everything in memory. */
  readonly disk: Disk | undefined;
  readonly machine: () => StateMachine;
}

/** Lets the other nodes speak to this node's part of the group. */
export function exposeVrGroup(system: ActorSystem): void {
  system.expose("replica", vrMessage);
  system.expose(CLIENT_TABLE, clientRequest);
}

/**
 * Starts this node's part of a VR group. What depends on an actor comes after it, since under
 * rest-for-one supervision it restarts with it.
 */
export function spawnVrGroup(system: ActorSystem, options: VrGroupOptions): void {
  const { config, disk, machine } = options;
  const { node } = system;
  const { timeouts, batching, snapshots, detector } = config;
  const bounded = { mailboxCapacity: MAILBOX_CAPACITY };
  system.spawn("journal", disk === undefined ? memoryJournal() : journal(disk), bounded);
  system.spawn(
    CLIENT_TABLE,
    clientTable({
      machine,
      replica: refTo(node, "replica"),
      journal: refTo(node, "journal"),
      peer: (other) => refTo(other, CLIENT_TABLE, clientRequest),
    }),
    bounded,
  );
  system.spawn(
    "replica",
    replica({
      replica: node,
      replicaCount: config.replicasAddresses.length,
      peer: (other) => refTo(other, "replica", vrMessage),
      journal: refTo(node, "journal"),
      clientTable: refTo(node, CLIENT_TABLE),
      detector: refTo(node, DETECTOR),
      durability: config.durability,
      heartbeatMs: timeouts.heartbeatMs,
      viewChangeMs: timeouts.viewChangeMs,
      abdicateMs: timeouts.abdicateMs,
      pipeline: batching.pipeline,
      entryBytesMax: batching.entryBytesMax,
      requestsMax: batching.requestsMax,
      snapshotLogBytes: snapshots.logBytes,
      retainEntries: snapshots.retainEntries,
    }),
    bounded,
  );
  system.spawn(
    DETECTOR,
    failureDetector({
      subscriber: refTo(node, "replica"),
      heartbeatMs: timeouts.heartbeatMs,
      suspicionMs: timeouts.suspicionMs,
      kind: detector.kind,
      threshold: detector.threshold,
    }),
  );
  tellOfGonePeers(system, [DETECTOR]);
}
