import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import { invariant } from "../../actors/errors.ts";
import { encode } from "../../actors/schema.ts";
import { Durability } from "../durability.ts";
import type { JournalReply } from "../journal.ts";
import { Log } from "../log.ts";
import type { MembershipEvent } from "../master/membership.ts";
import { Reports } from "../master/reports.ts";
import type { OrderingRequest } from "../ordering.ts";
import { AcknowledgementState, onAck } from "./acknowledgement.ts";
import { EpochState, isOfEpoch } from "./epochs.ts";
import { ExecutionState, onExecuted } from "./execution.ts";
import { ExtensionState, sendExtended, thawIfStuck } from "./extension.ts";
import { LinkState, onResume, sendTip } from "./forwarding.ts";
import * as joining from "./joining.ts";
import { DonorState, onGetCheckpoint } from "./joining_donor.ts";
import type { ChainMessage } from "./messages.ts";
import { CHAIN_DEFAULTS, type ChainOptions } from "./options.ts";
import { checkNeighbours, NeighbourState } from "./neighbours.ts";
import { onOrder, onSeal, OrderingState } from "./ordering.ts";
import { PendingEntries } from "./pending.ts";
import { NOWHERE, type Position } from "./position.ts";
import * as reads from "./reads.ts";
import { onAssigned, sendStopped } from "./reconfiguration.ts";
import { type DurableRecord, durableRecord } from "./record.ts";
import { announceRole, publish } from "./role.ts";
import { onSnapshotTaken, SnapshotState } from "./snapshots.ts";
import { introduce, onLoaded } from "./start.ts";
import { onTip, onUpdate } from "./updates.ts";

export type { ChainRole } from "./position.ts";
export type { ChainFigures } from "./role.ts";

/** What a replica posts to itself. */
export type ChainTimer = { readonly type: "seal" } | { readonly type: "heartbeat" };

/** Everything that a replica of a chain takes. */
export type ChainReplicaMessage =
  | ChainMessage
  | OrderingRequest
  | JournalReply
  | MembershipEvent
  | ChainTimer;

type Unsigned<M> = M extends ChainMessage ? Omit<M, "epoch" | "node"> : never;
type Options = ChainOptions & Required<Pick<ChainOptions, keyof typeof CHAIN_DEFAULTS>>;

/**
 * A replica of a chain: the state that its parts share, and which of them handles which message. It puts
 * requests into an order and knows nothing of what they do, but for the objects that they change.
 *
 * Source: van Renesse & Schneider, Chain Replication (CR); Terrace & Freedman, CRAQ. Beyond fail-stop
 * servers: epochs in every message, leases for reads, and entries that are durable before they are
 * forwarded, so that a replica whose process fails and whose disk is whole is the replica that it was.
 */
export class ChainReplica implements Actor<ChainReplicaMessage>, DurableRecord {
  readonly context: Context<ChainReplicaMessage>;
  readonly options: Options;
  readonly node: number;
  readonly durability: Durability;
  readonly reports: Reports;

  // What is durable
  birth = 0;
  epoch = 0;
  extended = 0;
  log = new Log();

  commitNumber = 0;
  position: Position = NOWHERE;
  /** Until when reads may be served, if the replica is a member. */
  leaseUntil = -Infinity;
  /** Whether the disk was read, and the birth is durable. */
  isReady = false;
  /** Whether the client table was last told to order. */
  wasOrdering = false;
  /** The epoch in which it is certain that this replica serves nothing, in no later life either. */
  stoppedIn = 0;
  /** The newest epoch in which a neighbour was heard. */
  heardIn = 0;

  readonly epochs = new EpochState();
  readonly execution = new ExecutionState();
  readonly pending: PendingEntries;
  readonly ordering = new OrderingState();
  readonly acknowledgement = new AcknowledgementState();
  readonly joining: joining.JoiningState;
  readonly donor = new DonorState();
  readonly snapshots = new SnapshotState();
  readonly reads: reads.ReadState;
  readonly neighbours: NeighbourState;
  link = new LinkState();
  extension = new ExtensionState();

  constructor(context: Context<ChainReplicaMessage>, options: ChainOptions) {
    this.context = context;
    this.options = { ...CHAIN_DEFAULTS, ...options };
    this.node = context.node;
    this.durability = new Durability(context, options.journal);
    this.reports = new Reports(context, this.options);
    this.pending = new PendingEntries(options.objectsChanged);
    this.joining = new joining.JoiningState(context.random());
    this.reads = new reads.ReadState(context.random());
    this.neighbours = new NeighbourState(context.now());
    context.send(options.journal, { type: "load", replyTo: context.self });
    // Whoever waits for an earlier incarnation waits in vain.
    announceRole(this);
  }

