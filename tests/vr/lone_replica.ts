import { type Ref, refTo } from "../../actors/ref.ts";
import { encode } from "../../actors/schema.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import type { DetectorRequest } from "../../protocols/failure_detector_messages.ts";
import type { JournalReply, JournalRequest, LogLoaded } from "../../protocols/journal.ts";
import type { OrderingEvent } from "../../protocols/ordering.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { type Entry, GENESIS, sealEntry } from "../../protocols/entry.ts";
import type { VrMessage, VrMessageOf } from "../../protocols/vr/messages.ts";
import type { VrOptions } from "../../protocols/vr/options.ts";
import { snapshotBase } from "../../protocols/log_wire.ts";
import { type DurableRecord, durableRecord } from "../../protocols/vr/record.ts";
import { replica, type ReplicaFigures, type ReplicaMessage } from "../../protocols/vr/replica.ts";
import { journal } from "../../storage/journal.ts";
import { MemoryDisk } from "../storage/memory_disk.ts";
import { bytesOf } from "./machine.ts";

/** A message that a replica has sent to a peer. */
export interface Sent {
  readonly to: number;
  readonly message: VrMessage;
}

/** What is on a replica's disk before it starts. */
export interface Durable {
  readonly view?: number;
  /** Default: `view`. */
  readonly lastNormalView?: number;
  readonly entries?: readonly Entry[];
  readonly record?: Partial<DurableRecord>;
  readonly snapshot?: Entry;
}

/** How a lone replica differs from the ordinary one. */
export interface LoneOptions extends Partial<VrOptions> {
  /** How long a disk operation takes, in milliseconds. Default: 0.1. */
  readonly diskMs?: number;
}

/** Births of the disks of a group that was formed long ago. */
export const BIRTHS = [11, 12, 13, 14, 15, 16, 17];

/** Makes a chain of entries, one request each, after an entry or from the beginning. */
export function chain(
  views: readonly number[],
  options: { readonly after?: Entry; readonly label?: string; readonly time?: number } = {},
): Entry[] {
  const { after, label = "" } = options;
  const entries: Entry[] = [];
  let last = after;
  for (const view of views) {
    const opNumber = (last?.opNumber ?? 0) + 1;
    const command = bytesOf(`${label}${opNumber}`);
    const request = encodeRequest({
      type: "command",
      clientId: 1,
      requestNumber: opNumber,
      command,
    });
    const parent = last?.checksum ?? GENESIS;
    last = sealEntry({
      opNumber,
      view,
      time: options.time ?? opNumber,
      parent,
      requests: [request],
    });
    entries.push(last);
  }
  return entries;
}

/** The checksum of the last entry of a log. */
export function headOf(entries: readonly Entry[]): Uint8Array {
  return entries.at(-1)?.checksum ?? GENESIS;
}

/**
 * One real replica on a real journal. Its peers, its client table and its detector are the test: what it
 * sends is noted, and what it hears the test decides.
 */
export class LoneReplica {
  readonly clock = new VirtualClock();
  readonly index: number;
  readonly sent: Sent[] = [];
  /** What the client table was told. */
  readonly told: OrderingEvent[] = [];
  /** What the detector was told. */
  readonly observed: DetectorRequest[] = [];
  readonly failures: string[] = [];
  disk: MemoryDisk;
  figures: ReplicaFigures | undefined;
  readonly #options: Partial<VrOptions>;
  readonly #replicaCount: number;
  #system: ActorSystem;
  #starts = 0;

  constructor(
    index: number,
    durable: Durable | undefined,
    options: LoneOptions = {},
  ) {
    const { diskMs = 0.1, ...rest } = options;
    this.index = index;
    this.#options = rest;
    this.#replicaCount = options.replicaCount ?? 3;
    this.disk = new MemoryDisk({ complete: (run) => this.clock.after(diskMs, run) });
    this.#system = this.#newSystem();
    if (durable !== undefined) this.#write(durable);
    this.start();
  }

  /** A formed replica that is normal in a view, with these entries in its log. */
  static normal(
    index: number,
    view: number,
    entries: readonly Entry[] = [],
    options: LoneOptions = {},
  ): LoneReplica {
    const lone = new LoneReplica(index, { view, entries }, options);
    lone.clock.runUntil(() => lone.figures?.status === "normal", 1_000);
    return lone;
  }

