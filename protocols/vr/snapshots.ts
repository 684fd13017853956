/**
 * Snapshots: taken when the log has grown (VRR 5.1), and sent to a replica that lacks what was
 * compacted away (VRR 5.2). A snapshot holds committed state only, so a replica may install one
 * whatever view it is in.
 *
 * @module
 */
import { decode, encode, SchemaError } from "../../actors/schema.ts";
import type { JournalReply } from "../journal.ts";
import { restartFrom } from "./execution.ts";
import { Log } from "./log.ts";
import { SNAPSHOT_PIECE_BYTES_MAX, type VrMessageOf } from "./messages.ts";
import { snapshotBase } from "./record.ts";
import type { Replica } from "./replica.ts";
import { answered, ask, expectAnswer, sourceFailed } from "./transfer.ts";

/** What the snapshots remember. */
export class SnapshotState {
  /** The op-number of the newest durable snapshot; 0 if there is none. */
  newest = 0;
  /** The op-number of the one that the client table is writing; 0 if it writes none. */
  taking = 0;
  /** Bytes of log up to the newest snapshot that are retained nevertheless. */
  retainedBytes = 0;
  /** Pieces asked of the journal, by ticket: for whom. */
  readonly reading = new Map<number, { readonly op: number; readonly replica: number }>();
  ticket = 0;
}

/** A snapshot that is coming in. */
export interface CheckpointTransfer {
  readonly op: number;
  offset: number;
}

/** Pieces read for others at once. */
const READS_MAX = 8;

/** Has the client table write a snapshot once enough log has gathered. */
export function takeIfDue(replica: Replica): void {
  const { snapshots, options, log } = replica;
  // The state that the client table has when the request reaches it.
  const op = replica.execution.sent;
  if (snapshots.taking !== 0 || op <= snapshots.newest) return;
  // The journal writes one snapshot at a time.
  if (replica.transfer?.checkpoint !== undefined) return;
  if (log.bytes - snapshots.retainedBytes < options.snapshotLogBytes) return;
  const entry = log.get(op)!;
  snapshots.taking = op;
  const base = encode(snapshotBase, { checksum: entry.checksum, time: entry.time });
  const retain = options.retainEntries;
  replica.context.send(options.clientTable, {
    type: "take-snapshot",
    op,
    base,
    retain,
  });
}

/** A snapshot is durable: what it covers may be forgotten, but for a generous rest. */
export function onSnapshotTaken(replica: Replica, op: number, ok: boolean): void {
  const { snapshots, log, options } = replica;
  if (op !== snapshots.taking) return;
  snapshots.taking = 0;
  if (!ok || op <= snapshots.newest) return;
  snapshots.newest = op;
  log.compact(op - options.retainEntries);
  snapshots.retainedBytes = log.bytes;
}

/** The log that was asked for is gone: says from where on it can be had. */
export function offerCheckpoint(replica: Replica, to: number): void {
  const { snapshots, log, view, index } = replica;
  const head = log.checksumAt(snapshots.newest);
  if (head === undefined) return;
  replica.send(to, { type: "newCheckpoint", view, op: snapshots.newest, head, replica: index });
}

/** We are so far behind that a snapshot has to come first. */
export function onNewCheckpoint(replica: Replica, message: VrMessageOf<"newCheckpoint">): void {
  const { transfer, log } = replica;
  if (transfer === undefined || transfer.view !== message.view) return;
  if (transfer.source !== message.replica || transfer.checkpoint !== undefined) return;
  if (message.op <= replica.commitNumber) return;
  answered(replica, transfer);
  if (log.contains(message.op, message.head)) {
    // We hold that entry, and now know that it is committed.
    replica.commitTo(message.op);
    transfer.start = message.op;
    transfer.entries = [];
    return ask(replica, transfer);
  }
  // The journal writes one snapshot at a time: asks again when the one under way may be finished.
  if (replica.snapshots.taking !== 0) return expectAnswer(replica);
  replica.context.log("info", `fetching the snapshot at ${message.op} from ${message.replica}`);
  transfer.checkpoint = { op: message.op, offset: 0 };
  replica.context.send(replica.options.journal, { type: "snapshot-begin", op: message.op });
  getPiece(replica);
}

