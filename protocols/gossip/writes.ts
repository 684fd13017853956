/**
 * Writes: an event of this replica, durable here, and then at as many members as the client wants.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import { askForConfirmation, type PendingWrite } from "./acknowledgement.ts";
import type { ClientOperation, ClientSession, GossipAsk, GossipReply } from "./client_messages.ts";
import type { NodeClock } from "./clock.ts";
import type { Written } from "./data.ts";
import { type Dot, type Dots, uniteDots } from "./dot.ts";
import { LeaseExhausted } from "./errors.ts";
import { journal, whenDurable } from "./flush.ts";
import { mailSoon } from "./mailing.ts";
import { eventSchema } from "./messages.ts";
import type { GossipReplica } from "./replica.ts";
import { afterRead, afterWrite, precedingWrite } from "./session.ts";
import { contextToken, neededFor, openSessionOf, refusal, sessionToken } from "./serving.ts";
import type { Operation } from "./strategy.ts";
import { openContext } from "./token.ts";
import { askFor, wait } from "./waiting.ts";

/** A request to write. */
export type WriteAsk = Extract<GossipAsk, { type: "write" }>;
/** Tells the client. */
export type Answer = (reply: GossipReply) => void;

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
  if (replica.stalled !== null) {
    return answer({
      type: "unavailable",
      why: `the journal of node ${replica.node} takes no writes`,
    });
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
  if (delta === undefined) return answerUnchanged(replica, ask, written, until, answer);
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
  const seen = precedingWrite(openSessionOf(replica, "write", asked).session, replica.stable);
  // Without some guarantees a session may have seen what was never here, and may be lost by now.
  return seen.meet(replica.data.store.clock);
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
  { key, level, session: asked }: WriteAsk,
  { context, entries }: Written,
  until: number,
  answer: Answer,
): void {
  const { store } = replica.data;
  const common = {
    context: contextToken(replica, key, context),
    session: asked === null ? null : sessionRemoving(replica, asked, key),
    acknowledged: [replica.node],
    siblings: entries,
    isRepeat: false,
  };
  const needed = neededFor(replica, level);
  // Whoever removed it before may not have told the others; if they know of all that has become of the key
  // there is nothing left to tell.
  const isKnownToAll = !store.index.isTrimmed && store.index.dotsOf(key).length === 0;
  const reply: GossipReply = needed <= 1 || isKnownToAll
    ? { type: "written", ...common }
    : { type: "insufficientWrite", ...common, needed };
  // It rests on events that may be forgotten in a crash.
  whenAdopted(replica, until, answer, () => whenDurable(replica, () => answer(reply)));
}

/** What has removed something before is what the write of a session amounts to that finds nothing to remove. */
function sessionRemoving(replica: GossipReplica, asked: ClientSession, key: string): string {
  const { session } = openSessionOf(replica, "write", asked);
  return sessionToken(replica, afterRead(session, replica.data.store, key));
}

/**
 * Answers what rests on events that have come with a whole state when that is durable. If that takes too long
 * nobody else is to be asked, who may not know of the event, and would make another one.
 */
function whenAdopted(
  replica: GossipReplica,
  until: number,
  answer: Answer,
  go: () => void,
): void {
  wait(replica, {
    until,
    isReady: () => !replica.transfer.isAdopting,
    go,
    giveUp: () => answer({ type: "unknown" }),
  });
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
  const confirm = () => {
    if (needed <= 1) return pending.answer(pending.acknowledged, true);
    writes.repeats.add(pending);
    askForConfirmation(replica);
    replica.keepTime();
  };
  whenAdopted(replica, until, answer, () => whenDurable(replica, confirm));
}
