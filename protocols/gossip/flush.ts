/**
 * What the messages of one turn of the mailbox have led to goes out together: one entry of the journal, one mail
 * and one acknowledgement for each peer, however many events there were. A message of the replica to itself marks
 * the end of the turn, so in a slow world nothing waits.
 *
 * Nothing that shows an event leaves the node before the event is durable: an own event that is forgotten in a
 * crash would have its dot issued again, and one of another would be believed to be here. Since all that is taken
 * in is journaled in order, it is enough to wait for the journal's last entry at the time.
 *
 * @module
 */
import { Writer } from "../../actors/schema.ts";
import { GENESIS, sealEntry } from "../entry.ts";
import { type JournalRecord, journalRecord } from "./journal_records.ts";
import { oweStored, sendMail } from "./mailing.ts";
import type { GossipReplica } from "./replica.ts";
import { lookAtWaiting } from "./waiting.ts";

/** Bytes after which an entry is closed. */
const BATCH_BYTES = 1024 * 1024;

/** What waits until the journal has come so far. */
interface Owed {
  readonly opNumber: number;
  readonly then: readonly (() => void)[];
}

/** What is to become durable, and what waits for it. */
export class FlushState {
  /** The last entry of the journal. */
  opNumber = 0;
  head: Uint8Array = GENESIS;
  /** Bytes of the journal since the newest snapshot. */
  logBytes = 0;
  /** Records of the next entry. */
  readonly records = new Writer(64 * 1024);
  recordCount = 0;
  isPosted = false;
  then: (() => void)[] = [];
  readonly owed: Owed[] = [];
}

/** Has everything gathered go out when the messages are done that are in the mailbox now. */
export function post({ flushing, context }: GossipReplica): void {
  if (flushing.isPosted) return;
  flushing.isPosted = true;
  context.send(context.self, { type: "flush" });
}

/** Puts a record into the journal. */
export function journal(replica: GossipReplica, record: JournalRecord): void {
  const { flushing } = replica;
  if (flushing.recordCount === 0) flushing.records.u32(0);
  journalRecord.write(flushing.records, record);
  flushing.recordCount++;
  if (flushing.records.length >= BATCH_BYTES) seal(replica);
  post(replica);
}

/** Runs `then` when everything put into the journal so far is durable; never within this turn. */
export function whenDurable(replica: GossipReplica, then: () => void): void {
  replica.flushing.then.push(then);
  post(replica);
}

/** Lets out everything gathered. */
export function flush(replica: GossipReplica): void {
  const { flushing } = replica;
  // What these lead to still belongs to this turn.
  flushing.isPosted = true;
  lookAtWaiting(replica);
  oweStored(replica);
  seal(replica);
  const { opNumber, then, owed } = flushing;
  if (then.length > 0) {
    owed.push({ opNumber, then });
    flushing.then = [];
  }
  flushing.isPosted = false;
  settleOwed(replica);
}

/** Closes an entry of the journal. */
export function seal(replica: GossipReplica): void {
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
  flushing.head = entry.checksum;
  flushing.logBytes += entry.bytes.length;
  durability.append([entry], () => settleOwed(replica));
}

/** Does what has waited for what is durable now. */
function settleOwed(replica: GossipReplica): void {
  const { flushing: { owed }, durability } = replica;
  while (owed.length > 0 && owed[0]!.opNumber <= durability.durableOp) {
    for (const each of owed.shift()!.then) each();
  }
  sendMail(replica);
}
