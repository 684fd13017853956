import type { Actor, ActorFactory, Context, Outcome } from "../actors/actor.ts";
import { TroupeError } from "../actors/errors.ts";
import { formatRef, type Ref } from "../actors/ref.ts";
import type { JournalReply, JournalRequest } from "../protocols/journal.ts";
import { type Disk, DiskError } from "./disk.ts";
import { DiskLease } from "./disk_lease.ts";
import { type Answer, type JournalStep, nextStep, type QueuedRequest } from "./journal_steps.ts";
import { JournalStore, type Loaded } from "./journal_store.ts";
import { SEGMENTS_DEFAULTS, type SegmentsOptions } from "./segments.ts";
import { inSteps } from "./steps.ts";
import { Unsettled } from "./unsettled.ts";

/** How a journal works. */
export interface JournalOptions extends SegmentsOptions {
  /**
   * How much of what has gathered is written at once, in bytes; a single request may be larger. More
   * makes better use of a slow disk, and holds up the first of them longer.
   *
   * @default {4_194_304}
   */
  readonly batchBytesMax?: number;
  /**
   * How long to wait before a full disk is tried again, in milliseconds.
   *
   * @default {1_000}
   */
  readonly retryMs?: number;
}

/** What the journal publishes under the topic `journal`. */
export interface JournalFigures {
  readonly state: "opening" | "ready" | "stalled";
  /** Whether a part of the log or of a snapshot is unreadable, and nothing has replaced it yet. */
  readonly damaged: boolean;
  /** Requests waiting, those under way included. */
  readonly waiting: number;
  /** Files and directories synced since the node started. */
  readonly syncs: number;
  /** Bytes written since the node started. */
  readonly bytesWritten: number;
  /** How long the last write to the log took, its sync included, in milliseconds. */
  readonly lastSyncMs: number;
}

/** Requests waiting, at most. Protocols have far fewer under way. */
const WAITING_MAX = 16_384;
/** Between two publications, unless the state changes, in milliseconds. */
const PUBLISH_MS = 1_000;
/** Those remembered who were told of a full disk. */
const TOLD_MAX = 64;

interface Opened {
  readonly store: JournalStore;
  readonly loaded: Loaded;
}

/** A step under way. */
interface Running {
  readonly step: JournalStep;
  readonly startedAt: number;
}

type JournalEvent =
  | { readonly type: "retry" }
  | { readonly type: "opened"; readonly outcome: Outcome<Opened> }
  | {
    readonly type: "ended";
    readonly running: Running;
    readonly outcome: Outcome<readonly Answer[]>;
  };

/** What one incarnation of a journal leaves to the next. */
interface Shared {
  readonly lease: DiskLease;
  readonly unsettled: Unsettled;
}

class Journal implements Actor<JournalRequest> {
  readonly #context: Context<JournalRequest>;
  readonly #disk: Disk;
  readonly #shared: Shared;
  readonly #options: Required<JournalOptions>;
  readonly #queue: QueuedRequest[] = [];
  #store: JournalStore | undefined;
  /** What the store held when it was opened, until the first request. */
  #fresh: Loaded | undefined;
  #busy = false;
  /** Why the disk takes nothing, and who knows. */
  #stalled: { readonly reason: string; readonly told: Map<string, Ref<JournalReply>> } | undefined;
  #lastSyncMs = 0;
  #published: { readonly state: string; readonly at: number } | undefined;

  constructor(
    context: Context<JournalRequest>,
    shared: Shared,
    options: Required<JournalOptions>,
  ) {
    this.#context = context;
    this.#disk = shared.lease.take();
    this.#shared = shared;
    this.#options = options;
    this.#advance();
  }

  receive(message: JournalRequest): void {
    if (message.type === "internal") return this.#onEvent(message.event as JournalEvent);
    if (this.#queue.length >= WAITING_MAX) {
      throw new TroupeError("journal_overloaded", `${WAITING_MAX} requests wait for the journal`);
    }
    this.#queue.push(message);
    if (this.#stalled === undefined) this.#advance();
    else this.#tell(message);
  }

  #onEvent(event: JournalEvent): void {
    switch (event.type) {
      case "retry":
        return this.#advance();
      case "opened":
        return this.#settle(event.outcome, (opened) => this.#opened(opened));
      case "ended":
        return this.#settle(event.outcome, (answers) => this.#ended(event.running, answers));
    }
  }

