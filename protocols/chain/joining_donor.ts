/**
 * What the last member does for one that joins: names the points that their logs may have in common, and
 * hands out its snapshot.
 *
 * @module
 */
import type { ChainMessageOf, LogPoint } from "./messages.ts";
import { SNAPSHOT_PIECE_BYTES_MAX } from "../log_wire.ts";
import type { ChainReplica } from "./replica.ts";

/** What handing out remembers. */
export class DonorState {
  /** Pieces asked of the journal for others. */
  reading = 0;
  /** When a piece was last asked for. */
  askedAt = -Infinity;
}

/** Pieces read for others at once. */
const READS_MAX = 8;
/** So small that there are several of the smallest snapshot. */
const SMALL_PIECE_BYTES = 100;
/** How long a snapshot is kept for one who has begun to fetch it, in heartbeats. */
const KEPT_HEARTBEATS = 20;

/** Says where the newcomer may begin. */
export function offerState(replica: ChainReplica, link: number): void {
  const { position: { joining }, log, snapshots } = replica;
  if (joining === null) return;
  const head = log.checksumAt(snapshots.newest);
  const snapshot = snapshots.newest > 0 && head !== undefined
    ? { opNumber: snapshots.newest, head }
    : null;
  replica.send(joining, { type: "diverged", link, points: pointsOf(replica), snapshot });
}

/** The end of our log, and points ever farther before it: the greater their distance, the fewer. */
function pointsOf({ log, durability }: ChainReplica): LogPoint[] {
  const points: LogPoint[] = [];
  const end = durability.durableOp;
  for (let distance = 0; end - distance > log.baseOp; distance = distance * 2 + 1) {
    points.push({ opNumber: end - distance, head: log.checksumAt(end - distance)! });
  }
  points.push({ opNumber: log.baseOp, head: log.checksumAt(log.baseOp)! });
  return points;
}

/** A newcomer wants a piece of our snapshot. */
export function onGetCheckpoint(
  replica: ChainReplica,
  message: ChainMessageOf<"getCheckpoint">,
): void {
  const { donor, durability, context, position } = replica;
  const { op, offset, node } = message;
  if (!position.isLast || node !== position.joining) return;
  replica.heard(node);
  donor.askedAt = context.now();
  replica.neighbours.tookAt = donor.askedAt;
  if (donor.reading >= READS_MAX || context.maybe("chain/decline-piece")) return;
  const length = context.maybe("chain/small-piece") ? SMALL_PIECE_BYTES : SNAPSHOT_PIECE_BYTES_MAX;
  donor.reading++;
  durability.readSnapshot(op, offset, length, (found) => {
    donor.reading--;
    if (replica.position.joining !== node) return;
    const piece = found ? { bytes: found.bytes, total: found.total, base: found.base } : null;
    replica.send(node, { type: "checkpointPiece", op, offset, piece });
  });
}

/** Whether a newcomer is fetching our snapshot: another one in its place would make it begin anew. */
export function isServing({ donor, context, options }: ChainReplica): boolean {
  return context.now() - donor.askedAt < options.heartbeatMs * KEPT_HEARTBEATS;
}
