/**
 * The view change (VRR 4.2), with the guards of errata E5 to E8.
 *
 * A log is named by its last op-number and the checksum of its last entry, which vouches for the
 * rest. What a replica lacks it fetches by state transfer (VRR 5.3).
 *
 * @module
 */
import { invariant } from "../../actors/errors.ts";
import { abstain } from "./abstention.ts";
import { forgetExits } from "./leaving.ts";
import type { VrMessageOf } from "./messages.ts";
import { beginView } from "./normal.ts";
import { primaryOf } from "./quorum.ts";
import { beginReads, refuseReads } from "./reads.ts";
import type { Replica } from "./replica.ts";
import { announceRole } from "./role.ts";
import { adoptLog } from "./state_transfer.ts";
import { cancelTransfer, fetchWinner, startInstall } from "./transfer.ts";

type DoViewChange = VrMessageOf<"doViewChange">;

/**
 * Views that may be skipped. A replica that has lost its disk must not have voted for a later view than it
 * stays out of: two after the latest that others are normal in, which is later than ours then.
 */
const FORFEITED_MAX = 2;
/** How often the patience with a view change doubles, at most. */
const DOUBLINGS_MAX = 3;

/** What the view change remembers. */
export class ViewChangeState {
  /** Who has left for the present view. */
  startViewChanges = new Set<number>();
  /** At the primary of the present view: what the others bring. */
  doViewChanges = new Map<number, DoViewChange>();
  /** At the primary of the present view: who has left for it and brings no log. */
  abstentions = new Set<number>();
  /** Whether the present view is durable as a promise. */
  promised = false;
  /** What was sent for the present view: a repetition must say the same. */
  sent: DoViewChange | undefined;
  electing = false;
  /** Whether the log of the present view is in place, and that is becoming durable. */
  entering = false;
  /** Views tried since the last one that was normal. */
  attempts = 0;
}

/** Leaves for a view. From now on nothing of an earlier view is accepted. */
export function startViewChange(replica: Replica, view: number): void {
  invariant(view >= replica.view, `no way back from view ${replica.view} to ${view}`);
  const { context, options } = replica;
  cancelTransfer(replica);
  replica.view = view;
  replica.status = "view-change";
  const state = replica.viewChange;
  forgetExits(replica);
  state.startViewChanges.clear();
  state.doViewChanges.clear();
  state.abstentions.clear();
  state.promised = false;
  state.sent = undefined;
  state.electing = false;
  state.entering = false;
  state.attempts++;
  startPatience(replica);
  context.setTimer("resend-view-change", options.heartbeatMs * 2, { type: "resend-view-change" });
  refuseReads(replica);
  announceRole(replica);
  context.log("info", `view change to view ${view}`);
  // The promise is durable before anyone hears of it (erratum E1). The log that DOVIEWCHANGE will
  // advertise was asked for earlier, so it is durable by then, too.
  replica.persistView(() => {
    state.promised = true;
    onResend(replica);
    doViewChangeIfQuorum(replica);
  });
}

/** Repeats what this replica has to say in the view change. */
export function onResend(replica: Replica): void {
  const { context, options, viewChange, view, index } = replica;
  if (replica.status !== "view-change" || !viewChange.promised) return;
  context.setTimer("resend-view-change", options.heartbeatMs * 2, { type: "resend-view-change" });
  replica.broadcast({ type: "startViewChange", view, replica: index });
  if (viewChange.sent !== undefined) sendDoViewChange(replica, viewChange.sent);
}

/** Someone has left for a view. */
export function onStartViewChange(replica: Replica, message: VrMessageOf<"startViewChange">): void {
  if (replica.status === "recovering") return abstain(replica, message);
  if (message.view < replica.view) return helpBehind(replica, message.replica);
  if (message.view > replica.view) startViewChange(replica, message.view);
  if (replica.status === "normal") return helpBehind(replica, message.replica);
  replica.viewChange.startViewChanges.add(message.replica);
  doViewChangeIfQuorum(replica);
}