/** Asks for the next piece of the snapshot that is coming in. */
export function getPiece(replica: Replica): void {
  const { checkpoint, source } = replica.transfer!;
  const { op, offset } = checkpoint!;
  expectAnswer(replica);
  replica.send(source, { type: "getCheckpoint", op, offset, replica: replica.index });
}

/** Someone wants a piece of our snapshot. */
export function onGetCheckpoint(replica: Replica, message: VrMessageOf<"getCheckpoint">): void {
  const { reading } = replica.snapshots;
  if (replica.status === "recovering" || reading.size >= READS_MAX) return;
  const { op, offset } = message;
  const ticket = ++replica.snapshots.ticket;
  reading.set(ticket, { op, replica: message.replica });
  replica.context.send(replica.options.journal, {
    type: "snapshot-read",
    ticket,
    op,
    offset,
    length: SNAPSHOT_PIECE_BYTES_MAX,
    replyTo: replica.context.self,
  });
}

/** The journal has read a piece for someone, or no longer has it. */
export function onJournalAnswer(
  replica: Replica,
  reply: Extract<JournalReply, { type: "snapshot-piece" | "snapshot-gone" }>,
): void {
  const reader = replica.snapshots.reading.get(reply.ticket);
  if (reader === undefined) return;
  replica.snapshots.reading.delete(reply.ticket);
  const { op, replica: to } = reader;
  const found = reply.type === "snapshot-piece";
  replica.send(to, {
    type: "checkpointPiece",
    op,
    offset: found ? reply.offset : 0,
    piece: found ? { bytes: reply.bytes, total: reply.total, base: reply.base } : null,
    replica: replica.index,
  });
}

/** A piece of the snapshot that we asked for. */
export function onCheckpointPiece(replica: Replica, message: VrMessageOf<"checkpointPiece">): void {
  const { transfer } = replica;
  const checkpoint = transfer?.checkpoint;
  if (transfer === undefined || checkpoint === undefined) return;
  if (transfer.source !== message.replica || checkpoint.op !== message.op) return;
  const { piece } = message;
  if (piece === null) return sourceFailed(replica, transfer);
  if (message.offset !== checkpoint.offset) return;
  answered(replica, transfer);
  checkpoint.offset += piece.bytes.length;
  replica.durability.snapshotChunk(checkpoint.op, piece.bytes, () => {
    if (replica.transfer !== transfer || transfer.checkpoint !== checkpoint) return;
    if (checkpoint.offset < piece.total) return getPiece(replica);
    install(replica, checkpoint.op, piece.base);
  });
}

function install(replica: Replica, op: number, baseBytes: Uint8Array): void {
  const base = openBase(replica, baseBytes);
  if (base === undefined) return sourceFailed(replica, replica.transfer!);
  replica.durability.installSnapshot(op, baseBytes, () => {
    // The journal holds nothing else any more, so neither may we, whatever happened meanwhile.
    installed(replica, op, base);
    const { transfer } = replica;
    if (transfer?.checkpoint?.op !== op) return;
    delete transfer.checkpoint;
    transfer.start = op;
    transfer.entries = [];
    ask(replica, transfer);
  });
}

function openBase(
  replica: Replica,
  bytes: Uint8Array,
): { checksum: Uint8Array; time: number } | undefined {
  try {
    return decode(snapshotBase, bytes);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    replica.context.log("warn", `a snapshot came with a base that is none: ${error.message}`);
    return undefined;
  }
}

/** The journal's newest snapshot is our state now, with an empty log after it. */
export function installed(
  replica: Replica,
  op: number,
  base: { readonly checksum: Uint8Array; readonly time: number },
): void {
  replica.log = new Log({ opNumber: op, checksum: base.checksum, time: base.time });
  replica.commitNumber = op;
  restartFrom(replica, op);
  replica.snapshots.newest = op;
  replica.snapshots.taking = 0;
  replica.snapshots.retainedBytes = 0;
  replica.context.send(replica.options.clientTable, { type: "install-snapshot", op });
  replica.context.log("info", `state installed from the snapshot at ${op}`);
}

/** Drops the snapshot that is coming in. */
export function abandonCheckpoint(replica: Replica): void {
  const { transfer } = replica;
  if (transfer?.checkpoint === undefined) return;
  delete transfer.checkpoint;
  replica.context.send(replica.options.journal, { type: "snapshot-abandon" });
}
