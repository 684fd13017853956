/**
 * Hands committed entries to the client table, in order and no more at once than it can hold.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { requestsOf } from "./entry.ts";
import type { Replica } from "./replica.ts";
import { takeIfDue } from "./snapshots.ts";

/** Entries that the client table may be behind. */
const WINDOW = 256;

/** What execution remembers. */
export class ExecutionState {
  /** The last entry handed over. */
  sent = 0;
  /** The last entry known to be executed. */
  executed = 0;
}

/** Hands over what is committed, as far as the window allows. */
export function sendCommitted(replica: Replica): void {
  const { execution, commitNumber, log } = replica;
  while (execution.sent < commitNumber && execution.sent - execution.executed < WINDOW) {
    const entry = log.get(execution.sent + 1);
    invariant(entry !== undefined, `entry ${execution.sent + 1} is held until it is executed`);
    execution.sent++;
    replica.context.send(replica.options.clientTable, {
      type: "execute",
      opNumber: entry.opNumber,
      time: entry.time,
      requests: requestsOf(entry),
    });
  }
  takeIfDue(replica);
}

/** The client table has got this far. */
export function onExecuted(replica: Replica, opNumber: number): void {
  const { execution } = replica;
  // A client table that was there before us may be further than what we have handed over.
  execution.executed = Math.max(execution.executed, Math.min(opNumber, execution.sent));
  sendCommitted(replica);
}

/** The client table goes on from a snapshot. */
export function restartFrom(replica: Replica, op: number): void {
  replica.execution.sent = op;
  replica.execution.executed = op;
}
