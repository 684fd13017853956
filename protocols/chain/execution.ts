/**
 * Hands committed entries to the client table, in order and no more at once than it can hold.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { requestsOf } from "../entry.ts";
import type { ChainReplica } from "./replica.ts";
import { takeIfDue } from "./snapshots.ts";

/** Entries that the client table may be behind. */
const WINDOW = 256;

/** What execution remembers. */
export class ExecutionState {
  /** The last entry handed over. */
  sent = 0;
  /** The last entry known to be executed. */
  executed = 0;
  /** The op-number of a snapshot that has to be durable before the client table can go on from it. */
  awaiting: number | undefined;
}

/** Hands over what is committed, as far as the window allows. */
export function sendCommitted(replica: ChainReplica): void {
  const { execution, commitNumber, log, pending } = replica;
  if (execution.awaiting !== undefined) return;
  const ahead = replica.context.maybe("chain/execute-one") ? 1 : WINDOW;
  while (execution.sent < commitNumber && execution.sent - execution.executed < ahead) {
    const entry = log.get(execution.sent + 1);
    invariant(entry !== undefined, `entry ${execution.sent + 1} is held until it is executed`);
    const { opNumber, time } = entry;
    execution.sent++;
    replica.context.send(replica.options.clientTable, {
      type: "execute",
      opNumber,
      time,
      requests: requestsOf(entry),
      owed: pending.owedOf(opNumber),
    });
    pending.forget(opNumber);
  }
  takeIfDue(replica);
}

/** The client table has got this far. */
export function onExecuted(replica: ChainReplica, opNumber: number): void {
  const { execution } = replica;
  // A client table that was there before us may be further than what we have handed over.
  execution.executed = Math.max(execution.executed, Math.min(opNumber, execution.sent));
  sendCommitted(replica);
}

/** The client table is to go on from a snapshot, as soon as that is durable. */
export function awaitSnapshot(replica: ChainReplica, op: number): void {
  Object.assign(replica.execution, { sent: op, executed: op, awaiting: op });
}

/** A snapshot is durable: the client table goes on from it. */
export function goOnFrom(replica: ChainReplica, op: number): void {
  const { execution, context, options } = replica;
  // A later one may have taken its place already.
  if (execution.awaiting !== op) return;
  execution.awaiting = undefined;
  context.send(options.clientTable, { type: "install-snapshot", op });
  sendCommitted(replica);
}
