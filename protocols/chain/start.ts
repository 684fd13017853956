/**
 * How a replica starts. With its disk whole it is the replica that it was: everything that it ever
 * acknowledged is there. A fresh disk, or one that has lost something, makes it a new one, by another birth:
 * the master then removes the old one, and may let the new one join behind the tail.
 *
 * @module
 */
import { decode } from "../../actors/schema.ts";
import type { JournalReply } from "../journal.ts";
import { openLog } from "../loaded_log.ts";
import { awaitSnapshot, goOnFrom } from "./execution.ts";
import { durableRecord } from "./record.ts";
import type { ChainReplica } from "./replica.ts";
import { publish } from "./role.ts";

type Loaded = Extract<JournalReply, { type: "loaded" }>;

/** Everything that the journal holds. */
export function onLoaded(replica: ChainReplica, loaded: Loaded): void {
  const { context } = replica;
  context.setTimer("heartbeat", 0, { type: "heartbeat" });
  loadLog(replica, loaded);
  if (loaded.record !== undefined) {
    Object.assign(replica, decode(durableRecord, loaded.record));
    if (loaded.damage === undefined) return becomeReady(replica);
    const { kind, file, offset } = loaded.damage;
    context.log(
      "error",
      `the journal is damaged (${kind}) in ${file} at byte ${offset}: copying everything anew`,
    );
  }
  replica.birth = 1 + Math.floor(context.random() * (Number.MAX_SAFE_INTEGER - 1));
  // Before what is damaged is gone: nobody could tell any more that something is missing.
  replica.persist();
  // What is on the disk after our last entry is damaged, or nothing. Nobody is to count on us before it is gone:
  // found again it would make us yet another replica.
  replica.durability.truncate(replica.log.opNumber, () => becomeReady(replica));
}

/** Takes up the log, and has the client table go on from the snapshot before it. */
function loadLog(replica: ChainReplica, loaded: Loaded): void {
  const { snapshot } = loaded;
  replica.log = openLog(loaded);
  replica.durability.loaded(replica.log.opNumber);
  if (snapshot === undefined) return;
  replica.commitNumber = snapshot.op;
  replica.snapshots.newest = snapshot.op;
  awaitSnapshot(replica, snapshot.op);
  goOnFrom(replica, snapshot.op);
}

function becomeReady(replica: ChainReplica): void {
  const { context, birth, epoch, log } = replica;
  replica.isReady = true;
  context.log("info", `starting as ${birth} of epoch ${epoch}, op-number ${log.opNumber}`);
  introduce(replica);
  publish(replica);
}

/** Tells the membership who this is: it may be new itself, and know of nobody. */
export function introduce({ reports, birth, isReady }: ChainReplica): void {
  if (isReady) reports.introduce(birth);
}
