/**
 * What the master decides: who replicates what, in which order, and under which epoch. Protocols whose
 * replicas cannot decide that among themselves (chain, Hermes) follow it.
 *
 * A volume is a share of the objects with replicas of its own (CR 5.2); an object belongs to the same
 * one for ever, so that the record of what was executed for whom stays with it. What moves are volumes,
 * over nodes.
 *
 * @module
 */
import {
  array,
  boolean,
  type Infer,
  nullable,
  struct,
  text,
  u53,
  u8,
} from "../../actors/schema.ts";

/** The most nodes that a cluster may have. */
export const NODES_MAX = 7;
/** The most volumes that a cluster may have. */
export const VOLUMES_MAX = 64;
/** The longest name of a data center. */
export const DATA_CENTER_BYTES_MAX = 64;

/**
 * A replica of a volume. `birth` names the disk that it is on: a replica whose disk was lost or damaged is
 * another one, and has to be copied anew.
 */
export const member = struct({ node: u8, birth: u53 });

/** The replicas of a volume. */
export const volumeConfiguration = struct({
  volume: u8,
  /** Grows with every change of what follows. Every message between replicas names it. */
  epoch: u53,
  /** Those who hold everything that is committed, in the order of the chain: the head first. */
  members: array(member, NODES_MAX),
  /** Who copies the state from the last member, to follow it. */
  joining: nullable(member),
  /** The node of the member that is to stop serving, and to say so. */
  leaving: nullable(u8),
  /** Whether updates are taken: not while a head outside of the master data center is all there is. */
  writable: boolean,
});

/** A node, as the master sees it. */
export const nodeEntry = struct({
  node: u8,
  dataCenter: text(DATA_CENTER_BYTES_MAX),
  /** Whether it has ever entered, with all of its replicas. */
  entered: boolean,
  /**
   * How often it has entered, and so which of its lives is meant: what an earlier one has said, and
   * what the master hears of only now, is void.
   */
  entrances: u53,
  /** Whether it is to replicate volumes: not once it was removed. */
  wanted: boolean,
  /**
   * Names the intention to expel it, if there is one: no lease is granted it meanwhile. Never the same
   * name twice.
   */
  expelling: nullable(u53),
  /** Whom it suspects; itself, if it can make nothing durable. */
  suspects: array(u8, NODES_MAX),
});

/** Everything that the master has decided. */
export const configuration = struct({
  /** Grows with every change. */
  version: u53,
  /** False until all nodes have entered for the first time: there are no members before. */
  formed: boolean,
  nodes: array(nodeEntry, NODES_MAX),
  volumes: array(volumeConfiguration, VOLUMES_MAX),
});

/** A replica of a volume. */
export type Member = Infer<typeof member>;
/** The replicas of a volume. */
export type VolumeConfiguration = Infer<typeof volumeConfiguration>;
/** A node, as the master sees it. */
export type NodeEntry = Infer<typeof nodeEntry>;
/** Everything that the master has decided. */
export type Configuration = Infer<typeof configuration>;
