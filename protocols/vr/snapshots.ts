/**
 * Snapshots: taken when the log has grown (VRR 5.1), and sent to a replica that lacks what was
 * compacted away (VRR 5.2). A snapshot holds committed state only, so a replica may install one
 * whatever view it is in.
 *
 * @module
 */
import { decode, encode, SchemaError } from "../../actors/schema.ts";
import { awaitSnapshot, goOnFrom } from "./execution.ts";
import { Log, type LogBase } from "../log.ts";
import { SNAPSHOT_PIECE_BYTES_MAX, snapshotBase } from "../log_wire.ts";
import type { VrMessageOf } from "./messages.ts";
import type { Replica } from "./replica.ts";
import { answered, ask, expectAnswer, sourceFailed, type Transfer } from "./transfer.ts";
import { forfeit } from "./view_change.ts";

/** What the snapshots remember. */
export class SnapshotState {
  /** The op-number of the newest durable snapshot; 0 if there is none. */
  newest = 0;
  /** The op-number of the one that the client table is writing; 0 if it writes none. */
  taking = 0;
  /** Bytes of log up to the newest snapshot that are retained nevertheless. */
  retainedBytes = 0;
  /** Pieces asked of the journal for others. */
  reading = 0;
  /** When someone last asked for a piece of the newest, or for the log after it. */
  askedAt = -Infinity;
}

/** A snapshot that is coming in. */
export interface CheckpointTransfer {
  readonly op: number;
  offset: number;
}

/** How long those who fetch a snapshot may be silent before nothing waits for them, in heartbeats. */
const QUIET_HEARTBEATS = 12;
/** How much log may gather meanwhile, in multiples of what gathers otherwise. */
const HELD_UP_MAX = 4;
/** Pieces read for others at once. */
const READS_MAX = 8;
/** So small that there are several of the smallest snapshot. */
const SMALL_PIECE_BYTES = 100;

/** Has the client table write a snapshot once enough log has gathered. */
export function takeIfDue(replica: Replica): void {
  const { snapshots, options, log } = replica;
  // The state that the client table has when the request reaches it.
  const op = replica.execution.sent;
  if (snapshots.taking !== 0 || op <= snapshots.newest) return;
  // The journal writes one snapshot at a time.
  if (replica.transfer?.checkpoint !== undefined) return;
  const shares = (log.bytes - snapshots.retainedBytes) / options.snapshotLogBytes;
  if (shares < 1 && !replica.context.maybe("replica/snapshot-now")) return;
  if (shares < HELD_UP_MAX && isFetched(replica)) return;
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

/**
 * Whether someone is fetching the newest snapshot, and the log after it. Once the next one has taken its
 * place and the log is cut, they would have to begin anew; under steady load, again and again.
 */
function isFetched({ snapshots, options, context }: Replica): boolean {
  return context.now() - snapshots.askedAt < options.heartbeatMs * QUIET_HEARTBEATS;
}

/** Someone asks for a part of the log: if they have come from our snapshot, they are not done yet. */
export function noteFetching(replica: Replica): void {
  if (isFetched(replica)) replica.snapshots.askedAt = replica.context.now();
}

/** A snapshot is durable: what it covers may be forgotten, but for a generous rest. */
export function onSnapshotTaken(replica: Replica, op: number, ok: boolean): void {
  const { snapshots, log, options } = replica;
  if (op !== snapshots.taking) return;
  snapshots.taking = 0;
  if (!ok || op <= snapshots.newest) return;
  snapshots.newest = op;
  const retained = replica.context.maybe("replica/compact-all") ? 0 : options.retainEntries;
  log.compact(op - retained);
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
    return goOnAfter(replica, transfer);
  }
  if (transfer.purpose === "winner" && forfeit(replica, message.op)) return;
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
  const { snapshots, durability, index, context } = replica;
  if (replica.status === "recovering" || snapshots.reading >= READS_MAX) return;
  if (context.maybe("replica/decline-piece")) return;
  const { op, offset } = message;
  if (op === snapshots.newest) snapshots.askedAt = context.now();
  const length = context.maybe("replica/small-piece")
    ? SMALL_PIECE_BYTES
    : SNAPSHOT_PIECE_BYTES_MAX;
  snapshots.reading++;
  durability.readSnapshot(op, offset, length, (found) => {
    snapshots.reading--;
    const piece = found ? { bytes: found.bytes, total: found.total, base: found.base } : null;
    replica.send(message.replica, { type: "checkpointPiece", op, offset, piece, replica: index });
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
  replica.durability.snapshotChunk(checkpoint.op, piece.bytes, (isTaken) => {
    if (replica.transfer !== transfer || transfer.checkpoint !== checkpoint) return;
    if (!isTaken) return sourceFailed(replica, transfer);
    if (checkpoint.offset < piece.total) return getPiece(replica);
    arrived(replica, transfer, piece.base);
  });
}

/** The snapshot is here, whole. */
function arrived(replica: Replica, transfer: Transfer, baseBytes: Uint8Array): void {
  const { op } = transfer.checkpoint!;
  const base = openBase(replica, baseBytes);
  if (base === undefined) return sourceFailed(replica, transfer);
  const isKnown = op <= replica.commitNumber || replica.log.contains(op, base.checksum);
  // Entries may have come in the meantime: then we have no need of it, but know what is committed.
  if (isKnown) abandonCheckpoint(replica);
  else install(replica, { opNumber: op, ...base }, baseBytes);
  delete transfer.checkpoint;
  replica.commitTo(op);
  goOnAfter(replica, transfer);
}

/** Asks for the log after what we know to be committed. */
function goOnAfter(replica: Replica, transfer: Transfer): void {
  transfer.start = replica.commitNumber;
  transfer.entries = [];
  ask(replica, transfer);
}

/**
 * The snapshot is our state from now on, with an empty log after it. The journal is told so before
 * anything else, so whatever we make durable later comes after it; what it replaces was never more
 * than a beginning of it, or the log of a view that is over.
 */
function install(replica: Replica, base: LogBase, baseBytes: Uint8Array): void {
  const { snapshots, durability, context } = replica;
  const { opNumber: op } = base;
  replica.log = new Log(base);
  replica.commitNumber = op;
  Object.assign(snapshots, { newest: op, taking: 0, retainedBytes: 0 });
  awaitSnapshot(replica, op);
  durability.installSnapshot(op, baseBytes, () => {
    context.log("info", `state installed from the snapshot at ${op}`);
    goOnFrom(replica, op);
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

/** Drops the snapshot that is coming in. */
export function abandonCheckpoint(replica: Replica): void {
  const { transfer } = replica;
  if (transfer?.checkpoint === undefined) return;
  delete transfer.checkpoint;
  replica.context.send(replica.options.journal, { type: "snapshot-abandon" });
}
