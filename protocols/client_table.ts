import type { Actor, ActorFactory, Context } from "../actors/actor.ts";
import { invariant } from "../actors/errors.ts";
import type { Ref } from "../actors/ref.ts";
import {
  type ClientReply,
  type ClientRequest,
  resultReply,
  type StalenessBound,
} from "./client_messages.ts";
import { InFlight } from "./in_flight.ts";
import type { JournalReply, JournalRequest } from "./journal.ts";
import type { InheritedEntry, OrderingEvent, OrderingRequest, OwedReply } from "./ordering.ts";
import { type PendingRead, PendingReads } from "./pending_reads.ts";
import { decodeRequest, type Request } from "./request.ts";
import { Sessions } from "./sessions.ts";
import { SnapshotReader } from "./snapshot_reader.ts";
import { SnapshotWriter } from "./snapshot_writer.ts";
import type { StateMachine } from "./state_machine.ts";

/** How a client table is set up. */
export interface ClientTableOptions {
  /** Makes the state machine, in its initial state. */
  readonly machine: () => StateMachine;
  /** Who orders. */
  readonly replica: Ref<OrderingRequest>;
  /** Where snapshots are written and read. */
  readonly journal: Ref<JournalRequest>;
  /** The client tables of other nodes, by index. */
  readonly peer: (node: number) => Ref<ClientRequest>;
  /**
   * Requests, and apart from them reads, under way at once; beyond that clients are told that the
   * node is overloaded.
   *
   * @default {16_384}
   */
  readonly inFlightMax?: number;
  /**
   * How long a read may wait for its index before its client is told to ask again, in milliseconds.
   *
   * @default {500}
   */
  readonly readTimeoutMs?: number;
  /**
   * Whether whom to answer travels with a request, and the first who executes it as committed answers
   * (the tail of a chain, CR 2); otherwise the one who had it ordered does, when it executes it.
   *
   * @default {false}
   */
  readonly tailReplies?: boolean;
  /**
   * Whether the replica tells objects apart: each read then asks for an index by its object, and whoever
   * is asked for a read answers it. Otherwise reads wait for an index together.
   *
   * @default {false}
   */
  readonly objectReads?: boolean;
  /**
   * For a log whose sessions are opened in another one: sessions kept. The same at all replicas.
   *
   * @default {undefined} sessions are opened in this log
   */
  readonly adoptedSessionsMax?: number;
}

type TableTimer =
  | { readonly type: "read-timeout"; readonly ticket: number }
  | { readonly type: "publish" };

/** Everything that a client table takes. */
export type ClientTableMessage = ClientRequest | OrderingEvent | JournalReply | TableTimer;

/** What a client table publishes under the topic `client-table`. */
export interface ClientTableFigures {
  readonly sessions: number;
  readonly executed: number;
  readonly inFlight: number;
  readonly reads: number;
  readonly restoring: boolean;
}

const DEFAULTS = {
  inFlightMax: 16_384,
  readTimeoutMs: 500,
  tailReplies: false,
  objectReads: false,
} as const;
type Options = ClientTableOptions & Required<Omit<ClientTableOptions, "adoptedSessionsMax">>;
/** Between two publications of figures, in milliseconds. */
const PUBLISH_MS = 250;

/**
 * Holds the sessions and the state machine. A repeated request is answered from its record or joins
 * the one in flight; a new one goes to the replica; what the replica commits is executed in order,
 * each request at most once (VRR 4.1, with erratum E13).
 */
class ClientTable implements Actor<ClientTableMessage> {
  readonly #context: Context<ClientTableMessage>;
  readonly #options: Options;
  readonly #machine: StateMachine;
  readonly #sessions: Sessions;
  readonly #inFlight = new InFlight();
  readonly #reads: PendingReads;
  readonly #writer: SnapshotWriter;
  #reader: SnapshotReader | undefined;
  #executed = 0;
  #leading = false;
  #primary: number | null = null;
  /** Who answers linearizable queries. */
  #answerer: number | null;
  /** Whether there is a state here to answer others from. */
  #holds: boolean;
  #isSweepDue = false;

