/**
 * How a replica starts. From a whole journal it resumes (erratum E1, fix A). From a journal whose
 * log is damaged, from an empty disk in a group that knows it (fix C), or from nothing in a group without
 * disks (fix B), it recovers from the others first (VRR 4.3): until then it neither votes nor acknowledges.
 *
 * @module
 */
import { decode } from "../../actors/schema.ts";
import type { JournalReply } from "../journal.ts";
import { inquire } from "./crash_vector.ts";
import { awaitSnapshot, goOnFrom } from "./execution.ts";
import * as formation from "./formation.ts";
import { openLog } from "../loaded_log.ts";
import type { VrMessageOf } from "./messages.ts";
import { primaryOf } from "./quorum.ts";
import { durableRecord } from "./record.ts";
import { askForEntries, takeRemnant } from "./repair.ts";
import type { Replica } from "./replica.ts";
import { announceRole } from "./role.ts";
import { fetchForRecovery } from "./transfer.ts";
import { becomeNormal, enterView, startViewChange } from "./view_change.ts";

type Loaded = Extract<JournalReply, { type: "loaded" }>;

/**
 * Why a replica recovers: its log is damaged, it has lost its disk, or it is one that forgets everything
 * in a crash.
 */
export type RecoveryReason = "damaged" | "amnesia" | "forgotten";

/** What recovery remembers. */
export class RecoveryState {
  /** Why the replica recovers; `null` if it does not. */
  reason: RecoveryReason | null = null;
  nonce = 0;
  /** Views of those that answered our nonce. */
  readonly responses = new Map<number, number>();
}

/** Views that a replica which has lost its disk stays out of, beyond the highest it is told of. */
const AMNESIA_VIEWS = 2;
/** Between two rounds of RECOVERY, in heartbeats. */
const RETRY_HEARTBEATS = 10;

/** Everything that the journal holds. */
export function onLoaded(replica: Replica, loaded: Loaded): void {
  replica.context.setTimer("heartbeat", 0, { type: "heartbeat" });
  if (loaded.record !== undefined) {
    const { view, lastNormalView, ...identity } = decode(durableRecord, loaded.record);
    Object.assign(replica, { view, lastNormalView, identity, durableView: view });
  }
  loadLog(replica, loaded);
  // What may be in the log of an unformed replica was left there by a recovery that never ended.
  if (!replica.identity.formatted) return formation.begin(replica);
  if (loaded.damage !== undefined) {
    const { kind, file, offset } = loaded.damage;
    replica.context.log(
      "error",
      `the journal is damaged (${kind}) in ${file} at byte ${offset}: recovering from the peers`,
    );
    if (!replica.identity.recovering && takeRemnant(replica, loaded.remnant)) return;
    return beginRecovery(replica, "damaged");
  }
  if (replica.identity.recovering) return beginRecovery(replica, "damaged");
  resume(replica);
}

/** Takes up the log, and has the client table go on from the snapshot before it. */
function loadLog(replica: Replica, loaded: Loaded): void {
  const { snapshot } = loaded;
  replica.log = openLog(loaded);
  replica.durability.loaded(replica.log.opNumber);
  if (snapshot === undefined) return;
  replica.commitNumber = snapshot.op;
  replica.snapshots.newest = snapshot.op;
  awaitSnapshot(replica, snapshot.op);
  goOnFrom(replica, snapshot.op);
}

/** The restart rules of fix A. */
export function resume(replica: Replica): void {
  const { context, view, lastNormalView } = replica;
  const { opNumber } = replica.log;
  context.log("info", `restarting in view ${view}, op-number ${opNumber}`);
  if (view > lastNormalView) return startViewChange(replica, view);
  // As primary of our view we may have sent PREPAREs that we never wrote.
  if (replica.primary === replica.index) return startViewChange(replica, view + 1);
  becomeNormal(replica, replica.commitNumber);
}

/** Stands aside until the others have told us everything. */
export function beginRecovery(replica: Replica, reason: RecoveryReason): void {
  replica.status = "recovering";
  replica.recovery.reason = reason;
  if (replica.options.replicaCount === 1) {
    replica.context.log("error", "cannot recover: there is no other replica to recover from");
  }
  announceRole(replica);
  askEveryone(replica);
}

