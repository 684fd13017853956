/**
 * What a replica holds against its neighbours. That a node gives signs of life does not mean that the link
 * to it works, both ways, or that its disk does: a successor that takes nothing, and a predecessor of which
 * nothing comes, hold up the whole chain.
 *
 * @module
 */
import type { Position } from "./position.ts";
import type { ChainReplica } from "./replica.ts";

/** What is remembered of the neighbours; of the same ones from epoch to epoch. */
export class NeighbourState {
  /** When the successor last took something, or was owed nothing. */
  tookAt: number;
  /** What it has taken in this epoch, at most: to take the same again is no progress. */
  took = 0;
  /** When something of this epoch last came from the predecessor that shows that it hears us, too. */
  cameAt: number;
  /** When anything came on the present link. */
  onLinkAt: number;
  /** How far the predecessor has last said the log to be committed. */
  committedAbove = 0;
  checkedAt: number;

  constructor(now: number) {
    this.tookAt = now;
    this.cameAt = now;
    this.onLinkAt = now;
    this.checkedAt = now;
  }
}

/** How late a check may be before this replica blames itself, in heartbeats. */
const PAUSE_HEARTBEATS = 4;

/** Whoever is a neighbour anew has its full time. */
export function beginNeighbours(replica: ChainReplica, before: Position): void {
  const { neighbours, position, context } = replica;
  neighbours.took = 0;
  if (position.successor !== before.successor) neighbours.tookAt = context.now();
  if (position.predecessor !== before.predecessor) neighbours.cameAt = context.now();
  accuse(replica);
}

/** Looks whether the neighbours do their part. */
export function checkNeighbours(replica: ChainReplica): void {
  const { neighbours, context, options } = replica;
  const now = context.now();
  const wasPaused = now - neighbours.checkedAt > options.heartbeatMs * PAUSE_HEARTBEATS;
  neighbours.checkedAt = now;
  // What came meanwhile is still in the mailbox.
  if (wasPaused) Object.assign(neighbours, { tookAt: now, cameAt: now });
  if (!isOwing(replica)) neighbours.tookAt = now;
  // The predecessor was asked for nothing yet.
  if (replica.joining.isDropping) neighbours.cameAt = now;
  accuse(replica);
}

/** The successor has made this much durable. */
export function noteTaken({ neighbours, context }: ChainReplica, opNumber: number): void {
  if (opNumber <= neighbours.took) return;
  neighbours.took = opNumber;
  neighbours.tookAt = context.now();
}

/**
 * Something came from the predecessor on the present link. It is as good as nothing if it shows again and
 * again that the predecessor knows of less to be committed than it was told.
 */
export function noteCame(replica: ChainReplica, committed: number): void {
  const { neighbours, commitNumber, context } = replica;
  neighbours.onLinkAt = context.now();
  if (committed >= commitNumber || committed > neighbours.committedAbove) {
    neighbours.cameAt = context.now();
  }
  neighbours.committedAbove = committed;
}

/** Whether nothing has come on the present link for a while, though it should have. */
export function isSilent({ neighbours, context, options }: ChainReplica): boolean {
  return context.now() - neighbours.onLinkAt > options.heartbeatMs;
}

function isOwing({ link, position, durability }: ChainReplica): boolean {
  return position.successor !== null && (!link.isAcked || link.received < durability.durableOp);
}

function accuse(replica: ChainReplica): void {
  const { neighbours, position, context, options, reports } = replica;
  const since = context.now() - options.deafMs;
  const { successor, predecessor } = position;
  const isDeaf = successor !== null && neighbours.tookAt < since;
  const isSilent = predecessor !== null && neighbours.cameAt < since;
  const accused = isDeaf ? successor : isSilent ? predecessor : null;
  if (accused === reports.accused) return;
  if (isDeaf) context.log("warn", `node ${successor} takes no updates`);
  else if (isSilent) context.log("warn", `nothing comes from node ${predecessor}`);
  reports.accuse(accused);
}
