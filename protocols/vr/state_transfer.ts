/**
 * State transfer (VRR 5.2, 5.3), made safe by errata E2 to E4: a replica that hears of a later view
 * keeps its log, its view and its last normal view until it holds that view's log whole, and then
 * takes all of them at once.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { type Entry, equalChecksums } from "./entry.ts";
import type { VrMessageOf } from "./messages.ts";
import { acknowledge } from "./normal.ts";
import { finishRecovery } from "./recovery.ts";
import type { Replica } from "./replica.ts";
import { noteFetching, offerCheckpoint } from "./snapshots.ts";
import {
  answered,
  ask,
  cancelTransfer,
  type LogEnd,
  received,
  requestGap,
  sourceFailed,
  type Transfer,
} from "./transfer.ts";
import { adoptWinner, enterView } from "./view_change.ts";

/** Bytes of entries in one NEWSTATE. */
const CHUNK_BYTES = 1024 * 1024;

/** Someone lacks part of the log. */
export function onGetState(replica: Replica, message: VrMessageOf<"getState">): void {
  if (!mayAnswer(replica, message)) return;
  const { log, commitNumber, view, index, context, snapshots } = replica;
  const { after } = message;
  if (context.maybe("replica/decline-state")) return;
  const isOffered = after < snapshots.newest && context.maybe("replica/offer-checkpoint");
  if (after < log.baseOp || isOffered) return offerCheckpoint(replica, message.replica);
  if (after > log.opNumber) return;
  noteFetching(replica);
  replica.send(message.replica, {
    type: "newState",
    view,
    after,
    // One entry at least, however long it is.
    entries: log.after(after, context.maybe("replica/short-state") ? 0 : CHUNK_BYTES),
    opNumber: log.opNumber,
    head: log.head,
    commitNumber,
    replica: index,
  });
}

/** The log of a view may be given away by who is normal in it, or, to its primary, by who votes. */
function mayAnswer(replica: Replica, message: VrMessageOf<"getState">): boolean {
  if (message.view !== replica.view) return false;
  if (replica.status === "normal") return replica.transfer?.purpose !== "install";
  return replica.status === "view-change" && message.replica === replica.primary;
}

/** Entries that we asked for. */
export function onNewState(replica: Replica, message: VrMessageOf<"newState">): void {
  const { transfer } = replica;
  if (transfer === undefined || transfer.view !== message.view) return;
  if (transfer.source !== message.replica || received(transfer) !== message.after) return;
  if (!isExpected(replica, transfer)) return cancelTransfer(replica);
  answered(replica, transfer);
  if (!continues(replica, transfer, message.entries)) {
    replica.context.log("warn", `state of replica ${message.replica} does not follow our log`);
    return sourceFailed(replica, transfer);
  }
  transfer.entries.push(...message.entries);
  if (transfer.purpose === "gap") return fillGap(replica, transfer, message);
  const end: LogEnd = transfer.end ?? message;
  if (received(transfer) < end.opNumber) return ask(replica, transfer);
  finish(replica, transfer, end, message.commitNumber);
}

/** Whether the transfer still fits where we stand (erratum E4). */
function isExpected(replica: Replica, transfer: Transfer): boolean {
  const { status, view } = replica;
  switch (transfer.purpose) {
    case "gap":
      return status === "normal" && transfer.view === view;
    case "install":
      return transfer.view > view || (transfer.view === view && status === "view-change");
    case "winner":
      return status === "view-change" && transfer.view === view;
    case "recovery":
      return status === "recovering";
  }
}

function continues(replica: Replica, transfer: Transfer, entries: readonly Entry[]): boolean {
  let last = headOf(replica, transfer, transfer.entries);
  let opNumber = received(transfer);
  for (const entry of entries) {
    if (last === undefined || !equalChecksums(entry.parent, last)) return false;
    if (entry.opNumber !== ++opNumber) return false;
    last = entry.checksum;
  }
  return true;
}

/** The checksum of the log after a transfer that has brought these entries. */
function headOf(
  replica: Replica,
  transfer: Transfer,
  entries: readonly Entry[],
): Uint8Array | undefined {
  return entries.at(-1)?.checksum ?? replica.log.checksumAt(transfer.start);
}

/** Entries of our own view are appended as they come (erratum E12). */
function fillGap(
  replica: Replica,
  transfer: Transfer,
  message: VrMessageOf<"newState">,
): void {
  const { log, view } = replica;
  const fresh = transfer.entries.filter((entry) => entry.opNumber > log.opNumber);
  cancelTransfer(replica);
  if (fresh.length > 0 && log.continues(fresh[0]!)) {
    for (const entry of fresh) log.append(entry);
    replica.durability.append(fresh, () => acknowledge(replica, view));
  }
  replica.commitTo(message.commitNumber);
  if (log.opNumber < message.opNumber) requestGap(replica, message.replica);
}

/** The log of a view is here, whole. */
function finish(replica: Replica, transfer: Transfer, end: LogEnd, commitNumber: number): void {
  const { purpose, view } = transfer;
  const { opNumber } = end;
  const entries = transfer.entries.filter((entry) => entry.opNumber <= opNumber);
  const head = headOf(replica, transfer, entries);
  if (received(transfer) < opNumber || head === undefined || !equalChecksums(head, end.head)) {
    const { source } = transfer;
    replica.context.log("warn", `the log of replica ${source} is not the one of view ${view}`);
    return sourceFailed(replica, transfer);
  }
  cancelTransfer(replica);
  // What is on the disk after our last entry is damaged, or nothing.
  if (purpose === "recovery") replica.durability.truncate(replica.log.opNumber);
  adoptLog(replica, opNumber, entries);
  switch (purpose) {
    case "winner":
      return adoptWinner(replica, opNumber);
    case "recovery":
      return finishRecovery(replica, view, commitNumber);
    case "install":
      return enterView(replica, view, commitNumber);
    case "gap":
      invariant(false, "a gap is filled, not installed");
  }
}

/**
 * Makes our log end at `opNumber`, with `entries` in it. What we hold already stays; the rest is
 * replaced, on the disk too. Nothing committed is ever replaced.
 *
 * The log is durable before the record that says which view it is of. Who crashes in between has, as the
 * log of its last normal view, the beginning of that of a later one: all that both have in common at
 * least, and so whatever it held that was ever committed, for the later one begins with all that. What
 * it has dropped it may have acknowledged; but a quorum has left that view, so nothing more is
 * committed in it. And its log is chosen as the longest only if it is as long as all that was committed.
 * If it has not left that view itself, it may even acknowledge in it what it has not: those who have are a
 * quorum without it, and what any of them had acknowledged in it the later view begins with.
 */
export function adoptLog(replica: Replica, opNumber: number, entries: readonly Entry[]): void {
  const { log, durability } = replica;
  const firstNew = entries.findIndex(({ opNumber: op, checksum }) => !log.contains(op, checksum));
  const fresh = firstNew < 0 ? [] : entries.slice(firstNew);
  const kept = fresh.length > 0 ? fresh[0]!.opNumber - 1 : opNumber;
  invariant(kept >= replica.commitNumber, `entries up to ${replica.commitNumber} are committed`);
  if (kept < log.opNumber) {
    log.truncate(kept);
    durability.truncate(kept);
  }
  if (fresh.length === 0) return;
  for (const entry of fresh) log.append(entry);
  durability.append(fresh);
}
