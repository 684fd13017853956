/**
 * Anti-entropy: from time to time a replica exchanges digests with some others, chosen at random, and both send
 * what the other misses, exactly. It repairs whatever mail has missed, for whatever reason.
 *
 * Source: Demers et al. (1987), push-pull; the clocks are those of DottedDB.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import type { NodeClock } from "./clock.ts";
import { nodeOf } from "./dot.ts";
import { journal, post, whenDurable } from "./flush.ts";
import { sample, someLiving } from "./choice.ts";
import { outboxOf } from "./mailing.ts";
import type { KnownRequest, PeerMessageOf } from "./messages.ts";
import { stampOf } from "./payload.ts";
import type { Repair } from "./repair.ts";
import type { GossipReplica } from "./replica.ts";
import { cleanUp, isRemembered, ownReport, takeReport } from "./reports.ts";
import { publish } from "./standing.ts";
import { beginTransfer } from "./state_transfer.ts";
import { acknowledge } from "./acknowledgement.ts";

/** A member had this, at a moment; when it is here too, the two are in step as of then. */
interface Goal {
  readonly asked: number;
  readonly clock: NodeClock;
}

/** How far a replica is in step with others. */
export class SyncState {
  /** What moments are told from: an answer to an earlier process must not be taken for one to this one. */
  readonly zero: number;
  /** When a member last had nothing that was not here, by node. */
  readonly syncedAt = new Map<number, number>();
  readonly goals = new Map<number, Goal>();
  /** Nodes whose strategies are others. */
  readonly misconfigured = new Set<number>();

  /** In step with nobody. */
  constructor(random: number) {
    this.zero = Math.floor(random * 2 ** 52);
  }
}

/** Begins a round, and has the next follow. */
export function round(replica: GossipReplica): void {
  const { context, options } = replica;
  const jitter = 1 + options.jitter * (2 * context.random() - 1);
  context.setTimer("round", options.intervalMs * jitter, { type: "round" });
  if (!replica.isRecorded || replica.closed.has(replica.id)) return;
  if (replica.stalled === null && !replica.transfer.isAdopting) cleanUp(replica);
  publish(replica);
  if (context.maybe("gossip/skip-round")) return;
  const members = [...someLiving(replica, options.syncFanout, []), ...someAway(replica)];
  sendDigest(replica, [...members, ...aStranger(replica)]);
}

/**
 * A node that lives, and is no member as far as we know. It may have become one while we were away, and know
 * that we are none any more, which nobody else may be left to tell us.
 */
function aStranger({ others, living, context, node }: GossipReplica): number[] {
  const strangers = [...living].filter((each) => each !== node && !others.includes(each));
  return sample(strangers, 1, () => context.random());
}

/** Now and then one that is said to be away: it may not be (Cassandra asks with the same probability). */
function someAway({ others, living, context }: GossipReplica): number[] {
  const away = others.filter((node) => !living.has(node));
  const isDue = context.random() < away.length / (others.length - away.length + 1);
  return isDue ? sample(away, 1, () => context.random()) : [];
}

/** Tells others how this replica stands. */
export function sendDigest(
  replica: GossipReplica,
  nodes: readonly number[],
  answers: number | null = null,
): void {
  const { transfer, admitters, context, counts, sync } = replica;
  // What was adopted is not durable yet: a report would promise it.
  if (!replica.isRecorded || transfer.isAdopting || nodes.length === 0) return;
  // It would only wait, and the next ones with it.
  if (replica.stalled !== null) return;
  const report = ownReport(replica);
  const asked = sync.zero + Math.floor(context.now());
  const strategies = describeStrategies(replica);
  counts.digests += nodes.length;
  whenDurable(replica, () => {
    for (const node of nodes) {
      replica.send(node, { type: "digest", report, admitters, strategies, asked, answers });
    }
  });
}

function describeStrategies({ options }: GossipReplica): number {
  return crc32(options.strategies.describe());
}

/** How a member stands. */
export function onDigest(replica: GossipReplica, message: PeerMessageOf<"digest">): void {
  const { report, asked, answers } = message;
  const node = nodeOf(message.from);
  if (!takeReport(replica, report)) return;
  noteStrategies(replica, node, message.strategies);
  outboxOf(replica, node).confirm(replica.id, report.clock);
  acknowledge(replica, node, report.clock);
  sendRepair(replica, node, report.clock);
  if (answers === null) sendDigest(replica, [node], asked);
  else noteGoal(replica, node, answers, report.clock);
}

