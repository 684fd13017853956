/**
 * Writes: an event of this replica, durable here, and then at as many members as the client wants.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import type { ClientOperation, ClientSession, GossipAsk, GossipReply } from "./client_messages.ts";
import type { NodeClock } from "./clock.ts";
import type { Written } from "./data.ts";
import { type Dot, type Dots, nodeOf, uniteDots } from "./dot.ts";
import { LeaseExhausted } from "./errors.ts";
import { journal, whenDurable } from "./flush.ts";
import { mailSoon } from "./mailing.ts";
import { eventSchema, type PeerMessageOf } from "./messages.ts";
import { sayStored } from "./mailing.ts";
import { repairOfKey } from "./repair.ts";
import type { GossipReplica } from "./replica.ts";
import { afterWrite, precedingWrite } from "./session.ts";
import { contextToken, neededFor, openSessionOf, refusal, sessionToken } from "./serving.ts";
import type { Operation } from "./strategy.ts";
import { openContext } from "./token.ts";
import { pull } from "./anti_entropy.ts";
import { askFor, wait } from "./waiting.ts";

/** A request to write. */
export type WriteAsk = Extract<GossipAsk, { type: "write" }>;
/** Tells the client. */
export type Answer = (reply: GossipReply) => void;

/** A write that waits for members to have it. */
interface PendingWrite {
  readonly dot: Dot;
  readonly key: string;
  readonly needed: number;
  readonly until: number;
  /** The nodes that have it durably. */
  readonly acknowledged: Set<number>;
  readonly answer: (acknowledged: Set<number>, isEnough: boolean) => void;
}

/** The writes that wait. */
export class WriteState {
  /** Own events, by their number. */
  readonly own = new Map<number, PendingWrite>();
  /** Retries of writes that are events of others, or were answered before. */
  readonly repeats = new Set<PendingWrite>();

  /** How many wait. */
  get size(): number {
    return this.own.size + this.repeats.size;
  }
}

/** A client wants to write. */
export function onWrite(
  replica: GossipReplica,
  ask: WriteAsk,
  patienceMs: number,
  answer: Answer,
): void {
  const { context, data, writes, options } = replica;
  const now = context.now();
  if (writes.size >= options.waitingMax) {
    return answer({ type: "overloaded", what: "writes that wait for other members" });
  }
  const until = now + ask.timeoutMs;
  const serve = () => guard(answer, () => perform(replica, ask, until, answer));
  if (ask.session === null) return serve();
  const { required } = openSessionOf(replica, "write", ask.session);
  wait(replica, {
    until: now + patienceMs,
    isReady: () => data.store.clock.dominates(required),
    go: serve,
    giveUp: () => answer({ type: "staleReplica", behind: required.minus(data.store.clock).count }),
    ask: () => askFor(replica, required),
  });
}

/** What makes no sense is refused; anything else that is thrown is a defect. */
export function guard(answer: Answer, serve: () => void): void {
  try {
    serve();
  } catch (error) {
    if (!(error instanceof TroupeError) || error.code === "assertion_failed") throw error;
    answer(refusal(error));
  }
}

function perform(replica: GossipReplica, ask: WriteAsk, until: number, answer: Answer): void {
  const { options, data, requesters, counts } = replica;
  const { key, requester } = ask;
  const operation = operationOf(options.cluster, key, ask.operation);
  const known = requester === null ? undefined : requesters.newestOf(requester.client);
  if (known !== undefined && known.number >= requester!.number) {
    if (known.number > requester!.number) return answer(superseded(known.number));
    return repeat(replica, ask, known.dot, seenBy(operation), until, answer);
  }
  let written: Written;
  try {
    written = data.perform(key, operation, replica.wallMs, seenBefore(replica, ask.session));
  } catch (error) {
    if (!(error instanceof LeaseExhausted)) throw error;
    return waitForLease(replica, ask, until, answer);
  }
  const { delta } = written;
  if (delta === undefined) return answerUnchanged(replica, ask, written, answer);
  const bytes = replica.encode(eventSchema, { delta, requester });
  journal(replica, { type: "event", bytes });
  if (requester !== null) requesters.note({ ...requester, dot: delta.dot });
  counts.written++;
  const needed = neededFor(replica, ask.level);
  const pending = pendingOf(replica, ask, delta.dot, written, false, until, needed, answer);
  whenDurable(replica, () => {
    replica.durableTop = Math.max(replica.durableTop, delta.dot.n);
    mailSoon(replica, { n: delta.dot.n, bytes, isAwaited: needed > 1 });
    if (needed <= 1) return pending.answer(pending.acknowledged, true);
    replica.writes.own.set(delta.dot.n, pending);
    replica.keepTime();
  });
}

function waitForLease(
  replica: GossipReplica,
  ask: WriteAsk,
  until: number,
  answer: Answer,
): void {
  replica.renewLease();
  const { hybridClock } = replica;
  wait(replica, {
    until,
    isReady: () => hybridClock.canIssue(replica.wallMs),
    go: () => guard(answer, () => perform(replica, ask, until, answer)),
    giveUp: () => answer({ type: "unavailable", why: "the bound of its stamps is not durable" }),
  });
}