/** It takes too long: something was lost, or somebody is. */
export function recoverAgain(replica: Replica): void {
  const { recovery, crashVector } = replica;
  if (replica.status !== "recovering" || recovery.reason === null) return;
  const isAlone = recovery.reason === "forgotten" && crashVector.informed.size === 0;
  if (!isAlone || replica.transfer !== undefined) return askEveryone(replica);
  // The others may have forgotten everything, too: then there is no group any more.
  recovery.reason = null;
  formation.begin(replica);
}

/**
 * Asks everyone, with a fresh nonce each time: answers from before and after a view change do not
 * mix (erratum E9).
 */
function askEveryone(replica: Replica): void {
  const { context, recovery, options, index } = replica;
  const delayMs = options.heartbeatMs * RETRY_HEARTBEATS;
  context.setTimer("recover-again", delayMs, { type: "recover-again" });
  if (replica.transfer !== undefined) return;
  recovery.nonce = Math.floor(context.random() * Number.MAX_SAFE_INTEGER);
  recovery.responses.clear();
  if (recovery.reason === "forgotten") return inquire(replica);
  askForEntries(replica);
  replica.broadcast({ type: "recovery", nonce: recovery.nonce, replica: index });
}

/** Someone cannot trust its disk, or has none. Only who is normal may answer. */
export function onRecovery(replica: Replica, message: VrMessageOf<"recovery">): void {
  if (replica.status !== "normal" || replica.transfer?.purpose === "install") return;
  const { view, index } = replica;
  const { nonce } = message;
  replica.send(message.replica, { type: "recoveryResponse", view, nonce, replica: index });
}

/**
 * Once f + 1 others have answered, the primary of the latest of their views among them, no quorum
 * can have been formed that none of them knows of. That primary has every entry that we can ever
 * have acknowledged.
 */
export function onRecoveryResponse(
  replica: Replica,
  message: VrMessageOf<"recoveryResponse">,
): void {
  const { recovery, options } = replica;
  if (replica.status !== "recovering" || recovery.reason === null) return;
  if (message.nonce !== recovery.nonce || replica.transfer !== undefined) return;
  recovery.responses.set(message.replica, message.view);
  if (recovery.responses.size < replica.threshold + 1) return;
  const latest = Math.max(...recovery.responses.values());
  // If no failure is tolerated, everyone has everything, and we may be that primary ourselves.
  const source = replica.threshold === 0
    ? message.replica
    : primaryOf(latest, options.replicaCount);
  if (recovery.responses.get(source) !== latest) return;
  if (replica.identity.recovering) return fetchForRecovery(replica, latest, source);
  // What is fetched is written step by step: a crash in between must not make it look whole.
  replica.identity = { ...replica.identity, recovering: true };
  const { nonce } = recovery;
  replica.persistView(() => {
    const isAwaited = recovery.reason !== null && recovery.nonce === nonce;
    if (isAwaited && replica.transfer === undefined) fetchForRecovery(replica, latest, source);
  });
}

/**
 * We hold the log of view `latest`. A replica with its promises intact, or whose promises are void, is
 * normal in that view, unless it has promised to a later one or was itself the primary. One that has lost
 * its disk may have given its log for views after `latest`, but for no more than two: a view is left by
 * a quorum, of which the responders know, or by its primary, which goes on by no more than two if it has
 * not begun, or by one who has lost its disk and is two ahead.
 */
export function finishRecovery(replica: Replica, latest: number, commitNumber: number): void {
  const { recovery, context } = replica;
  const floor = firstView(replica, latest);
  context.cancelTimer("recover-again");
  recovery.reason = null;
  recovery.responses.clear();
  replica.repair.remnant = undefined;
  replica.commitTo(commitNumber);
  replica.identity = { ...replica.identity, formatted: true, recovering: false };
  if (latest >= floor) return enterView(replica, latest, commitNumber);
  replica.lastNormalView = latest;
  startViewChange(replica, floor);
}

/** The first view that a replica may take part in after it has recovered the log of view `latest`. */
function firstView(replica: Replica, latest: number): number {
  if (replica.recovery.reason === "amnesia") return latest + AMNESIA_VIEWS;
  const wasPrimary = primaryOf(latest, replica.options.replicaCount) === replica.index;
  return Math.max(replica.view, wasPrimary ? latest + 1 : latest);
}
