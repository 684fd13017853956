/**
 * What the master is told and asked, and what it answers: the commands, queries and results of
 * {@linkcode MasterMachine}.
 *
 * Any command may come late, twice, or from a process that has died since. What would do harm then
 * names what it was said about (an entrance, an epoch, an intention), and is void if that is over.
 *
 * @module
 */
import {
  array,
  boolean,
  encode,
  type Infer,
  nullable,
  oneOf,
  struct,
  text,
  u53,
  u8,
  union,
} from "../../actors/schema.ts";
import { configuration, DATA_CENTER_BYTES_MAX, NODES_MAX, VOLUMES_MAX } from "./configuration.ts";

/** On which disk a node's replica of a volume is. */
export const replicaBirth = struct({ volume: u8, birth: u53 });

/** What the master is told. */
export const masterCommand = union({
  /**
   * A node has started, or a replica of it. `births` are those of the replicas that are there;
   * `after` is how often the node had entered before, so that the entrance of a process that has died
   * cannot undo a later one.
   */
  enter: {
    node: u8,
    after: u53,
    dataCenter: text(DATA_CENTER_BYTES_MAX),
    births: array(replicaBirth, VOLUMES_MAX),
    suspects: array(u8, NODES_MAX),
  },
  /** Whom a node suspects at present; itself, if it can make nothing durable. */
  report: { node: u8, entrance: u53, suspects: array(u8, NODES_MAX) },
  /** Whatever lease the node had has run out since that intention was seen. */
  expel: { node: u8, intention: u53 },
  /** The member that is leaving in this epoch has stopped serving. */
  stopped: { node: u8, entrance: u53, volume: u8, epoch: u53 },
  /** Said by the last member: who is joining holds everything that is, or ever will be, committed without it. */
  extended: { node: u8, entrance: u53, volume: u8, epoch: u53 },
  /** Of an operator: let the node replicate volumes. */
  add: { node: u8 },
  /** Of an operator: take the node out of all volumes. */
  remove: { node: u8 },
  /** Of an operator: move all volumes to where the placement wants them. */
  rebalance: {},
});

/** What the master is told, and a number that its answer is recognized by. */
export const masterSubmission = struct({ ticket: u53, command: masterCommand });

/** What the master is asked. To be asked as a linearizable query. */
export const masterQuery = union({
  /**
   * What has been decided, and does the node have a lease? It is counted from when this was sent.
   * `known` is the version that the asker has.
   */
  poll: { node: u8, nonce: u53, known: u53 },
  /** What has been decided? */
  show: {},
});

/** What became of a command. */
const masterOutcome = oneOf(
  /** What was wanted is so, or is under way. */
  "done",
  /** What it was said about is over. Nothing has changed. */
  "void",
  /** Refused: the node is the only one that has the data of some volume. */
  "lastMember",
  /** Refused: there is no such node. */
  "unknownNode",
  /** Refused: not all nodes have entered yet. */
  "notFormed",
);

/** What the master answers. */
export const masterAnswer = union({
  /** To a command. */
  executed: { ticket: u53, outcome: masterOutcome, configuration },
  /** To `poll`. No configuration if it is the one that the asker has. */
  polled: { nonce: u53, lease: boolean, configuration: nullable(configuration) },
  /** To `show`. */
  shown: { configuration },
  /** To bytes that are none of these. */
  malformed: {},
});

/** On which disk a node's replica of a volume is. */
export type ReplicaBirth = Infer<typeof replicaBirth>;
/** What the master is told. */
export type MasterCommand = Infer<typeof masterCommand>;
/** One kind of what the master is told. */
export type MasterCommandOf<T extends MasterCommand["type"]> = Extract<MasterCommand, { type: T }>;
/** What the master is asked. */
export type MasterQuery = Infer<typeof masterQuery>;
/** What became of a command. */
export type MasterOutcome = Infer<typeof masterOutcome>;
/** What the master answers. */
export type MasterAnswer = Infer<typeof masterAnswer>;

/** The bytes of a command, as they are submitted. */
export function encodeCommand(ticket: number, command: MasterCommand): Uint8Array<ArrayBuffer> {
  return encode(masterSubmission, { ticket, command });
}