  /** Starts the process, anew if it runs. */
  start(): void {
    this.#system.shutdown();
    this.#system = this.#newSystem();
    this.#spawnRecorders();
    this.#system.spawn("journal", journal(this.disk, { preallocateBytes: 0 }));
    this.#system.spawn(
      "replica",
      replica({
        ...this.#options,
        replica: this.index,
        replicaCount: this.#replicaCount,
        peer: (to) => refTo(this.index, `peer-${to}`),
        journal: refTo(this.index, "journal"),
        clientTable: refTo(this.index, "client-table"),
        detector: refTo(this.index, "detector"),
      }),
    );
  }

  /** The power fails, and comes back. */
  crash(): void {
    this.#system.shutdown();
    this.disk.crash();
    this.start();
  }

  /** The power fails, and when it is back the log is unreadable after so many entries. */
  damageAfter(entries: number): void {
    this.#system.shutdown();
    this.disk.crash();
    const name = this.disk.files.find((file) => file.startsWith("log-"))!;
    const contents = this.disk.contents(name)!;
    const bytes = this.load().entries.slice(0, entries + 1);
    // Somewhere in the entry after those.
    const last = bytes.at(-1)!;
    const at = indexOf(contents, last) + last.length - 1;
    contents[at]! ^= 1;
    this.disk.plant(name, contents);
    this.start();
  }

  /** Makes the content of an entry on the disk unreadable; to be noticed at the next start. */
  spoil(entry: Entry): void {
    const name = this.disk.files.find((file) => file.startsWith("log-"))!;
    const contents = this.disk.contents(name)!;
    contents[indexOf(contents, entry.bytes) + entry.bytes.length - 1]! ^= 1;
    this.disk.plant(name, contents);
  }

  run(ms: number): void {
    this.clock.runFor(ms);
  }

  /** Hands messages to the replica, and lets it and its disk finish. */
  receive(...messages: ReplicaMessage[]): void {
    for (const message of messages) this.post(message);
    this.run(5);
  }

  /** Hands a message to the replica; nothing runs yet. */
  post(message: ReplicaMessage): void {
    this.#system.send(refTo(this.index, "replica"), message);
  }

  /** Asks the journal for something behind the replica's back. */
  tellJournal(request: JournalRequest): void {
    this.#system.send(refTo(this.index, "journal"), request);
  }

  /** The messages of a kind that it has sent, oldest first. */
  sentOf<T extends VrMessage["type"]>(type: T): (VrMessageOf<T> & { readonly to: number })[] {
    return this.sent
      .filter(({ message }) => message.type === type)
      .map(({ to, message }) => ({ ...message as VrMessageOf<T>, to }));
  }

  /** Forgets what was noted. */
  forget(): void {
    this.sent.length = 0;
    this.told.length = 0;
    this.observed.length = 0;
  }

  /** What is on the disk. */
  load(): LogLoaded {
    const system = this.#newSystem();
    system.spawn("journal", journal(this.disk));
    const replies = this.#request(system, [(replyTo) => ({ type: "load", replyTo })]);
    system.shutdown();
    return replies.find((reply) => reply.type === "loaded")!;
  }

  #write(durable: Durable): void {
    const { view = 0, lastNormalView = view, entries = [], snapshot } = durable;
    const record = encode(durableRecord, {
      birth: BIRTHS[this.index]!,
      formatted: true,
      recovering: false,
      births: BIRTHS.slice(0, this.#replicaCount),
      view,
      lastNormalView,
      ...durable.record,
    });
    const requests: ((replyTo: Ref<JournalReply>) => JournalRequest)[] = [];
    if (snapshot !== undefined) {
      const { opNumber: op, checksum, time } = snapshot;
      const base = encode(snapshotBase, { checksum, time });
      const bytes = bytesOf(`state at ${op}`);
      requests.push(
        () => ({ type: "snapshot-begin", op }),
        (replyTo) => ({ type: "snapshot-chunk", ticket: 1, op, bytes, replyTo }),
        (replyTo) => (
          { type: "snapshot-commit", ticket: 2, op, base, retain: 0, reset: true, replyTo }
        ),
      );
    }
    if (entries.length > 0) {
      const first = entries[0]!.opNumber;
      requests.push((replyTo) => (
        { type: "append", ticket: 3, first, entries: entries.map((each) => each.bytes), replyTo }
      ));
    }
    requests.push((replyTo) => ({ type: "record", ticket: 4, record, replyTo }));
    this.#system.spawn("journal", journal(this.disk, { preallocateBytes: 0 }));
    this.#request(this.#system, requests);
  }

  #request(
    system: ActorSystem,
    requests: readonly ((replyTo: Ref<JournalReply>) => JournalRequest)[],
  ): JournalReply[] {
    const replies: JournalReply[] = [];
    const replyTo: Ref<JournalReply> = system.spawn("asker", () => ({
      receive: (reply: JournalReply) => void replies.push(reply),
    }));
    for (const request of requests) system.send(refTo(this.index, "journal"), request(replyTo));
    this.run(500);
    return replies;
  }

  #spawnRecorders(): void {
    const record = (name: string, note: (message: never) => unknown) =>
      this.#system.spawn(name, () => ({ receive: (message: never) => void note(message) }));
    for (let to = 0; to < this.#replicaCount; to++) {
      if (to === this.index) continue;
      record(`peer-${to}`, (message: VrMessage) => this.sent.push({ to, message }));
    }
    record("client-table", (message: OrderingEvent) => this.told.push(message));
    record("detector", (message: DetectorRequest) => this.observed.push(message));
  }

  #newSystem(): ActorSystem {
    const environment = new VirtualEnvironment(this.clock, {
      seed: 1,
      name: `start ${++this.#starts}`,
    });
    const system = new ActorSystem({
      node: this.index,
      environment,
      supervision: { strategy: "rest-for-one", maxRestarts: 100 },
    });
    system.events.subscribe((event) => {
      if (event.type === "failed") this.failures.push(`${event.actor}: ${String(event.error)}`);
      if (event.type === "published" && event.topic === "replica") {
        this.figures = event.detail as ReplicaFigures;
      }
    });
    return system;
  }
}

/** Where bytes are found within others. */
function indexOf(bytes: Uint8Array, sought: Uint8Array): number {
  for (let at = 0; at + sought.length <= bytes.length; at++) {
    if (sought.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  throw new Error("not found");
}
