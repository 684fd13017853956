/**
 * The part of a replica with a damaged log in a view change (erratum E19). Its promises are intact, so it
 * can give them; but what it lacks it may have acknowledged, so its log proves nothing.
 *
 * A log that is whole, brought in a view change, is a nack of every entry that is not in it: its replica has
 * never acknowledged that one, and never will in an earlier view. What f + 1 replicas have not
 * acknowledged was never committed: K - f of K make a quorum. So a view begins with the best of at least
 * f + 1 whole logs, and what only others hold is dropped; the rest of the K - f who have to leave for the
 * view may abstain. In a group of 2f + 1 there is no rest. In a group of 2f + 2 it is one.
 *
 * @module
 */
import type { VrMessageOf } from "./messages.ts";
import type { Replica } from "./replica.ts";
import { collectIfQuorum, helpBehind, startViewChange } from "./view_change.ts";

function mayAbstain(replica: Replica): boolean {
  return replica.status === "recovering" && replica.recovery.reason === "damaged";
}

/** Someone would leave its view: we are in none, and have nothing against it. */
export function agreeToLeave(replica: Replica, message: VrMessageOf<"exitView">): void {
  const { view } = message;
  if (!mayAbstain(replica) || view < replica.view) return;
  promise(replica, view, () => {
    replica.send(message.replica, { type: "exitView", view, replica: replica.index });
  });
}

/** Someone has left for a view: so do we, and say so to its primary. */
export function abstain(replica: Replica, message: VrMessageOf<"startViewChange">): void {
  const { view } = message;
  if (!mayAbstain(replica) || view < replica.view || view === replica.lastNormalView) return;
  promise(replica, view, () => {
    const { primary, index } = replica;
    if (primary !== index) replica.send(primary, { type: "abstain", view, replica: index });
  });
}

/** Nobody hears of a view before it is durable (erratum E1). */
function promise(replica: Replica, view: number, then: () => void): void {
  if (replica.durableView === view && replica.view === view) return then();
  replica.view = view;
  replica.persistView(() => {
    if (mayAbstain(replica) && replica.view === view) then();
  });
}

/** Someone has left for a view, and brings no log. */
export function onAbstain(replica: Replica, message: VrMessageOf<"abstain">): void {
  if (replica.status === "recovering") return;
  if (message.view < replica.view) return helpBehind(replica, message.replica);
  if (message.view > replica.view) startViewChange(replica, message.view);
  if (replica.status === "normal") return helpBehind(replica, message.replica);
  const { viewChange } = replica;
  if (viewChange.doViewChanges.has(message.replica)) return;
  viewChange.abstentions.add(message.replica);
  collectIfQuorum(replica);
}
