/**
 * How a group comes into being, and how a replica on a fresh disk finds out whether the disk is new
 * or was lost (erratum E1, fix C). Each disk draws a number at its birth. A group forms once all its
 * members have seen each other unformatted; the births they saw then are kept. A fresh disk whose
 * birth a formed group does not know took the place of one that may have made promises.
 *
 * @module
 */
import type { VrMessageOf } from "./messages.ts";
import { beginRecovery } from "./recovery.ts";
import type { Replica } from "./replica.ts";
import { becomeNormal } from "./view_change.ts";

/** Between two rounds of PROBE, in heartbeats. */
const PROBE_HEARTBEATS = 2;

/** Starts on a disk that has never taken part. */
export function begin(replica: Replica): void {
  const { context, identity } = replica;
  if (identity.birth !== 0) return probeAgain(replica);
  const birth = 1 + Math.floor(context.random() * (Number.MAX_SAFE_INTEGER - 1));
  replica.identity = { ...identity, birth };
  replica.persistView(() => probeAgain(replica));
}

/** Asks the others what they know, until it is clear what to do. */
export function probeAgain(replica: Replica): void {
  const { context, options, identity, index } = replica;
  if (replica.status !== "recovering" || identity.formatted) return;
  if (replica.recovery.reason !== null) return;
  if (options.replicaCount === 1) return form(replica, [identity.birth]);
  const delayMs = options.heartbeatMs * PROBE_HEARTBEATS;
  context.setTimer("probe-again", delayMs, { type: "probe-again" });
  replica.broadcast({ type: "probe", birth: identity.birth, replica: index });
}

/** Someone has a fresh disk. */
export function onProbe(replica: Replica, message: VrMessageOf<"probe">): void {
  const { birth, births, formatted } = replica.identity;
  // Until our own birth is durable there is nothing to tell.
  if (birth === 0 || (!formatted && replica.recovery.reason !== null)) return;
  replica.send(message.replica, {
    type: "probed",
    birth,
    formatted,
    births: formatted ? births : [],
    replica: replica.index,
  });
}

/** What another replica knows. */
export function onProbed(replica: Replica, message: VrMessageOf<"probed">): void {
  const { identity, index, options } = replica;
  if (replica.status !== "recovering" || identity.formatted) return;
  if (replica.recovery.reason !== null) return;
  if (message.formatted) {
    if (message.births[index] === identity.birth) return form(replica, message.births);
    const { context } = replica;
    context.log("warn", "the group is formed but does not know this disk: recovering from it");
    context.cancelTimer("probe-again");
    return beginRecovery(replica, "amnesia");
  }
  const known = replica.recovery.births;
  known.set(message.replica, message.birth);
  if (known.size < options.replicaCount - 1) return;
  known.set(index, identity.birth);
  form(replica, Array.from({ length: options.replicaCount }, (_, other) => known.get(other)!));
}

/** All members were seen unformatted: takes part from view 0 and an empty log. */
function form(replica: Replica, births: readonly number[]): void {
  replica.context.cancelTimer("probe-again");
  replica.identity = { ...replica.identity, births, formatted: true };
  replica.persistView(() => {
    if (replica.status === "recovering") becomeNormal(replica, 0);
  });
}