/** The operation with its context opened. */
function operationOf(cluster: string, key: string, operation: ClientOperation): Operation {
  if (operation.type !== "put" && operation.type !== "delete") return operation;
  const { context: token, ...rest } = operation;
  // An empty one is that of a key that needs none.
  if (token === null || token === "") return rest;
  return { ...rest, context: openContext(cluster, key, token) };
}

/** What the client's session has seen: its event says that it comes after that. */
function seenBefore(replica: GossipReplica, asked: ClientSession | null): NodeClock | undefined {
  if (asked === null) return undefined;
  return precedingWrite(openSessionOf(replica, "write", asked).session, replica.stable);
}

function seenBy(operation: Operation): Dots {
  return "context" in operation ? operation.context ?? [] : [];
}

function superseded(newest: number): GossipReply {
  const message = `Cannot answer a write that was followed by number ${newest} of the client`;
  return { type: "refused", code: "superseded", message };
}

function answerUnchanged(
  replica: GossipReplica,
  { key, session: asked }: WriteAsk,
  { context, entries }: Written,
  answer: Answer,
): void {
  const reply: GossipReply = {
    type: "written",
    context: contextToken(replica, key, context),
    session: asked?.token ?? null,
    acknowledged: [replica.node],
    siblings: entries,
    isRepeat: false,
  };
  // It rests on events that may be forgotten in a crash.
  whenDurable(replica, () => answer(reply));
}

function sessionAfter(replica: GossipReplica, asked: ClientSession, dot: Dot): string {
  const { session } = openSessionOf(replica, "write", asked);
  return sessionToken(replica, afterWrite(session, dot));
}

function pendingOf(
  replica: GossipReplica,
  { key, session: asked }: WriteAsk,
  dot: Dot,
  { context, entries }: Pick<Written, "context" | "entries">,
  isRepeat: boolean,
  until: number,
  needed: number,
  answer: Answer,
): PendingWrite {
  const tokens = {
    context: contextToken(replica, key, context),
    session: asked === null ? null : sessionAfter(replica, asked, dot),
  };
  return {
    dot,
    key,
    needed,
    until,
    acknowledged: new Set([replica.node]),
    answer: (nodes, isEnough) => {
      const acknowledged = [...nodes].sort((left, right) => left - right);
      const common = { ...tokens, acknowledged, siblings: entries, isRepeat };
      answer(
        isEnough
          ? { type: "written", ...common }
          : { type: "insufficientWrite", ...common, needed },
      );
    },
  };
}

// Retries

/** A write that is known as an event. Who has it is found out anew. */
function repeat(
  replica: GossipReplica,
  ask: WriteAsk,
  dot: Dot,
  seen: Dots,
  until: number,
  answer: Answer,
): void {
  const { data: { store }, writes } = replica;
  const context = uniteDots([dot], seen.filter((each) => !store.clock.has(each)));
  const entries = store.entries(ask.key).length;
  const needed = neededFor(replica, ask.level);
  const written = { context, entries };
  const pending = pendingOf(replica, ask, dot, written, true, until, needed, answer);
  whenDurable(replica, () => {
    if (needed <= 1) return pending.answer(pending.acknowledged, true);
    writes.repeats.add(pending);
    askForConfirmation(replica);
    replica.keepTime();
  });
}

/** Asks the members that have not said so whether they have what was asked for again. */
export function askForConfirmation(replica: GossipReplica): void {
  for (const { key, dot, acknowledged } of replica.writes.repeats) {
    for (const node of replica.others) {
      if (!acknowledged.has(node)) replica.send(node, { type: "confirm", key, dot });
    }
  }
}

/** Somebody wants to know whether an event is here. */
export function onConfirm(replica: GossipReplica, message: PeerMessageOf<"confirm">): void {
  const { from, dot } = message;
  if (replica.data.store.clock.has(dot)) sayStored(replica, nodeOf(from), dot);
  else pull(replica, nodeOf(from));
}

// Acknowledgements

/** A node has these durably. */
export function acknowledge({ writes, id }: GossipReplica, node: number, dots: NodeClock): void {
  if (writes.size === 0) return;
  const intervals = dots.intervals(id);
  for (let at = 0; at < intervals.length; at += 2) {
    const [first, last] = [intervals[at]!, intervals[at + 1]!];
    if (last - first > writes.own.size) {
      for (const [n, pending] of writes.own) if (n >= first && n <= last) take(pending);
    } else {
      for (let n = first; n <= last; n++) {
        const pending = writes.own.get(n);
        if (pending !== undefined) take(pending);
      }
    }
  }
  for (const pending of writes.repeats) if (dots.has(pending.dot)) take(pending);

  function take(pending: PendingWrite): void {
    pending.acknowledged.add(node);
    if (pending.acknowledged.size >= pending.needed) settle(writes, pending, true);
  }
}

function settle(writes: WriteState, pending: PendingWrite, isEnough: boolean): void {
  if (!writes.repeats.delete(pending)) writes.own.delete(pending.dot.n);
  pending.answer(pending.acknowledged, isEnough);
}

/** Says of what has waited for too long who has it. */
export function expireWrites({ writes, context }: GossipReplica): void {
  const now = context.now();
  for (const pending of [...writes.own.values(), ...writes.repeats]) {
    if (now >= pending.until) settle(writes, pending, false);
  }
}

/** Sends a member what it lacks of a key. */
export function repairKey(
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