  receive(message: ChainReplicaMessage): void {
    if ("epoch" in message) {
      if (isOfEpoch(this, message)) this.#dispatchPeer(message);
    } else this.#dispatch(message);
    this.checkInvariants();
  }

  #dispatchPeer(message: ChainMessage): void {
    switch (message.type) {
      case "update":
        return onUpdate(this, message);
      case "tip":
        return onTip(this, message);
      case "ack":
        return onAck(this, message);
      case "resume":
        return onResume(this, message);
      case "diverged":
        return joining.onDiverged(this, message);
      case "getCheckpoint":
        return onGetCheckpoint(this, message);
      case "checkpointPiece":
        return joining.onCheckpointPiece(this, message);
      case "versionQuery":
        return reads.onVersionQuery(this, message);
      case "version":
        return reads.onVersion(this, message);
      case "outdated":
        return;
    }
  }

  #dispatch(message: Exclude<ChainReplicaMessage, ChainMessage>): void {
    switch (message.type) {
      // The client table
      case "order":
        return onOrder(this, message.request, message.replyTo);
      case "find-read-index":
        return reads.onFindReadIndex(this, message);
      case "executed":
        return onExecuted(this, message.opNumber);
      case "snapshot-taken":
        return onSnapshotTaken(this, message.op, message.ok);
      // The membership
      case "membership-started":
        return introduce(this);
      case "assigned":
        return onAssigned(this, message.volume);
      case "lease":
        this.leaseUntil = message.until;
        return;
      // The journal
      case "loaded":
        return onLoaded(this, message);
      case "durable":
      case "snapshot-piece":
      case "snapshot-gone":
        return this.durability.settled(message);
      case "stalled":
        return this.#setStalled(message.reason);
      case "resumed":
        return this.#setStalled(null);
      // Ourselves
      case "seal":
        return onSeal(this);
      case "heartbeat":
        return this.#heartbeat();
    }
  }

  /** Everything that is done from time to time, whether or not there was a message. */
  #heartbeat(): void {
    const { context, options } = this;
    context.setTimer("heartbeat", options.heartbeatMs, { type: "heartbeat" });
    publish(this);
    if (context.maybe("chain/skip-heartbeat")) return;
    thawIfStuck(this);
    sendTip(this);
    checkNeighbours(this);
    sendExtended(this);
    sendStopped(this);
    joining.askAgain(this);
    reads.askAgain(this);
    // The message to ourselves may have found our mailbox full.
    onSeal(this);
  }

  // What the parts share

  /** Sends to the replica of another node, in our epoch. */
  send(to: number, message: Unsigned<ChainMessage>): void {
    invariant(to !== this.node, "a replica sends no message to itself");
    const { node, position: { epoch } } = this;
    this.context.send(this.options.peer(to), { ...message, epoch, node } as ChainMessage);
  }

  /** Notes a sign of life of a node. */
  heard(node: number): void {
    this.heardIn = this.position.epoch;
    this.reports.heard(node);
  }

  /** Notes a sign of life of the predecessor, in this epoch. */
  heardAbove(): void {
    this.neighbours.cameAt = this.context.now();
    this.heard(this.position.predecessor!);
  }

  /** Makes durable what must not be forgotten, after everything asked for before. */
  persist(then?: () => void): void {
    const { birth, epoch, extension } = this;
    if (extension.isDeclared) this.extended = epoch;
    const { extended } = this;
    this.durability.writeRecord(encode(durableRecord, { birth, epoch, extended }), then);
  }

  #setStalled(reason: string | null): void {
    this.reports.setStalled(reason);
    publish(this);
  }

  /** What must hold after every message. */
  checkInvariants(): void {
    const { log, commitNumber, durability, execution, position, link } = this;
    const { durableOp } = durability;
    invariant(commitNumber <= log.opNumber, "what is committed is in the log");
    invariant(log.baseOp <= commitNumber, "only committed entries are compacted away");
    invariant(durableOp <= log.opNumber, "what is durable is in the log");
    invariant(execution.sent <= commitNumber, "only what is committed is executed");
    invariant(!position.isMember || commitNumber <= durableOp, "a member has what is committed");
    if (link.number === 0) return;
    invariant(link.sentTo <= durableOp, "what is forwarded is durable before");
    invariant(link.received <= link.sentTo, "a successor has no more than it was sent");
  }
}

/** The factory of a replica of a chain. */
export function replica(options: ChainOptions): ActorFactory<ChainReplicaMessage> {
  return (context) => new ChainReplica(context, options);
}
