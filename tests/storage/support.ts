import type { LogLevel } from "../../actors/actor.ts";
import type { SystemEvent } from "../../actors/events.ts";
import { type Ref, refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import type { JournalReply, JournalRequest, LogLoaded } from "../../protocols/journal.ts";
import { journal, type JournalFigures, type JournalOptions } from "../../storage/journal.ts";
import { MemoryDisk, type MemoryDiskCrash } from "./memory_disk.ts";
import { inSteps, type Steps } from "../../storage/steps.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text as bytes. */
export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Bytes as text. */
export function text(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "(none)" : decoder.decode(bytes);
}

/** A repeatable sequence of numbers in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 0x100_0000;
  };
}

/** Runs steps on a memory disk whose operations end in microtasks. */
export function run<T>(steps: () => Steps<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    inSteps(steps)((outcome) => outcome.ok ? resolve(outcome.value) : reject(outcome.error));
  });
}

/** One node with a journal on a memory disk, in virtual time. */
export class JournalWorld {
  readonly clock = new VirtualClock();
  readonly disk: MemoryDisk;
  readonly log: { readonly level: LogLevel; readonly text: string }[] = [];
  readonly events: SystemEvent[] = [];
  readonly figures: JournalFigures[] = [];
  replies: JournalReply[] = [];
  escalated: unknown;
  #system: ActorSystem | undefined;
  readonly #options: JournalOptions;
  #ticket = 0;

  constructor(options: JournalOptions = {}, disk?: MemoryDisk) {
    this.#options = { preallocateBytes: 0, ...options };
    this.disk = disk ?? new MemoryDisk({ complete: (run) => this.clock.after(0, run) });
    this.boot();
  }

  get system(): ActorSystem {
    return this.#system!;
  }

  /** Starts the node, anew if it runs. */
  boot(): void {
    this.#system?.shutdown();
    this.replies = [];
    const environment = new VirtualEnvironment(this.clock, {
      seed: 1,
      onLog: (level, source, text) => {
        if (source === "journal") this.log.push({ level, text });
      },
    });
    const onFailure = (error: unknown) => this.escalated = error;
    const system = new ActorSystem({ node: 0, environment, onFailure });
    this.#system = system;
    system.events.subscribe((event) => {
      this.events.push(event);
      if (event.type === "published" && event.topic === "journal") {
        this.figures.push(event.detail as JournalFigures);
      }
    });
    system.spawn<JournalRequest>("journal", journal(this.disk, this.#options));
    system.spawn<JournalReply>("client", () => ({ receive: (reply) => this.replies.push(reply) }));
  }

  /** The power fails and comes back. */
  crash(random?: () => number, how?: MemoryDiskCrash): void {
    this.#system!.shutdown();
    this.disk.crash(random, how);
    this.boot();
  }

  /** Runs everything that is due now. */
  settle(): void {
    while (this.clock.step(this.clock.now));
  }

  /** Who the answers go to. */
  get client(): Ref<JournalReply> {
    return refTo<JournalReply>(0, "client");
  }

  send(request: JournalRequest): void {
    this.system.send(refTo<JournalRequest>(0, "journal"), request);
  }

  /** Appends entries given as text; returns the ticket. */
  append(first: number, ...entries: string[]): number {
    const ticket = ++this.#ticket;
    const replyTo = this.client;
    this.send({ type: "append", ticket, first, entries: entries.map(bytes), replyTo });
    return ticket;
  }

  truncate(last: number): number {
    const ticket = ++this.#ticket;
    this.send({ type: "truncate", ticket, last, replyTo: this.client });
    return ticket;
  }

  record(content: string): number {
    const ticket = ++this.#ticket;
    this.send({ type: "record", ticket, record: bytes(content), replyTo: this.client });
    return ticket;
  }

  chunk(op: number, content: string): number {
    const ticket = ++this.#ticket;
    const replyTo = this.client;
    this.send({ type: "snapshot-chunk", ticket, op, bytes: bytes(content), replyTo });
    return ticket;
  }

  commit(op: number, options: { base?: string; retain?: number; reset?: boolean } = {}): number {
    const { base = "base", retain = 0, reset = false } = options;
    const ticket = ++this.#ticket;
    const replyTo = this.client;
    this.send({ type: "snapshot-commit", ticket, op, base: bytes(base), retain, reset, replyTo });
    return ticket;
  }

  /** Writes a whole snapshot; returns the ticket of the commit. */
  snapshot(
    op: number,
    content: string,
    options: { base?: string; retain?: number; reset?: boolean } = {},
  ): number {
    this.send({ type: "snapshot-begin", op });
    this.chunk(op, content);
    return this.commit(op, options);
  }

  read(op: number, offset: number, length: number): number {
    const ticket = ++this.#ticket;
    this.send({ type: "snapshot-read", ticket, op, offset, length, replyTo: this.client });
    return ticket;
  }

  /** Loads at once. */
  load(): LogLoaded {
    const before = this.replies.length;
    this.send({ type: "load", replyTo: this.client });
    this.settle();
    const loaded = this.replies.slice(before).find((reply) => reply.type === "loaded");
    if (loaded?.type !== "loaded") throw new Error("The journal did not answer");
    return loaded;
  }

  /** What is loaded, in short: `first: entries`. */
  loadLog(): string {
    const { first, entries } = this.load();
    return `${first}: ${entries.map(text).join(" ")}`;
  }

  /** The tickets that are durable, in the order of the answers. */
  get durable(): number[] {
    return this.replies.flatMap((reply) => reply.type === "durable" ? [reply.ticket] : []);
  }

  /** The types of all answers, in order. */
  get story(): string[] {
    return this.replies.map(({ type }) => type);
  }
}
