/**
 * Reads, which every server answers by itself (Hermes 3.2, 4.9 of the reference): what is valid here is what
 * everybody has, as long as nobody was committed without us. That much a lease tells, which is tested in
 * the very turn that answers; or a check, without any clock, that the epoch has not ended, made after the
 * object was read (Hermes 8). What is not valid is waited for.
 *
 * @module
 */
import { type ClientReply, type QueryConsistency, resultReply } from "../client_messages.ts";
import type { Ref } from "../../actors/ref.ts";
import { TransientMap } from "../../actors/transient.ts";
import { expectValid } from "./replays.ts";
import type { ObjectRecord } from "./objects.ts";
import type { HermesReplica } from "./replica.ts";
import type { ReplicaRequest } from "./requests.ts";
import { Scan } from "./scan.ts";

type ReadRequest = Extract<ReplicaRequest, { type: "read" }>;

/** A read that is under way. */
export interface Read {
  readonly query: Uint8Array;
  readonly consistency: QueryConsistency;
  readonly replyTo: Ref<ClientReply>;
  /** Since when, by `Context.now()`. */
  readonly since: number;
}

/** What waits for objects to become valid. */
export interface Waiter {
  readonly read: Read;
  /** One of the objects is valid. */
  wake(record: ObjectRecord): void;
}

/** An answer that is held back until it is certain that the epoch had not ended. */
interface Held {
  readonly read: Read;
  readonly reply: ClientReply;
}

/** What reads remember. */
export class ReadState {
  /** Names the check under way. */
  ticket: number;
  checking: Held[] = [];
  /** Those that came later, and wait for the next check. */
  next: Held[] = [];
  /** Who waits for an object, by the object. */
  readonly waiters = new TransientMap<ObjectRecord, Set<Waiter>>();
  /** Those who wait, the oldest first, and for what. */
  readonly waits = new TransientMap<Waiter, Set<ObjectRecord>>();

  /** An answer to an earlier incarnation must not be taken for one to this one. */
  constructor(random: number) {
    this.ticket = Math.floor(random * 2 ** 52);
  }

  /** Reads that wait. */
  get waiting(): number {
    return this.waits.size + this.checking.length + this.next.length;
  }
}

/** How long a read waits before its client is told to ask again, in milliseconds. */
const PATIENCE_MS = 500;

/** Our own client table wants to read. */
export function onRead(replica: HermesReplica, request: ReadRequest): void {
  const { context, isServing, options, reads } = replica;
  const { query, consistency, replyTo } = request;
  const read = { query, consistency, replyTo, since: context.now() };
  if (!isServing) return refuse(replica, read, "This node does not serve reads at present");
  if (reads.waiting >= options.readsMax || context.maybe("hermes/refuse-read")) {
    const what = `${reads.waiting} reads are under way`;
    return context.send(replyTo, { type: "overloaded", what });
  }
  const object = options.machine.queryObject(query);
  if (object === undefined) return new Scan(replica, read).run();
  const record = replica.objects.get(object);
  if (record === undefined || record.isValid) return answerFrom(replica, read, record);
  const one = { read, wake: (woken: ObjectRecord) => answerFrom(replica, read, woken) };
  waitFor(replica, one, [record]);
}

function answerFrom(replica: HermesReplica, read: Read, record: ObjectRecord | undefined): void {
  const revision = record?.revision ?? 0;
  const { machine } = replica.options;
  const result = machine.answer(read.query, record?.bytes ?? null, revision);
  release(replica, read, resultReply(revision, result));
}

/** Has somebody woken by each of the objects, when it is valid. */
export function waitFor(
  replica: HermesReplica,
  waiter: Waiter,
  records: readonly ObjectRecord[],
): void {
  const { reads, counts } = replica;
  counts.stalledReads++;
  reads.waits.set(waiter, new Set(records));
  for (const record of records) {
    const waiters = reads.waiters.get(record);
    if (waiters === undefined) reads.waiters.set(record, new Set([waiter]));
    else waiters.add(waiter);
    expectValid(replica, record);
  }
}

