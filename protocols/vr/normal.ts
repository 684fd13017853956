/**
 * Normal operation (VRR 4.1), with batching (6.2) and several batches under way.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { BatchingState, expectClients, inFlight, isBatchDue, takeBatch } from "./batching.ts";
import { sealEntry } from "../entry.ts";
import { leave, stay } from "./leaving.ts";
import type { VrMessageOf } from "./messages.ts";
import { askAgain } from "./reads.ts";
import type { Replica } from "./replica.ts";
import { publish } from "./role.ts";
import { beginSpread, spread, spreadRest } from "./spread.ts";
import { requestGap, startInstall } from "./transfer.ts";
import { resendStartView } from "./view_change.ts";

/** What normal operation remembers. */
export class NormalState {
  sealScheduled = false;
  /** At a primary: up to where each replica's log is known to be durable in this view. */
  acked: number[] = [];
  /** When the commit-number last moved while entries were under way. */
  progressAt = 0;
  abdicated = false;
  /** When the detector was last told of each replica. */
  heardAt: number[] = [];
}

/** Queues a request for the next batch. */
export function onOrder(replica: Replica, request: Uint8Array): void {
  // The client table learns that we no longer lead and asks elsewhere.
  if (!replica.isLeading) return;
  replica.batching.queue.push(request);
  replica.batching.queueBytes += request.length;
  scheduleSeal(replica);
}

/**
 * The batch is closed by a message to ourselves: it comes behind everything that is in the mailbox
 * already, so a batch holds whatever has gathered, without any timer.
 */
function scheduleSeal(replica: Replica): void {
  if (replica.normal.sealScheduled) return;
  replica.normal.sealScheduled = true;
  replica.context.send(replica.context.self, { type: "seal" });
}

/** Turns what has gathered into entries, as long as the pipeline has room. */
export function onSeal(replica: Replica): void {
  replica.normal.sealScheduled = false;
  // To the backups a PREPARE is a sign of life, and whoever abdicates gives none.
  if (!replica.isLeading || replica.normal.abdicated) return;
  const { options, context } = replica;
  // The next heartbeat will do it.
  if (context.maybe("replica/seal-later")) return;
  while (isBatchDue(replica)) {
    const requestsMax = context.maybe("replica/batch-of-one") ? 1 : options.requestsMax;
    prepare(replica, takeBatch(replica, requestsMax));
  }
}

/** Appends an entry and sends it to the backups; its write overlaps with theirs. */
function prepare(replica: Replica, requests: Uint8Array[]): void {
  const { context, log, view } = replica;
  if (inFlight(replica) === 0) replica.normal.progressAt = context.now();
  const entry = sealEntry({
    opNumber: log.opNumber + 1,
    view,
    time: Math.max(log.time, context.wallTime()),
    parent: log.head,
    requests,
  });
  log.append(entry);
  replica.durability.append([entry], () => onOwnEntryDurable(replica, view));
  replica.batching.underWay.push(requests.length);
  spread(replica, requests.length);
}

/** The primary's own copy counts only when it is durable, like everyone's. */
function onOwnEntryDurable(replica: Replica, view: number): void {
  if (replica.view === view && replica.isLeading) advanceCommit(replica);
}

/** A backup takes the next entry, and acknowledges it when it is durable. */
export function onPrepare(replica: Replica, message: VrMessageOf<"prepare">): void {
  if (!acceptsFrom(replica, message.view)) return;
  const { log } = replica;
  replica.heard(replica.primary);
  // What the disk does not take must not gather in memory.
  if (replica.stalled !== null) return;
  const { entry } = message;
  if (entry.opNumber > log.opNumber + 1) return requestGap(replica, replica.primary);
  if (entry.opNumber === log.opNumber + 1) {
    invariant(log.continues(entry), `entry ${entry.opNumber} of our view follows our log`);
    const { view } = replica;
    log.append(entry);
    replica.durability.append([entry], () => acknowledge(replica, view));
  } else {
    // A repeated PREPARE means that our PREPAREOK was lost (erratum E12).
    acknowledge(replica, replica.view);
  }
  replica.commitTo(message.commitNumber);
}

/** Says how much of our log is durable, if we are still a backup of that view. */
export function acknowledge(replica: Replica, view: number): void {
  if (replica.view !== view || replica.status !== "normal") return;
  if (replica.transfer?.purpose === "install" || replica.primary === replica.index) return;
  // The next COMMIT asks for it again.
  if (replica.context.maybe("replica/acknowledge-later")) return;
  const opNumber = replica.durability.durableOp;
  replica.send(replica.primary, { type: "prepareOk", view, opNumber, replica: replica.index });
}

/** The primary counts an acknowledgement. */
export function onPrepareOk(replica: Replica, message: VrMessageOf<"prepareOk">): void {
  if (message.view > replica.view) return startInstall(replica, message.view, message.replica);
  if (message.view !== replica.view || !replica.isLeading) return;
  replica.heard(message.replica);
  const { acked } = replica.normal;
  acked[message.replica] = Math.max(acked[message.replica] ?? 0, message.opNumber);
  advanceCommit(replica);
}