  constructor(context: Context<ClientTableMessage>, options: ClientTableOptions) {
    this.#context = context;
    this.#options = { ...DEFAULTS, ...options };
    this.#machine = options.machine();
    this.#sessions = new Sessions({ adoptedMax: options.adoptedSessionsMax });
    this.#answerer = this.#options.objectReads ? null : context.node;
    this.#holds = !this.#options.objectReads;
    this.#writer = new SnapshotWriter(context, options.journal, options.replica);
    // An answer to an earlier incarnation must not be taken for one to this one: it would be stale.
    this.#reads = new PendingReads(Math.floor(context.random() * 2 ** 52));
    this.#publish();
  }

  receive(message: ClientTableMessage): void {
    switch (message.type) {
      case "submit":
        return this.#submit(message);
      case "query":
        return this.#query(message);
      case "execute":
        return this.#reader === undefined ? this.#execute(message) : this.#context.stash(message);
      case "role":
        return this.#takeRole(message);
      case "order-refused":
        return this.#refuseOrder(message.request);
      case "read-index":
        this.#reads.index(message.ticket, message.opNumber);
        this.#askReadIndex();
        return this.#answerReads();
      case "read-timeout":
        if (this.#options.objectReads) return this.#sweepReads(message.ticket);
        this.#refuse(this.#reads.refuse(message.ticket));
        return this.#askReadIndex();
      case "read-refused":
        this.#refuse(this.#reads.refuse(message.ticket));
        return this.#askReadIndex();
      case "take-snapshot":
        return this.#takeSnapshot(message);
      case "install-snapshot":
        return this.#installSnapshot(message.op);
      case "snapshot-piece":
        return this.#restore(message);
      case "durable":
        return this.#writer.onDurable(message.ticket);
      // For a reader it means that a newer snapshot has come: the replica is about to say so.
      case "snapshot-gone":
        return this.#writer.onGone(message.ticket);
      case "publish":
        return this.#publish();
      case "loaded":
      case "stalled":
      case "resumed":
        return;
    }
  }

  // Requests

  #submit(message: Extract<ClientRequest, { type: "submit" }>): void {
    const { replyTo } = message;
    if (!this.#leading) return this.#passOn(message, this.#primary);
    const request = decodeRequest(message.request);
    if (request === undefined) return this.#reply(replyTo, { type: "noSession" });
    const known = request.type === "command" ? this.#sessions.answerKnown(request) : undefined;
    // Whether a session is there is for the log to say: we may have been deposed and not know it yet.
    if (known !== undefined && known.type !== "noSession") return this.#reply(replyTo, known);
    if (this.#isFull(this.#inFlight.count)) {
      const what = `${this.#inFlight.count} requests are under way`;
      return this.#reply(replyTo, { type: "overloaded", what });
    }
    const { tailReplies } = this.#options;
    const isUnderWay = this.#inFlight.attach(request, replyTo, tailReplies);
    // To order it again does no harm: it is executed once.
    if (isUnderWay && !this.#context.maybe("client-table/order-again")) return;
    this.#context.send(this.#options.replica, {
      type: "order",
      request: message.request,
      // Who comes back while the request is under way waits here.
      ...(tailReplies && !isUnderWay && { replyTo }),
    });
  }

