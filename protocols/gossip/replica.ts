import type { Actor, ActorFactory, Context } from "../../actors/actor.ts";
import { invariant } from "../../actors/errors.ts";
import { encode, type Schema, Writer } from "../../actors/schema.ts";
import { Durability } from "../durability.ts";
import type { JournalReply } from "../journal.ts";
import type { SwimNotice } from "../swim/swim.ts";
import * as writes from "./acknowledgement.ts";
import * as admission from "./admission.ts";
import * as antiEntropy from "./anti_entropy.ts";
import { NodeClock } from "./clock.ts";
import { GossipData } from "./data.ts";
import { type Departure, goIfHandedOver } from "./departure.ts";
import { DonorState } from "./donor.ts";
import { type ReplicaId, replicaId } from "./dot.ts";
import type { GossipFigures } from "./figures.ts";
import { flush, FlushState, post, seal } from "./flush.ts";
import { HybridClock } from "./hybrid_clock.ts";
import { onNotice } from "./living.ts";
import * as mailing from "./mailing.ts";
import type { PeerMessage, ReplicaRequest } from "./messages.ts";
import { GOSSIP_DEFAULTS, type GossipOptions, type GossipTuning } from "./options.ts";
import { isHeard, onPeerMessage } from "./peers.ts";
import * as reads from "./reads.ts";
import { type DurableRecord, durableRecord } from "./record.ts";
import { Requesters } from "./requesters.ts";
import { scrub, ScrubState } from "./scrub.ts";
import { onServe } from "./serving.ts";
import { SnapshotState, takeIfDue } from "./snapshots.ts";
import { StableCut } from "./stable_cut.ts";
import { announce, Counts, publish } from "./standing.ts";
import { onLoaded } from "./start.ts";
import * as transfer from "./state_transfer.ts";
import { GossipStore } from "./store.ts";
import { expire, WaitingState } from "./waiting.ts";

/** What a replica posts to itself. */
export type GossipTimer =
  | { readonly type: "flush" }
  | { readonly type: "round" }
  | { readonly type: "scrub-round" }
  | { readonly type: "upkeep" }
  | { readonly type: "tick" };

/** The coordinator has started, and knows nothing. */
export interface Introduce {
  readonly type: "introduce";
}

/** Everything that a replica takes. */
export type GossipReplicaMessage =
  | PeerMessage
  | ReplicaRequest
  | JournalReply
  | SwimNotice
  | Introduce
  | GossipTimer;

type Unsigned<M> = M extends PeerMessage ? Omit<M, "from"> : never;
type Options = GossipOptions & Required<GossipTuning>;

/**
 * A replica of a gossip cluster: the state that its parts share, and which of them handles which message.
 *
 * Every member has every key. A write is an event of one replica: durable there, mailed to the others, and repaired
 * by anti-entropy where mail has not come.
 */
export class GossipReplica implements Actor<GossipReplicaMessage>, Omit<DurableRecord, "replica"> {
  readonly context: Context<GossipReplicaMessage>;
  readonly options: Options;
  readonly node: number;
  readonly durability: Durability;
  readonly flushing = new FlushState();
  readonly snapshots = new SnapshotState();
  readonly counts = new Counts();
  readonly scrubbing = new ScrubState();
  /** The nodes that SWIM holds to live, suspected or not. */
  readonly living = new Set<number>();
  /** Which replica each node runs, by SWIM, whether or not it is known as a member; `null` for one without data. */
  readonly runs = new Map<number, ReplicaId | null>();
  /** Why the journal makes no progress, if it does not. */
  stalled: string | null = null;
  state: GossipFigures["state"] = "starting";
  /** Earlier lives of the node. */
  former: readonly ReplicaId[] = [];
  /** The greatest bound of stamps that was asked to be made durable. */
  boundMs = 0;

  // What a life of the replica has, begun anew by `begin`.
  id!: ReplicaId;
  /** Tells this life, in this process, from others. */
  lifeNumber!: number;
  admitters!: readonly ReplicaId[];
  /** Whether it is durable that this life is another than those before. */
  isStarted!: boolean;
  /** Whether it has the state of a member, or has founded the cluster. */
  isWhole!: boolean;
  /** Whether that is durable: before, it must not be said. */
  isRecorded!: boolean;
  hasLeft!: boolean;
  data!: GossipData;
  hybridClock!: HybridClock;
  members!: Set<ReplicaId>;
  closed!: Set<ReplicaId>;
  /** The nodes of the other members, in order. */
  others!: readonly number[];
  cut!: StableCut;
  /** What all members are known to have. */
  stable!: NodeClock;
  /** The last own event that is durable. */
  durableTop!: number;
  requesters!: Requesters;
  mailing!: mailing.MailingState;
  sync!: antiEntropy.SyncState;
  admission!: admission.AdmissionState;
  transfer!: transfer.TransferState;
  donor!: DonorState;
  writes!: writes.WriteState;
  reads!: reads.ReadState;
  waiting!: WaitingState;
  departure: Departure | undefined;
  readonly #writer = new Writer(4 * 1024);
  #isKeepingTime = false;
  #renewing: HybridClock | undefined;

  constructor(context: Context<GossipReplicaMessage>, options: GossipOptions) {
    this.context = context;
    this.options = { ...GOSSIP_DEFAULTS, ...options };
    this.node = context.node;
    this.durability = new Durability(context, options.journal);
    this.begin(replicaId(context.node, 0));
    context.send(options.journal, { type: "load", replyTo: context.self });
    this.upkeep();
    context.setTimer("round", 0, { type: "round" });
    context.setTimer("scrub", options.scrubMs ?? GOSSIP_DEFAULTS.scrubMs, { type: "scrub-round" });
  }

