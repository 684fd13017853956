import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import { invariant } from "../../actors/errors.ts";
import { encode } from "../../actors/schema.ts";
import { Durability } from "../durability.ts";
import type { DetectorEvent } from "../failure_detector_messages.ts";
import type { JournalReply } from "../journal.ts";
import type { OrderingRequest } from "../ordering.ts";
import * as abstention from "./abstention.ts";
import { BatchingState } from "./batching.ts";
import * as crashVectors from "./crash_vector.ts";
import * as execution from "./execution.ts";
import * as formation from "./formation.ts";
import * as leaving from "./leaving.ts";
import { Log } from "../log.ts";
import type { PlainMessage, VrMessage } from "./messages.ts";
import * as normal from "./normal.ts";
import { VR_DEFAULTS, type VrOptions } from "./options.ts";
import { primaryOf, quorumSize, threshold } from "./quorum.ts";
import * as reads from "./reads.ts";
import { type DurableRecord, durableRecord } from "./record.ts";
import * as recovery from "./recovery.ts";
import * as repair from "./repair.ts";
import * as role from "./role.ts";

import * as snapshots from "./snapshots.ts";
import { spreadRest, SpreadState } from "./spread.ts";
import * as stateTransfer from "./state_transfer.ts";
import * as transfers from "./transfer.ts";
import * as viewChange from "./view_change.ts";

export type { ReplicaFigures } from "./role.ts";

/** Where a replica stands (VRR 4, Fig. 2). `recovering` covers a start with nothing, too. */
export type ReplicaStatus = "normal" | "view-change" | "recovering";

/** What a replica posts to itself. */
export type ReplicaTimer =
  | { readonly type: "seal" }
  | { readonly type: "spread-rest" }
  | { readonly type: "ask-again" }
  | { readonly type: "heartbeat" }
  | { readonly type: "leave-view" }
  | { readonly type: "resend-view-change" }
  | { readonly type: "view-change-stalled" }
  | { readonly type: "transfer-stalled" }
  | { readonly type: "recover-again" }
  | { readonly type: "probe-again" };

/** Everything that a replica takes. */
export type ReplicaMessage =
  | VrMessage
  | OrderingRequest
  | JournalReply
  | DetectorEvent
  | ReplicaTimer;

/**
 * A replica of a Viewstamped Replication group: the state that its sub-protocols share, and which of
 * them handles which message. It orders requests and knows nothing of what they do.
 *
 * Source: Liskov & Cowling, Viewstamped Replication Revisited (VRR). With a disk, views and entries are
 * durable before a message leaves that reveals them, and a restart resumes from the journal (erratum
 * E1, fix A). Without, a restart recovers from the other replicas, and crash vectors keep what was
 * forgotten from being counted (fix B).
 */
export class Replica implements Actor<ReplicaMessage> {
  readonly context: Context<ReplicaMessage>;
  readonly options: Required<VrOptions>;
  /** This replica's index. */
  readonly index: number;
  /** f: how many replicas may fail. */
  readonly threshold: number;
  /** K - f. */
  readonly quorum: number;
  readonly durability: Durability;

  status: ReplicaStatus = "recovering";
  view = 0;
  /** The view that is durable as a promise; never above `view`. */
  durableView = 0;
  lastNormalView = 0;
  log = new Log();
  commitNumber = 0;
  identity: Omit<DurableRecord, "view" | "lastNormalView"> = {
    birth: 0,
    births: [],
    formatted: false,
    recovering: false,
  };
  /** Why the journal makes no progress, if it does not. */
  stalled: string | null = null;
  readonly suspected = new Set<number>();

  readonly crashVector: crashVectors.CrashVectorState;
  readonly execution = new execution.ExecutionState();
  readonly normal = new normal.NormalState();
  batching = new BatchingState();
  readonly spread = new SpreadState();
  readonly leaving = new leaving.LeavingState();
  readonly viewChange = new viewChange.ViewChangeState();
  readonly reads = new reads.ReadState();
  readonly recovery = new recovery.RecoveryState();
  readonly repair = new repair.RepairState();
  readonly formation = new formation.FormationState();
  readonly snapshots = new snapshots.SnapshotState();
  /** The state transfer under way, if any. */
  transfer: transfers.Transfer | undefined;
  #recordCount = 0;

  constructor(context: Context<ReplicaMessage>, options: VrOptions) {
    this.context = context;
    this.options = { ...VR_DEFAULTS, ...options };
    this.index = options.replica;
    this.threshold = threshold(options.replicaCount);
    this.quorum = quorumSize(options.replicaCount);
    this.durability = new Durability(context, options.journal);
    const isInMemory = this.options.durability === "memory";
    this.crashVector = new crashVectors.CrashVectorState(options.replicaCount, isInMemory);
    context.send(options.journal, { type: "load", replyTo: context.self });
  }

  /** The primary of the present view. */
  get primary(): number {
    return primaryOf(this.view, this.options.replicaCount);
  }

  /** Whether this replica is primary and may order: it knows of no later view. */
  get isLeading(): boolean {
    return this.status === "normal" && this.primary === this.index && this.transfer === undefined;
  }

  receive(message: ReplicaMessage): void {
    const opened = crashVectors.open(this, message);
    if (opened === undefined) return;
    this.#dispatch(opened);
    this.checkInvariants();
  }

