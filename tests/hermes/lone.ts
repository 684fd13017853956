import { type Ref, refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import type { ClientReply } from "../../protocols/client_messages.ts";
import type {
  HeldSession,
  HermesMessage,
  Requester,
  Update,
} from "../../protocols/hermes/messages.ts";
import type { HermesOptions } from "../../protocols/hermes/options.ts";
import { HermesReplica, type HermesReplicaMessage } from "../../protocols/hermes/replica.ts";
import type { ReplicaEvent } from "../../protocols/hermes/requests.ts";
import {
  cidOf,
  nextRmw,
  nextWrite,
  ORIGIN,
  type Timestamp,
} from "../../protocols/hermes/timestamp.ts";
import type { MembershipRequest } from "../../protocols/master/membership.ts";
import { journal } from "../../storage/journal.ts";
import { MemoryDisk } from "../storage/memory_disk.ts";
import { bytesOf, textOf } from "../vr/machine.ts";
import { show } from "../protocols/member_cluster.ts";
import { TextsMachine } from "./machine.ts";

/** How a test's replica differs from the ordinary one. */
export interface LoneOptions extends Partial<HermesOptions> {
  /** Default 3. */
  readonly nodes?: number;
  /** The random stream. Default 1. */
  readonly seed?: number;
  /** Rare branches that are forced. Default: none. */
  readonly maybe?: (label: string) => boolean;
}

/** An update that another node coordinates, as a test writes it. */
export interface Foreign {
  readonly base?: Timestamp;
  readonly by?: number;
  readonly isRmw?: boolean;
  readonly requester?: Requester | null;
}

/** What the test is told of a message. */
export interface Sent {
  readonly to: number;
  readonly message: HermesMessage;
}

/** Far beyond the end of any test, in milliseconds. */
const FOREVER = 1e9;
const EPOCH = 1;

/**
 * The replica of node 0, really as it is, with its journal. The others are the test: they say what it has them
 * say, and are silent otherwise, but for their answers to `recall`, of which they know nothing, and to `join`.
 */
export class LoneReplica {
  readonly clock = new VirtualClock();
  disk: MemoryDisk;
  replica!: HermesReplica;
  /** What the replica has sent since the test last looked. */
  sent: Sent[] = [];
  /** What clients were told, as `client:number reply`. */
  readonly answers: string[] = [];
  readonly failures: string[] = [];
  told: MembershipRequest[] = [];
  epoch = EPOCH;
  /** The greatest client id that the others have evicted. */
  evicted = 0;
  life = 1;
  members: readonly number[];
  readonly #options: LoneOptions;
  #system!: ActorSystem;
  #starts = 0;

  constructor(options: LoneOptions = {}) {
    this.#options = options;
    this.members = Array.from({ length: options.nodes ?? 3 }, (_, index) => index);
    this.disk = new MemoryDisk({ complete: (run) => this.clock.after(0.1, run) });
    this.start();
    this.assign();
  }

  // Its process

  start(): void {
    const { seed = 1, maybe } = this.#options;
    const environment = new VirtualEnvironment(this.clock, {
      seed,
      name: `start ${++this.#starts}`,
      ...(maybe !== undefined && { maybe }),
    });
    const system = new ActorSystem({
      node: 0,
      environment,
      onFailure: (error) => this.failures.push(String(error)),
    });
    system.events.subscribe((event) => {
      if (event.type === "failed") this.failures.push(String(event.error));
    });
    this.#system = system;
    system.spawn("journal", journal(this.disk, { preallocateBytes: 0 }));
    system.spawn<ReplicaEvent>("client-table", () => ({ receive: (event) => this.#hear(event) }));
    system.spawn<MembershipRequest>("membership", () => ({
      receive: (request) => void this.told.push(request),
    }));
    for (let node = 1; node < 8; node++) {
      system.spawn<HermesMessage>(`peer-${node}`, () => ({
        receive: (message) => this.#take(node, message),
      }));
    }
    system.spawn<HermesReplicaMessage>("replica", (context) => {
      return this.replica = new HermesReplica(context, this.#replicaOptions());
    });
    this.run(20);
  }

  /** The process dies, and what its disk had not synced with it; then it starts again. */
  restart(): void {
    this.crash();
    this.start();
    this.assign();
  }

  crash(): void {
    this.#system.shutdown();
    this.disk.crash();
    this.sent = [];
  }

  /** Tells it the configuration: the same epoch, unless the test has changed that. */
  assign(epoch = this.epoch, members = this.members, joining: number | null = null): void {
    this.epoch = epoch;
    this.members = members;
    const memberOf = (node: number) => ({
      node,
      birth: node === 0 ? this.replica.birth : 77 + node,
    });
    this.post({
      type: "assigned",
      volume: {
        volume: 1,
        epoch,
        members: members.map(memberOf),
        joining: joining === null ? null : memberOf(joining),
        leaving: null,
        writable: true,
      },
    });
    this.post({ type: "lease", until: FOREVER });
    this.run(5);
  }

  run(ms = 2): void {
    this.clock.runFor(ms);
  }

  /** Hands it a message. */
  post(message: HermesReplicaMessage): void {
    this.#system.send(refTo<HermesReplicaMessage>(0, "replica"), message);
  }

  // The others

  /** What another node would send as its update. */
  update(object: string, text: string | null, foreign: Foreign = {}): Update {
    const { base = ORIGIN, by = 1, isRmw = false, requester = null } = foreign;
    const cid = cidOf(by, 1, 0);
    const ts = isRmw ? nextRmw(base, cid) : nextWrite(base, cid);
    return { object, ts, base, isRmw, state: text === null ? null : bytesOf(text), requester };
  }

  inv(from: number, ...updates: Update[]): void {
    this.post({ type: "inv", ...this.#from(from), updates });
    this.run();
  }

  ack(from: number, object: string, ts: Timestamp): void {
    this.post({ type: "ack", ...this.#from(from), acks: [{ object, ts }] });
    this.run();
  }

  val(from: number, object: string, ts: Timestamp): void {
    this.post({ type: "val", ...this.#from(from), vals: [{ object, ts }] });
    this.run();
  }

  /** Has the object be valid, by another node's update. */
  settle(update: Update, from = 1): void {
    this.inv(from, update);
    this.val(from, update.object, update.ts);
    this.look();
  }

  /** Has a client's request be executed elsewhere. */
  asked(clientId: number, requestNumber: number, object = "x"): void {
    const requester = { clientId, requestNumber, result: bytesOf("ok"), resultBytes: 2 };
    this.settle(this.update(object, "1", { base: this.ts(object), requester }));
  }

  /** Answers what it has asked last, as one that joins. */
  chunk(sessions: readonly HeldSession[], evicted: number, next: number | null = null): void {
    for (let count = 0; count < 100; count++) {
      const asked = this.sent.findLast(({ message }) => message.type === "getChunk");
      this.sent = [];
      if (asked?.message.type === "getChunk") {
        const place = next === null
          ? null
          : { phase: "sessions", name: "", clientId: next } as const;
        const { to, message: { ticket } } = asked;
        const all = { objects: [], sessions: [...sessions], evicted, next: place };
        return this.post({ type: "chunk", ...this.#from(to), ticket, ...all });
      }
      this.run(10);
    }
    throw new Error("no piece was asked for");
  }

  // Its clients

  execute(clientId: number, requestNumber: number, command: string): void {
    this.post({ type: "execute", clientId, requestNumber, command: bytesOf(command) });
    this.run();
  }

  /** Reads an object; the replies come in time. */
  read(object: string): string[] {
    const replies: string[] = [];
    const name = `reader-${this.#starts}-${this.clock.now}-${this.clock.pending}`;
    this.#system.spawn<ClientReply>(name, () => ({
      receive: (reply) => void replies.push(show(reply)),
    }));
    const replyTo: Ref<ClientReply> = refTo(0, name);
    this.post({ type: "read", query: bytesOf(object), consistency: "linearizable", replyTo });
    this.run();
    return replies;
  }

  // What the test sees

  /** The state of an object (Hermes 3.2), and its text. */
  state(object: string): string {
    const record = this.replica.objects.get(object);
    if (record === undefined) return "V -";
    const { isValid, pending, bytes } = record;
    const text = bytes === null ? "-" : textOf(bytes);
    if (pending?.isNewest) return `${pending.command === undefined ? "R" : "W"} ${text}`;
    if (pending !== undefined) return `${isValid ? "V+T" : "T"} ${text}`;
    return `${isValid ? "V" : "I"} ${text}`;
  }

  /** The timestamp of an object. */
  ts(object: string): Timestamp {
    return this.replica.objects.get(object)?.ts ?? ORIGIN;
  }

  /** What was sent since the last look, as `1 inv x`; recalls aside. */
  look(): string[] {
    const lines = this.sent.flatMap(({ to, message }) =>
      contentOf(message).map((object) => `${to} ${message.type} ${object}`)
    );
    this.sent = [];
    return lines.sort();
  }

  /** The updates in INVs to a node since the last look. */
  invsTo(node: number): Update[] {
    return this.sent.flatMap(({ to, message }) =>
      to === node && message.type === "inv" ? message.updates : []
    );
  }

  #take(to: number, message: HermesMessage): void {
    if (message.type === "recall") {
      const { ticket, clientId } = message;
      const nothing = { record: null, isPending: false, evicted: this.evicted } as const;
      return this.post({ type: "recalled", ticket, clientId, ...nothing, ...this.#from(to) });
    }
    // Whoever is asked whether it knows of this life knows of it.
    if (message.type === "join") {
      this.post({ type: "entered", ...this.#from(to), heard: message.life });
    }
    this.sent.push({ to, message });
  }

  #hear(event: ReplicaEvent): void {
    if (event.type !== "answered") return;
    this.answers.push(`${event.clientId}:${event.requestNumber} ${show(event.reply)}`);
  }

  #from(node: number) {
    return { epoch: this.epoch, node, life: this.life };
  }

  #replicaOptions(): HermesOptions {
    const { nodes: _nodes, seed: _seed, maybe: _maybe, ...rest } = this.#options;
    return {
      machine: new TextsMachine(),
      sessionsMax: 100,
      ...rest,
      volume: 1,
      peer: (node) => refTo(0, `peer-${node}`),
      journal: refTo(0, "journal"),
      clientTable: refTo(0, "client-table"),
      membership: refTo(0, "membership"),
    };
  }
}

function contentOf(message: HermesMessage): string[] {
  switch (message.type) {
    case "inv":
      return message.updates.map(({ object }) => object);
    case "ack":
      return message.acks.map(({ object }) => object);
    case "val":
      return message.vals.map(({ object }) => object);
    default:
      return [""];
  }
}

/** What a donor knows of a client, whose request 5 was executed. */
export function heldOf(clientId: number, used: number): HeldSession {
  const record = {
    clientId,
    requestNumber: 5,
    object: "o",
    ts: ORIGIN,
    isRmw: false,
    result: bytesOf("ok"),
    resultBytes: 2,
    fate: "executed",
  } as const;
  return { record, used };
}
