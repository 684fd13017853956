/**
 * How a replica becomes a member. A new one asks around; a member offers to admit it, and does so when it begins to
 * copy that member's state: it names the newcomer from then on, durably, and closes the earlier lives of its node.
 * The newcomer issues nothing before it has the state, the members, and a stamp that the admitter will not go back
 * behind; and it serves nobody before all living members know it.
 *
 * The first of all is the lowest of the seeds, once all of the others have said that they are new, too. So no two
 * can found a cluster, and a seed that has lost its disk joins what there is.
 *
 * @module
 */
import { sendDigest } from "./anti_entropy.ts";
import { REPLICAS_MAX } from "./clock.ts";
import { nodeOf, type ReplicaId } from "./dot.ts";
import type { PeerMessageOf } from "./messages.ts";
import { whenDurable } from "./flush.ts";
import { ADMITTERS_MAX } from "./record.ts";
import type { GossipReplica } from "./replica.ts";
import { admit, close } from "./reports.ts";
import { beginAnew } from "./start.ts";
import { announce, isNamedBySome, isPresent, settleState } from "./standing.ts";
import { beginTransfer } from "./state_transfer.ts";

interface Offer {
  readonly pass: number;
  readonly until: number;
  readonly former: readonly ReplicaId[];
}

/** What is known while joining, and who was offered to. */
export class AdmissionState {
  ticket = 0;
  /** Seeds that have said that they are new. */
  readonly fresh = new Set<number>();
  readonly offers = new Map<ReplicaId, Offer>();
  askedAt = -Infinity;
}

/** How long an offer stands, in milliseconds. */
const OFFER_MS = 2_000;
/** Lives of all nodes, at most; the rest of a clock is for those that are admitted at the same time elsewhere. */
const LIVES_MAX = REPLICAS_MAX - 512;

/** Asks whoever may be there to be admitted. */
export function askToJoin(replica: GossipReplica): void {
  const { admission, options, living, context, node, transfer } = replica;
  if (replica.isWhole || !replica.isStarted || transfer.active !== undefined) return;
  if (transfer.isAdopting || context.now() - admission.askedAt < options.retryMs) return;
  admission.askedAt = context.now();
  admission.ticket = Math.floor(context.random() * 2 ** 52);
  // Who was new a while ago may have joined something since.
  admission.fresh.clear();
  const candidates = new Set([...options.seeds, ...living]);
  candidates.delete(node);
  for (const each of candidates) {
    replica.send(each, { type: "join", ticket: admission.ticket, former: replica.former });
  }
  foundIfFirst(replica);
}

/** Somebody is new. */
export function onJoin(replica: GossipReplica, message: PeerMessageOf<"join">): void {
  const { from, ticket, former } = message;
  const { admission, context, isWhole } = replica;
  if (!replica.isStarted) return;
  // Whom not everybody knows yet must not vouch for others: if it were lost, so were they.
  if (isWhole && (replica.state !== "ready" || replica.transfer.isAdopting)) return;
  const pass = Math.floor(context.random() * 2 ** 52);
  if (isWhole) {
    if (hasTooManyLives(replica)) return;
    forgetOffers(replica);
    admission.offers.set(from, { pass, former, until: context.now() + OFFER_MS });
  }
  replica.send(nodeOf(from), { type: "offer", to: from, ticket, pass, isFresh: !isWhole });
}

/** Every life stays in the clocks for ever, and there is only so much room: those who are members go on. */
function hasTooManyLives({ members, closed, context }: GossipReplica): boolean {
  if (members.size + closed.size < LIVES_MAX) return false;
  context.log("error", `admitting nobody: the cluster has had ${members.size + closed.size} lives`);
  return true;
}

function forgetOffers({ admission: { offers }, context }: GossipReplica): void {
  for (const [id, { until }] of offers) if (context.now() > until) offers.delete(id);
}

/**
 * A life of a node has become a member. Who was offered before that may be an earlier one, whose question is late; a
 * later one asks again, and whoever answers an offer that was made after this one was known is a later one.
 */
