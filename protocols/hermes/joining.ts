/**
 * How a replica becomes a member (Hermes 3.4): as a shadow of the others, whose acknowledgement is required,
 * and which serves nobody. It begins to copy when every member has said that it is in the same epoch: from
 * then on nothing is committed that it has not got, so what it copies is all that is missing.
 *
 * Whatever it held before it has forgotten, once in each epoch that it joins in: updates that were never
 * committed and have been executed anew since, say. What it has acknowledged in that epoch it keeps, over
 * restarts, too.
 *
 * @module
 */
import { adoptCopied } from "./adoption.ts";
import { FIRST_PLACE } from "./donor.ts";
import { onAware, whenRemembered } from "./epochs.ts";
import { journal, whenDurable } from "./flush.ts";
import type { ChunkPlace, HermesMessageOf } from "./messages.ts";
import type { HermesReplica } from "./replica.ts";

/** A copy that is under way. */
interface Copy {
  readonly epoch: number;
  /** The members that are in this epoch. */
  readonly entered: Set<number>;
  /** What comes next; `null` if everything has come. */
  place: ChunkPlace | null;
  donor: number;
  askedAt: number;
  unanswered: number;
  /** Whose requests have come. */
  readonly clients: Set<number>;
  /** The greatest client id whose session was evicted. */
  evicted: number;
  /** Whether everything has come, and is durable. */
  isWhole: boolean;
}

/** What joining remembers. */
export class JoiningState {
  ticket: number;
  copy: Copy | undefined;

  /** An answer to an earlier incarnation must not be taken for one to this one. */
  constructor(random: number) {
    this.ticket = Math.floor(random * 2 ** 52);
  }
}

/** How long to wait for a piece, in heartbeats. */
const PATIENCE_HEARTBEATS = 6;
/** Questions that may remain without an answer before another member is asked. */
const UNANSWERED_MAX = 4;

/** Another epoch, whose beginning is durable (and everything forgotten, if we join anew). */
export function beginJoining(replica: HermesReplica): void {
  const { joining, sessions, standing, context, counts } = replica;
  const { epoch, members } = standing;
  joining.copy = undefined;
  counts.copied = 0;
  if (standing.role !== "joining") return sessions.endGathering();
  sessions.gather();
  joining.copy = {
    epoch,
    entered: new Set(),
    place: FIRST_PLACE,
    donor: members[Math.floor(context.random() * members.length)]!,
    askedAt: 0,
    unanswered: 0,
    clients: new Set(),
    evicted: 0,
    isWhole: false,
  };
  askAgain(replica);
}

/** A newcomer wants to know whether we are in its epoch; we are, and never go back, nor to an earlier life. */
export function onJoin(replica: HermesReplica, { node, life }: HermesMessageOf<"join">): void {
  if (!replica.epochs.isRemembered) return;
  whenRemembered(replica, node, life, () => replica.send(node, { type: "entered", heard: life }));
}

/** A member commits nothing any more without us. */
export function onEntered(replica: HermesReplica, message: HermesMessageOf<"entered">): void {
  const { node, heard } = message;
  if (heard === replica.life) onAware(replica, node);
  const copy = presentCopy(replica);
  const { standing } = replica;
  if (copy === undefined || copy.entered.has(node)) return;
  copy.entered.add(node);
  if (hasBegun(copy, standing.members)) getChunk(replica, copy);
}

/** The copy under way; `undefined` between two epochs, too, while the later one is not durable yet. */
function presentCopy({ joining: { copy }, standing }: HermesReplica): Copy | undefined {
  return copy?.epoch === standing.epoch ? copy : undefined;
}

function hasBegun({ entered }: Copy, members: readonly number[]): boolean {
  return members.every((member) => entered.has(member));
}

function getChunk(replica: HermesReplica, copy: Copy): void {
  if (copy.place === null) return;
  copy.askedAt = replica.context.now();
  const ticket = ++replica.joining.ticket;
  replica.send(copy.donor, { type: "getChunk", ticket, from: copy.place });
}

/** A piece of what a member holds. */
export function onChunk(replica: HermesReplica, message: HermesMessageOf<"chunk">): void {
  const { joining, sessions, counts } = replica;
  const copy = presentCopy(replica);
  if (copy === undefined || message.ticket !== joining.ticket || copy.place === null) return;
  copy.unanswered = 0;
  for (const held of message.objects) adoptCopied(replica, held);
  for (const session of message.sessions) {
    const { record, used } = session;
    copy.clients.add(record.clientId);
    if (sessions.adopt(record, used)) journal(replica, { type: "copied", session });
  }
  copy.evicted = Math.max(copy.evicted, message.evicted);
  counts.copied += message.objects.length;
  copy.place = message.next;
  if (message.next === null) return complete(replica, copy);
  if (message.objects.length + message.sessions.length > 0) return getChunk(replica, copy);
  // The member waits until it knows what has become of a request: it is asked again before long.
  copy.askedAt = -Infinity;
}

/** Now that the sessions in use are here: all others up to the greatest that was evicted are none. */
function complete(replica: HermesReplica, copy: Copy): void {
  const { sessions } = replica;
  sessions.evictUpTo(copy.evicted, copy.clients);
  journal(replica, { type: "evicted", clientId: copy.evicted });
  sessions.endGathering();
  whenDurable(replica, () => {
    if (replica.joining.copy !== copy) return;
    copy.isWhole = true;
    replica.context.log("info", `everything of epoch ${copy.epoch} is copied`);
    sayExtended(replica, copy);
  });
}

function sayExtended({ context, options }: HermesReplica, { isWhole, epoch }: Copy): void {
  const { membership, volume } = options;
  if (isWhole) context.send(membership, { type: "extended", volume, epoch });
}

/** Asks again for what has not come. */
export function askAgain(replica: HermesReplica): void {
  const copy = presentCopy(replica);
  const { standing: { members } } = replica;
  if (copy === undefined) return;
  for (const member of members) {
    if (!copy.entered.has(member)) replica.send(member, { type: "join" });
  }
  if (hasBegun(copy, members)) askForChunk(replica, copy);
  sayExtended(replica, copy);
}

function askForChunk(replica: HermesReplica, copy: Copy): void {
  const { context, options, standing: { members }, reports } = replica;
  if (reports.stalled !== null) return;
  if (context.now() - copy.askedAt < options.heartbeatMs * PATIENCE_HEARTBEATS) return;
  if (++copy.unanswered > UNANSWERED_MAX) {
    copy.unanswered = 1;
    copy.donor = members[(members.indexOf(copy.donor) + 1) % members.length]!;
  }
  getChunk(replica, copy);
}