function noteGoal(replica: GossipReplica, node: number, answers: number, clock: NodeClock): void {
  const { sync, context } = replica;
  const asked = answers - sync.zero;
  if (asked < 0 || asked > context.now()) return;
  sync.goals.set(node, { asked, clock });
  lookAtGoals(replica);
}

function noteStrategies(replica: GossipReplica, node: number, strategies: number): void {
  const { sync: { misconfigured }, context } = replica;
  if (strategies === describeStrategies(replica)) misconfigured.delete(node);
  else if (!misconfigured.has(node)) {
    misconfigured.add(node);
    context.log(
      "error",
      `node ${node} has other strategies configured: it reads the same data otherwise`,
    );
  }
}

/** Sends a member what it misses, or the beginning of it. */
function sendRepair(replica: GossipReplica, node: number, theirs: NodeClock): void {
  const { data, options, requesters, counts } = replica;
  const repair = data.repairFor(theirs, options.repairBytes);
  if (repair === "nothing" || replica.stalled !== null) return;
  if (repair === "reset") return replica.send(node, { type: "reset" });
  const requests = requesters.of(dotsIn(repair));
  counts.repairsSent++;
  whenDurable(replica, () => replica.send(node, { type: "repair", repair, requests }));
}

/** The events that a repair is about. */
export function* dotsIn({ fragments }: Repair) {
  for (const { entries, gone } of fragments) {
    for (const { dot } of entries) yield dot;
    yield* gone;
  }
}

/** A member wants what its clock misses. */
export function onPull(replica: GossipReplica, { from, clock }: PeerMessageOf<"pull">): void {
  if (isRemembered(replica, clock)) sendRepair(replica, nodeOf(from), clock);
}

/** Asks a member for what is missing here. */
export function pull(replica: GossipReplica, node: number): void {
  const { data, transfer } = replica;
  if (transfer.isAdopting) return;
  replica.send(node, { type: "pull", clock: data.store.clock.clone() });
}

/** Some of what is missing here. */
export function onRepair(replica: GossipReplica, message: PeerMessageOf<"repair">): void {
  const { repair, requests, from } = message;
  const { store } = replica.data;
  const before = store.clock.count;
  if (!takeRepair(replica, repair, requests)) return;
  if (store.clock.count > before && !store.clock.dominates(repair.clock)) {
    pull(replica, nodeOf(from));
  }
}

/** Takes in a repair; false if it was made for what this replica has not got. */
export function takeRepair(
  replica: GossipReplica,
  { missing, clock, fragments: all }: Repair,
  requests: readonly KnownRequest[],
): boolean {
  const { data, hybridClock, counts, transfer, requesters } = replica;
  // The journal would have it on top of a state that is not durable yet, and in a crash, of one before that.
  if (transfer.isAdopting || !isRemembered(replica, clock)) return false;
  const now = replica.wallMs;
  const fragments = all.filter(({ entries }) =>
    entries.every(({ payload }) => hybridClock.accepts(stampOf(payload), now))
  );
  counts.drifted += all.length - fragments.length;
  const repair = { missing, clock, fragments };
  if (data.applyRepair(repair, now) === undefined) return false;
  if (fragments.length > 0) journal(replica, { type: "repair", repair });
  for (const request of requests) {
    if (!data.store.clock.has(request.dot)) continue;
    requesters.note(request);
    journal(replica, { type: "request", request });
  }
  counts.repairsTaken++;
  lookAtGoals(replica);
  return true;
}

function lookAtGoals(replica: GossipReplica): void {
  const { sync, data } = replica;
  for (const [node, { asked, clock }] of sync.goals) {
    if (!data.store.clock.dominates(clock)) continue;
    sync.goals.delete(node);
    sync.syncedAt.set(node, Math.max(asked, sync.syncedAt.get(node) ?? 0));
    post(replica);
  }
}

/** A member cannot tell key by key what is missing here. */
export function onReset(replica: GossipReplica, { from }: PeerMessageOf<"reset">): void {
  beginTransfer(replica, nodeOf(from), "reset");
}
