/**
 * What is done about messages that were lost, and about coordinators that are gone (Hermes 3.4). An update of
 * ours that lacks acknowledgements is sent again; an object that nobody validates is replayed: its update is
 * sent by us, with the same timestamp, and committed like one of our own. There is no timer for each object:
 * the heartbeat looks at those that have waited longest.
 *
 * @module
 */
import { TransientSet } from "../../actors/transient.ts";
import { acknowledgeToAll } from "./acknowledgement.ts";
import { cut } from "./flush.ts";
import type { Update } from "./messages.ts";
import type { ObjectRecord } from "./objects.ts";
import { Pending } from "./pending.ts";
import type { HermesReplica } from "./replica.ts";
import { bitOf } from "./standing.ts";
import { coordinate } from "./updates.ts";

/** How long an object may be invalid before it is replayed, in message-loss timeouts. */
const AWAITED_TIMEOUTS = 2;
/** The same, if nobody waits for it. */
const UNSETTLED_TIMEOUTS = 5;
/** How late a look may be before this replica blames itself, in heartbeats. */
const PAUSE_HEARTBEATS = 4;
const NO_RESULT = new Uint8Array();

/** What is remembered of what waits. */
export class ReplayState {
  /** Invalid objects that somebody waits for. */
  readonly awaited = new TransientSet<ObjectRecord>();
  lookedAt: number;
  /** Before this nothing is held against anybody: we were not there to hear it. */
  blamesSince: number;

  constructor(now: number) {
    this.lookedAt = now;
    this.blamesSince = now;
  }
}

/** Somebody waits for an object: sees to it that it becomes valid. */
export function expectValid(replica: HermesReplica, record: ObjectRecord): void {
  if (record.isValid) return;
  replica.replays.awaited.add(record);
  const { standing, context } = replica;
  const isForsaken = !standing.others.includes(record.lastWriter);
  if (isForsaken || context.maybe("hermes/replay-at-once")) replayNow(replica, record);
}

/** Finishes an update that is not known to be committed, in place of whoever began it. */
export function replayNow(replica: HermesReplica, record: ObjectRecord): void {
  const { context, counts, standing, node, objects } = replica;
  if (record.isValid || record.pending !== undefined || !standing.isLive) return;
  const now = context.now();
  record.lastWriter = node;
  objects.invalidate(record, now);
  counts.replays++;
  coordinate(replica, new Pending(record, record.update, undefined, NO_RESULT, now));
}

/** Looks at what has been waiting for too long. */
export function lookAtReplays(replica: HermesReplica): void {
  const { replays, context, options } = replica;
  const now = context.now();
  const wasPaused = now - replays.lookedAt > options.heartbeatMs * PAUSE_HEARTBEATS;
  replays.lookedAt = now;
  // What came meanwhile is still in the mailbox.
  if (wasPaused) replays.blamesSince = now;
  else accuse(replica, findDeaf(replica, now));
  // So that replicas that replay the same object do not do so in step.
  const jitter = 1 + context.random() / 2;
  const timeoutMs = context.maybe("hermes/impatient") ? 1 : options.mltMs * jitter;
  sendAgain(replica, now - timeoutMs);
  replayAwaited(replica, now - timeoutMs * AWAITED_TIMEOUTS);
  replayUnsettled(replica, now - timeoutMs * UNSETTLED_TIMEOUTS);
}

/** Sends updates of ours again to those who have not acknowledged them. */
function sendAgain(replica: HermesReplica, before: number): void {
  const { updates, standing, counts, context, options } = replica;
  const byNode = new Map<number, Update[]>(standing.others.map((other) => [other, []]));
  const now = context.now();
  for (const pending of updates.pending) {
    // Those that are sent again move to the end.
    if (pending.sentAt > before) break;
    for (const [other, list] of byNode) {
      if ((pending.acks & bitOf(other)) === 0) list.push(pending.update);
    }
    if (options.broadcastsAcks) acknowledgeToAll(replica, pending.update);
    pending.sentAt = now;
    updates.pending.delete(pending);
    updates.pending.add(pending);
    counts.resent++;
  }
  for (const [other, list] of byNode) {
    for (const batch of cut(list)) replica.send(other, { type: "inv", updates: batch });
  }
}

function replayAwaited(replica: HermesReplica, before: number): void {
  for (const record of replica.replays.awaited) {
    if (record.since <= before) replayNow(replica, record);
  }
}

/** Nothing stays invalid for ever, even if nobody asks for it. */
function replayUnsettled(replica: HermesReplica, before: number): void {
  const { objects, updates, options } = replica;
  let room = options.replaysMax;
  for (const { command } of updates.pending) if (command === undefined) room--;
  for (const record of objects.unsettled) {
    if (record.since > before || room <= 0) return;
    if (record.pending !== undefined) continue;
    replayNow(replica, record);
    room--;
  }
}

/**
 * Who owes the oldest acknowledgements, though others gave theirs. If all of the others owe them, and
 * there are several, it may as well be us who hears nothing: then they have the same to say of us.
 */
function findDeaf({ updates, replays, options, standing }: HermesReplica, now: number) {
  for (const pending of updates.pending) {
    const since = Math.max(pending.beganAt, replays.blamesSince);
    if (now - since <= options.deafMs || !pending.isDurable) continue;
    const missing = standing.others.filter((other) => (pending.acks & bitOf(other)) === 0);
    const isOnlyUs = missing.length === standing.others.length && missing.length > 1;
    if (!isOnlyUs) return missing[0] ?? null;
  }
  return null;
}

function accuse({ reports, context }: HermesReplica, node: number | null): void {
  if (node === reports.accused) return;
  if (node !== null) context.log("warn", `node ${node} acknowledges no updates`);
  reports.accuse(node);
}