export function withdrawOffers({ admission: { offers } }: GossipReplica, node: number): void {
  for (const id of offers.keys()) if (nodeOf(id) === node) offers.delete(id);
}

/** Somebody has answered. */
export function onOffer(replica: GossipReplica, message: PeerMessageOf<"offer">): void {
  const { admission, id, isWhole } = replica;
  if (isWhole || message.to !== id || message.ticket !== admission.ticket) return;
  const node = nodeOf(message.from);
  if (!message.isFresh) return beginTransfer(replica, node, "join", message.pass);
  admission.fresh.add(node);
  foundIfFirst(replica);
}

function foundIfFirst(replica: GossipReplica): void {
  const { options: { seeds }, node, admission, context, isWhole, transfer } = replica;
  if (isWhole || !replica.isStarted || transfer.active !== undefined) return;
  if (seeds.some((seed) => seed < node)) return;
  if (!seeds.every((seed) => seed === node || admission.fresh.has(seed))) return;
  if (seeds.length > 0 && !seeds.includes(node)) return;
  // Somebody who is not a seed has data: it will admit us.
  if ([...replica.runs.values()].some((id) => id !== null)) return;
  context.log("info", "founding the cluster");
  admit(replica, replica.id);
  replica.isWhole = true;
  replica.persist(() => {
    replica.isRecorded = true;
    settleState(replica);
    announce(replica);
  });
}

/** Whoever was offered it begins to copy. False if nobody has offered. */
export function acceptOffer(replica: GossipReplica, id: ReplicaId, pass: number): boolean {
  const { admission, context, members } = replica;
  const offer = admission.offers.get(id);
  admission.offers.delete(id);
  if (offer === undefined || offer.pass !== pass || context.now() > offer.until) return false;
  if (replica.closed.has(id)) return false;
  context.log("info", `admitting node ${nodeOf(id)}`);
  // Those that were never heard of, too: what they asked for may still be on its way to some member.
  for (const life of new Set([...members, ...offer.former])) {
    if (nodeOf(life) === nodeOf(id) && life !== id) close(replica, life);
  }
  admit(replica, id);
  whenDurable(
    replica,
    () => sendDigest(replica, replica.others.filter((node) => replica.living.has(node))),
  );
  return true;
}

/** The state of the admitter, the first of these, is durable here. */
export function becomeWhole(replica: GossipReplica, admitters: readonly ReplicaId[]): void {
  // The stamps of a later process must be beyond the admitter's promise, too.
  replica.renewLease();
  replica.isWhole = true;
  replica.admitters = admitters.slice(0, ADMITTERS_MAX);
  replica.persist(() => {
    replica.isRecorded = true;
    settleState(replica);
    announce(replica);
    sendDigest(replica, replica.others);
  });
}

/** Tells all members of this replica until they name it. */
export function askToBeKnown(replica: GossipReplica): void {
  const { admission, isWhole, state, context, options, others } = replica;
  if (!isWhole || state !== "joining") return;
  settleState(replica);
  if (context.now() - admission.askedAt < options.retryMs) return;
  admission.askedAt = context.now();
  sendDigest(replica, others);
}

/** Somebody takes nothing from this replica any more. */
export function onRefused(replica: GossipReplica, message: PeerMessageOf<"refused">): void {
  const { from, replica: refused, isClosed } = message;
  if (refused !== replica.id || replica.closed.has(from) || replica.state === "left") return;
  // It has left, and that is known.
  if (replica.closed.has(replica.id)) return;
  // Whoever does not know us yet will hear of us from one that does, if it listens to that one.
  if (!isClosed && isNamedBySome(replica, message.members)) return;
  // It is told so itself, and we are after it.
  const [admitter] = replica.admitters;
  if (!isClosed && admitter !== undefined && isPresent(replica, admitter)) return;
  beginAnew(replica, isClosed ? "it was closed" : "whoever admitted it was closed");
}