  #dispatch(message: Exclude<ReplicaMessage, { type: "stamped" }>): void {
    switch (message.type) {
      // Clients' requests, by way of the client table
      case "order":
        return normal.onOrder(this, message.request);
      case "seal":
        return normal.onSeal(this);
      case "spread-rest":
        return spreadRest(this);
      case "ask-again":
        return reads.askAgain(this);
      case "executed":
        return execution.onExecuted(this, message.opNumber);
      case "find-read-index":
        return reads.onFindReadIndex(this, message.ticket);
      // Normal operation
      case "prepare":
        return normal.onPrepare(this, message);
      case "prepareOk":
        return normal.onPrepareOk(this, message);
      case "commit":
        return normal.onCommit(this, message);
      case "heartbeat":
        return normal.onHeartbeat(this);
      // View change
      case "detector-started":
        return role.observe(this);
      case "suspect":
      case "trust":
        return leaving.onSuspicion(this, message);
      case "leave-view":
        return leaving.onLeaveView(this);
      case "exitView":
        return leaving.onExitView(this, message);
      case "startViewChange":
        return viewChange.onStartViewChange(this, message);
      case "doViewChange":
        return viewChange.onDoViewChange(this, message);
      case "abstain":
        return abstention.onAbstain(this, message);
      case "startView":
        return viewChange.onStartView(this, message);
      case "resend-view-change":
        return viewChange.onResend(this);
      case "view-change-stalled":
        return leaving.onStalled(this);
      // State transfer
      case "getState":
        return stateTransfer.onGetState(this, message);
      case "newState":
        return stateTransfer.onNewState(this, message);
      case "newCheckpoint":
        return snapshots.onNewCheckpoint(this, message);
      case "getCheckpoint":
        return snapshots.onGetCheckpoint(this, message);
      case "checkpointPiece":
        return snapshots.onCheckpointPiece(this, message);
      case "transfer-stalled":
        return transfers.onStalled(this);
      case "snapshot-taken":
        return snapshots.onSnapshotTaken(this, message.op, message.ok);
      // Recovery and formation
      case "recovery":
        return recovery.onRecovery(this, message);
      case "recoveryResponse":
        return recovery.onRecoveryResponse(this, message);
      case "getEntry":
        return repair.onGetEntry(this, message);
      case "gotEntry":
        return repair.onGotEntry(this, message);
      case "recover-again":
        return recovery.recoverAgain(this);
      case "probe":
        return formation.onProbe(this, message);
      case "probed":
        return formation.onProbed(this, message);
      case "probe-again":
        return formation.probeAgain(this);
      // Reads
      case "confirm":
        return reads.onConfirm(this, message);
      case "confirmed":
        return reads.onConfirmed(this, message);
      case "readIndex":
        return reads.onReadIndex(this, message);
      case "readIndexIs":
        return reads.onReadIndexIs(this, message);
      // The journal
      case "loaded":
        return recovery.onLoaded(this, message);
      case "durable":
      case "snapshot-piece":
      case "snapshot-gone":
        return this.durability.settled(message);
      case "stalled":
        return role.setStalled(this, message.reason);
      case "resumed":
        return role.setStalled(this, null);
    }
  }

  // What the sub-protocols share.

  /** Sends to one other replica. */
  send(replica: number, message: PlainMessage): void {
    invariant(replica !== this.index, "a replica sends no message to itself");
    this.context.send(this.options.peer(replica), crashVectors.stamp(this, message));
  }

  /** Sends to all other replicas. */
  broadcast(message: PlainMessage): void {
    const stamped = crashVectors.stamp(this, message);
    for (const replica of this.others()) this.context.send(this.options.peer(replica), stamped);
  }

  /** The indices of all other replicas. */
  others(): number[] {
    const others: number[] = [];
    for (let replica = 0; replica < this.options.replicaCount; replica++) {
      if (replica !== this.index) others.push(replica);
    }
    return others;
  }

  /** Notes a sign of life of a replica, and tells the detector if it is due. */
  heard(replica: number): void {
    leaving.trust(this, replica);
    normal.reportHeard(this, replica);
  }

  /** Makes view and last-normal-view durable; `then` runs unless this is asked for again by then. */
  persistView(then: () => void): void {
    const { view, lastNormalView } = this;
    const count = ++this.#recordCount;
    invariant(lastNormalView <= view, "lastNormalView is not above view");
    const record = encode(durableRecord, { ...this.identity, view, lastNormalView });
    this.durability.writeRecord(record, () => {
      this.durableView = view;
      if (this.#recordCount === count) then();
    });
  }

  /** Raises the commit-number, never above the log's end, and has what it covers executed (E8). */
  commitTo(commitNumber: number): void {
    this.commitNumber = Math.max(this.commitNumber, Math.min(commitNumber, this.log.opNumber));
    execution.sendCommitted(this);
  }

  /** What must hold after every message. */
  checkInvariants(): void {
    invariant(this.lastNormalView <= this.view, "lastNormalView <= view");
    invariant(this.commitNumber <= this.log.opNumber, "commitNumber <= opNumber");
    invariant(this.log.baseOp <= this.commitNumber, "only committed entries are compacted away");
    invariant(this.durability.durableOp <= this.log.opNumber, "durableOp <= opNumber");
    invariant(
      this.status !== "normal" || this.lastNormalView === this.view,
      "a normal replica's last normal view is its view",
    );
  }
}

/** The factory of a replica. */
export function replica(options: VrOptions): ActorFactory<ReplicaMessage> {
  return (context) => new Replica(context, options);
}
