/**
 * How a replica gets the log of its predecessor: a member goes on where it stopped, and one that joins goes
 * back to a point that both logs have, or takes the last member's snapshot.
 *
 * @module
 */
import { decode, SchemaError } from "../../actors/schema.ts";
import { awaitSnapshot, goOnFrom } from "./execution.ts";
import { Log, type LogBase } from "../log.ts";
import { snapshotBase } from "../log_wire.ts";
import type { ChainMessageOf, LogPoint } from "./messages.ts";
import type { ChainReplica } from "./replica.ts";

/** A snapshot that is coming in. */
interface Checkpoint {
  readonly op: number;
  offset: number;
  askedAt: number;
  unanswered: number;
}

/** What joining remembers. */
export class JoiningState {
  /** The number of the link to the predecessor that was last asked for. */
  link: number;
  /** Whether the predecessor has taken it up. */
  isLinked = false;
  /** When it was last asked for. */
  resumedAt = -Infinity;
  /** Whether entries that are no part of the chain could still come back after a crash. */
  isDropping = false;
  checkpoint: Checkpoint | undefined;

  /** Numbers are not those of an earlier incarnation; 0 is none. */
  constructor(random: number) {
    this.link = 1 + Math.floor(random * 2 ** 52);
  }
}

/** How long to wait for a piece, in heartbeats. */
const PATIENCE_HEARTBEATS = 6;
/** Questions that may remain without an answer before all begins anew. */
const UNANSWERED_MAX = 4;

/** Tells the predecessor where our log ends: it sends what comes after it, before anything newer. */
export function resume(replica: ChainReplica): void {
  const { position: { predecessor }, log, joining, context } = replica;
  if (predecessor === null || joining.checkpoint !== undefined || joining.isDropping) return;
  joining.resumedAt = context.now();
  if (joining.isLinked) unlink(replica);
  const { link } = joining;
  replica.send(predecessor, { type: "resume", link, opNumber: log.opNumber, head: log.head });
}

/** Nothing of the present link counts any more. */
export function unlink({ joining }: ChainReplica): void {
  joining.link++;
  joining.isLinked = false;
}

/** Something is missing; but what was asked for a moment ago may be on its way. */
export function resumeIfDue(replica: ChainReplica): void {
  const { joining, context, options } = replica;
  if (context.now() - joining.resumedAt >= options.heartbeatMs / 2) resume(replica);
}

/**
 * What we hold is no beginning of the last member's log: entries that were never committed, because the
 * head that ordered them was expelled, or a beginning that it has compacted away. Goes back to the last
 * point that both logs are known to have. Only one that joins may do so: nobody counts on what it holds.
 */
export function onDiverged(replica: ChainReplica, message: ChainMessageOf<"diverged">): void {
  const { position, joining, reports } = replica;
  if (position.role !== "joining" || message.node !== position.predecessor) return;
  if (joining.checkpoint !== undefined || reports.stalled !== null) return;
  if (message.link !== joining.link) return;
  replica.heardAbove();
  unlink(replica);
  const common = commonPoint(replica, message.points);
  if (common !== undefined) return dropAfter(replica, common);
  if (message.snapshot !== null) fetchSnapshot(replica, message.snapshot);
}

/** The last point of those that we have, too; what we know to be committed the other one has for certain. */
function commonPoint(
  { log, commitNumber }: ChainReplica,
  points: readonly LogPoint[],
): number | undefined {
  const shared = points.find(({ opNumber, head }) => log.contains(opNumber, head));
  if (shared !== undefined && shared.opNumber >= commitNumber) return shared.opNumber;
  const first = points.at(-1);
  const last = points[0];
  if (first === undefined || last === undefined) return undefined;
  const isHeld = commitNumber >= first.opNumber && commitNumber <= last.opNumber;
  return isHeld ? commitNumber : undefined;
}

/**
 * Drops what the chain does not have, and goes on from there: only then, since the predecessor counts on our
 * log from what we say of it on, as it is after a crash, too.
 */
function dropAfter(replica: ChainReplica, opNumber: number): void {
  const { log, pending, durability, context, joining } = replica;
  if (opNumber >= log.opNumber) return resume(replica);
  context.log("info", `dropping entries ${opNumber + 1} to ${log.opNumber}: not of the chain`);
  log.truncate(opNumber);
  pending.clearOutside(0, opNumber);
  joining.isDropping = true;
  durability.truncate(opNumber, () => {
    joining.isDropping = false;
    resume(replica);
  });
}

