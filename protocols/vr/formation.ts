/**
 * How a group comes into being, and how a replica on a fresh disk finds out whether the disk is new
 * or was lost (erratum E1, fix C). Each disk draws a number at its birth. A group forms once a member
 * has seen all the others unformed twice, by the same births, the second time after the first: then
 * nobody had formed while an earlier disk of any of them was there. The births are kept, and a fresh
 * disk whose birth a formed group does not know took the place of one that may have made promises.
 *
 * In a group without disks each life of a replica is a disk of its own. So an empty group is formed only
 * if nobody is left who was in one, and nothing is left to be lost.
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { onInformed } from "./crash_vector.ts";
import type { VrMessageOf } from "./messages.ts";
import { beginRecovery } from "./recovery.ts";
import type { Replica } from "./replica.ts";
import { startViewChange } from "./view_change.ts";

/** What formation remembers. */
export class FormationState {
  /** Tells answers to the present round of questions from earlier ones; 0 before the first. */
  round = 0;
  /** Births of the disks that were seen unformed in this round, by replica. */
  readonly seen = new Map<number, number>();
  /** What the round before has seen. */
  seenBefore: readonly number[] | undefined;
}

/** Between two questions of a round, in heartbeats. */
const PROBE_HEARTBEATS = 2;
const BIRTH_MAX = Number.MAX_SAFE_INTEGER;

/** Starts without ever having taken part, as far as is known. */
export function begin(replica: Replica): void {
  const { context, identity } = replica;
  replica.formation.seenBefore = undefined;
  if (identity.birth !== 0) return beginRound(replica);
  replica.identity = { ...identity, birth: draw(replica) };
  const isInMemory = replica.options.durability === "memory";
  context.log("info", isInMemory ? "starting with nothing" : "starting on a fresh disk");
  if (isInMemory && replica.threshold === 0) {
    const { replicaCount } = replica.options;
    context.log(
      "warn",
      `a group of ${replicaCount} in memory survives no crash: take three at least`,
    );
  }
  // Nobody is told of it before it is durable: a birth must not be seen that is never heard of again.
  replica.persistView(() => beginRound(replica));
}

function draw(replica: Replica): number {
  return 1 + Math.floor(replica.context.random() * (BIRTH_MAX - 1));
}

function beginRound(replica: Replica): void {
  const { formation, identity, index } = replica;
  formation.round = draw(replica);
  formation.seen.clear();
  formation.seen.set(index, identity.birth);
  probeAgain(replica);
  endRoundIfComplete(replica);
}

/** Whether it is not known yet if there is a group. */
export function isForming(replica: Replica): boolean {
  return replica.status === "recovering" && !replica.identity.formatted &&
    replica.recovery.reason === null;
}

/** Asks the others what they know, until it is clear what to do. */
export function probeAgain(replica: Replica): void {
  const { context, options, formation, index } = replica;
  if (!isForming(replica)) return;
  const delayMs = options.heartbeatMs * PROBE_HEARTBEATS;
  context.setTimer("probe-again", delayMs, { type: "probe-again" });
  replica.broadcast({ type: "probe", round: formation.round, replica: index });
}

/** Someone has a fresh disk. */
export function onProbe(replica: Replica, message: VrMessageOf<"probe">): void {
  const { birth, births, formatted } = replica.identity;
  // There is nothing to tell yet, or nothing of use to anyone.
  if (!formatted && (replica.formation.round === 0 || !isForming(replica))) return;
  replica.send(message.replica, {
    type: "probed",
    round: message.round,
    birth,
    formatted,
    births: formatted ? births : [],
    replica: replica.index,
  });
}

/** What another replica knows. */
export function onProbed(replica: Replica, message: VrMessageOf<"probed">): void {
  const { formation } = replica;
  if (replica.recovery.reason === "forgotten") return onInformed(replica, message);
  if (!isForming(replica) || formation.round === 0) return;
  if (message.formatted) return joinFormed(replica, message.births);
  if (message.round !== formation.round) return;
  formation.seen.set(message.replica, message.birth);
  endRoundIfComplete(replica);
}

/** The group is formed already: we are one of its founders, or one of them has lost everything. */
function joinFormed(replica: Replica, births: readonly number[]): void {
  const { identity, index, context, options } = replica;
  context.cancelTimer("probe-again");
  if (births[index] === identity.birth) return form(replica, births);
  replica.identity = { ...identity, births: births.with(index, identity.birth) };
  if (options.durability === "memory") {
    context.log("info", "the group is formed: recovering from it");
    return beginRecovery(replica, "forgotten");
  }
  context.log("warn", "the group is formed but does not know this disk: recovering from it");
  beginRecovery(replica, "amnesia");
}

function endRoundIfComplete(replica: Replica): void {
  const { formation, options } = replica;
  const { seen, seenBefore } = formation;
  if (seen.size < options.replicaCount) return;
  const births = Array.from({ length: options.replicaCount }, (_, other) => seen.get(other)!);
  if (seenBefore?.every((birth, other) => birth === births[other])) return form(replica, births);
  formation.seenBefore = births;
  beginRound(replica);
}

/**
 * All members were seen unformed: takes part, from an empty log. The first view begins like any other,
 * with a quorum of members: before that nobody leads, so whatever one who formed alone may have said
 * means nothing, even if its disk is lost right after.
 */
function form(replica: Replica, births: readonly number[]): void {
  invariant(replica.log.opNumber === 0, "the log of a founder is empty");
  replica.context.cancelTimer("probe-again");
  replica.identity = { ...replica.identity, births, formatted: true };
  startViewChange(replica, 0);
}
