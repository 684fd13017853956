/**
 * How the home of a client makes sure that it knows of every request of the client that may yet be
 * executed. Whatever was committed it knows, as every live replica does. But an earlier home, or an earlier
 * life of its own, may have left an update with some other replica only, which goes on with it (a replay). So
 * before a home executes the first request of a client it asks all others, in this epoch: what they have
 * heard of the client, and how that ended.
 *
 * Nothing comes up later. Who has answered takes no message of earlier epochs any more, nor of our earlier
 * lives, not even after a restart: it answers only once it cannot forget that it has heard of these. What
 * another replica might pass on to it, that one has named itself, or named as pending; or has forgotten, and
 * then it answers only once that is void, too (`announceLife`).
 *
 * @module
 */
import { adoptRecord } from "./adoption.ts";
import { whenRemembered } from "./epochs.ts";
import { homeOf } from "./home.ts";
import type { HermesMessageOf, SessionRecord } from "./messages.ts";
import { replayNow } from "./replays.ts";
import type { HermesReplica } from "./replica.ts";
import { isCertain } from "./sessions.ts";
import { bitOf } from "./standing.ts";

/** A question to all others. */
interface Recall {
  readonly clientId: number;
  readonly ticket: number;
  /** Whose answer is missing, as bits. */
  missing: number;
  askedAt: number;
  readonly then: (() => void)[];
}

/** Questions asked again at once, at most. */
const AGAIN_MAX = 1_024;

/** What recalls are remembered of. */
export class RecallState {
  ticket: number;
  /** The epoch that what follows is of. */
  epoch = 0;
  /** Clients of whom nobody knows more than we do; those confirmed first come first. */
  readonly confirmed = new Set<number>();
  /** Under way, by client, the one first that was asked longest ago. */
  readonly asking = new Map<number, Recall>();

  /** An answer to an earlier life must not be taken for one to this one. */
  constructor(random: number) {
    this.ticket = Math.floor(random * 2 ** 52);
  }
}

/** Whether nobody knows more of a client than we do, so that its requests may be executed here. */
export function isConfirmed({ recalls }: HermesReplica, clientId: number): boolean {
  return recalls.confirmed.has(clientId);
}

/**
 * Calls `then` once all that is known anywhere of a client's newest request is known here, at once if it
 * is; or if it turns out that this is not the client's home, so that it will not be confirmed.
 */
export function confirm(replica: HermesReplica, clientId: number, then: () => void): void {
  const { recalls, standing, context } = replica;
  if (recalls.confirmed.has(clientId) || !isHome(replica, clientId)) return then();
  const known = recalls.asking.get(clientId);
  if (known !== undefined) return void known.then.push(then);
  const recall = {
    clientId,
    ticket: ++recalls.ticket,
    missing: standing.othersMask,
    askedAt: context.now(),
    then: [then],
  };
  recalls.asking.set(clientId, recall);
  ask(replica, recall);
}

function isHome({ isServing, standing, node }: HermesReplica, clientId: number): boolean {
  return isServing && homeOf(clientId, standing.servers) === node;
}

/** Nobody but us has ever heard of this client, since we gave it its id; or everybody has been asked. */
export function setConfirmed(replica: HermesReplica, clientId: number): void {
  const { recalls, options } = replica;
  // What has just become known here may have been known elsewhere since we stopped to be its home.
  if (!isHome(replica, clientId)) return;
  recalls.confirmed.add(clientId);
  // Whoever is forgotten is asked about again.
  if (recalls.confirmed.size <= 2 * options.sessionsMax) return;
  for (const oldest of recalls.confirmed) return void recalls.confirmed.delete(oldest);
}

function ask(replica: HermesReplica, recall: Recall): void {
  const { clientId, ticket } = recall;
  if (recall.missing === 0) return conclude(replica, recall);
  for (const other of replica.standing.others) {
    if ((recall.missing & bitOf(other)) === 0) continue;
    replica.send(other, { type: "recall", ticket, clientId });
  }
}

function conclude(replica: HermesReplica, { clientId, then }: Recall): void {
  replica.recalls.asking.delete(clientId);
  setConfirmed(replica, clientId);
  for (const each of then) each();
}

/** The questions, or the answers, may have been lost; or somebody was not done yet. */
export function askAgain(replica: HermesReplica): void {
  const { recalls: { asking }, context, options } = replica;
  const now = context.now();
  let room = AGAIN_MAX;
  for (const [clientId, recall] of asking) {
    if (recall.askedAt > now - options.heartbeatMs || room-- <= 0) return;
    recall.askedAt = now;
    asking.delete(clientId);
    asking.set(clientId, recall);
    ask(replica, recall);
  }
}

/**
 * Another replica wants to know. It is answered when we cannot forget any more that it was in this epoch,
 * and in this life: started anew we would take what is left of those before.
 */
export function onRecall(replica: HermesReplica, message: HermesMessageOf<"recall">): void {
  const { node, life } = message;
  // We are asked again.
  if (!replica.epochs.isCertain || replica.context.maybe("hermes/decline-recall")) return;
  whenRemembered(replica, node, life, () => tell(replica, message));
}

function tell(replica: HermesReplica, message: HermesMessageOf<"recall">): void {
  const { sessions } = replica;
  const { node, ticket, clientId } = message;
  const record = sessions.recordOf(clientId);
  const isPending = record !== undefined && !isSettled(replica, record);
  replica.send(node, {
    type: "recalled",
    ticket,
    clientId,
    evicted: sessions.evicted,
    record: isPending ? null : record ?? null,
    isPending,
  });
}

/** Whether it is certain what has become of a request; if not, sees to it that it will be. */
export function isSettled(replica: HermesReplica, record: SessionRecord): boolean {
  if (isCertain(record)) return true;
  const object = replica.objects.get(record.object);
  if (object !== undefined) replayNow(replica, object);
  return false;
}

/** Another replica's answer. */
export function onRecalled(replica: HermesReplica, message: HermesMessageOf<"recalled">): void {
  const { node, ticket, clientId, record, isPending, evicted } = message;
  const { sessions, recalls } = replica;
  const recall = recalls.asking.get(clientId);
  if (recall?.ticket !== ticket || isPending) return;
  if (record !== null) adoptRecord(replica, record);
  else if (clientId <= evicted && !sessions.isForgotten(clientId)) sessions.evict(clientId);
  recall.missing &= ~bitOf(node);
  if (recall.missing === 0) conclude(replica, recall);
}

/**
 * Another epoch. Clients whose home we were in the very one before, and still are, nobody else has served
 * meanwhile. Who is being asked about is asked about anew: an answer of the epoch before says nothing
 * of what came after it, from one who is not there any more.
 */
export function beginRecalls(replica: HermesReplica): void {
  const { recalls, standing } = replica;
  const { epoch } = standing;
  const isNext = epoch === recalls.epoch + 1;
  recalls.epoch = epoch;
  for (const clientId of recalls.confirmed) {
    if (!isNext || !isHome(replica, clientId)) recalls.confirmed.delete(clientId);
  }
  const asking = [...recalls.asking];
  recalls.asking.clear();
  for (const [clientId, { then }] of asking) {
    for (const each of then) confirm(replica, clientId, each);
  }
}
