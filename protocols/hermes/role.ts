/**
 * What a replica tells the rest of its node: its client table whom it may ask, its observers how it stands.
 *
 * @module
 */
import type { HermesFigures } from "./figures.ts";
import { OPENING_OBJECT } from "./objects.ts";
import type { HermesReplica } from "./replica.ts";

/** What has happened since the replica started; see {@linkcode HermesFigures}. */
export class Counts {
  committed = 0;
  replays = 0;
  resent = 0;
  aborts = 0;
  stalledReads = 0;
  copied = 0;
}

/** Tells the client table who serves clients. */
export function announceRole(replica: HermesReplica): void {
  const { standing: { epoch, servers }, life, isServing: serves, context, options } = replica;
  context.send(options.clientTable, { type: "role", epoch, life, servers, serves });
  publish(replica);
}

/** Lets observers of the node see how the replica stands. */
export function publish(replica: HermesReplica): void {
  const { standing, objects, updates, context, leaseUntil, counts } = replica;
  const operations = countOperations(replica);
  const { write, replay } = operations;
  const isOpening = objects.get(OPENING_OBJECT)?.isValid === false;
  const unsettled = objects.unsettled.size - (isOpening ? 1 : 0);
  const figures: HermesFigures = {
    volume: replica.options.volume,
    birth: replica.birth,
    life: replica.life,
    epoch: standing.epoch,
    role: standing.role,
    members: standing.members,
    joining: standing.joining,
    leaseUntil: Number.isFinite(leaseUntil) ? leaseUntil : null,
    leaseMs: Math.max(0, Number.isFinite(leaseUntil) ? leaseUntil - context.now() : 0),
    valid: objects.count - unsettled,
    invalid: unsettled - write - replay - operations.trans,
    ...operations,
    tombstones: objects.count - objects.existing,
    objects: objects.existing,
    sessions: replica.sessions.count,
    waitingReads: replica.reads.waiting,
    updates: updates.commands,
    ...counts,
    stalled: replica.reports.stalled,
  };
  context.publish("hermes", figures);
}

/** Objects of the machine in the states that an operation of ours makes (Hermes 3.2). */
function countOperations({ updates }: HermesReplica) {
  let write = 0;
  let replay = 0;
  let trans = 0;
  for (const { isNewest, command, record } of updates.pending) {
    if (!record.isVisible) continue;
    if (!isNewest) trans += record.isValid ? 0 : 1;
    else if (command === undefined) replay++;
    else write++;
  }
  return { write, replay, trans };
}
