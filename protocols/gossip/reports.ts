/**
 * Who the members are, and what all of them have: reports, and what follows from them.
 *
 * A member is whoever was admitted, and was not closed: by the admission of a later life of its node, by its own
 * departure, or by an operator. Both sets only grow, at every replica, with what others report.
 *
 * @module
 */
import { compareStamps } from "./hybrid_clock.ts";
import type { NodeClock } from "./clock.ts";
import { nodeOf, type ReplicaId } from "./dot.ts";
import { journal, whenDurable } from "./flush.ts";
import { withdrawOffers } from "./admission.ts";
import { beginAnew } from "./start.ts";
import { forgetStrangers } from "./mailing.ts";
import type { GossipReplica } from "./replica.ts";
import type { Report } from "./stable_cut.ts";
import { announce, settleState } from "./standing.ts";

/** What the replica says of itself. To be sent when everything taken in so far is durable. */
export function ownReport(replica: GossipReplica): Report {
  const { id, data, hybridClock, members, closed } = replica;
  return {
    replica: id,
    clock: data.store.clock.clone(),
    promised: hybridClock.promise(replica.wallMs),
    members: [...members],
    closed: [...closed],
  };
}

/** Takes the report of a member. False if it has ended this life. */
export function takeReport(replica: GossipReplica, report: Report): boolean {
  const { id } = replica;
  if (!isRemembered(replica, report.clock)) return false;
  for (const each of report.closed) close(replica, each);
  if (replica.id !== id) return false;
  for (const each of report.members) admit(replica, each);
  if (replica.closed.has(report.replica)) return true;
  replica.cut.take(report);
  settleState(replica);
  return true;
}

/**
 * Whether this replica knows all of its own events that others know. If not, its disk has gone back in time: it
 * would issue dots again, so it begins another life.
 */
export function isRemembered(replica: GossipReplica, clock: NodeClock): boolean {
  const own = replica.data.store.clock.top(replica.id);
  const elsewhere = clock.top(replica.id);
  if (elsewhere <= own) return true;
  beginAnew(replica, `it knows ${own} events of its own, but others have seen number ${elsewhere}`);
  return false;
}

/** Takes a replica for a member, unless it is closed. */
export function admit(replica: GossipReplica, id: ReplicaId): void {
  const { members, closed } = replica;
  if (members.has(id) || closed.has(id)) return;
  if (isFormerLife(replica, id)) return close(replica, id);
  withdrawOffers(replica, nodeOf(id));
  members.add(id);
  journal(replica, { type: "member", replica: id });
  membersChanged(replica);
}

/**
 * Whether a replica is another life of this node, which is over then: only one at a time lives. Who has admitted it may
 * not have known of this one, nor who has admitted this one of it.
 */
export function isFormerLife(replica: GossipReplica, id: ReplicaId): boolean {
  return nodeOf(id) === replica.node && id !== replica.id;
}

/** Takes nothing from a replica any more, for ever. */
export function close(replica: GossipReplica, id: ReplicaId): void {
  const { members, closed, cut } = replica;
  if (closed.has(id)) return;
  if (id === replica.id) {
    if (replica.state !== "left") beginAnew(replica, "it was closed");
    return;
  }
  closed.add(id);
  members.delete(id);
  journal(replica, { type: "closed", replica: id });
  cut.forget([id]);
  membersChanged(replica);
}

/** The nodes of the members are others now. */
export function membersChanged(replica: GossipReplica): void {
  const { node, members } = replica;
  const nodes = new Set([...members].map(nodeOf));
  nodes.delete(node);
  replica.others = [...nodes].sort((left, right) => left - right);
  forgetStrangers(replica);
  announce(replica);
}

/** Forgets what no member will ever ask for again. */
export function cleanUp(replica: GossipReplica): void {
  const report = ownReport(replica);
  // What a crash would take from here not all members have.
  whenDurable(replica, () => {
    replica.cut.take(report);
    forget(replica);
  });
}

function forget(replica: GossipReplica): void {
  const { cut, id, data: { store }, options, counts } = replica;
  replica.stable = cut.stable(id);
  store.prune(replica.stable);
  store.trimIndex(options.indexMax);
  const horizon = cut.horizon(id, store.clock);
  if (horizon !== undefined) counts.collected += store.collect(horizon, options.collectMax);
}

/** The members whose reports hold up the dropping of tombstones: of whom none is known, or the oldest. */
export function holdersOfCut({ cut, members }: GossipReplica): ReplicaId[] {
  const missing = [...members].filter((id) => cut.reportOf(id) === undefined);
  if (missing.length > 0) return missing;
  const oldest = [...members].sort((left, right) =>
    compareStamps(cut.reportOf(left)!.promised, cut.reportOf(right)!.promised)
  );
  return oldest.slice(0, 1);
}