/** Tells someone of an earlier view, or still changing to ours, that ours has begun (E6). */
export function helpBehind(replica: Replica, behind: number): void {
  if (replica.isLeading) resendStartView(replica, behind);
}

function doViewChangeIfQuorum(replica: Replica): void {
  const state = replica.viewChange;
  if (replica.status !== "view-change" || !state.promised || state.sent !== undefined) return;
  if (state.startViewChanges.size < replica.threshold) return;
  // A snapshot is taking the place of our log: the next STARTVIEWCHANGE finds it durable.
  if (replica.execution.awaiting !== undefined) return;
  const { view, lastNormalView, log, commitNumber, index } = replica;
  invariant(replica.durability.durableOp === log.opNumber, "the log advertised is durable");
  state.sent = {
    type: "doViewChange",
    view,
    lastNormalView,
    opNumber: log.opNumber,
    commitNumber,
    head: log.head,
    replica: index,
  };
  sendDoViewChange(replica, state.sent);
}

function sendDoViewChange(replica: Replica, message: DoViewChange): void {
  if (replica.primary === replica.index) collect(replica, message);
  else replica.send(replica.primary, message);
}

/** Someone brings its log to the primary of a view. */
export function onDoViewChange(replica: Replica, message: DoViewChange): void {
  if (replica.status === "recovering") return;
  if (message.view < replica.view) return helpBehind(replica, message.replica);
  if (message.view > replica.view) startViewChange(replica, message.view);
  if (replica.status === "normal") return helpBehind(replica, message.replica);
  if (replica.primary !== replica.index) return;
  // Whoever sends DOVIEWCHANGE has left for the view, whether or not its STARTVIEWCHANGE arrived.
  replica.viewChange.startViewChanges.add(message.replica);
  collect(replica, message);
  doViewChangeIfQuorum(replica);
}

function collect(replica: Replica, message: DoViewChange): void {
  const state = replica.viewChange;
  state.doViewChanges.set(message.replica, message);
  state.abstentions.delete(message.replica);
  collectIfQuorum(replica);
}

/**
 * As the primary: the view can begin once a quorum has left for it, and f + 1 of them have brought a whole
 * log; our own is one of those.
 */
export function collectIfQuorum(replica: Replica): void {
  const state = replica.viewChange;
  const { size } = state.doViewChanges;
  if (state.electing || size <= replica.threshold) return;
  if (size + state.abstentions.size < replica.quorum) return;
  if (!state.doViewChanges.has(replica.index)) return;
  const winner = chooseLog([...state.doViewChanges.values()]);
  // A later view has committed more than this one could begin with: it is over before it began.
  if (winner.opNumber < replica.commitNumber) return;
  state.electing = true;
  if (replica.log.contains(winner.opNumber, winner.head)) adoptWinner(replica, winner.opNumber);
  else fetchWinner(replica, winner.replica, winner);
}

/** A vote may have become void: if a log was chosen by it that is not in place yet, that is over. */
export function reconsider(replica: Replica): void {
  const { viewChange: state, transfer } = replica;
  if (replica.status !== "view-change" || !state.electing || state.entering) return;
  state.electing = false;
  if (transfer?.purpose === "winner") cancelTransfer(replica);
}

/** The log of the largest last normal view, among those the longest. */
function chooseLog(brought: readonly DoViewChange[]): DoViewChange {
  return brought.reduce((best, other) =>
    other.lastNormalView > best.lastNormalView ||
      (other.lastNormalView === best.lastNormalView && other.opNumber > best.opNumber)
      ? other
      : best
  );
}

/**
 * As the new primary, we would have to fetch a snapshot at `op` before the log that won (erratum E17).
 * Goes on to a view whose primary has that state, so that the group need not wait for us, and says
 * whether it does: after a whole round of primaries that came to nothing it is our turn all the same.
 */