  #refuseOrder(bytes: Uint8Array): void {
    const request = decodeRequest(bytes);
    if (request === undefined) return;
    const what = "The queue of requests to be ordered is full";
    for (const waiter of this.#inFlight.drop(request)) {
      this.#reply(waiter, { type: "overloaded", what });
    }
  }

  /** A node that cannot serve a request passes it on once, or says who can. */
  #passOn(message: ClientRequest, primary: number | null): void {
    const { replyTo, forward } = message;
    if (!forward) return this.#reply(replyTo, { type: "notPrimary", primary });
    const isKnown = primary !== null && !this.#context.maybe("client-table/no-primary");
    if (!isKnown || primary === this.#context.node) {
      return this.#reply(replyTo, { type: "unavailable", why: "No primary is known at present" });
    }
    this.#context.send(this.#options.peer(primary), { ...message, forward: false });
  }

  #isFull(underWay: number): boolean {
    return underWay >= this.#options.inFlightMax || this.#context.maybe("client-table/full");
  }

  #reply(to: Ref<ClientReply>, reply: ClientReply): void {
    this.#context.send(to, reply);
  }

  // Execution

  #execute(message: Extract<OrderingEvent, { type: "execute" }>): void {
    const { opNumber, time, requests, owed = [] } = message;
    // A replica that has restarted tells us again what we have executed.
    if (opNumber > this.#executed) {
      invariant(opNumber === this.#executed + 1, `entry ${opNumber} follows ${this.#executed}`);
      this.#executed = opNumber;
      const replies = requests.map((bytes) => this.#executeRequest(bytes, opNumber, time));
      this.#answerOwed(owed, replies);
      this.#answerReads();
    }
    this.#context.send(this.#options.replica, { type: "executed", opNumber });
  }

  #executeRequest(bytes: Uint8Array, opNumber: number, time: number): ClientReply | undefined {
    const request = decodeRequest(bytes);
    // Nothing that a gateway made, and the same nothing at every replica.
    if (request === undefined) return undefined;
    const reply = this.#replyOf(request, opNumber, time);
    for (const waiter of this.#inFlight.take(request)) this.#reply(waiter, reply);
    return reply;
  }

  #answerOwed(owed: readonly OwedReply[], replies: readonly (ClientReply | undefined)[]): void {
    for (const { request, replyTo } of owed) {
      const reply = replies[request];
      if (reply !== undefined) this.#reply(replyTo, reply);
    }
  }

  #replyOf(request: Request, opNumber: number, time: number): ClientReply {
    if (request.type === "open-session") {
      if (this.#sessions.isAdopting) return { type: "noSession" };
      const clientId = this.#sessions.open(opNumber, request.sessionsMax);
      return { type: "session", opNumber, clientId };
    }
    const known = this.#sessions.answerKnown(request);
    if (known !== undefined) return known;
    const result = this.#machine.apply(request.command, { opNumber, time });
    return this.#sessions.record(request, opNumber, result);
  }

  // Roles

  #takeRole(role: Extract<OrderingEvent, { type: "role" }>): void {
    this.#leading = role.leading;
    this.#primary = role.primary;
    this.#answerer = role.reader;
    this.#holds = role.holds;
    if (!role.continues) {
      for (const waiter of this.#inFlight.takeAll()) this.#reply(waiter, { type: "interrupted" });
    }
    for (const entry of role.inherited) this.#inherit(entry);
    // An index of the old view may never be reached: what it covered was not all committed.
    if (!role.continues) this.#refuse(this.#reads.refuseAll());
    this.#context.publish("role", { view: role.view, primary: role.primary });
    this.#publish();
  }

  /** What a replica that has restarted takes to be uncommitted, we may have executed before. */
  #inherit({ opNumber, requests }: InheritedEntry): void {
    if (opNumber <= this.#executed) return;
    for (const bytes of requests) {
      const request = decodeRequest(bytes);
      if (request !== undefined) this.#inFlight.attach(request);
    }
  }

  // Reads

  #query(message: Extract<ClientRequest, { type: "query" }>): void {
    const { query, consistency, replyTo } = message;
    if (this.#machine.query === undefined) return this.#reply(replyTo, { type: "noQueries" });
    const { objectReads } = this.#options;
    if (!message.forward && !this.#leading && !objectReads) {
      return this.#passOn(message, this.#primary);
    }
    const isHere = consistency !== "linearizable" && this.#holds;
    if (!isHere && this.#answerer !== this.#context.node) {
      return this.#passOn(message, this.#answerer);
    }
    if (this.#reader !== undefined) {
      const why = "The node is restoring its state from a snapshot";
      return this.#reply(replyTo, { type: "unavailable", why });
    }
    if (consistency === "stale") return this.#answer({ query, replyTo });
    if (this.#isFull(this.#reads.count)) {
      const what = `${this.#reads.count} reads are under way`;
      return this.#reply(replyTo, { type: "overloaded", what });
    }
    if (objectReads) return this.#askAlone({ query, replyTo }, consistency);
    this.#reads.add({ query, replyTo });
    this.#askReadIndex();
  }

  /** Asks for the index of one read, by its object. */
  #askAlone(read: PendingRead, consistency: "linearizable" | StalenessBound): void {
    const object = this.#machine.queryObject?.(read.query);
    this.#context.send(this.#options.replica, {
      type: "find-read-index",
      ticket: this.#reads.addAlone(read),
      ...(object !== undefined && { object }),
      ...(consistency !== "linearizable" && { bound: consistency }),
    });
    if (!this.#isSweepDue) this.#scheduleSweep();
  }

  /** Who has waited since the sweep before has waited long enough. */
  #sweepReads(ticket: number): void {
    this.#isSweepDue = false;
    this.#refuse(this.#reads.refuseUpTo(ticket));
    if (this.#reads.isAnyAlone) this.#scheduleSweep();
  }

  #scheduleSweep(): void {
    this.#isSweepDue = true;
    const { ticket } = this.#reads;
    const { readTimeoutMs } = this.#options;
    this.#context.setTimer("read", readTimeoutMs, { type: "read-timeout", ticket });
  }

  #askReadIndex(): void {
    const ticket = this.#reads.ask();
    if (ticket === undefined) return;
    this.#context.send(this.#options.replica, { type: "find-read-index", ticket });
    const { readTimeoutMs } = this.#options;
    this.#context.setTimer("read", readTimeoutMs, { type: "read-timeout", ticket });
  }

  #answerReads(): void {
    if (this.#reader !== undefined) return;
    for (const read of this.#reads.takeReady(this.#executed)) this.#answer(read);
  }

  #answer({ query, replyTo }: PendingRead): void {
    this.#reply(replyTo, resultReply(this.#executed, this.#machine.query!(query)));
  }

  #refuse(reads: readonly PendingRead[]): void {
    const why = "The order of reads could not be confirmed";
    for (const { replyTo } of reads) this.#reply(replyTo, { type: "unavailable", why });
  }

  // Snapshots

  #takeSnapshot(message: Extract<OrderingEvent, { type: "take-snapshot" }>): void {
    if (this.#reader !== undefined) return this.#context.stash(message);
    const isDeclined = this.#context.maybe("client-table/decline-snapshot");
    if (message.op !== this.#executed || isDeclined) {
      // A replica that has restarted, say, and does not know yet how far we are.
      const { op } = message;
      return this.#context.send(this.#options.replica, { type: "snapshot-taken", op, ok: false });
    }
    this.#writer.begin(message, this.#sessions.snapshot(), this.#machine.snapshot());
  }

  #installSnapshot(op: number): void {
    if (op <= this.#executed) return;
    this.#writer.abandon();
    this.#reader = new SnapshotReader(this.#context, this.#options.journal, op);
  }

  #restore(reply: Extract<JournalReply, { type: "snapshot-piece" }>): void {
    const reader = this.#reader;
    if (reader === undefined || !reader.take(reply)) return;
    const { chunks } = reader;
    const used = this.#sessions.restore(chunks);
    this.#machine.restore(chunks.slice(used));
    this.#executed = reader.op;
    this.#reader = undefined;
    this.#context.log("info", `restored the state at ${this.#executed}`);
    this.#context.send(this.#options.replica, { type: "executed", opNumber: this.#executed });
    this.#context.unstash();
    this.#answerReads();
  }

  /** Lets observers of the node see where the table stands: now, and again before long. */
  #publish(): void {
    this.#context.setTimer("publish", PUBLISH_MS, { type: "publish" });
    const figures: ClientTableFigures = {
      sessions: this.#sessions.count,
      executed: this.#executed,
      inFlight: this.#inFlight.count,
      reads: this.#reads.count,
      restoring: this.#reader !== undefined,
    };
    this.#context.publish("client-table", figures);
  }
}

/** The factory of a client table. */
export function clientTable(options: ClientTableOptions): ActorFactory<ClientTableMessage> {
  return (context) => new ClientTable(context, options);
}