/** Commits what a quorum holds durably, and everything before it. */
export function advanceCommit(replica: Replica): void {
  const { acked } = replica.normal;
  acked[replica.index] = replica.durability.durableOp;
  const descending = Array.from(
    { length: replica.options.replicaCount },
    (_, index) => acked[index] ?? 0,
  ).sort((a, b) => b - a);
  const committed = descending[replica.quorum - 1]!;
  if (committed <= replica.commitNumber) return;
  replica.normal.progressAt = replica.context.now();
  replica.commitTo(committed);
  expectClients(replica);
  if (replica.batching.queue.length > 0) scheduleSeal(replica);
}

/** A backup learns how far the log is committed, and whether it lacks something. */
export function onCommit(replica: Replica, message: VrMessageOf<"commit">): void {
  if (!acceptsFrom(replica, message.view, message.replica)) return;
  replica.heard(replica.primary);
  if (message.opNumber > replica.log.opNumber) requestGap(replica, replica.primary);
  replica.commitTo(message.commitNumber);
  // Repeats a PREPAREOK that may have been lost, and tells the primary that we are there.
  acknowledge(replica, replica.view);
}

/** The rule for messages of normal operation (VRR 4.1): behind, drop; ahead, state transfer. */
function acceptsFrom(replica: Replica, view: number, sender?: number): boolean {
  if (replica.status === "recovering") return false;
  if (view > replica.view) {
    startInstall(replica, view, sender ?? view % replica.options.replicaCount);
    return false;
  }
  if (view < replica.view) {
    // A primary of the past, after a pause, say: tell it, so that it does not wait to find out.
    if (sender !== undefined && replica.isLeading) resendStartView(replica, sender);
    return false;
  }
  // With a transfer from a later view under way the old view is over for us (erratum E2).
  return replica.status === "normal" && replica.transfer?.purpose !== "install" &&
    replica.primary !== replica.index;
}

/** The primary's heartbeat; every replica's occasion to publish where it stands. */
export function onHeartbeat(replica: Replica): void {
  replica.context.setTimer("heartbeat", replica.options.heartbeatMs, { type: "heartbeat" });
  publish(replica);
  if (!replica.isLeading) return;
  abdicateIfStuck(replica);
  askAgain(replica);
  // The message to ourselves may have found our mailbox full.
  onSeal(replica);
  if (replica.normal.abdicated || replica.context.maybe("replica/skip-heartbeat")) return;
  // COMMIT names the last entry: whoever it was held back from would ask for it.
  spreadRest(replica);
  replica.broadcast({
    type: "commit",
    view: replica.view,
    commitNumber: replica.commitNumber,
    opNumber: replica.log.opNumber,
    replica: replica.index,
  });
}

/**
 * A primary that is heard but cannot replicate falls silent, so that the backups replace it (E16),
 * until it can again.
 */
function abdicateIfStuck(replica: Replica): void {
  const { normal, context, view } = replica;
  const why = whyStuck(replica);
  if (normal.abdicated === (why !== null)) return;
  normal.abdicated = why !== null;
  if (why === null) {
    context.log("info", `taking up the heartbeat of view ${view} again`);
    return stay(replica);
  }
  context.log("warn", `abdicating as primary of view ${view}: ${why}`);
  // In a group of two nobody else makes a quorum with the one backup.
  leave(replica);
}

/** Why nothing can be replicated at present; `null` if it can, for all we know. */
function whyStuck(replica: Replica): string | null {
  const { normal, options, context, suspected } = replica;
  if (options.replicaCount === 1) return null;
  if (context.maybe("replica/abdicate")) return "a rare branch";
  if (replica.stalled !== null) return replica.stalled;
  if (options.replicaCount - suspected.size < replica.quorum) {
    return `no sign of replicas ${[...suspected].join(", ")}`;
  }
  const idleMs = context.now() - normal.progressAt;
  if (inFlight(replica) === 0 || idleMs <= options.abdicateMs) return null;
  return `no entry was acknowledged for ${Math.round(idleMs)} ms`;
}

/** Starts afresh in a view that has just become normal. */
export function beginView(replica: Replica): void {
  const { normal } = replica;
  replica.batching = new BatchingState();
  beginSpread(replica);
  normal.acked = [];
  normal.abdicated = false;
  normal.progressAt = replica.context.now();
  if (replica.isLeading) advanceCommit(replica);
  else acknowledge(replica, replica.view);
}

/** Tells the detector of a sign of life, at most twice a heartbeat. */
export function reportHeard(replica: Replica, peer: number): void {
  const { normal, options, context } = replica;
  const now = context.now();
  if (now - (normal.heardAt[peer] ?? -Infinity) < options.heartbeatMs / 2) return;
  normal.heardAt[peer] = now;
  context.send(options.detector, { type: "heard", peer });
}