/** So much is missing that a snapshot has to come first. */
function fetchSnapshot(replica: ChainReplica, { opNumber: op }: LogPoint): void {
  const { joining, snapshots, context, options, commitNumber } = replica;
  // The journal writes one snapshot at a time: asks again when the one under way may be finished.
  if (op <= commitNumber || snapshots.taking !== 0) return;
  context.log("info", `fetching the snapshot at ${op} from node ${replica.position.predecessor}`);
  joining.checkpoint = { op, offset: 0, askedAt: 0, unanswered: 0 };
  context.send(options.journal, { type: "snapshot-begin", op });
  getPiece(replica, joining.checkpoint);
}

function getPiece(replica: ChainReplica, checkpoint: Checkpoint): void {
  const { op, offset } = checkpoint;
  checkpoint.askedAt = replica.context.now();
  replica.send(replica.position.predecessor!, { type: "getCheckpoint", op, offset });
}

/** Asks again for what has not come. */
export function askAgain(replica: ChainReplica): void {
  const { joining: { checkpoint }, context, options, reports } = replica;
  if (checkpoint === undefined || reports.stalled !== null) return;
  const patienceMs = options.heartbeatMs * PATIENCE_HEARTBEATS;
  if (context.now() - checkpoint.askedAt < patienceMs) return;
  if (++checkpoint.unanswered < UNANSWERED_MAX) return getPiece(replica, checkpoint);
  beginAnew(replica);
}

function beginAnew(replica: ChainReplica): void {
  abandon(replica);
  resume(replica);
}

/** A piece of the snapshot that we asked for. */
export function onCheckpointPiece(
  replica: ChainReplica,
  message: ChainMessageOf<"checkpointPiece">,
): void {
  const { joining, position } = replica;
  const { checkpoint } = joining;
  if (checkpoint === undefined || message.node !== position.predecessor) return;
  if (checkpoint.op !== message.op || message.offset !== checkpoint.offset) return;
  const { piece } = message;
  if (piece === null) return beginAnew(replica);
  replica.heardAbove();
  checkpoint.unanswered = 0;
  checkpoint.askedAt = replica.context.now();
  checkpoint.offset += piece.bytes.length;
  replica.durability.snapshotChunk(checkpoint.op, piece.bytes, (isTaken) => {
    if (joining.checkpoint !== checkpoint) return;
    if (!isTaken) return beginAnew(replica);
    if (checkpoint.offset < piece.total) return getPiece(replica, checkpoint);
    arrived(replica, checkpoint.op, piece.base);
  });
}

function arrived(replica: ChainReplica, op: number, baseBytes: Uint8Array): void {
  const base = openBase(replica, baseBytes);
  if (base === undefined || op <= replica.commitNumber) return beginAnew(replica);
  replica.joining.checkpoint = undefined;
  install(replica, { opNumber: op, ...base }, baseBytes);
  resume(replica);
}

/** The snapshot is our state from now on, with an empty log after it. */
function install(replica: ChainReplica, base: LogBase, baseBytes: Uint8Array): void {
  const { snapshots, durability, context, pending } = replica;
  const { opNumber: op } = base;
  replica.log = new Log(base);
  replica.commitNumber = op;
  pending.clearOutside(op + 1, op);
  Object.assign(snapshots, { newest: op, taking: 0, retainedBytes: 0 });
  awaitSnapshot(replica, op);
  durability.installSnapshot(op, baseBytes, () => {
    context.log("info", `state installed from the snapshot at ${op}`);
    goOnFrom(replica, op);
  });
}

function openBase(replica: ChainReplica, bytes: Uint8Array): Omit<LogBase, "opNumber"> | undefined {
  try {
    return decode(snapshotBase, bytes);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    replica.context.log("warn", `a snapshot came with a base that is none: ${error.message}`);
    return undefined;
  }
}

/** Drops the snapshot that is coming in. */
export function abandon({ joining, context, options }: ChainReplica): void {
  if (joining.checkpoint === undefined) return;
  joining.checkpoint = undefined;
  context.send(options.journal, { type: "snapshot-abandon" });
}
