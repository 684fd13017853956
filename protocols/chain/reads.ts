/**
 * Reads that append nothing to the log. A replica with a lease knows that nothing is committed that has
 * not gone through it, so it answers on its own if nothing on its way touches the object (CRAQ 2.3:
 * a clean version), and otherwise asks the tail how far the log is committed: it has everything up to
 * there, so it is of no matter what else is committed meanwhile. All reads that wait share one question.
 *
 * The lease is tested in the turn that answers, whatever happened to the event loop before it.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import type { StalenessBound } from "../client_messages.ts";
import type { OrderingRequest } from "../ordering.ts";
import { commitTo, isServingTail } from "./commit.ts";
import type { ChainMessageOf } from "./messages.ts";
import type { ChainReplica } from "./replica.ts";

type FindReadIndex = Extract<OrderingRequest, { type: "find-read-index" }>;

/** What reads remember. */
export class ReadState {
  /** Names the question under way. */
  ticket: number;
  /** The client table's tickets that wait for its answer. */
  asking: number[] = [];
  askedAt = 0;
  /** Those that came later, and wait for the next one. */
  next: number[] = [];

  /** An answer to an earlier incarnation must not be taken for one to this one: it would be stale. */
  constructor(random: number) {
    this.ticket = Math.floor(random * 2 ** 52);
  }
}

/** How long the tail may take to answer before those who wait are told to ask elsewhere, in heartbeats. */
const PATIENCE_HEARTBEATS = 20;

/** Whether this replica may say what is committed: it is a member, and will be until now at least. */
function mayRead({ position, leaseUntil, context }: ChainReplica): boolean {
  return position.isMember && !position.isLeaving && context.now() < leaseUntil;
}

/** Our own client table wants to read. */
export function onFindReadIndex(replica: ChainReplica, message: FindReadIndex): void {
  const { ticket, object, bound } = message;
  const { execution, context, log, pending, options, position } = replica;
  if (bound !== undefined && isWithin(replica, object, bound)) {
    return answer(replica, ticket, execution.sent);
  }
  // With a bound whoever has the state may ask the tail.
  const isOfTail = options.reads === "tail" && bound === undefined;
  const isElsewhere = isOfTail && !position.isLast;
  if (!mayRead(replica) || isElsewhere || context.maybe("chain/refuse-read")) {
    return refuse(replica, ticket);
  }
  const isClean = pending.dirtOf(log, execution.sent, object).commands === 0;
  if (isClean && !context.maybe("chain/ask-tail")) return answer(replica, ticket, execution.sent);
  if (isServingTail(replica)) return answer(replica, ticket, replica.commitNumber);
  replica.reads.next.push(ticket);
  if (replica.reads.asking.length === 0) ask(replica);
}

/**
 * Whether what is executed here lags behind by no more than that (CRAQ 2.4). Under a lease what is
 * committed elsewhere is on its way through us; after it, anything may have been committed since.
 */
function isWithin(
  replica: ChainReplica,
  object: string | undefined,
  bound: StalenessBound,
): boolean {
  const { position, pending, log, execution, leaseUntil, context } = replica;
  if (!position.isMember || position.isLeaving) return false;
  const hasLease = mayRead(replica);
  const { commands, since } = pending.dirtOf(log, execution.sent, object);
  if (bound.versions !== null && (!hasLease || commands > bound.versions)) return false;
  const behindSince = hasLease ? since : Math.min(since, leaseUntil);
  return bound.ageMs === null || context.now() - behindSince <= bound.ageMs;
}

/** Asks the tail on behalf of all who wait. */
function ask(replica: ChainReplica): void {
  const { reads, context } = replica;
  reads.asking = reads.next;
  reads.next = [];
  reads.ticket++;
  reads.askedAt = context.now();
  put(replica);
}

/** Puts the question under way. A tail that has frozen has nobody to ask before the next epoch. */
function put(replica: ChainReplica): void {
  const { reads, position } = replica;
  const tail = position.members.at(-1);
  if (reads.asking.length === 0 || tail === undefined || position.isLast) return;
  replica.send(tail, { type: "versionQuery", ticket: reads.ticket });
}

/** The question, or its answer, may have been lost; or nobody answers any more. */
export function askAgain(replica: ChainReplica): void {
  const { reads, context, options } = replica;
  if (reads.asking.length === 0) return;
  const isLate = context.now() - reads.askedAt > options.heartbeatMs * PATIENCE_HEARTBEATS;
  if (!mayRead(replica) || isLate) return refuseAll(replica);
  put(replica);
}

/** A member wants to know how far the log is committed. Only a tail that is certain to be it may say. */
export function onVersionQuery(
  replica: ChainReplica,
  message: ChainMessageOf<"versionQuery">,
): void {
  const { position, commitNumber: opNumber } = replica;
  const { node, ticket } = message;
  if (!position.members.includes(node)) return;
  if (!isServingTail(replica) || !mayRead(replica)) return;
  replica.send(node, { type: "version", ticket, opNumber });
}

/** The tail's answer. What it has committed has gone through us: we have it, and may commit it, too. */
export function onVersion(replica: ChainReplica, message: ChainMessageOf<"version">): void {
  const { reads, log, position } = replica;
  const { node, ticket, opNumber } = message;
  if (node !== position.members.at(-1) || ticket !== reads.ticket) return;
  if (reads.asking.length === 0) return;
  replica.heard(node);
  if (!mayRead(replica)) return refuseAll(replica);
  invariant(opNumber <= log.opNumber, "what the tail has committed has gone through us");
  commitTo(replica, opNumber);
  const { asking } = reads;
  reads.asking = [];
  for (const each of asking) answer(replica, each, opNumber);
  if (reads.next.length > 0) ask(replica);
}

/** Another epoch: whoever waits for the tail asks the new one, or us, or elsewhere. */
export function beginReads(replica: ChainReplica): void {
  const { reads } = replica;
  const tickets = [...reads.asking, ...reads.next];
  if (tickets.length === 0) return;
  if (!mayRead(replica)) return refuseAll(replica);
  reads.asking = [];
  reads.next = tickets;
  if (!isServingTail(replica)) return ask(replica);
  reads.next = [];
  for (const ticket of tickets) answer(replica, ticket, replica.commitNumber);
}

function refuseAll(replica: ChainReplica): void {
  const { reads } = replica;
  for (const ticket of [...reads.asking, ...reads.next]) refuse(replica, ticket);
  reads.asking = [];
  reads.next = [];
}

function answer(replica: ChainReplica, ticket: number, opNumber: number): void {
  replica.context.send(replica.options.clientTable, { type: "read-index", ticket, opNumber });
}

function refuse(replica: ChainReplica, ticket: number): void {
  replica.context.send(replica.options.clientTable, { type: "read-refused", ticket });
}
