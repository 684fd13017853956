/**
 * What a node says of itself.
 *
 * @module
 */
import type { ActorFigures } from "../actors/system.ts";
import type { GossipFigures } from "../protocols/gossip/figures.ts";

/** What `GET /v1/status` answers. */
export interface NodeStatus {
  /** The name of the cluster, from the configuration. */
  readonly cluster: string;
  /** The index of the node, from 0. */
  readonly node: number;
  /** The process id of the node. */
  readonly pid: number;
  /** The replication protocol that the node runs: `vr`, `chain`, `hermes` or `gossip`. */
  readonly protocol: string;
  /**
   * With `vr`: `primary` for the one that orders, `backup` for one that follows; else the same as
   * `status`. With `chain`: `head`, `middle`, `tail`, `single` (head and tail at once), `joining` or
   * `spare`; with `hermes`: `member`, `joining`, `leaving` or `spare`; with several volumes, how many of
   * each: `head 2, tail 1`. With `gossip`: `starting`, `joining`, `member`, `leaving` or `left`.
   */
  readonly role: string;
  /**
   * With `vr`: `normal`, `view-change` or `recovering` (VRR 4, Fig. 2). With `chain` and `hermes`:
   * `normal` if the node knows who replicates every volume, `forming` before. With `gossip`: `normal`
   * while the node serves clients.
   */
  readonly status: string;
  /** The view that the replica is in, from 0; with a master, the version of its configuration; with `gossip`, how many members the node knows. */
  readonly view: number;
  /**
   * The number of the last entry of the node's log; 0 if it is empty. The sum over all volumes. With
   * `hermes`, which has no log of the volume: how many updates the node coordinates or has coordinated
   * since it started. With `gossip`: how many events the node knows.
   */
  readonly opNumber: number;
  /**
   * How much of that the node knows to be committed; with `gossip`, to be known to some other member, too.
   */
  readonly commitNumber: number;
  /**
   * The node believed to be primary, if any; with `chain`, the head of volume 0; with `hermes`, which has
   * none, who opens sessions for this node: itself, unless it has no part in volume 0.
   */
  readonly primary: number | null;
  /** How long ago the node was started, in milliseconds. */
  readonly uptimeMs: number;
  /** How many sessions the group remembers. */
  readonly sessions: number;
  /** Every node of the group in the order of their indices, this one included. */
  readonly peers: readonly PeerStatus[];
  /** Every actor of the node, in the order of their start. */
  readonly actors: readonly ActorFigures[];
  /** With a master: where the node stands in each volume, in the order of their numbers. */
  readonly volumes?: readonly VolumeStatus[];
  /** With `chain` and `hermes`: the group of all nodes that decides who replicates what. */
  readonly master?: MasterStatus;
  /** With `gossip`: how the node's replica stands, and what it knows of the other members. */
  readonly gossip?: GossipFigures;
}

/** A volume, as one node knows it. */
export type VolumeStatus = ChainVolumeStatus | HermesVolumeStatus;

/** The nodes of a volume's members; those of a chain in its order. */
export function membersOf(volume: VolumeStatus): readonly number[] {
  return "order" in volume ? volume.order : volume.members;
}

/** What is said of a volume whatever the protocol. */
export interface AnyVolumeStatus {
  /** Its number, from 0. */
  readonly volume: number;
  /** The configuration that the node's replica is in; 0 before the first. */
  readonly epoch: number;
  /** This node's part: `head`, `middle`, `tail`, `single`, `member`, `joining`, `leaving`, `spare`. */
  readonly role: string;
  /** The node that is being copied to, if there is one. */
  readonly joining: number | null;
  /** The member that is to leave, if there is one. */
  readonly leaving: number | null;
  /** For how long the node may serve reads without asking the master again, in milliseconds. */
  readonly leaseMs: number;
  /** Sessions that the volume remembers. */
  readonly sessions: number;
}

/** A volume of Hermes, as one node knows it. */
export interface HermesVolumeStatus extends AnyVolumeStatus {
  /** The nodes of its members. */
  readonly members: readonly number[];
  /** Keys that exist. */
  readonly keys: number;
  /** Keys by their state (Hermes 3.2), absent ones included that are remembered. */
  readonly states: KeyStates;
  /** Keys that are absent and remembered for their timestamp. */
  readonly tombstones: number;
  /** Updates that wait for their key, or for acknowledgements. */
  readonly updates: number;
  /** Reads that wait for their key. */
  readonly reads: number;
  /** While joining: keys copied so far. */
  readonly copied: number;
}

/** How many keys are in which state. */
export interface KeyStates {
  /** Readable. */
  readonly valid: number;
  /** Somebody else's write of them is not known to be committed. */
  readonly invalid: number;
  /** A write of this node's is not acknowledged by all. */
  readonly write: number;
  /** This node finishes another one's write. */
  readonly replay: number;
  /** A write of this node's was overtaken by another one, and is not acknowledged by all. */
  readonly trans: number;
}

/** A volume of a chain, as one node knows it. */
export interface ChainVolumeStatus extends AnyVolumeStatus {
  /** The nodes of its members, the head first. */
  readonly order: readonly number[];
  /** The head's node: it orders. */
  readonly head: number | null;
  /** The tail's node: it commits, and answers writes. */
  readonly tail: number | null;
  /** Whether updates are taken: not while only nodes outside of the master data center are left. */
  readonly writable: boolean;
  /** The last entry that is durable here: what the paper calls applied. */
  readonly applied: number;
  /** The last entry known to be committed: acknowledged by the tail. */
  readonly acknowledged: number;
  /** How many entries were sent to the successor and are not acknowledged: the paper's Sent list. */
  readonly sent: number;
  /** The last entry that the state machine has executed here. */
  readonly executed: number;
}

/** The master's group, as one node knows it. */
export interface MasterStatus {
  /** The status of this node's replica of it: `normal`, `view-change` or `recovering`. */
  readonly status: string;
  /** Its view, from 0. */
  readonly view: number;
  /** The node believed to be its primary, if any. */
  readonly primary: number | null;
  /** The version of the newest configuration that the node knows; 0 before the first. */
  readonly version: number;
}

/** One node of the group, as this node knows it; itself included. */
export interface PeerStatus {
  /** The index of that node, from 0. */
  readonly node: number;
  /** Where it serves clients: `http://127.0.0.1:7100`. */
  readonly http: string;
  /** Where it listens for other nodes: `127.0.0.1:7200`. */
  readonly address: string;
  /** Whether messages to it can leave; a node is always connected to itself. */
  readonly connected: boolean;
  /** Whether this node's failure detector suspects it of having failed. */
  readonly suspected: boolean;
}
