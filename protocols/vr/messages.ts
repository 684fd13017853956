/**
 * Every message between replicas, by the paper's names (VRR = Viewstamped Replication Revisited),
 * and the few that the paper lacks: EXITVIEW (erratum E15), the read index, the transfer of
 * snapshots, and the formation of a new group.
 *
 * @module
 */
import {
  array,
  boolean,
  bytes,
  type Infer,
  nullable,
  struct,
  u32,
  u53,
  u8,
  union,
} from "../../actors/schema.ts";
import { checksum, entry, SNAPSHOT_PIECE_BYTES_MAX } from "../log_wire.ts";
import { REPLICAS_MAX } from "./record.ts";

/** Entries of one NEWSTATE, at most. */
const ENTRIES_MAX = 65_536;

/** The messages themselves. `replica` is the sender's index. */
const variants = {
  /** Primary to backups: the next entry, and how far the log is committed (VRR 4.1). */
  prepare: { view: u32, commitNumber: u53, entry },
  /** Backup to primary: this entry and everything before it are durable here (VRR 4.1). */
  prepareOk: { view: u32, opNumber: u53, replica: u8 },
  /** Primary to backups when idle; also says how long the log is, so that a lost PREPARE shows. */
  commit: { view: u32, commitNumber: u53, opNumber: u53, replica: u8 },

  /** I no longer hear the primary of this view, and would leave it (erratum E15). */
  exitView: { view: u32, replica: u8 },
  /** I have left for this view (VRR 4.2). */
  startViewChange: { view: u32, replica: u8 },
  /** To the primary of the view: the log I bring (VRR 4.2), as its head and not as a whole. */
  doViewChange: {
    view: u32,
    lastNormalView: u32,
    opNumber: u53,
    commitNumber: u53,
    head: checksum,
    replica: u8,
  },
  /** To the primary of the view: I have left for it, but my log is damaged (erratum E19). */
  abstain: { view: u32, replica: u8 },
  /** The view has begun with the log of this head (VRR 4.2). */
  startView: { view: u32, opNumber: u53, commitNumber: u53, head: checksum, replica: u8 },

  /** Send me the log after this op-number (VRR 5.2). */
  getState: { view: u32, after: u53, replica: u8 },
  /** Entries after `after`. The rest says where the sender's log ends, and how far it is committed. */
  newState: {
    view: u32,
    after: u53,
    entries: array(entry, ENTRIES_MAX),
    opNumber: u53,
    head: checksum,
    commitNumber: u53,
    replica: u8,
  },
  /** The log after that point is compacted away: take my snapshot first. */
  newCheckpoint: { view: u32, op: u53, head: checksum, replica: u8 },
  /** Send me a piece of the snapshot of this op-number (VRR 5.2 names no message for it). */
  getCheckpoint: { op: u53, offset: u53, replica: u8 },
  /** A piece of it; `null` if that snapshot is gone. */
  checkpointPiece: {
    op: u53,
    offset: u53,
    piece: nullable(
      struct({ bytes: bytes(SNAPSHOT_PIECE_BYTES_MAX), total: u53, base: bytes(64) }),
    ),
    replica: u8,
  },

  /** I cannot trust my disk: tell me your view (VRR 4.3, made safe by E1 fix C). */
  recovery: { nonce: u53, replica: u8 },
  /** From a replica in status normal. */
  recoveryResponse: { view: u32, nonce: u53, replica: u8 },

  /** I have lost the content of this entry: who holds it? (erratum E19) */
  getEntry: { opNumber: u53, checksum, replica: u8 },
  /** Here it is. */
  gotEntry: { entry, replica: u8 },

  /** My disk is fresh: is yours? */
  probe: { round: u53, replica: u8 },
  /** What I know of my disk and, if the group is formed, of everyone's when it was. */
  probed: {
    round: u53,
    birth: u53,
    formatted: boolean,
    births: array(u53, REPLICAS_MAX),
    replica: u8,
  },

  /** Primary to backups: am I still primary of this view? */
  confirm: { view: u32, round: u53 },
  /** You are. */
  confirmed: { view: u32, round: u53, replica: u8 },
  /** Backup to primary: from which op-number on is a read linearizable? Confirms the view, too. */
  readIndex: { view: u32, ticket: u53, replica: u8 },
  /** From this one. */
  readIndexIs: { view: u32, ticket: u53, opNumber: u53 },
};

const plainMessage = union(variants);

/** What replicas of a group say to each other. */
export const vrMessage = union({
  ...variants,
  /** Any of them in a group without disks, with the sender's crash vector (erratum E1, fix B). */
  stamped: { vector: array(u53, REPLICAS_MAX), message: plainMessage, replica: u8 },
});

/** A message between replicas, as it travels. */
export type VrMessage = Infer<typeof vrMessage>;

/** A message between replicas. */
export type PlainMessage = Infer<typeof plainMessage>;

/** One kind of message. */
export type VrMessageOf<T extends VrMessage["type"]> = Extract<VrMessage, { type: T }>;