  /** Forgets everything that a life has: a replica of this name has nothing yet. */
  begin(id: ReplicaId): void {
    const { context, options } = this;
    this.id = id;
    this.lifeNumber = Math.floor(context.random() * 2 ** 52);
    this.admitters = [];
    this.isStarted = false;
    this.isWhole = false;
    this.isRecorded = false;
    this.hasLeft = false;
    const store = new GossipStore(id);
    this.hybridClock = new HybridClock(this.boundMs, store.latest, options.hybridClock);
    this.data = new GossipData(store, options.strategies, this.hybridClock);
    this.members = new Set();
    this.closed = new Set();
    this.others = [];
    this.cut = new StableCut();
    this.stable = new NodeClock();
    this.durableTop = 0;
    this.requesters = new Requesters(options.requestersMax);
    this.mailing = new mailing.MailingState();
    this.sync = new antiEntropy.SyncState(context.random());
    this.admission = new admission.AdmissionState();
    this.transfer = new transfer.TransferState(context.random());
    this.donor = new DonorState();
    this.writes = new writes.WriteState();
    this.reads = new reads.ReadState(context.random());
    this.waiting = new WaitingState();
    this.departure = undefined;
  }

  /** The clock of a life whose events came from the disk. */
  resumeClock(): void {
    const { data: { store }, options, boundMs } = this;
    this.hybridClock = new HybridClock(boundMs, store.latest, options.hybridClock);
    this.data = new GossipData(store, options.strategies, this.hybridClock);
  }

  /** The node's clock, in whole milliseconds since 1970. */
  get wallMs(): number {
    return Math.floor(this.context.wallTime());
  }

  receive(message: GossipReplicaMessage): void {
    if ("from" in message) {
      if (isHeard(this, message)) onPeerMessage(this, message);
    } else this.#dispatch(message);
  }

  #dispatch(message: Exclude<GossipReplicaMessage, PeerMessage>): void {
    switch (message.type) {
      // Coordinators
      case "serve":
        return onServe(this, message);
      case "introduce":
        return announce(this);
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
      case "round":
        return antiEntropy.round(this);
      case "scrub-round":
        return scrub(this);
      case "upkeep":
        return this.upkeep();
      case "tick":
        return this.#tick();
      // SWIM
      default:
        return onNotice(this, message);
    }
  }

  /** What is done from time to time, whether or not there was a message. */
  upkeep(): void {
    const { context, options } = this;
    const upkeepMs = Math.min(options.mailRetryMs, options.retryMs) / 2;
    context.setTimer("upkeep", upkeepMs, { type: "upkeep" });
    if (this.state === "starting" || this.state === "left") return;
    admission.askToJoin(this);
    admission.askToBeKnown(this);
    transfer.askAgain(this);
    takeIfDue(this);
    if (this.isWhole) this.renewLease();
    if (!context.maybe("gossip/skip-mail-again")) mailing.mailAgain(this);
    if (this.writes.repeats.size > 0) writes.askForConfirmation(this);
    if (this.reads.pending.size > 0) reads.fetchAgain(this);
    // The message to ourselves may have found our mailbox full.
    if (this.flushing.isPosted) flush(this);
  }

  /** Looks at what has been waiting too long, as long as something waits. */
  keepTime(): void {
    if (this.#isKeepingTime) return;
    this.#isKeepingTime = true;
    this.context.setTimer("tick", this.options.tickMs, { type: "tick" });
  }

  #tick(): void {
    const { waiting, reads: { pending } } = this;
    this.#isKeepingTime = false;
    expire(this);
    writes.expireWrites(this);
    reads.expireReads(this);
    goIfHandedOver(this);
    const isWaiting = waiting.list.size + this.writes.size + pending.size > 0;
    if (isWaiting || this.departure !== undefined) this.keepTime();
  }

  // What the parts share

  /** As `encode` of `schema.ts`, without a buffer for each: for what is encoded often. */
  encode<T>(schema: Schema<T>, value: T): Uint8Array<ArrayBuffer> {
    this.#writer.reset();
    schema.write(this.#writer, value);
    return this.#writer.finish();
  }

  /** Sends to the replica of another node. */
  send(to: number, message: Unsigned<PeerMessage>): void {
    invariant(to !== this.node, "a replica sends no message to itself");
    this.context.send(this.options.peer(to), { ...message, from: this.id } as PeerMessage);
  }

  /** Makes durable what must not be forgotten, after everything asked for before. */
  persist(then?: () => void): void {
    const { id, former, admitters, boundMs, isWhole, hasLeft } = this;
    seal(this);
    const record = encode(durableRecord, {
      replica: id,
      former,
      admitters,
      boundMs,
      isWhole,
      hasLeft,
    });
    this.durability.writeRecord(record, () => {
      if (this.id === id) then?.();
    });
  }

  /** Has the bound of the stamps raised in time. */
  renewLease(): void {
    const { hybridClock } = this;
    const wanted = hybridClock.leaseWanted(this.wallMs);
    if (wanted === undefined || this.#renewing === hybridClock) return;
    this.#renewing = hybridClock;
    this.boundMs = Math.max(this.boundMs, wanted);
    this.persist(() => {
      this.#renewing = undefined;
      hybridClock.leaseGranted(wanted);
      post(this);
    });
  }

  #setStalled(reason: string | null): void {
    const { context } = this;
    this.stalled = reason;
    if (reason === null) {
      context.log("info", "the journal takes writes again");
      post(this);
    } else context.log("error", `acknowledging nothing: the journal takes no writes: ${reason}`);
    publish(this);
  }
}

/** The factory of a replica of a gossip cluster. */
export function replica(options: GossipOptions): ActorFactory<GossipReplicaMessage> {
  return (context) => new GossipReplica(context, options);
}
