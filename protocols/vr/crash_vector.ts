/**
 * Crash vectors: what a group without disks has instead of stable storage (erratum E1, fix B; Michael
 * et al., Recovering Shared Objects Without Stable Storage, DISC 2017).
 *
 * Each replica knows a number for each: the latest life of that replica that it has heard of. Every
 * message carries the sender's numbers. What an earlier life has said is dropped, and no longer counts
 * if it was heard before: so a quorum never has among it a vote that its voter has forgotten.
 *
 * Why that is enough. A replica that recovers tells f + 1 others of its new life before they tell it
 * where the group stands. Suppose that it voted for a view, forgot it and came back to an earlier
 * one. Of those f + 1, one is among the other voters: had it voted before it answered, it would have
 * named the later view; if it votes afterwards, its vote says that ours is void. Had it crashed between
 * its answer and its vote, and been told nothing of us by those whom it recovered from, then one of
 * them has answered us too, and knew that life: so that answer would not have counted with us.
 * Continued, that takes more than f replicas that are down or recovering at once.
 *
 * @module
 */
import { isForming } from "./formation.ts";
import type { PlainMessage, VrMessage, VrMessageOf } from "./messages.ts";
import type { Replica, ReplicaMessage } from "./replica.ts";
import { reconsider } from "./view_change.ts";

type Opened = Exclude<ReplicaMessage, { type: "stamped" }>;

/** What a replica knows of everybody's lives. */
export class CrashVectorState {
  /** By replica: the number of its latest life. Empty in a group with disks. */
  vector: readonly number[];
  /** At a replica that recovers: who has told us of the lives that it knows of. */
  readonly informed = new Set<number>();
  /** Replicas whose messages are not of a group like ours. */
  readonly strangers = new Set<number>();

  constructor(replicaCount: number, isInMemory: boolean) {
    this.vector = isInMemory ? Array(replicaCount).fill(0) : [];
  }
}

/** A message as it leaves. */
export function stamp(replica: Replica, message: PlainMessage): VrMessage {
  const { vector } = replica.crashVector;
  if (vector.length === 0) return message;
  return { type: "stamped", vector, message, replica: replica.index };
}

/** A message as it came in; `undefined` if it counts for nothing. */
export function open(replica: Replica, message: ReplicaMessage): Opened | undefined {
  if (!("replica" in message)) return message;
  const { replica: sender } = message;
  // The index is the sender's word; one that cannot be is not worth an answer.
  if (sender >= replica.options.replicaCount || sender === replica.index) return undefined;
  const { vector } = replica.crashVector;
  const theirs = message.type === "stamped" ? message.vector : [];
  if (theirs.length !== vector.length) return noteStranger(replica, sender);
  if (message.type !== "stamped") return message;
  const inner = message.message;
  if ("replica" in inner && inner.replica !== sender) return undefined;
  // Whoever asks whether there is a group, or says that it is in none, knows nothing of its lives yet.
  if (inner.type === "probe" || (inner.type === "probed" && !inner.formatted)) return inner;
  if (theirs[sender]! < vector[sender]!) return undefined;
  // Before we are in a group, only who answers us can tell of the present one.
  if (!isForming(replica)) learn(replica, theirs);
  else if (inner.type !== "probed" || inner.round !== replica.formation.round) return undefined;
  else replica.crashVector.vector = theirs;
  return inner;
}

/** A group has disks or it has none: half a promise is none. */
function noteStranger(replica: Replica, sender: number): undefined {
  const { strangers } = replica.crashVector;
  if (strangers.has(sender)) return;
  strangers.add(sender);
  const { durability } = replica.options;
  replica.context.log(
    "error",
    `replica ${sender} is not configured for durability in ${durability} as this one is: ignoring it`,
  );
}

function learn(replica: Replica, theirs: readonly number[]): void {
  const state = replica.crashVector;
  const known = state.vector;
  if (theirs.every((life, other) => life <= known[other]!)) return;
  state.vector = known.map((life, other) => Math.max(life, theirs[other]!));
  for (const other of replica.others()) {
    if (state.vector[other]! > known[other]!) forget(replica, other);
  }
}

/** A replica has crashed since: what it has said counts no more. */
function forget(replica: Replica, other: number): void {
  const { viewChange, recovery, leaving, reads, normal } = replica;
  viewChange.startViewChanges.delete(other);
  viewChange.doViewChanges.delete(other);
  recovery.responses.delete(other);
  leaving.exits.delete(other);
  reads.confirmedBy.delete(other);
  normal.acked[other] = 0;
  reconsider(replica);
}

/** At a replica that recovers: asks which of our lives the others know of. */
export function inquire(replica: Replica): void {
  const { crashVector, recovery, index } = replica;
  crashVector.informed.clear();
  replica.broadcast({ type: "probe", round: recovery.nonce, replica: index });
}

/**
 * Any life of ours that ever took part is known to one at least of f + 1 who do: with the next number
 * we ask them, and now it is known that our earlier lives are over, where the group stands.
 */
export function onInformed(replica: Replica, message: VrMessageOf<"probed">): void {
  const { crashVector, recovery, index } = replica;
  const { informed } = crashVector;
  if (!message.formatted || message.round !== recovery.nonce) return;
  if (informed.has(message.replica) || informed.size > replica.threshold) return;
  informed.add(message.replica);
  if (informed.size <= replica.threshold) return;
  const { vector } = crashVector;
  crashVector.vector = vector.with(index, vector[index]! + 1);
  replica.broadcast({ type: "recovery", nonce: recovery.nonce, replica: index });
}
