/**
 * Snapshots of the state, taken when the log has grown, so that it can be forgotten. They hold what is
 * committed, and nothing else.
 *
 * @module
 */
import { encode } from "../../actors/schema.ts";
import { snapshotBase } from "../log_wire.ts";
import { isServing } from "./joining_donor.ts";
import type { ChainReplica } from "./replica.ts";

/** What the snapshots remember. */
export class SnapshotState {
  /** The op-number of the newest durable snapshot; 0 if there is none. */
  newest = 0;
  /** The op-number of the one that the client table is writing; 0 if it writes none. */
  taking = 0;
  /** Bytes of log up to the newest snapshot that are retained nevertheless. */
  retainedBytes = 0;
}

/** How much longer the log may grow for the sake of one that is still fetching it. */
const PATIENCE = 4;

/** Has the client table write a snapshot once enough log has gathered. */
export function takeIfDue(replica: ChainReplica): void {
  const { snapshots, options, log, context, joining } = replica;
  // The state that the client table has when the request reaches it.
  const op = replica.execution.sent;
  if (snapshots.taking !== 0 || op <= snapshots.newest) return;
  // The journal writes one snapshot at a time.
  if (joining.checkpoint !== undefined) return;
  const gathered = log.bytes - snapshots.retainedBytes;
  const isEnough = gathered >= options.snapshotLogBytes;
  if (!isEnough && !context.maybe("chain/snapshot-now")) return;
  if (isServing(replica) && gathered < options.snapshotLogBytes * PATIENCE) return;
  const entry = log.get(op)!;
  snapshots.taking = op;
  const base = encode(snapshotBase, { checksum: entry.checksum, time: entry.time });
  const retain = options.retainEntries;
  context.send(options.clientTable, { type: "take-snapshot", op, base, retain });
}

/** A snapshot is durable: what it covers may be forgotten, but for a generous rest. */
export function onSnapshotTaken(replica: ChainReplica, op: number, ok: boolean): void {
  const { snapshots, log, options, context } = replica;
  if (op !== snapshots.taking) return;
  snapshots.taking = 0;
  if (!ok || op <= snapshots.newest) return;
  snapshots.newest = op;
  const retained = context.maybe("chain/compact-all") ? 0 : options.retainEntries;
  log.compact(Math.min(op - retained, neededFrom(replica)));
  snapshots.retainedBytes = log.bytes;
}

/** One that joins and is on its way needs what it was not sent, unless that is too much by now. */
function neededFrom({ position, link, log, options }: ChainReplica): number {
  const isFed = position.isLast && position.joining !== null && link.number !== 0;
  if (!isFed || log.bytes > options.snapshotLogBytes * PATIENCE) return Infinity;
  return link.isAcked ? link.received : 0;
}
