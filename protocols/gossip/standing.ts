/**
 * How the replica stands: what it tells the rest of its node, and its observers.
 *
 * @module
 */
import { incarnationOf, nodeOf, type ReplicaId } from "./dot.ts";
import type { GossipFigures, MemberFigures } from "./figures.ts";
import { encodeMeta } from "./member_meta.ts";
import type { GossipReplica } from "./replica.ts";
import { holdersOfCut } from "./reports.ts";

/** What has happened since the replica started; see {@linkcode GossipFigures}. */
export class Counts {
  written = 0;
  mailed = 0;
  remailed = 0;
  received = 0;
  duplicates = 0;
  relayed = 0;
  digests = 0;
  repairsSent = 0;
  repairsTaken = 0;
  resets = 0;
  hintsDropped = 0;
  drifted = 0;
  collected = 0;
  scrubs = 0;
  divergences = 0;
}

/** Serves as soon as every living member knows the replica: what it acknowledges would otherwise not be taken. */
export function settleState(replica: GossipReplica): void {
  if (replica.state !== "joining" || !replica.isRecorded || replica.transfer.isAdopting) return;
  for (const member of replica.members) {
    if (isPresent(replica, member) && !isNamedBy(replica, member)) return;
  }
  replica.state = "ready";
  replica.context.log("info", `ready, as incarnation ${incarnationOf(replica.id)}`);
  announce(replica);
}

/** Whether another member lives, and not only its node as another replica: that one is gone. */
export function isPresent({ id, living, runs }: GossipReplica, member: ReplicaId): boolean {
  const node = nodeOf(member);
  const current = runs.get(node);
  return member !== id && living.has(node) && (current === undefined || current === member);
}

/** Whether some of these replicas lives, and knows this one. */
export function isNamedBySome(replica: GossipReplica, others: readonly ReplicaId[]): boolean {
  return others.some((other) => isPresent(replica, other) && isNamedBy(replica, other));
}

function isNamedBy({ cut, id }: GossipReplica, member: ReplicaId): boolean {
  return cut.reportOf(member)?.members.includes(id) ?? false;
}

/** Tells the node who serves, and the others which replica the node runs. */
export function announce(replica: GossipReplica): void {
  const { context, options, others, living, runs, state, node, isWhole, id } = replica;
  const known = isWhole ? others : [...runs.keys()].filter((each) => runs.get(each) !== null);
  const present = known.filter((each) => living.has(each));
  context.send(options.coordinator, {
    type: "standing",
    life: replica.lifeNumber,
    isServing: state === "ready",
    living: state === "ready" ? [node, ...present] : present,
  });
  const meta = encodeMeta({ replica: isWhole ? id : null, address: options.address });
  context.send(options.swim, { type: "describe", meta });
  publish(replica);
}

/** Lets observers of the node see how the replica stands. */
export function publish(replica: GossipReplica): void {
  const { data: { store }, hybridClock, context, counts, sync, id } = replica;
  const { low, high } = store.fingerprint;
  const figures: GossipFigures = {
    node: replica.node,
    incarnation: incarnationOf(id),
    state: replica.state,
    members: membersOf(replica),
    closed: replica.closed.size,
    clock: store.clock.replicas().map((each) => [
      nodeOf(each),
      incarnationOf(each),
      store.clock.top(each),
    ]),
    keys: store.size,
    tombstones: store.tombstones,
    index: store.index.size,
    fingerprint: hex(high) + hex(low),
    clockAheadMs: Math.max(0, hybridClock.latestMs - replica.wallMs),
    waiting: replica.waiting.list.size + replica.writes.size + replica.reads.pending.size,
    ...counts,
    isDiverged: replica.scrubbing.isDiverged,
    misconfigured: [...sync.misconfigured],
    stalled: replica.stalled,
  };
  context.publish("gossip", figures);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

function membersOf(replica: GossipReplica): MemberFigures[] {
  const holders = holdersOfCut(replica);
  return [...replica.members].sort((left, right) => left - right)
    .map((id) => memberOf(replica, id, holders.includes(id)));
}

function memberOf(replica: GossipReplica, id: ReplicaId, isHoldingCut: boolean): MemberFigures {
  const { data: { store: { clock } }, cut, living, mailing, sync, context } = replica;
  const node = nodeOf(id);
  const isSelf = id === replica.id;
  const theirs = isSelf ? clock : cut.reportOf(id)?.clock;
  const syncedAt = isSelf ? context.now() : sync.syncedAt.get(node);
  const outbox = mailing.outboxes.get(node);
  return {
    node,
    incarnation: incarnationOf(id),
    isLiving: isSelf || living.has(node),
    lacks: theirs === undefined ? clock.count : clock.minus(theirs).count,
    ahead: theirs === undefined ? 0 : theirs.minus(clock).count,
    syncedMsAgo: syncedAt === undefined ? null : Math.round(context.now() - syncedAt),
    hints: outbox?.size ?? 0,
    hintsBytes: outbox?.bytes ?? 0,
    isHoldingCut,
  };
}
