/**
 * How a replica starts. With its disk whole it goes on as the same replica: it has everything that it ever said to
 * have. A fresh disk, one that has lost something, and one that has gone back in time make it another: its dots might
 * be issued again otherwise. So does having been closed. It then has nothing, and is admitted anew.
 *
 * @module
 */
import { decode } from "../../actors/schema.ts";
import { requestsOf } from "../entry.ts";
import type { JournalReply } from "../journal.ts";
import { openLog } from "../loaded_log.ts";
import type { Log } from "../log.ts";
import { incarnationOf, replicaId } from "./dot.ts";
import { journal, whenDurable } from "./flush.ts";
import { type JournalRecord, journalRecords } from "./journal_records.ts";
import { eventSchema } from "./messages.ts";
import { type DurableRecord, durableRecord, FORMER_MAX } from "./record.ts";
import { applyRepair } from "./repair.ts";
import type { GossipReplica } from "./replica.ts";
import { membersChanged } from "./reports.ts";
import { loadSnapshot } from "./snapshots.ts";
import { announce } from "./standing.ts";

type Loaded = Extract<JournalReply, { type: "loaded" }>;

/** Everything that the journal holds. */
export function onLoaded(replica: GossipReplica, loaded: Loaded): void {
  const { context, options, flushing, durability } = replica;
  context.send(options.swim, { type: "survey" });
  const log = openLog(loaded);
  flushing.opNumber = log.opNumber;
  flushing.head = log.head;
  flushing.logBytes = log.bytes;
  durability.loaded(log.opNumber);
  if (loaded.record === undefined) return beginAnew(replica, "its disk is new");
  const record = decode(durableRecord, loaded.record);
  replica.boundMs = record.boundMs;
  replica.former = record.former;
  replica.begin(record.replica);
  if (loaded.damage !== undefined) {
    const { kind, file, offset } = loaded.damage;
    return beginAnew(replica, `the journal is damaged (${kind}) in ${file} at byte ${offset}`);
  }
  if (!record.isWhole) return beginAnew(replica, "it had not taken in any state");
  if (record.hasLeft) return beginAnew(replica, "it had left");
  const op = loaded.snapshot?.op ?? 0;
  loadSnapshot(replica, op, () => {
    if (!readLog(replica, log, op)) {
      return beginAnew(replica, "a state that it had taken in is lost with its snapshot");
    }
    if (replica.closed.has(replica.id)) return beginAnew(replica, "it was leaving");
    goOn(replica, record);
  });
}

/** Takes up the log after a snapshot; false if something that is not in the log is missing. */
function readLog(replica: GossipReplica, log: Log, after: number): boolean {
  let isComplete = true;
  for (let opNumber = after + 1; opNumber <= log.opNumber; opNumber++) {
    for (const bytes of requestsOf(log.get(opNumber)!)) {
      for (const record of decode(journalRecords, bytes)) {
        take(replica, record);
        if (record.type === "adopted") isComplete &&= record.op <= after;
        if (record.type === "wiped") isComplete = true;
      }
    }
  }
  return isComplete;
}

function take(replica: GossipReplica, record: JournalRecord): void {
  const { data: { store }, requesters, members, closed } = replica;
  switch (record.type) {
    case "event": {
      const { delta, requester } = decode(eventSchema, record.bytes);
      store.apply(delta);
      if (requester !== null) requesters.note({ ...requester, dot: delta.dot });
      return;
    }
    case "repair":
      applyRepair(store, record.repair);
      return;
    case "request":
      return requesters.note(record.request);
    case "member":
      members.add(record.replica);
      return;
    case "closed":
      members.delete(record.replica);
      closed.add(record.replica);
      return;
    case "adopted":
      return;
    case "wiped":
      return replica.begin(replica.id);
  }
}

/** Goes on as the replica that it was. */
function goOn(replica: GossipReplica, { admitters }: DurableRecord): void {
  const { context, data: { store } } = replica;
  replica.admitters = admitters;
  replica.isWhole = true;
  replica.isRecorded = true;
  replica.isStarted = true;
  replica.state = "ready";
  replica.resumeClock();
  replica.durableTop = store.clock.top(replica.id);
  context.log("info", `going on with ${store.size} keys and ${store.clock.count} events`);
  membersChanged(replica);
  replica.renewLease();
}

/** Becomes another replica, which has nothing. */
export function beginAnew(replica: GossipReplica, why: string): void {
  const { context, flushing, durability, node } = replica;
  context.log("warn", `beginning another life: ${why}`);
  flushing.then = [];
  flushing.owed.length = 0;
  flushing.records.reset();
  flushing.recordCount = 0;
  if (incarnationOf(replica.id) !== 0) {
    replica.former = [...replica.former, replica.id].slice(-FORMER_MAX);
  }
  replica.begin(replicaId(node, 1 + Math.floor(context.random() * (2 ** 32 - 1))));
  replica.state = "joining";
  // First the new name: the old one over an empty log would issue its dots again.
  replica.persist();
  // What is on the disk after our last entry is damaged, or nothing.
  durability.truncate(flushing.opNumber);
  journal(replica, { type: "wiped" });
  // An earlier life may have left, and SWIM with it.
  context.send(replica.options.swim, { type: "join" });
  announce(replica);
  whenDurable(replica, () => {
    replica.isStarted = true;
    context.log("info", `new on node ${node}: asking to be admitted`);
    replica.upkeep();
  });
}
