/**
 * How a replica starts. With its disk whole it holds everything that it ever acknowledged, and keeps its
 * place; what it began and nobody heard of it may have forgotten, which is why it starts a new life. A fresh
 * disk, or one that has lost something, makes it a new replica, by another birth: the master then removes the
 * old one, and may let the new one join.
 *
 * Whether an object is committed is known of those only of which the disk says so. The others are replayed.
 *
 * @module
 */
import { decode } from "../../actors/schema.ts";
import { requestsOf } from "../entry.ts";
import type { JournalReply } from "../journal.ts";
import { openLog } from "../loaded_log.ts";
import type { Log } from "../log.ts";
import { restore, restoreValid } from "./adoption.ts";
import { journal, seal } from "./flush.ts";
import { type JournalRecord, journalRecords } from "./journal_records.ts";
import { durableRecord } from "./record.ts";
import type { HermesReplica } from "./replica.ts";
import { announceRole } from "./role.ts";
import { loadSnapshot } from "./snapshots.ts";
import { LIVES } from "./timestamp.ts";

type Loaded = Extract<JournalReply, { type: "loaded" }>;

/** Everything that the journal holds. */
export function onLoaded(replica: HermesReplica, loaded: Loaded): void {
  const { context, flushing, durability } = replica;
  context.setTimer("heartbeat", 0, { type: "heartbeat" });
  const log = openLog(loaded);
  flushing.opNumber = log.opNumber;
  flushing.head = log.head;
  flushing.logBytes = log.bytes;
  durability.loaded(log.opNumber);
  if (loaded.record === undefined) return beAnother(replica);
  Object.assign(replica, decode(durableRecord, loaded.record));
  if (loaded.damage !== undefined) {
    const { kind, file, offset } = loaded.damage;
    context.log(
      "error",
      `the journal is damaged (${kind}) in ${file} at byte ${offset}: copying everything anew`,
    );
    return beAnother(replica);
  }
  const op = loaded.snapshot?.op ?? 0;
  loadSnapshot(replica, op, () => {
    readLog(replica, log, op);
    live(replica);
  });
}

function readLog(replica: HermesReplica, log: Log, after: number): void {
  for (let opNumber = after + 1; opNumber <= log.opNumber; opNumber++) {
    for (const bytes of requestsOf(log.get(opNumber)!)) {
      for (const record of decode(journalRecords, bytes)) take(replica, record);
    }
  }
  settleAwaited(replica);
}

/** Of some requests one reads only when their object is known to be committed. */
function settleAwaited({ objects, sessions }: HermesReplica): void {
  for (const name of sessions.awaited) {
    const record = objects.get(name);
    if (record?.isValid) sessions.settle(name, record.ts);
  }
}

function take(replica: HermesReplica, record: JournalRecord): void {
  const { objects, sessions } = replica;
  switch (record.type) {
    case "held":
      return restore(replica, record.object);
    case "session":
      return void sessions.adopt(record.record);
    case "copied":
      return void sessions.adopt(record.session.record, record.session.used);
    case "validated":
      return restoreValid(replica, record);
    case "evicted":
      return sessions.noteEvicted(record.clientId);
    case "forgotten":
      return sessions.evict(record.clientId);
    case "wiped":
      objects.clear();
      sessions.clear();
      return;
  }
}

/** Makes this the replica of a disk that was never used. */
function beAnother(replica: HermesReplica): void {
  const { context, flushing, durability } = replica;
  replica.birth = 1 + Math.floor(context.random() * (Number.MAX_SAFE_INTEGER - 1));
  // An earlier birth at this node may have left timestamps of its first lives with others.
  replica.life = Math.floor(context.random() * LIVES);
  replica.epoch = 0;
  replica.copiedIn = 0;
  // Before what is damaged is gone: nobody could tell any more that something is missing.
  replica.persist();
  // What is on the disk after our last entry is damaged, or nothing.
  durability.truncate(flushing.opNumber);
  journal(replica, { type: "wiped" });
  seal(replica);
  live(replica);
}

/** Nothing is sent before it is durable that this is another life. */
function live(replica: HermesReplica): void {
  replica.life++;
  replica.persist(() => {
    const { context, birth, life, epoch, objects } = replica;
    replica.isReady = true;
    // One that joins goes on to gather.
    if (replica.copiedIn !== replica.epoch) replica.sessions.endGathering();
    context.log(
      "info",
      `starting as ${birth}, life ${life}, of epoch ${epoch}: ${objects.count} objects, ` +
        `${objects.unsettled.size} of them not known to be committed`,
    );
    introduce(replica);
    announceRole(replica);
  });
}

/** Tells the membership who this is: it may be new itself, and know of nobody. */
export function introduce({ reports, birth, isReady }: HermesReplica): void {
  if (isReady) reports.introduce(birth);
}
