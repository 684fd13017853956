/**
 * Reads of a key: of what is here, or joined with what others have. What is shown is durable, somewhere.
 *
 * @module
 */
import { TransientMap } from "../../actors/transient.ts";
import type { ClientSession, GossipAsk } from "./client_messages.ts";
import type { NodeClock } from "./clock.ts";
import { nodeOf } from "./dot.ts";
import { whenDurable } from "./flush.ts";
import type { PeerMessageOf } from "./messages.ts";
import { repairOfKey } from "./repair.ts";
import type { GossipReplica } from "./replica.ts";
import { afterRead } from "./session.ts";
import { contextToken, neededFor, openSessionOf, sessionToken } from "./serving.ts";
import { dotsIn, onReset, takeRepair } from "./anti_entropy.ts";
import { isRemembered } from "./reports.ts";
import { askFor, askForSync, stalenessMs, wait } from "./waiting.ts";
import { type Answer, guard } from "./writes.ts";

/** A request to read. */
export type ReadAsk = Extract<GossipAsk, { type: "read" }>;

/** A read that waits for members to answer. */
interface PendingRead {
  readonly ask: ReadAsk;
  readonly needed: number;
  readonly until: number;
  readonly answer: Answer;
  /** The clocks of the nodes that have answered. */
  readonly answered: Map<number, NodeClock>;
}

/** The token of a session that is longer may name all that is here, and not only what was read. */
const LONG_TOKEN = 4_096;

/** The reads that wait. */
export class ReadState {
  readonly pending = new TransientMap<number, PendingRead>();
  ticket: number;

  /** An answer to an earlier process must not be taken for one to this one. */
  constructor(random: number) {
    this.ticket = Math.floor(random * 2 ** 52);
  }
}

/** A client wants to read a key. */
export function onRead(
  replica: GossipReplica,
  ask: ReadAsk,
  patienceMs: number,
  answer: Answer,
): void {
  const until = replica.context.now() + ask.timeoutMs;
  waitForSession(replica, ask, patienceMs, answer, () => {
    const needed = neededFor(replica, ask.level);
    if (needed <= 1) show(replica, ask, [replica.node], 1, answer);
    else askOthers(replica, { ask, needed, until, answer, answered: new Map() });
  });
}

/** Serves a read when what the session has seen is here, and nothing is too old. */
export function waitForSession(
  replica: GossipReplica,
  ask: Extract<GossipAsk, { type: "read" | "scan" }>,
  patienceMs: number,
  answer: Answer,
  serve: () => void,
): void {
  const { data: { store }, context } = replica;
  if (ask.session === null && ask.maxStalenessMs === null) return serve();
  const { required } = openSessionOf(replica, "read", ask.session);
  const { maxStalenessMs } = ask;
  const hasSession = () => store.clock.dominates(required);
  const isFresh = () =>
    maxStalenessMs === null || (stalenessMs(replica) ?? Infinity) <= maxStalenessMs;
  wait(replica, {
    until: context.now() + patienceMs,
    isReady: () => hasSession() && isFresh(),
    go: () => guard(answer, serve),
    giveUp: () => {
      if (!hasSession()) {
        return answer({ type: "staleReplica", behind: required.minus(store.clock).count });
      }
      const ageMs = stalenessMs(replica);
      answer({ type: "tooStale", ageMs: ageMs === undefined ? null : Math.floor(ageMs) });
    },
    ask: () => {
      if (!hasSession()) askFor(replica, required);
      if (!isFresh()) askForSync(replica, maxStalenessMs!);
    },
  });
}

/** Tells what the key is here. */
function show(
  replica: GossipReplica,
  { key, session: asked }: ReadAsk,
  answered: readonly number[],
  needed: number,
  answer: Answer,
): void {
  const { data, id, durableTop } = replica;
  const { reading, context } = data.read(key);
  const common = {
    reading,
    context: contextToken(replica, key, context),
    session: asked === null ? null : sessionAfter(replica, asked, key),
    answered,
  };
  const tell = () =>
    answer(
      answered.length >= needed
        ? { type: "found", ...common }
        : { type: "insufficientRead", ...common, needed },
    );
  const { index } = data.store;
  const isLong = index.isTrimmed || (common.session?.length ?? 0) > LONG_TOKEN;
  const isShownDurable = () =>
    !isLong && index.dotsOf(key).every(({ replica: by, n }) => by !== id || n <= durableTop);
  // A token that would be too long names all that is here instead.
  const isNamedDurable = () =>
    common.session === null || ownNamed(replica, asked!, common.session) <= durableTop;
  const isAllDurable = data.store.clock.top(id) === durableTop;
  if (isAllDurable || (isShownDurable() && isNamedDurable())) tell();
  else whenDurable(replica, tell);
}

