/**
 * Why and when a view is left: a quorum has to want to, so that one replica which hears nothing does
 * not disturb the others (erratum E15).
 *
 * @module
 */
import type { DetectorEvent } from "../failure_detector_messages.ts";
import { agreeToLeave } from "./abstention.ts";
import type { VrMessageOf } from "./messages.ts";
import type { Replica } from "./replica.ts";
import { startInstall } from "./transfer.ts";
import { helpBehind, resendStartView, startPatience, startViewChange } from "./view_change.ts";

/** Who would leave the present view. */
export class LeavingState {
  /** Whether this replica would. */
  isWanted = false;
  /** Who else would, and when it last said so. */
  readonly exits = new Map<number, number>();
}

/** The detector's suspicion is a reason to want to leave, and no more. */
export function onSuspicion(
  replica: Replica,
  event: Extract<DetectorEvent, { peer: number }>,
): void {
  if (event.type === "trust") return trust(replica, event.peer);
  replica.suspected.add(event.peer);
  if (replica.status !== "normal" || event.peer !== replica.primary) return;
  replica.context.log(
    "warn",
    `no sign of replica ${event.peer}, the primary of view ${replica.view}`,
  );
  leave(replica);
}

/**
 * There is a sign of life. Whoever has one need not wait for the detector to say so: it will not, if
 * it was told to observe someone else when its suspicion was already on its way.
 */
export function trust(replica: Replica, peer: number): void {
  // The detector must hear of it, too, however recently it heard of the peer: it suspects only once.
  if (replica.suspected.delete(peer)) delete replica.normal.heardAt[peer];
  if (peer === replica.primary && replica.status === "normal") stay(replica);
}

/** Joins those who would leave the present view. */
export function leave(replica: Replica): void {
  replica.leaving.isWanted = true;
  onLeaveView(replica);
}

/** No longer wants to leave. */
export function stay(replica: Replica): void {
  if (!replica.leaving.isWanted) return;
  replica.leaving.isWanted = false;
  replica.context.cancelTimer("leave-view");
}

/** Says, again and again while it is so, that this replica would leave its view. */
export function onLeaveView(replica: Replica): void {
  if (!replica.leaving.isWanted || replica.status === "recovering") return;
  replica.context.setTimer("leave-view", replica.options.heartbeatMs * 2, { type: "leave-view" });
  // Nobody hears of a view before it is durable (erratum E1).
  if (replica.durableView === replica.view) {
    replica.broadcast({ type: "exitView", view: replica.view, replica: replica.index });
  }
  leaveIfQuorum(replica);
}

/** Counts who would leave our view. */
export function onExitView(replica: Replica, message: VrMessageOf<"exitView">): void {
  if (replica.status === "recovering") return agreeToLeave(replica, message);
  if (message.view > replica.view) return startInstall(replica, message.view, message.replica);
  if (message.view < replica.view) return helpBehind(replica, message.replica);
  if (replica.isLeading) {
    replica.heard(message.replica);
    // It may only have missed the beginning of our view.
    if (!replica.normal.abdicated) resendStartView(replica, message.replica);
  }
  replica.leaving.exits.set(message.replica, replica.context.now());
  leaveIfQuorum(replica);
}

/** One replica that hears nothing must not disturb the others: a quorum has to want to leave. */
function leaveIfQuorum(replica: Replica): void {
  const { exits, isWanted } = replica.leaving;
  const oldest = replica.context.now() - replica.options.heartbeatMs * 6;
  let count = isWanted ? 1 : 0;
  for (const at of exits.values()) if (at >= oldest) count++;
  if (count >= replica.quorum) startViewChange(replica, replica.view + 1);
}

/** Another view, or the present one after all: who wanted to leave is of no interest any more. */
export function forgetExits(replica: Replica): void {
  stay(replica);
  replica.leaving.exits.clear();
}

/** No progress: this view, too, is one that we would leave. */
export function onStalled(replica: Replica): void {
  if (replica.status !== "view-change") return;
  startPatience(replica);
  leave(replica);
}
