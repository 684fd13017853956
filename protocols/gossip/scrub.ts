/**
 * The background check: replicas that have the same events must show the same. A difference is no routine but a
 * defect of memory, disk or program: an alarm is raised, and the states are joined anew.
 *
 * @module
 */
import { nodeOf } from "./dot.ts";
import { whenDurable } from "./flush.ts";
import { someLiving } from "./choice.ts";
import type { PeerMessageOf } from "./messages.ts";
import type { GossipReplica } from "./replica.ts";
import { digestOf } from "./snapshot.ts";
import { announce } from "./standing.ts";
import { beginTransfer } from "./state_transfer.ts";

/** What the check has found. */
export class ScrubState {
  isDiverged = false;
}

/** Has some member compare, and the next follow. */
export function scrub(replica: GossipReplica): void {
  replica.context.setTimer("scrub", replica.options.scrubMs, { type: "scrub-round" });
  if (!replica.isWhole || replica.transfer.isAdopting) return;
  for (const node of someLiving(replica, 1, [])) send(replica, node, null);
}

function send(replica: GossipReplica, node: number, digest: string | null): void {
  const { data: { store } } = replica;
  const clock = store.clock.clone();
  const { fingerprint } = store;
  whenDurable(replica, () => replica.send(node, { type: "scrub", clock, fingerprint, digest }));
}

/** A member shows something else, or the same, at a clock. */
export function onScrub(replica: GossipReplica, message: PeerMessageOf<"scrub">): void {
  const { data: { store }, counts, transfer } = replica;
  const node = nodeOf(message.from);
  if (transfer.isAdopting || !store.clock.equals(message.clock)) return;
  counts.scrubs++;
  const { low, high } = store.fingerprint;
  const isSame = low === message.fingerprint.low && high === message.fingerprint.high;
  if (isSame && message.digest === null) return;
  const digest = digestOf(store.freeze());
  if (message.digest === null) return send(replica, node, digest);
  if (digest === message.digest) return;
  raiseAlarm(replica, node);
  // The other side has to take ours as well; once each.
  if (transfer.active === undefined) send(replica, node, digest);
  beginTransfer(replica, node, "scrub");
}

function raiseAlarm(replica: GossipReplica, node: number): void {
  const { context, counts, scrubbing } = replica;
  counts.divergences++;
  scrubbing.isDiverged = true;
  context.log(
    "error",
    `shows something else than node ${node}, although both have the same events`,
  );
  announce(replica);
}
