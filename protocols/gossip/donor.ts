/**
 * What a member does for one that needs its whole state: hands out a frozen version of it, a chunk at a time.
 *
 * @module
 */
import { nodeOf, type ReplicaId } from "./dot.ts";
import { acceptOffer } from "./admission.ts";
import { whenDurable } from "./flush.ts";
import type { PeerMessageOf } from "./messages.ts";
import type { GossipReplica } from "./replica.ts";
import { snapshotChunks } from "./snapshot.ts";

type StatePart = Omit<PeerMessageOf<"state">, "from">;

/** A state that is being handed out. */
interface Donation {
  readonly ticket: number;
  readonly chunks: Iterator<Uint8Array>;
  next: IteratorResult<Uint8Array>;
  /** The last part, in case it is lost. */
  last: StatePart | undefined;
  usedAt: number;
}

/** What is being handed out, by whom it is for. */
export class DonorState {
  readonly donations = new Map<ReplicaId, Donation>();
}

/** Unfinished donations at once, at most: each keeps a version of the state. */
const DONATIONS_MAX = 4;
/** After so many times `retryMs` without a question a donation is over: who asked is gone, or has given up. */
const PATIENCE = 20;

/** Somebody wants a part of the state. */
export function onGetState(replica: GossipReplica, message: PeerMessageOf<"getState">): void {
  const { from, ticket, part } = message;
  if (!replica.isWhole || replica.transfer.isAdopting) return;
  if (part === 0) return begin(replica, message);
  const donation = replica.donor.donations.get(from);
  if (donation === undefined || donation.ticket !== ticket) return sayGone(replica, message);
  donation.usedAt = replica.context.now();
  const { last } = donation;
  if (last?.part === part) return replica.send(nodeOf(from), last);
  if (last?.part !== part - 1) return sayGone(replica, message);
  donation.last = nextPart(donation, part);
  replica.send(nodeOf(from), donation.last);
}

function begin(replica: GossipReplica, { from, ticket }: PeerMessageOf<"getState">): void {
  const { donor: { donations }, context } = replica;
  forgetOld(replica);
  const others = [...donations].filter(([to, { next }]) => to !== from && next.done !== true);
  if (others.length >= DONATIONS_MAX) return;
  if (!replica.members.has(from) && !acceptOffer(replica, from, ticket)) return;
  const chunks = snapshotChunks(replica.data.store.freeze());
  const donation: Donation = {
    ticket,
    chunks,
    next: chunks.next(),
    last: undefined,
    usedAt: context.now(),
  };
  donations.set(from, donation);
  const { members, closed, hybridClock, requesters, admitters } = replica;
  const membership = {
    members: [...members],
    closed: [...closed],
    promised: hybridClock.promise(replica.wallMs),
    admitters,
  };
  const requests = [...requesters.list()];
  donation.last = { ...nextPart(donation, 0), membership, requests };
  const { last } = donation;
  whenDurable(replica, () => replica.send(nodeOf(from), last));
}

function nextPart(donation: Donation, part: number): StatePart {
  const chunk = donation.next.value as Uint8Array;
  donation.next = donation.chunks.next();
  return {
    type: "state",
    ticket: donation.ticket,
    part,
    chunk,
    isLast: donation.next.done === true,
    membership: null,
    requests: [],
  };
}

function forgetOld(replica: GossipReplica): void {
  const { donor: { donations }, context, options, members } = replica;
  for (const [to, { usedAt }] of donations) {
    const isOld = context.now() - usedAt > PATIENCE * options.retryMs;
    // A life that is over asks no more.
    if (isOld || !members.has(to)) donations.delete(to);
  }
}

function sayGone(replica: GossipReplica, { from, ticket }: PeerMessageOf<"getState">): void {
  replica.send(nodeOf(from), { type: "stateGone", ticket });
}