/** The newest event of our own that a token names. */
function ownNamed(replica: GossipReplica, asked: ClientSession, token: string): number {
  return openSessionOf(replica, "read", { ...asked, token }).session.reads.top(replica.id);
}

function sessionAfter(replica: GossipReplica, asked: ClientSession, key: string): string {
  const { session } = openSessionOf(replica, "read", asked);
  return sessionToken(replica, afterRead(session, replica.data.store, key));
}

function askOthers(replica: GossipReplica, read: PendingRead): void {
  const { reads, options, data } = replica;
  if (reads.pending.size >= options.waitingMax) {
    return read.answer({ type: "overloaded", what: "reads that wait for other members" });
  }
  const ticket = ++reads.ticket;
  reads.pending.set(ticket, read);
  const clock = data.store.clock.clone();
  for (const node of replica.others) {
    replica.send(node, { type: "fetch", ticket, key: read.ask.key, clock });
  }
  replica.keepTime();
}

/** Asks again those who have not answered. */
export function fetchAgain(replica: GossipReplica): void {
  const { reads, data, others } = replica;
  for (const [ticket, { ask: { key }, answered }] of reads.pending) {
    const clock = data.store.clock.clone();
    for (const node of others) {
      if (!answered.has(node)) replica.send(node, { type: "fetch", ticket, key, clock });
    }
  }
}

/** Somebody reads a key: what has it missed of that? */
export function onFetch(replica: GossipReplica, message: PeerMessageOf<"fetch">): void {
  const { from, ticket, key, clock: theirs } = message;
  const { data: { store }, transfer } = replica;
  if (transfer.isAdopting || !isRemembered(replica, theirs)) return;
  const repair = repairOfKey(store, theirs, key);
  const clock = store.clock.clone();
  const isReset = repair === "reset";
  const part = repair === "nothing" || repair === "reset" ? null : repair;
  const requests = part === null ? [] : replica.requesters.of(dotsIn(part));
  whenDurable(replica, () => {
    const reply = { ticket, clock, repair: part, requests, isReset };
    replica.send(nodeOf(from), { type: "fetched", ...reply });
  });
}

/** Somebody has told what was missed of a key. */
export function onFetched(replica: GossipReplica, message: PeerMessageOf<"fetched">): void {
  const { from, ticket, repair, requests, clock, isReset } = message;
  const { reads: { pending } } = replica;
  const read = pending.get(ticket);
  if (read === undefined || !isRemembered(replica, clock)) return;
  if (isReset) return onReset(replica, { type: "reset", from });
  if (repair !== null && !takeRepair(replica, repair, requests)) return;
  // A stamp that is too far ahead was not taken in.
  if (repair?.fragments.some(({ entries }) => entries.some(({ dot }) => !hasDot(dot)))) return;
  read.answered.set(nodeOf(from), clock);
  if (read.answered.size + 1 < read.needed) return;
  pending.delete(ticket);
  settle(replica, read);

  function hasDot(dot: { readonly replica: number; readonly n: number }): boolean {
    return replica.data.store.clock.has(dot);
  }
}

/** Tells the client, and those that have answered what the others have. */
function settle(replica: GossipReplica, read: PendingRead): void {
  const { ask, needed, answer, answered } = read;
  const nodes = [replica.node, ...answered.keys()].sort((left, right) => left - right);
  guard(answer, () => show(replica, ask, nodes, needed, answer));
  for (const [node, theirs] of answered) repairKey(replica, node, ask.key, theirs);
}

/** Tells what is known of what has waited for too long. */
export function expireReads(replica: GossipReplica): void {
  const { reads: { pending }, context } = replica;
  for (const [ticket, read] of pending) {
    if (context.now() < read.until) continue;
    pending.delete(ticket);
    settle(replica, read);
  }
}

/** Sends a member what it lacks of a key. */
function repairKey(
  replica: GossipReplica,
  node: number,
  key: string,
  theirs: NodeClock,
): void {
  const { data: { store }, requesters } = replica;
  const repair = repairOfKey(store, theirs, key);
  if (repair === "nothing" || repair === "reset") return;
  const { entries, gone } = repair.fragments[0]!;
  const requests = requesters.of([...entries.map(({ dot }) => dot), ...gone]);
  replica.counts.repairsSent++;
  whenDurable(replica, () => replica.send(node, { type: "repair", repair, requests }));
}
