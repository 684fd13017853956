/**
 * What a replica is fetching from another, whom it asks, and what it does when nobody answers.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import type { Entry } from "../entry.ts";
import { primaryOf } from "./quorum.ts";
import { refuseReads } from "./reads.ts";
import type { Replica } from "./replica.ts";
import { announceRole } from "./role.ts";
import { abandonCheckpoint, type CheckpointTransfer, getPiece } from "./snapshots.ts";
import { startPatience, startViewChange } from "./view_change.ts";

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
  /** Sources that have failed to deliver. */
  failed: number;
  /** Questions to the source that it has not answered, in a row. */
  unanswered: number;
  /** The log up to here is ours already, and agreed on. */
  start: number;
  /** What came in so far: consecutive entries after `start`. */
  entries: Entry[];
  /** For `winner`: where the log that won ends. */
  readonly end?: LogEnd;
  /** The snapshot that has to come before the entries. */
  checkpoint?: CheckpointTransfer;
}

/** Where a log ends; the checksum vouches for all of it. */
export interface LogEnd {
  readonly opNumber: number;
  readonly head: Uint8Array;
}

/** How long to wait for an answer, in heartbeats. */
const STALLED_HEARTBEATS = 6;
/** Questions that may remain without an answer before the source is given up. */
const UNANSWERED_MAX = 2;

/** Asks for entries of our own view, unless the disk takes none. */
export function requestGap(replica: Replica, source: number): void {
  if (replica.transfer !== undefined || replica.stalled !== null) return;
  begin(replica, { purpose: "gap", view: replica.view, source, start: replica.log.opNumber });
}

/** Asks for the log of a view that has begun without us. */
export function startInstall(replica: Replica, view: number, source: number): void {
  if (replica.status === "recovering") return;
  const current = replica.transfer;
  if (current?.purpose === "install" && current.view >= view) return;
  // Its primary is the one who begins a view: we have not, so it is only being changed to.
  if (primaryOf(view, replica.options.replicaCount) === replica.index) {
    return startViewChange(replica, view);
  }
  // Anyone who is normal in that view has its log.
  const other = replica.others().find((each) => each !== source) ?? source;
  const from = replica.context.maybe("replica/install-from-another") ? other : source;
  begin(replica, { purpose: "install", view, source: from, start: replica.commitNumber });
  // Whatever role we had in the old view is over.
  if (replica.status !== "normal") return;
  refuseReads(replica);
  announceRole(replica);
}

/** As the new primary: asks for the log that won. */
export function fetchWinner(replica: Replica, source: number, end: LogEnd): void {
  invariant(source !== replica.index, "our own log needs no fetching");
  const { view, commitNumber: start } = replica;
  begin(replica, { purpose: "winner", view, source, start, end });
}

/** Asks a replica that is normal in the present view for everything. */
export function fetchForRecovery(replica: Replica, view: number, source: number): void {
  begin(replica, { purpose: "recovery", view, source, start: replica.commitNumber });
}

type Beginning = Pick<Transfer, "purpose" | "view" | "source" | "start" | "end">;

function begin(replica: Replica, beginning: Beginning): void {
  cancelTransfer(replica);
  replica.transfer = { ...beginning, failed: 0, unanswered: 0, entries: [] };
  ask(replica, replica.transfer);
}

/** Asks the source for what comes next. */
export function ask(replica: Replica, transfer: Transfer): void {
  expectAnswer(replica);
  replica.send(transfer.source, {
    type: "getState",
    view: transfer.view,
    after: received(transfer),
    replica: replica.index,
  });
}

/** The op-number up to which a transfer has the log. */
export function received(transfer: Transfer): number {
  return transfer.entries.at(-1)?.opNumber ?? transfer.start;
}

/** Gives the source time to answer a question. */
export function expectAnswer(replica: Replica): void {
  const delayMs = replica.options.heartbeatMs * STALLED_HEARTBEATS;
  replica.context.setTimer("transfer-stalled", delayMs, { type: "transfer-stalled" });
}

/** The source has answered. A view change that waits for the transfer has its full time again. */
export function answered(replica: Replica, transfer: Transfer): void {
  transfer.unanswered = 0;
  replica.context.cancelTimer("transfer-stalled");
  if (replica.status === "view-change") startPatience(replica);
}

/** No answer: the question, or the answer, may have been lost. */
export function onStalled(replica: Replica): void {
  const { transfer } = replica;
  if (transfer === undefined) return;
  if (++transfer.unanswered >= UNANSWERED_MAX) return sourceFailed(replica, transfer);
  if (transfer.checkpoint === undefined) ask(replica, transfer);
  else getPiece(replica);
}

/** The source does not deliver: goes on with another one, or gives up what only one could give. */
export function sourceFailed(replica: Replica, transfer: Transfer): void {
  switch (transfer.purpose) {
    case "gap":
      // The next PREPARE or COMMIT shows whether anything is still missing.
    case "winner":
      // This view comes to nothing: the stalled view change leads to the next one.
    case "recovery":
      // The primary that we asked may be gone: back to asking who is.
      return cancelTransfer(replica);
    case "install":
      return installFromNext(replica, transfer);
  }
}

function installFromNext(replica: Replica, transfer: Transfer): void {
  const others = replica.others();
  // Nobody is normal in that view: it has not begun, and may need us to do so.
  if (++transfer.failed >= others.length && transfer.view > replica.view) {
    return startViewChange(replica, transfer.view);
  }
  abandonCheckpoint(replica);
  transfer.source = others[(others.indexOf(transfer.source) + 1) % others.length]!;
  transfer.unanswered = 0;
  transfer.start = replica.commitNumber;
  transfer.entries = [];
  ask(replica, transfer);
}

/** Drops the transfer under way; nothing of it has touched the log. */
export function cancelTransfer(replica: Replica): void {
  if (replica.transfer === undefined) return;
  abandonCheckpoint(replica);
  replica.transfer = undefined;
  replica.context.cancelTimer("transfer-stalled");
}
