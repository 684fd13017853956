import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import { invariant } from "../../actors/errors.ts";
import { encode } from "../../actors/schema.ts";
import { Durability } from "../durability.ts";
import type { JournalReply } from "../journal.ts";
import type { MembershipEvent } from "../master/membership.ts";
import { Reports } from "../master/reports.ts";
import { AcknowledgementState, onAck } from "./acknowledgement.ts";
import { onGetChunk } from "./donor.ts";
import { announceLife, EpochState, isOfEpoch, onAssigned, sendStopped } from "./epochs.ts";
import { onExecute } from "./execution.ts";
import { flush, FlushState, journal } from "./flush.ts";
import { onInv } from "./invalidation.ts";
import * as joining from "./joining.ts";
import type { HermesMessage } from "./messages.ts";
import { ObjectTable } from "./objects.ts";
import { onOpenSession } from "./opening.ts";
import { HERMES_DEFAULTS, type HermesOptions } from "./options.ts";
import * as reads from "./reads.ts";
import * as recall from "./recall.ts";
import { type DurableRecord, durableRecord } from "./record.ts";
import { lookAtReplays, ReplayState } from "./replays.ts";
import type { ReplicaRequest } from "./requests.ts";
import { announceRole, Counts, publish } from "./role.ts";
import { Sessions } from "./sessions.ts";
import { SnapshotState, takeIfDue } from "./snapshots.ts";
import * as notes from "./notes.ts";
import { NOWHERE, type Standing } from "./standing.ts";
import { introduce, onLoaded } from "./start.ts";
import { UpdateState } from "./updates.ts";
import { onVal } from "./validation.ts";

/** What a replica posts to itself. */
export type HermesTimer = { readonly type: "flush" } | { readonly type: "heartbeat" };

/** Everything that a replica of Hermes takes. */
export type HermesReplicaMessage =
  | HermesMessage
  | ReplicaRequest
  | JournalReply
  | MembershipEvent
  | HermesTimer;

/** What says nothing of what the sender holds. */
const QUESTIONS: ReadonlySet<HermesMessage["type"]> = new Set(["recall", "outdated"]);

type Unsigned<M> = M extends HermesMessage ? Omit<M, "epoch" | "node" | "life"> : never;
type Options = HermesOptions & Required<Pick<HermesOptions, keyof typeof HERMES_DEFAULTS>>;

/**
 * A replica of Hermes: the state that its parts share, and which of them handles which message.
 *
 * Source: Katsarakis et al., Hermes (ASPLOS'20). Beyond crash-stop servers: what is acknowledged is durable
 * before, so that a replica whose process fails and whose disk is whole keeps its place, and a crash of all
 * loses nothing; and requests are executed exactly once, though there is no log that all have in common.
 */
export class HermesReplica implements Actor<HermesReplicaMessage>, DurableRecord {
  readonly context: Context<HermesReplicaMessage>;
  readonly options: Options;
  readonly node: number;
  readonly durability: Durability;
  readonly reports: Reports;

  // What is durable
  birth = 0;
  life = 0;
  epoch = 0;
  copiedIn = 0;
  lives: DurableRecord["lives"] = [];
  readonly objects = new ObjectTable();
  readonly sessions: Sessions;

  standing: Standing = NOWHERE;
  /** Until when reads may be served, if the replica is a member. */
  leaseUntil = -Infinity;
  /** Whether the disk was read, and this life is durable. */
  isReady = false;

  readonly counts = new Counts();
  readonly epochs = new EpochState();
  readonly updates = new UpdateState();
  readonly acknowledgement = new AcknowledgementState();
  readonly replays: ReplayState;
  readonly flushing = new FlushState();
  readonly snapshots = new SnapshotState();
  readonly joining: joining.JoiningState;
  readonly reads: reads.ReadState;
  readonly recalls: recall.RecallState;
  readonly notes = new notes.NoteState();

  constructor(context: Context<HermesReplicaMessage>, options: HermesOptions) {
    this.context = context;
    this.options = { ...HERMES_DEFAULTS, ...options };
    this.node = context.node;
    this.durability = new Durability(context, options.journal);
    this.reports = new Reports(context, this.options);
    this.sessions = new Sessions({
      max: options.sessionsMax,
      isAdopting: options.volume > 0,
      // What the disk says it is not told again.
      onEvicted: (clientId) => this.isReady && journal(this, { type: "forgotten", clientId }),
    });
    this.replays = new ReplayState(context.now());
    // An answer to an earlier life must not be taken for one to this one.
    this.joining = new joining.JoiningState(context.random());
    this.reads = new reads.ReadState(context.random());
    this.recalls = new recall.RecallState(context.random());
    context.send(options.journal, { type: "load", replyTo: context.self });
    // Whoever waits for an earlier incarnation waits in vain.
    announceRole(this);
  }

