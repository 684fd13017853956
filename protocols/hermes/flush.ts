/**
 * What the messages of one turn of the mailbox have led to goes out together: one entry of the journal, one
 * INV, one ACK and one VAL for each peer, however many updates there were. A message of the replica to itself
 * marks the end of the turn, so in a slow world nothing waits.
 *
 * INVs leave at once: our own sync and those of the others run at the same time. Acknowledgements, our own
 * of what we coordinate included, wait until everything before them is durable.
 *
 * @module
 */
import { Writer } from "../../actors/schema.ts";
import { GENESIS, sealEntry } from "../entry.ts";
import { acknowledgeToSelf, tryCommit } from "./acknowledgement.ts";
import { type JournalRecord, journalRecord } from "./journal_records.ts";
import { BATCH_MAX, type ObjectVersion, type Update } from "./messages.ts";
import type { Pending } from "./pending.ts";
import type { HermesReplica } from "./replica.ts";

/** Bytes after which an entry, or a message of updates, is closed. */
const BATCH_BYTES = 1024 * 1024;
/** Acknowledgements that wait for the disk, at most. What is sent again and again is not owed each time. */
const OWING_MAX = 1 << 18;

/** What waits until the journal has come so far. */
interface Owed {
  readonly opNumber: number;
  /** Acknowledgements, by the node that they are for. */
  readonly acks: readonly (readonly ObjectVersion[] | undefined)[];
  readonly own: readonly Pending[];
  readonly then: readonly (() => void)[];
}

/** What is to go out, and what has. */
export class FlushState {
  /** The last entry of the journal. */
  opNumber = 0;
  head: Uint8Array = GENESIS;
  /** Bytes of the journal since the newest snapshot. */
  logBytes = 0;
  /** Records of the next entry. */
  readonly records = new Writer(64 * 1024);
  recordCount = 0;
  /** Whether one of them is worth a sync. */
  isDue = false;
  isPosted = false;
  invs: Update[] = [];
  vals: ObjectVersion[] = [];
  acks: ObjectVersion[][] = [];
  own: Pending[] = [];
  then: (() => void)[] = [];
  readonly owed: Owed[] = [];
  /** Acknowledgements that wait. */
  owing = 0;
}

/** Has everything gathered go out when the messages are done that are in the mailbox now. */
export function post({ flushing, context }: HermesReplica): void {
  if (flushing.isPosted) return;
  flushing.isPosted = true;
  context.send(context.self, { type: "flush" });
}

/** Puts a record into the journal, to be durable before anything that is acknowledged from now on. */
export function journal(replica: HermesReplica, record: JournalRecord): void {
  replica.flushing.isDue = true;
  journalLazily(replica, record);
  post(replica);
}

/** Puts a record into the journal that may be lost. */
export function journalLazily(replica: HermesReplica, record: JournalRecord): void {
  const { flushing, context } = replica;
  if (flushing.recordCount === 0) flushing.records.u32(0);
  journalRecord.write(flushing.records, record);
  flushing.recordCount++;
  const isFull = flushing.records.length >= BATCH_BYTES;
  if (isFull || context.maybe("hermes/entry-of-one")) seal(replica);
}

/** Owes a node an acknowledgement; if there are too many it has to send its update again. */
export function owe({ flushing }: HermesReplica, node: number, version: ObjectVersion): void {
  if (flushing.owing >= OWING_MAX) return;
  flushing.owing++;
  (flushing.acks[node] ??= []).push(version);
}

/** Runs `then` when everything put into the journal so far is durable. */
export function whenDurable(replica: HermesReplica, then: () => void): void {
  replica.flushing.then.push(then);
  post(replica);
}

/** Lets out everything gathered. */
export function flush(replica: HermesReplica): void {
  const { flushing, context } = replica;
  flushing.isPosted = false;
  if (context.maybe("hermes/flush-later")) return;
  // In this order: whoever waits for an object to become valid begins as well as we do, who begin at once.
  sendVals(replica);
  sendInvs(replica);
  replica.sessions.evictSurplus();
  if (flushing.isDue) seal(replica);
  const { opNumber, acks, own, then, owed } = flushing;
  if (acks.length + own.length + then.length > 0) {
    owed.push({ opNumber, acks, own, then });
    flushing.acks = [];
    flushing.own = [];
    flushing.then = [];
  }
  settleOwed(replica);
}

/** Closes an entry of the journal. */
export function seal(replica: HermesReplica): void {
  const { flushing, durability } = replica;
  if (flushing.recordCount === 0) return;
  flushing.records.patchU32(0, flushing.recordCount);
  const entry = sealEntry({
    opNumber: ++flushing.opNumber,
    view: 0,
    time: 0,
    parent: flushing.head,
    requests: [flushing.records.view()],
  });
  flushing.records.reset();
  flushing.recordCount = 0;
  flushing.isDue = false;
  flushing.head = entry.checksum;
  flushing.logBytes += entry.bytes.length;
  durability.append([entry], () => settleOwed(replica));
}

/** Acknowledges what has become durable, once our word counts in this epoch. */
export function settleOwed(replica: HermesReplica): void {
  const { flushing: { owed }, durability, epochs } = replica;
  if (!epochs.isCertain) return;
  while (owed.length > 0 && owed[0]!.opNumber <= durability.durableOp) {
    const { acks, own, then } = owed.shift()!;
    sendAcks(replica, acks);
    for (const pending of own) {
      pending.isDurable = true;
      tryCommit(replica, pending);
    }
    for (const each of then) each();
  }
}

/**
 * Forgets what is of the epoch before: what is under way is sent again, and acknowledged again. What was
 * committed was so with the acknowledgements of that epoch: whoever is live in the next one may not have it yet.
 */
export function forgetUnsent({ flushing }: HermesReplica): void {
  flushing.invs = [];
  flushing.vals = [];
  flushing.acks = [];
  flushing.owing = 0;
  for (const [index, each] of flushing.owed.entries()) {
    flushing.owed[index] = { ...each, acks: [] };
  }
}

function sendAcks(replica: HermesReplica, byNode: Owed["acks"]): void {
  for (const acks of byNode) replica.flushing.owing -= acks?.length ?? 0;
  acknowledgeToSelf(replica, byNode[replica.node] ?? []);
  for (const other of replica.standing.others) {
    for (const acks of cut(byNode[other] ?? [])) replica.send(other, { type: "ack", acks });
  }
}

function sendVals(replica: HermesReplica): void {
  const { flushing } = replica;
  for (const vals of cut(flushing.vals)) replica.broadcast({ type: "val", vals });
  flushing.vals = [];
}

function sendInvs(replica: HermesReplica): void {
  const { flushing, epochs } = replica;
  if (!epochs.isRemembered) return;
  for (const updates of cut(flushing.invs)) replica.broadcast({ type: "inv", updates });
  flushing.invs = [];
}

/** Updates, or what names them, in messages of a bounded size. */
export function cut<T extends ObjectVersion>(items: readonly T[]): readonly (readonly T[])[] {
  const messages: T[][] = [];
  let last: T[] | undefined;
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (last === undefined || bytes + size > BATCH_BYTES || last.length === BATCH_MAX) {
      messages.push(last = []);
      bytes = 0;
    }
    last.push(item);
    bytes += size;
  }
  return messages;
}

/** About what an update takes up in a message at most, in bytes. */
function sizeOf({ object, state, requester }: ObjectVersion & Partial<Update>): number {
  return 100 + object.length * 3 + (state?.length ?? 0) + (requester?.result.length ?? 0);
}
