/**
 * How a replica takes in the whole state of another: to be admitted, because it misses what nobody can tell key by
 * key, or because something is broken. The state is joined with what is here, never put in its place.
 *
 * It is durable only with a snapshot of its own, which is taken at once.
 *
 * @module
 */
import { nodeOf, type ReplicaId } from "./dot.ts";
import { ClockDrift, GossipSnapshotError } from "./errors.ts";
import type { Stamp } from "./hybrid_clock.ts";
import { journal, post, whenDurable } from "./flush.ts";
import type { KnownRequest, PeerMessageOf } from "./messages.ts";
import type { GossipReplica } from "./replica.ts";
import { close, isFormerLife, isRemembered, membersChanged } from "./reports.ts";
import { readSnapshot } from "./snapshot.ts";
import { takeSnapshot } from "./snapshots.ts";
import { becomeWhole } from "./admission.ts";

/** Why a state is taken in. */
export type TransferPurpose = "join" | "reset" | "scrub";

interface Membership {
  readonly members: readonly ReplicaId[];
  readonly closed: readonly ReplicaId[];
  readonly promised: Stamp;
  readonly admitters: readonly ReplicaId[];
}

/** A state on its way here. */
interface Transfer {
  readonly donor: number;
  readonly purpose: TransferPurpose;
  readonly ticket: number;
  readonly chunks: Uint8Array[];
  readonly requests: KnownRequest[];
  membership: Membership | null;
  part: number;
  askedAt: number;
  unanswered: number;
}

/** What comes from another. */
export class TransferState {
  ticket: number;
  active: Transfer | undefined;
  /** Whether a state was taken in that is not durable yet. */
  isAdopting = false;

  /** An answer to an earlier process must not be taken for one to this one. */
  constructor(random: number) {
    this.ticket = Math.floor(random * 2 ** 52);
  }
}

/** Questions that may remain without an answer before the transfer is given up. */
const UNANSWERED_MAX = 4;

/** Asks for the whole state of a member, unless that is under way. With a pass for its ticket, for who was offered it. */
export function beginTransfer(
  replica: GossipReplica,
  donor: number,
  purpose: TransferPurpose,
  ticket?: number,
): void {
  const { transfer, context } = replica;
  if (transfer.active !== undefined || transfer.isAdopting) return;
  context.log("info", `copying the state of node ${donor} (${purpose})`);
  transfer.active = {
    donor,
    purpose,
    ticket: ticket ?? ++transfer.ticket,
    chunks: [],
    requests: [],
    membership: null,
    part: 0,
    askedAt: 0,
    unanswered: 0,
  };
  ask(replica, transfer.active);
}

function ask(replica: GossipReplica, active: Transfer): void {
  active.askedAt = replica.context.now();
  replica.send(active.donor, { type: "getState", ticket: active.ticket, part: active.part });
}

/** Asks again for a part that has not come. */
export function askAgain(replica: GossipReplica): void {
  const { transfer, context, options } = replica;
  const { active } = transfer;
  if (active === undefined || context.now() - active.askedAt < options.retryMs) return;
  if (++active.unanswered > UNANSWERED_MAX) return giveUp(replica, "no answer");
  ask(replica, active);
}

/** What was being sent is not there any more. */
export function onStateGone(replica: GossipReplica, { ticket }: PeerMessageOf<"stateGone">): void {
  if (replica.transfer.active?.ticket === ticket) giveUp(replica, "it was given up");
}

/** Something will lead to another attempt: a digest, or the next request to join. */
function giveUp(replica: GossipReplica, why: string): void {
  const { transfer, context } = replica;
  context.log("warn", `copying the state of node ${transfer.active!.donor} has failed: ${why}`);
  transfer.active = undefined;
}

/** A part of a state. */
export function onState(replica: GossipReplica, message: PeerMessageOf<"state">): void {
  const { active } = replica.transfer;
  if (active === undefined || active.ticket !== message.ticket || active.part !== message.part) {
    return;
  }
  active.chunks.push(message.chunk);
  active.requests.push(...message.requests);
  active.membership ??= message.membership;
  active.unanswered = 0;
  active.part++;
  if (message.isLast) adopt(replica, active, message.from);
  else ask(replica, active);
}

function adopt(replica: GossipReplica, active: Transfer, donor: ReplicaId): void {
  const { transfer, data, hybridClock, requesters, counts } = replica;
  const { purpose, membership } = active;
  if (membership === null) return giveUp(replica, "it does not say who the members are");
  if (membership.closed.includes(replica.id)) return close(replica, replica.id);
  try {
    const state = readSnapshot(active.chunks);
    if (!isRemembered(replica, state.clock)) return;
    // Of a new replica the stamps must exceed it: they would all be refused.
    hybridClock.check(membership.promised, replica.wallMs);
    data.adopt(state, replica.wallMs);
  } catch (error) {
    if (!(error instanceof GossipSnapshotError) && !(error instanceof ClockDrift)) throw error;
    return giveUp(replica, error.message);
  }
  hybridClock.observe(membership.promised);
  for (const request of active.requests) requesters.note(request);
  takeMembership(replica, membership);
  transfer.active = undefined;
  transfer.isAdopting = true;
  counts.resets++;
  takeSnapshot(replica, () => {
    // Another life may have begun.
    if (replica.transfer !== transfer) return;
    journal(replica, { type: "adopted", op: replica.snapshots.newest });
    whenDurable(replica, () => {
      if (replica.transfer === transfer) {
        adopted(replica, purpose, [donor, ...membership.admitters]);
      }
    });
  });
}

/** The state of another is durable here. */
function adopted(
  replica: GossipReplica,
  purpose: TransferPurpose,
  donors: readonly [ReplicaId, ...ReplicaId[]],
): void {
  replica.transfer.isAdopting = false;
  // What has come meanwhile can be acknowledged.
  post(replica);
  if (purpose === "join") becomeWhole(replica, donors);
  else if (purpose === "scrub") replica.scrubbing.isDiverged = false;
  replica.context.log("info", `has the state of node ${nodeOf(donors[0])}`);
}

/** What the donor knows of who the members are. */
function takeMembership(replica: GossipReplica, { members, closed }: Membership): void {
  for (const id of closed) {
    if (replica.closed.has(id)) continue;
    replica.closed.add(id);
    replica.members.delete(id);
    journal(replica, { type: "closed", replica: id });
  }
  replica.cut.forget(closed);
  for (const id of members) {
    if (replica.closed.has(id) || replica.members.has(id)) continue;
    if (isFormerLife(replica, id)) {
      close(replica, id);
      continue;
    }
    replica.members.add(id);
    journal(replica, { type: "member", replica: id });
  }
  membersChanged(replica);
}
