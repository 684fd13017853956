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
import { abandonCheckpoint, type CheckpointTransfer, offerCheckpoint } from "./snapshots.ts";
import { adoptWinner, enterView, startPatience } from "./view_change.ts";

/**
 * What is being fetched, and why:
 * - `gap`: entries of our own view that we missed;
 * - `install`: the log of a view that we are not normal in;
 * - `winner`: as the new primary, the log that won the view change;
 * - `recovery`: the log of the present view, for a replica that cannot trust its own.
 */
export interface Transfer {
  readonly purpose: "gap" | "install" | "winner" | "recovery";
  readonly view: number;
  source: number;
  /** The log up to here is ours already, and agreed on. */
  start: number;
  /** What came in so far: consecutive entries after `start`. */
  entries: Entry[];
  /** For `winner`: where the log that won ends. */
  readonly end?: { readonly opNumber: number; readonly head: Uint8Array };
  /** The snapshot that has to come before the entries. */
  checkpoint?: CheckpointTransfer;
}

/** Bytes of entries in one NEWSTATE. */
const CHUNK_BYTES = 1024 * 1024;
/** How long a transfer may wait for an answer, in heartbeats. */
const STALLED_HEARTBEATS = 6;

/** Asks for entries of our own view. */
export function requestGap(replica: Replica, source: number): void {
  if (replica.transfer !== undefined) return;
  begin(replica, {
    purpose: "gap",
    view: replica.view,
    source,
    start: replica.log.opNumber,
    entries: [],
  });
}

/** Asks for the log of a view that has begun without us. */
export function startInstall(replica: Replica, view: number, source: number): void {
  if (replica.status === "recovering") return;
  const current = replica.transfer;
  if (current?.purpose === "install" && current.view >= view) return;
  if (source === replica.index) return;
  cancelTransfer(replica);
  const start = replica.commitNumber;
  begin(replica, { purpose: "install", view, source, start, entries: [] });
  // Whatever role we had in the old view is over.
  if (replica.status === "normal") replica.announceRole();
}

/** As the new primary: asks for the log that won. */
export function fetchWinner(
  replica: Replica,
  source: number,
  opNumber: number,
  head: Uint8Array,
): void {
  invariant(source !== replica.index, "our own log needs no fetching");
  cancelTransfer(replica);
  begin(replica, {
    purpose: "winner",
    view: replica.view,
    source,
    start: replica.commitNumber,
    entries: [],
    end: { opNumber, head },
  });
}

/** Asks the primary of the present view for everything. */
export function fetchForRecovery(replica: Replica, view: number, source: number): void {
  cancelTransfer(replica);
  const start = replica.commitNumber;
  begin(replica, { purpose: "recovery", view, source, start, entries: [] });
}

function begin(replica: Replica, transfer: Transfer): void {
  replica.transfer = transfer;
  ask(replica, transfer);
}

function ask(replica: Replica, transfer: Transfer): void {
  touch(replica);
  replica.send(transfer.source, {
    type: "getState",
    view: transfer.view,
    after: received(transfer),
    replica: replica.index,
  });
}

/** The transfer makes progress: gives it time. */
export function touch(replica: Replica): void {
  const delayMs = replica.options.heartbeatMs * STALLED_HEARTBEATS;
  replica.context.setTimer("transfer-stalled", delayMs, { type: "transfer-stalled" });
  if (replica.status === "view-change") startPatience(replica);
}

function received(transfer: Transfer): number {
  return transfer.entries.at(-1)?.opNumber ?? transfer.start;
}

/** Drops the transfer under way; nothing of it has touched the log. */
export function cancelTransfer(replica: Replica): void {
  if (replica.transfer === undefined) return;
  abandonCheckpoint(replica);
  replica.transfer = undefined;
  replica.context.cancelTimer("transfer-stalled");
}

/** No answer: tries another replica, or gives up what only one could give. */
export function onStalled(replica: Replica): void {
  const { transfer } = replica;
  if (transfer === undefined) return;
  switch (transfer.purpose) {
    case "gap":
      // The next PREPARE or COMMIT shows whether anything is still missing.
      return cancelTransfer(replica);
    case "winner":
      return ask(replica, transfer);
    case "recovery":
      // The primary that we asked may be gone: back to asking who is.
      cancelTransfer(replica);
      return;
    case "install": {
      abandonCheckpoint(replica);
      const others = replica.others();
      transfer.source = others[(others.indexOf(transfer.source) + 1) % others.length]!;
      transfer.start = replica.commitNumber;
      transfer.entries = [];
      return ask(replica, transfer);
    }
  }
}

/** Someone lacks part of the log. */
export function onGetState(replica: Replica, message: VrMessageOf<"getState">): void {
  if (!mayAnswer(replica, message)) return;
  const { log, commitNumber, view, index } = replica;
  const { after } = message;
  if (after < log.baseOp) return offerCheckpoint(replica, message.replica);
  if (after > log.opNumber) return;
  replica.send(message.replica, {
    type: "newState",
    view,
    after,
    entries: log.after(after, CHUNK_BYTES),
    opNumber: log.opNumber,
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
  if (!continues(replica, transfer, message.entries)) {
    replica.context.log("warn", `state of replica ${message.replica} does not follow our log`);
    return cancelTransfer(replica);
  }
  transfer.entries.push(...message.entries);
  if (transfer.purpose === "gap") return fillGap(replica, transfer, message);
  const end = transfer.end?.opNumber ?? message.opNumber;
  if (received(transfer) < end) return ask(replica, transfer);
  finish(replica, transfer, message.commitNumber);
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
  let last = transfer.entries.at(-1)?.checksum ?? replica.log.checksumAt(transfer.start);
  let opNumber = received(transfer);
  for (const entry of entries) {
    if (last === undefined || !equalChecksums(entry.parent, last)) return false;
    if (entry.opNumber !== ++opNumber) return false;
    last = entry.checksum;
  }
  return true;
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

function finish(replica: Replica, transfer: Transfer, commitNumber: number): void {
  const { purpose, view, end } = transfer;
  const entries = end === undefined
    ? transfer.entries
    : transfer.entries.filter((entry) => entry.opNumber <= end.opNumber);
  const last = entries.at(-1)?.opNumber ?? transfer.start;
  const head = entries.at(-1)?.checksum ?? replica.log.checksumAt(transfer.start)!;
  cancelTransfer(replica);
  if (end !== undefined && (last !== end.opNumber || !equalChecksums(head, end.head))) {
    replica.context.log("warn", `the log fetched is not the one that won view ${view}`);
    return;
  }
  // What is on the disk after our last entry is damaged, or nothing.
  if (purpose === "recovery") replica.durability.truncate(replica.log.opNumber);
  adoptLog(replica, last, entries);
  switch (purpose) {
    case "winner":
      return adoptWinner(replica, last);
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
