/**
 * Every message between the replicas of a chain. CR = van Renesse & Schneider, Chain Replication; CRAQ =
 * Terrace & Freedman, Object Storage on CRAQ.
 *
 * All name the sender's epoch and node: of another epoch than its own, and of another sender than the
 * neighbour that it has in it, a replica takes nothing. That is what makes a replica harmless that was
 * expelled and does not know it, and what is left in the network of one that failed.
 *
 * `link` numbers the connection of two neighbours, whatever connections of the network there are below it:
 * the successor begins one by saying where its log ends (`resume`), and everything of an earlier one is
 * void, however late it arrives.
 *
 * @module
 */
import {
  array,
  bytes,
  type Infer,
  nullable,
  ref,
  struct,
  u32,
  u53,
  u8,
  union,
} from "../../actors/schema.ts";
import { clientReply } from "../client_messages.ts";
import { checksum, entry, SNAPSHOT_PIECE_BYTES_MAX } from "../log_wire.ts";

/** The most requests of an entry that somebody waits for. */
export const OWED_MAX = 65_536;
/** The most points of a log that are named at once. */
export const POINTS_MAX = 64;

/** A point in a log; the checksum vouches for everything up to it. */
export const logPoint = struct({ opNumber: u53, head: checksum });

/** Messages between the replicas of a volume. */
export const chainMessage = union({
  // Down the chain

  /**
   * The next entry of the log, durable at the sender, and how far the log is known to be committed; whoever
   * executes it as the tail answers whom it names (CR 3: forwarding).
   */
  update: {
    epoch: u53,
    node: u8,
    link: u53,
    committed: u53,
    entry,
    owed: array(struct({ request: u32, replyTo: ref(clientReply) }), OWED_MAX),
  },
  /**
   * From time to time: up to where updates were sent, so that a lost one shows, and how far the log is
   * committed. Answered by `ack`, so that a lost one of those is made good, too. With link 0 the sender does
   * not know what the receiver holds: answered by `resume`.
   */
  tip: { epoch: u53, node: u8, link: u53, opNumber: u53, committed: u53 },

  // Up the chain

  /** Everything up to `committed` is committed; everything up to `received` is durable here (CR 3). */
  ack: { epoch: u53, node: u8, link: u53, committed: u53, received: u53 },
  /**
   * This is my log: send what comes after it, before anything newer. Whoever sends it takes nothing from
   * earlier predecessors any more (CR 3.2, the case of a server in the middle).
   */
  resume: { epoch: u53, node: u8, link: u53, opNumber: u53, head: checksum },

  // Extending the chain

  /**
   * To one that joins: what you hold is no beginning of my log, or more than I remember the beginning of.
   * Points of my log that we may have in common, the last one first, and my snapshot if there is one.
   */
  diverged: {
    epoch: u53,
    node: u8,
    link: u53,
    points: array(logPoint, POINTS_MAX),
    snapshot: nullable(logPoint),
  },
  /** Send me a piece of the snapshot of this op-number. */
  getCheckpoint: { epoch: u53, node: u8, op: u53, offset: u53 },
  /** A piece of it; `null` if that snapshot is gone. */
  checkpointPiece: {
    epoch: u53,
    node: u8,
    op: u53,
    offset: u53,
    piece: nullable(
      struct({ bytes: bytes(SNAPSHOT_PIECE_BYTES_MAX), total: u53, base: bytes(64) }),
    ),
  },

  // Reads

  /** To the tail: how far is the log committed (CRAQ 2.3)? */
  versionQuery: { epoch: u53, node: u8, ticket: u53 },
  /** So far. */
  version: { epoch: u53, node: u8, ticket: u53, opNumber: u53 },

  // Epochs

  /** Your epoch is over: ask the master. */
  outdated: { epoch: u53, node: u8 },
});

/** A message between the replicas of a volume. */
export type ChainMessage = Infer<typeof chainMessage>;

/** One kind of message. */
export type ChainMessageOf<T extends ChainMessage["type"]> = Extract<ChainMessage, { type: T }>;

/** A point in a log. */
export type LogPoint = Infer<typeof logPoint>;