export function forfeit(replica: Replica, op: number): boolean {
  const { viewChange, options: { replicaCount }, context, view } = replica;
  if (viewChange.attempts > replicaCount) return false;
  for (let next = view + 1; next <= view + FORFEITED_MAX; next++) {
    const vote = viewChange.doViewChanges.get(primaryOf(next, replicaCount));
    if (vote === undefined || vote.commitNumber < op) continue;
    context.log(
      "info",
      `lacking the state at ${op}: leaving it to replica ${vote.replica} to lead`,
    );
    startViewChange(replica, next);
    return true;
  }
  return false;
}

/** The new primary holds the winning log, whole: the view may begin. */
export function adoptWinner(replica: Replica, opNumber: number): void {
  invariant(replica.primary === replica.index, "only the primary adopts the winning log");
  invariant(opNumber >= replica.commitNumber, "the winning log holds all that is committed");
  const brought = [...replica.viewChange.doViewChanges.values()];
  const commitNumber = Math.max(...brought.map((message) => message.commitNumber));
  adoptLog(replica, opNumber, []);
  enterView(replica, replica.view, commitNumber);
}

/** The view has begun. */
export function onStartView(replica: Replica, message: VrMessageOf<"startView">): void {
  const { view, opNumber, head } = message;
  if (replica.status === "recovering" || view < replica.view) return;
  const isAwaited = replica.status === "view-change" && !replica.viewChange.entering;
  if (view === replica.view && !isAwaited) return;
  if (message.replica !== primaryOf(view, replica.options.replicaCount)) return;
  // A later view has committed more: this one is over.
  if (opNumber < replica.commitNumber) return;
  if (!replica.log.contains(opNumber, head)) return startInstall(replica, view, message.replica);
  cancelTransfer(replica);
  adoptLog(replica, opNumber, []);
  enterView(replica, view, message.commitNumber);
}

/**
 * The log of a view is in place: takes its number as the last normal view, and becomes normal once
 * that is durable, which the log is before it (E3). Until then nobody hears that we are.
 */
export function enterView(replica: Replica, view: number, commitNumber: number): void {
  replica.view = view;
  replica.lastNormalView = view;
  replica.status = "view-change";
  Object.assign(replica.viewChange, { promised: false, entering: true });
  replica.persistView(() => becomeNormal(replica, commitNumber));
}

/** Takes up normal operation. */
export function becomeNormal(replica: Replica, commitNumber: number): void {
  const { context, view } = replica;
  replica.status = "normal";
  forgetExits(replica);
  Object.assign(replica.viewChange, { entering: false, attempts: 0 });
  context.cancelTimer("view-change-stalled");
  context.cancelTimer("resend-view-change");
  replica.commitTo(commitNumber);
  context.log(
    "info",
    `normal in view ${view} as ${replica.isLeading ? "primary" : "backup"}, ` +
      `op-number ${replica.log.opNumber}, committed ${replica.commitNumber}`,
  );
  if (replica.isLeading) {
    for (const other of replica.others()) resendStartView(replica, other);
    context.setTimer("heartbeat", 0, { type: "heartbeat" });
  }
  beginReads(replica);
  announceRole(replica);
  beginView(replica);
}

/** Tells one replica that our view has begun. */
export function resendStartView(replica: Replica, other: number): void {
  const { view, log, commitNumber, index } = replica;
  replica.send(other, {
    type: "startView",
    view,
    opNumber: log.opNumber,
    commitNumber,
    head: log.head,
    replica: index,
  });
}

/**
 * Gives the view change its time anew: more with every round of primaries that came to nothing. A few
 * dead ones in a row are no reason for patience, but all of them together are.
 */
export function startPatience(replica: Replica): void {
  const { viewChange, options, context } = replica;
  const rounds = Math.floor(Math.max(0, viewChange.attempts - 1) / options.replicaCount);
  const patienceMs = options.viewChangeMs * 2 ** Math.min(rounds, DOUBLINGS_MAX);
  const delayMs = context.maybe("replica/impatient") ? options.heartbeatMs : patienceMs;
  context.setTimer("view-change-stalled", delayMs, { type: "view-change-stalled" });
}