  /** Whether this replica takes part in serving clients: in the newest epoch that it knows of. */
  get isServing(): boolean {
    return this.standing.role === "member";
  }

  receive(message: HermesReplicaMessage): void {
    if ("life" in message) {
      if (isOfEpoch(this, message)) this.#dispatchPeer(message);
    } else this.#dispatch(message);
  }

  #dispatchPeer(message: HermesMessage): void {
    this.epochs.heardIn = this.standing.epoch;
    this.reports.heard(message.node);
    switch (message.type) {
      case "inv":
        return onInv(this, message);
      case "ack":
        return onAck(this, message);
      case "val":
        return onVal(this, message);
      case "join":
        return joining.onJoin(this, message);
      case "entered":
        return joining.onEntered(this, message);
      case "getChunk":
        return onGetChunk(this, message);
      case "chunk":
        return joining.onChunk(this, message);
      case "recall":
        return recall.onRecall(this, message);
      case "recalled":
        return recall.onRecalled(this, message);
      case "note":
        return notes.onNote(this, message);
      case "noted":
        return notes.onNoted(this, message);
      case "outdated":
        return;
    }
  }

  #dispatch(message: Exclude<HermesReplicaMessage, HermesMessage>): void {
    switch (message.type) {
      // The client table
      case "execute":
        return onExecute(this, message);
      case "open-session":
        return onOpenSession(this, message);
      case "read":
        return reads.onRead(this, message);
      // The membership
      case "membership-started":
        return introduce(this);
      case "assigned":
        return onAssigned(this, message.volume);
      case "lease":
        this.leaseUntil = message.until;
        return;
      case "checked":
        return reads.onChecked(this, message.ticket);
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
      case "flush":
        return flush(this);
      case "heartbeat":
        return this.#heartbeat();
    }
  }

  /** Everything that is done from time to time, whether or not there was a message. */
  #heartbeat(): void {
    const { context, options } = this;
    context.setTimer("heartbeat", options.heartbeatMs, { type: "heartbeat" });
    publish(this);
    this.checkInvariants();
    if (context.maybe("hermes/skip-heartbeat")) return;
    announceLife(this);
    lookAtReplays(this);
    joining.askAgain(this);
    recall.askAgain(this);
    notes.askAgain(this);
    reads.askAgain(this);
    sendStopped(this);
    takeIfDue(this);
    // The message to ourselves may have found our mailbox full.
    flush(this);
  }

  // What the parts share

  /** Sends to the replica of another node, in our epoch and life. */
  send(to: number, message: Unsigned<HermesMessage>): void {
    invariant(to !== this.node, "a replica sends no message to itself");
    // Started anew, nobody would tell the others that it is another life than the one that has said it.
    if (!this.epochs.isRemembered && !QUESTIONS.has(message.type)) return;
    const { node, life, standing: { epoch } } = this;
    this.context.send(this.options.peer(to), { ...message, epoch, node, life } as HermesMessage);
  }

  /** Sends to all others whose acknowledgements are required. */
  broadcast(message: Unsigned<HermesMessage>): void {
    for (const other of this.standing.others) this.send(other, message);
  }

  /** Makes durable what must not be forgotten, after everything asked for before. */
  persist(then?: () => void): void {
    const { birth, life, epoch, copiedIn, lives } = this;
    this.durability.writeRecord(
      encode(durableRecord, { birth, life, epoch, copiedIn, lives }),
      then,
    );
  }

  #setStalled(reason: string | null): void {
    this.reports.setStalled(reason);
    publish(this);
  }

  /** What must hold between messages, as far as it can be told without looking at every object. */
  checkInvariants(): void {
    const { standing, updates, durability, flushing } = this;
    invariant(standing.isLive || updates.pending.size === 0, "only a live replica coordinates");
    invariant(durability.durableOp <= flushing.opNumber, "what is durable was sealed");
    invariant(
      this.isServing || this.recalls.confirmed.size === 0,
      "only a home is certain of its clients",
    );
    for (const each of updates.pending) {
      const { record, isNewest, command } = each;
      invariant(record.pending === each, "an object knows its operation");
      invariant(!isNewest || !record.isValid, "what is under way is not valid");
      invariant(isNewest || command?.isRmw === false, "only an overtaken write goes on (Trans)");
    }
  }
}

/** The factory of a replica of Hermes. */
export function replica(options: HermesOptions): ActorFactory<HermesReplicaMessage> {
  return (context) => new HermesReplica(context, options);
}