/** An object is valid, and nothing of ours is under way on it yet. */
export function wake({ reads }: HermesReplica, record: ObjectRecord): void {
  const waiters = reads.waiters.get(record);
  if (waiters === undefined) return;
  reads.waiters.delete(record);
  for (const waiter of waiters) {
    const missing = reads.waits.get(waiter)!;
    missing.delete(record);
    if (missing.size === 0) reads.waits.delete(waiter);
    waiter.wake(record);
  }
}

/**
 * Tells what was read in this turn, if it is certain that it is not out of date, or not by more than the
 * client allows; or as soon as that is.
 */
export function release(replica: HermesReplica, read: Read, reply: ClientReply): void {
  const { context, options, reads } = replica;
  if (isWithin(replica, read.consistency)) return context.send(read.replyTo, reply);
  if (options.reads === "lease") return refuse(replica, read, "The lease of this node has ended");
  reads.next.push({ read, reply });
  if (reads.checking.length === 0) check(replica);
}

/**
 * Under a lease what is valid is up to date. After its end anything may have been committed since; so its
 * age is known, and the number of versions is not.
 */
function isWithin({ context, leaseUntil, options }: HermesReplica, consistency: QueryConsistency) {
  if (consistency === "stale") return true;
  const isLinearizable = consistency === "linearizable";
  if (isLinearizable) return options.reads === "lease" && context.now() < leaseUntil;
  const { ageMs, versions } = consistency;
  if (ageMs === null && versions === null) return true;
  const graceMs = versions === null ? ageMs! : 0;
  return context.now() < leaseUntil + graceMs;
}

/** Asks whether the epoch has not ended, on behalf of all who wait for that. */
function check(replica: HermesReplica): void {
  const { reads } = replica;
  reads.checking = reads.next;
  reads.next = [];
  reads.ticket++;
  sendCheck(replica);
}

function sendCheck({ reads, context, options, standing: { epoch } }: HermesReplica): void {
  const { membership, volume } = options;
  if (reads.checking.length === 0) return;
  context.send(membership, { type: "check", volume, epoch, ticket: reads.ticket });
}

/** It had not, when that was asked: what was read before is what everybody had then. */
export function onChecked(replica: HermesReplica, ticket: number): void {
  const { reads, context } = replica;
  if (ticket !== reads.ticket) return;
  for (const { read, reply } of reads.checking) context.send(read.replyTo, reply);
  reads.checking = [];
  if (reads.next.length > 0) check(replica);
}

/** Another epoch: nobody will say any more that the one before had not ended. */
export function beginReads(replica: HermesReplica): void {
  const { reads, isServing } = replica;
  refuseChecked(replica, () => true);
  if (isServing) return;
  for (const waiter of reads.waits.keys()) giveUp(replica, waiter);
}

/** Who has waited too long is told so; and a question may have been lost. */
export function askAgain(replica: HermesReplica): void {
  const { reads, context } = replica;
  const before = context.now() - PATIENCE_MS;
  for (const waiter of reads.waits.keys()) {
    if (waiter.read.since > before) break;
    giveUp(replica, waiter);
  }
  refuseChecked(replica, ({ read }) => read.since <= before);
  sendCheck(replica);
}

function refuseChecked(replica: HermesReplica, isOver: (held: Held) => boolean): void {
  const { reads } = replica;
  for (const held of [...reads.checking, ...reads.next]) {
    if (isOver(held)) refuse(replica, held.read, "The epoch could not be confirmed");
  }
  reads.checking = reads.checking.filter((held) => !isOver(held));
  reads.next = reads.next.filter((held) => !isOver(held));
  if (reads.checking.length === 0 && reads.next.length > 0) check(replica);
}

function giveUp(replica: HermesReplica, waiter: Waiter): void {
  const { reads } = replica;
  for (const record of reads.waits.get(waiter)!) {
    const waiters = reads.waiters.get(record);
    waiters?.delete(waiter);
    if (waiters?.size === 0) reads.waiters.delete(record);
  }
  reads.waits.delete(waiter);
  refuse(replica, waiter.read, "What is read is being written, and was not committed in time");
}

function refuse({ context }: HermesReplica, { replyTo }: Read, why: string): void {
  context.send(replyTo, { type: "unavailable", why });
}
