/**
 * What a replica tells the rest of its node: its client table who leads, its detector whom to observe,
 * its observers where it stands.
 *
 * @module
 */
import type { InheritedEntry } from "../ordering.ts";
import { requestsOf } from "../entry.ts";
import type { Replica, ReplicaStatus } from "./replica.ts";

/** What a replica publishes under the topic `replica`. */
export interface ReplicaFigures {
  readonly status: ReplicaStatus;
  readonly view: number;
  readonly lastNormalView: number;
  readonly opNumber: number;
  readonly commitNumber: number;
  readonly durableOp: number;
  readonly primary: number | null;
  readonly leading: boolean;
  readonly suspected: readonly number[];
  readonly stalled: string | null;
  readonly logBytes: number;
}

/** Tells the client table who leads, and the detector whom to observe. */
export function announceRole(replica: Replica): void {
  const { view, options, isLeading: leading } = replica;
  const isOver = replica.status !== "normal" || replica.transfer?.purpose === "install";
  replica.context.send(options.clientTable, {
    type: "role",
    view,
    primary: isOver ? null : replica.primary,
    leading,
    reader: replica.index,
    holds: true,
    continues: false,
    inherited: leading ? uncommitted(replica) : [],
  });
  observe(replica);
  publish(replica);
}

function uncommitted({ log, commitNumber }: Replica): InheritedEntry[] {
  const entries: InheritedEntry[] = [];
  for (let opNumber = commitNumber + 1; opNumber <= log.opNumber; opNumber++) {
    entries.push({ opNumber, requests: requestsOf(log.get(opNumber)!) });
  }
  return entries;
}

/** Tells the detector whom to observe: a primary its backups, a backup its primary. */
export function observe(replica: Replica): void {
  replica.suspected.clear();
  replica.context.send(replica.options.detector, { type: "observe", peers: observed(replica) });
}

function observed(replica: Replica): number[] {
  if (replica.isLeading) return replica.others();
  // A primary of the past has nobody to observe.
  const isBackup = replica.status === "normal" && replica.primary !== replica.index;
  return isBackup ? [replica.primary] : [];
}

/** Lets observers of the node see where the replica stands. */
export function publish(replica: Replica): void {
  const { status, view, log } = replica;
  const figures: ReplicaFigures = {
    status,
    view,
    lastNormalView: replica.lastNormalView,
    opNumber: log.opNumber,
    commitNumber: replica.commitNumber,
    durableOp: replica.durability.durableOp,
    primary: status === "normal" ? replica.primary : null,
    leading: replica.isLeading,
    suspected: [...replica.suspected],
    stalled: replica.stalled,
    logBytes: log.bytes,
  };
  replica.context.publish("replica", figures);
}

/** Notes why the journal takes no writes; `null` if it does. */
export function setStalled(replica: Replica, reason: string | null): void {
  replica.stalled = reason;
  if (reason === null) replica.context.log("info", "the journal takes writes again");
  else replica.context.log("error", `not acknowledging: the journal takes no writes: ${reason}`);
  publish(replica);
}
