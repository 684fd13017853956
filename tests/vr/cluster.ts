import type { LogLevel } from "../../actors/actor.ts";
import { randomStream } from "../../actors/random.ts";
import { refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { clientRequest } from "../../protocols/client_messages.ts";
import { clientTable, type ClientTableFigures } from "../../protocols/client_table.ts";
import { failureDetector } from "../../protocols/failure_detector.ts";
import { type PlainMessage, type VrMessage, vrMessage } from "../../protocols/vr/messages.ts";
import type { VrOptions } from "../../protocols/vr/options.ts";
import { replica, type ReplicaFigures } from "../../protocols/vr/replica.ts";
import { journal } from "../../storage/journal.ts";
import { memoryJournal } from "../../storage/memory_journal.ts";
import { MemoryDisk } from "../storage/memory_disk.ts";
import { type Fate, MemoryNetwork } from "../../transport/memory.ts";
import { ListMachine } from "./machine.ts";

/** How a test's cluster differs from the ordinary one. */
export interface ClusterOptions extends Partial<VrOptions> {
  /** Default 3. */
  readonly replicaCount?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Makes snapshots large: chunks of 256 KiB that mean nothing. Default 0. */
  readonly ballast?: number;
  /** How long a message is on its way, in milliseconds. Default: 0.2 to 2. */
  readonly latencyMs?: (random: () => number) => number;
  /** How long a disk operation takes, in milliseconds. Default: 0.05 to 0.2. */
  readonly diskMs?: (random: () => number) => number;
}

/** One line that a node has logged. */
export interface LogLine {
  readonly at: number;
  readonly node: number;
  readonly level: LogLevel;
  readonly source: string;
  readonly text: string;
}

/** The actors of a node, in the order of their start. */
export const ACTORS = ["journal", "client-table", "replica", "detector"] as const;

/** How often an actor may fail before a test's node gives up: never, nearly. */
const RESTARTS_MAX = 1_000;
const MAILBOX_CAPACITY = 65_536;

/** One node of a cluster; its disk outlives its processes. */
export class TestNode {
  readonly index: number;
  disk: MemoryDisk;
  /** Processes that there have been. */
  starts = 0;
  /** The living process. */
  system: ActorSystem | undefined;
  /** The state machine of the living client table. */
  machine = new ListMachine();
  replica: ReplicaFigures | undefined;
  table: ClientTableFigures | undefined;

  constructor(index: number, disk: MemoryDisk) {
    this.index = index;
    this.disk = disk;
  }

  get isUp(): boolean {
    return this.system !== undefined;
  }

  get isNormal(): boolean {
    return this.isUp && this.replica?.status === "normal";
  }
}

/** A group of replicas with everything that is really theirs, in virtual time. */
export class Cluster {
  readonly clock = new VirtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: readonly TestNode[];
  readonly log: LogLine[] = [];
  /** Why actors failed, crashes asked for aside. */
  readonly failures: string[] = [];
  readonly options: ClusterOptions;
  readonly seed: number;

  constructor(options: ClusterOptions = {}) {
    this.options = options;
    this.seed = options.seed ?? 1;
    const random = randomStream(this.seed, "network");
    const latencyMs = options.latencyMs ?? ((draw) => 0.2 + draw() * 1.8);
    this.network = new MemoryNetwork({ latencyMs: () => latencyMs(random) });
    const count = options.replicaCount ?? 3;
    this.nodes = Array.from({ length: count }, (_, index) => new TestNode(index, this.#newDisk()));
  }

  /** A cluster all of whose nodes are started and normal. */
  static formed(options: ClusterOptions = {}): Cluster {
    const cluster = new Cluster(options);
    cluster.startAll();
    cluster.until(() => cluster.nodes.every((node) => node.isNormal), 2_000);
    return cluster;
  }

  /** Whether the replicas keep nothing on their disks. */
  get isInMemory(): boolean {
    return this.options.durability === "memory";
  }

  get size(): number {
    return this.nodes.length;
  }

  node(index: number): TestNode {
    return this.nodes[index]!;
  }

  /** The node that leads in the highest view. */
  get primary(): TestNode | undefined {
    return this.nodes
      .filter((node) => node.isUp && node.replica?.leading)
      .sort((a, b) => b.replica!.view - a.replica!.view)[0];
  }

  /** The nodes that follow. */
  get backups(): TestNode[] {
    return this.nodes.filter((node) => node !== this.primary);
  }

  // Time

  run(ms: number): void {
    this.clock.runFor(ms);
  }

  /** Runs until something holds; fails the test if it does not in time. */
  until(condition: () => boolean, limitMs = 10_000, what = "the condition"): void {
    if (this.clock.runUntil(condition, limitMs)) return;
    throw new Error(`${what} did not come true within ${limitMs} ms\n${this.describe()}`);
  }

  /** Runs until another replica than this one leads. */
  untilReplaced(index: number, limitMs = 6_000): void {
    this.until(() => (this.primary?.index ?? index) !== index, limitMs, "another primary");
  }

  /** Runs until all who are up are normal in one view and have executed the same. */
  untilConverged(limitMs = 10_000): void {
    this.until(() => this.isConverged, limitMs, "convergence");
  }

  get isConverged(): boolean {
    const { primary } = this;
    if (primary === undefined) return false;
    const { view, opNumber } = primary.replica!;
    return this.nodes.filter((node) => node.isUp).every(({ isNormal, replica, machine }) =>
      isNormal && replica!.view === view && replica!.commitNumber === opNumber &&
      machine.applied.length === primary.machine.applied.length
    );
  }

  // Faults

  startAll(): void {
    for (const node of this.nodes) this.start(node.index);
  }

  start(index: number): void {
    const node = this.node(index);
    if (node.isUp) return;
    const system = this.#newSystem(node);
    node.system = system;
    system.events.subscribe((event) => {
      if (event.type === "failed" && !String(event.error).includes("crashed by an operator")) {
        this.failures.push(`node ${index} ${event.actor}: ${String(event.error)}`);
      }
      if (event.type !== "published") return;
      if (event.topic === "replica") node.replica = event.detail as ReplicaFigures;
      if (event.topic === "client-table") node.table = event.detail as ClientTableFigures;
    });
    this.#spawn(node, system);
  }

  /** The process dies, and with it whatever its disk had not synced. */
  crash(index: number): void {
    const node = this.node(index);
    if (!node.isUp) return;
    node.system!.shutdown();
    node.system = undefined;
    node.replica = undefined;
    node.table = undefined;
    this.network.leave(index);
    node.disk.crash(randomStream(this.seed, `crash ${index} ${node.starts}`));
  }

  restart(index: number): void {
    this.crash(index);
    this.start(index);
  }

  /** The process dies, and its disk is replaced by an empty one. */
  wipe(index: number): void {
    this.crash(index);
    this.node(index).disk = this.#newDisk();
  }

  /** One actor of a node fails. */
  crashActor(index: number, name: typeof ACTORS[number]): void {
    const { system } = this.node(index);
    if (system?.figures().some((each) => each.name === name && each.state === "running")) {
      system.crash(name);
    }
  }

  /** Nothing passes between two nodes, in either direction. */
  cut(a: number, b: number): void {
    this.network.cut(a, b);
    this.network.cut(b, a);
  }

  /** Nothing passes between a node and the others. */
  isolate(index: number): void {
    this.mute(index);
    this.deafen(index);
  }

  /** Nothing that a node sends arrives. */
  mute(index: number): void {
    for (const other of this.#others(index)) this.network.cut(index, other);
  }

  /** Nothing arrives at a node. */
  deafen(index: number): void {
    for (const other of this.#others(index)) this.network.cut(other, index);
  }

  heal(): void {
    this.network.healAll();
  }

  /**
   * Decides on the fate of messages between replicas, who may have wrapped them up with their crash
   * vectors; returns what undoes it.
   */
  onMessage(
    decide: (
      message: PlainMessage,
      from: number,
      to: number,
      wrapped: VrMessage,
    ) => Fate | undefined,
  ): () => void {
    return this.network.intercept(({ from, to, message }) => {
      if (to.name !== "replica") return undefined;
      const wrapped = message as VrMessage;
      const plain = wrapped.type === "stamped" ? wrapped.message : wrapped;
      return decide(plain, from, to.node, wrapped);
    });
  }

  /** Drops messages of some kinds between replicas; returns what undoes it. */
  drop(...types: VrMessage["type"][]): () => void {
    return this.onMessage(({ type }) => types.includes(type) ? { copies: 0 } : undefined);
  }

  /** Hands a message to a replica, as if a peer had sent it. */
  deliver(index: number, message: VrMessage): void {
    this.node(index).system!.send(refTo(index, "replica"), message);
  }

  /** Where everybody stands, for messages of failed tests. */
  describe(): string {
    const lines = this.nodes.map(({ index, replica, machine }) => {
      if (replica === undefined) return `${index}: down`;
      const { status, view, lastNormalView, opNumber, commitNumber, durableOp } = replica;
      return `${index}: ${status} in ${view} (${lastNormalView}), op ${opNumber}, ` +
        `durable ${durableOp}, committed ${commitNumber}, applied ${machine.applied.length}`;
    });
    const tail = this.log.slice(-40).map(({ at, node, source, text }) =>
      `${at.toFixed(1)} ${node} ${source}: ${text.split("\n").slice(0, 4).join(" | ")}`
    );
    return [`At ${this.clock.now.toFixed(1)} ms`, ...lines, ...tail].join("\n");
  }

  #others(index: number): number[] {
    return this.nodes.map((node) => node.index).filter((other) => other !== index);
  }

  #newDisk(): MemoryDisk {
    const random = randomStream(this.seed, `disk ${this.clock.now} ${this.clock.pending}`);
    const diskMs = this.options.diskMs ?? ((draw) => 0.05 + draw() * 0.15);
    return new MemoryDisk({ complete: (run) => this.clock.after(diskMs(random), run) });
  }

  #newSystem(node: TestNode): ActorSystem {
    const { index } = node;
    const environment = new VirtualEnvironment(this.clock, {
      seed: this.seed,
      name: `node ${index}, start ${++node.starts}`,
      onLog: (level, source, text, at) => this.log.push({ at, node: index, level, source, text }),
    });
    return new ActorSystem({
      node: index,
      environment,
      supervision: {
        strategy: this.isInMemory ? "all-for-one" : "rest-for-one",
        maxRestarts: RESTARTS_MAX,
        backoffMaxMs: 100,
      },
      onFailure: (error) => this.failures.push(`node ${index}: ${String(error)}`),
    });
  }

  #spawn(node: TestNode, system: ActorSystem): void {
    const { index } = node;
    const bounded = { mailboxCapacity: MAILBOX_CAPACITY };
    const { heartbeatMs = 50 } = this.options;
    system.expose("replica", vrMessage);
    system.expose("client-table", clientRequest);
    this.network.join(system);
    const inMemory = memoryJournal();
    const onDisk = journal(node.disk, { preallocateBytes: 0 });
    system.spawn("journal", this.isInMemory ? inMemory : onDisk, bounded);
    const table = clientTable({
      machine: () => node.machine = new ListMachine(this.options.ballast),
      replica: refTo(index, "replica"),
      journal: refTo(index, "journal"),
      peer: (other) => refTo(other, "client-table", clientRequest),
    });
    system.spawn("client-table", table, bounded);
    system.spawn("replica", replica(this.#replicaOptions(index)), bounded);
    const detector = failureDetector({ subscriber: refTo(index, "replica"), heartbeatMs });
    system.spawn("detector", detector);
  }

  #replicaOptions(index: number): VrOptions {
    const { ballast: _ballast, seed: _seed, latencyMs: _latencyMs, diskMs: _diskMs, ...rest } =
      this.options;
    return {
      retainEntries: 5,
      ...rest,
      replica: index,
      replicaCount: this.size,
      peer: (other) => refTo(other, "replica", vrMessage),
      journal: refTo(index, "journal"),
      clientTable: refTo(index, "client-table"),
      detector: refTo(index, "detector"),
    };
  }
}