  #settle<T>(outcome: Outcome<T>, proceed: (value: T) => void): void {
    this.#busy = false;
    if (!outcome.ok) return this.#failed(outcome.error);
    proceed(outcome.value);
    this.#resume();
    this.#advance();
    this.#publish();
  }

  /** Starts whatever is next, if nothing is under way. */
  #advance(): void {
    if (this.#busy) return;
    if (this.#store === undefined) return this.#open();
    if (this.#queue.length === 0) return;
    // A batch holds one request at least.
    const isAlone = this.#context.maybe("journal/batch-of-one");
    const batchBytesMax = isAlone ? 0 : this.#options.batchBytesMax;
    const step = nextStep(this.#queue, this.#store, this.#fresh, batchBytesMax);
    this.#fresh = undefined;
    this.#busy = true;
    const running: Running = { step, startedAt: this.#context.now() };
    this.#context.perform(
      inSteps(() => step.run()),
      (outcome) => internal({ type: "ended", running, outcome }),
    );
  }

  #open(): void {
    const { unsettled } = this.#shared;
    this.#busy = true;
    this.#context.perform(
      inSteps(() => JournalStore.open(this.#disk, unsettled, this.#options)),
      (outcome) => internal({ type: "opened", outcome }),
    );
  }

  #opened(opened: Opened): void {
    this.#store = opened.store;
    this.#fresh = opened.loaded;
    for (const { level, text } of opened.loaded.notes) this.#context.log(level, text);
  }

  #ended({ step, startedAt }: Running, answers: readonly Answer[]): void {
    this.#queue.splice(0, step.count);
    if (step.isLog) this.#lastSyncMs = this.#context.now() - startedAt;
    for (const { to, message } of answers) this.#context.send(to, message);
  }

  /**
   * A full disk is waited out. After any other error nothing is known of what reached the disk, so it
   * is read again by a new incarnation: never is a sync repeated that has failed.
   */
  #failed(error: Error): void {
    if (!(error instanceof DiskError) || !error.full) {
      if (error instanceof DiskError) {
        this.#context.log("error", `the disk failed: ${error.message}`);
      }
      throw error;
    }
    if (this.#stalled === undefined) {
      this.#context.log("error", `the disk takes no more, trying again: ${error.message}`);
      this.#stalled = { reason: error.message, told: new Map() };
      this.#publish();
    }
    for (const request of this.#queue) this.#tell(request);
    this.#context.setTimer("retry", this.#options.retryMs, internal({ type: "retry" }));
  }

  /** Tells whoever asked, once, that it takes longer. */
  #tell(request: QueuedRequest): void {
    if (this.#stalled === undefined || !("replyTo" in request)) return;
    const { reason, told } = this.#stalled;
    const key = formatRef(request.replyTo);
    if (told.has(key)) return;
    if (told.size >= TOLD_MAX) told.delete(told.keys().next().value!);
    told.set(key, request.replyTo);
    this.#context.send(request.replyTo, { type: "stalled", reason });
  }

  #resume(): void {
    if (this.#stalled === undefined) return;
    for (const ref of this.#stalled.told.values()) this.#context.send(ref, { type: "resumed" });
    this.#stalled = undefined;
    this.#context.log("info", "the disk takes writes again");
  }

  #publish(): void {
    const state = this.#stalled !== undefined
      ? "stalled"
      : this.#store === undefined
      ? "opening"
      : "ready";
    const at = this.#context.now();
    const last = this.#published;
    if (last?.state === state && at - last.at < PUBLISH_MS) return;
    this.#published = { state, at };
    const figures: JournalFigures = {
      state,
      damaged: this.#store?.isDamaged ?? false,
      waiting: this.#queue.length,
      lastSyncMs: this.#lastSyncMs,
      ...this.#shared.lease.figures,
    };
    this.#context.publish("journal", figures);
  }
}

function internal(event: JournalEvent): JournalRequest {
  return { type: "internal", event };
}

/**
 * The factory of a journal. It needs the disk for itself.
 *
 * Whatever has gathered while the disk was busy is written together and synced once. When the disk is
 * full the journal says so and tries again; on any other error it fails, and its supervisor starts it
 * anew from what is on disk.
 */
export function journal(disk: Disk, options: JournalOptions = {}): ActorFactory<JournalRequest> {
  const shared: Shared = { lease: new DiskLease(disk), unsettled: new Unsettled() };
  const all: Required<JournalOptions> = {
    ...SEGMENTS_DEFAULTS,
    batchBytesMax: 4 * 1024 * 1024,
    retryMs: 1_000,
    ...options,
  };
  return (context) => new Journal(context, shared, all);
}
