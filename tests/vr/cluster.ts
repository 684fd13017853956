import { refTo } from "../../actors/ref.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { clientRequest } from "../../protocols/client_messages.ts";
import { clientTable, type ClientTableFigures } from "../../protocols/client_table.ts";
import { failureDetector } from "../../protocols/failure_detector.ts";
import { type PlainMessage, type VrMessage, vrMessage } from "../../protocols/vr/messages.ts";
import type { VrOptions } from "../../protocols/vr/options.ts";
import { replica, type ReplicaFigures } from "../../protocols/vr/replica.ts";
import { journal } from "../../storage/journal.ts";
import { memoryJournal } from "../../storage/memory_journal.ts";
import type { Fate } from "../../transport/memory.ts";
import {
  BOUNDED,
  VirtualCluster,
  VirtualNode,
  type VirtualOptions,
} from "../protocols/virtual_cluster.ts";
import { ListMachine } from "./machine.ts";

/** How a test's cluster differs from the ordinary one: messages take 0.2 to 2 ms, the disk 0.05 to 0.2. */
export interface ClusterOptions extends VirtualOptions, Partial<VrOptions> {
  /** Default 3. */
  readonly replicaCount?: number;
  /** Makes snapshots large: chunks of 256 KiB that mean nothing. Default 0. */
  readonly ballast?: number;
}

/** The actors of a node, in the order of their start. */
export const ACTORS = ["journal", "client-table", "replica", "detector"] as const;

/** One node of a cluster. */
export class TestNode extends VirtualNode {
  /** The state machine of the living client table. */
  machine = new ListMachine();

  get replica(): ReplicaFigures | undefined {
    return this.published.get("replica") as ReplicaFigures | undefined;
  }

  get table(): ClientTableFigures | undefined {
    return this.published.get("client-table") as ClientTableFigures | undefined;
  }

  get isNormal(): boolean {
    return this.isUp && this.replica?.status === "normal";
  }
}

/** A group of replicas with everything that is really theirs, in virtual time. */
export class Cluster extends VirtualCluster<TestNode, VrMessage> {
  readonly options: ClusterOptions;
  protected override readonly messages = vrMessage;

  constructor(options: ClusterOptions = {}) {
    const world: VirtualOptions = {
      latencyMs: (random) => 0.2 + random() * 1.8,
      diskMs: (random) => 0.05 + random() * 0.15,
      ...options,
    };
    super(world, options.replicaCount ?? 3, (index, disk) => new TestNode(index, disk));
    this.options = options;
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

  /** One actor of a node fails. */
  crashActor(index: number, name: typeof ACTORS[number]): void {
    const { system } = this.node(index);
    if (system?.figures().some((each) => each.name === name && each.state === "running")) {
      system.crash(name);
    }
  }

  /** Nothing that a node sends arrives. */
  mute(index: number): void {
    for (const other of this.#others(index)) this.network.cut(index, other);
  }

  /** Nothing arrives at a node. */
  deafen(index: number): void {
    for (const other of this.#others(index)) this.network.cut(other, index);
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

  protected override get strategy(): "all-for-one" | "rest-for-one" {
    return this.isInMemory ? "all-for-one" : "rest-for-one";
  }

  protected override standing({ replica, machine }: TestNode): string {
    if (replica === undefined) return "down";
    const { status, view, lastNormalView, opNumber, commitNumber, durableOp } = replica;
    return `${status} in ${view} (${lastNormalView}), op ${opNumber}, ` +
      `durable ${durableOp}, committed ${commitNumber}, applied ${machine.applied.length}`;
  }

  protected override spawn(node: TestNode, system: ActorSystem): void {
    const { index } = node;
    const { heartbeatMs = 50 } = this.options;
    const inMemory = memoryJournal();
    const onDisk = journal(node.disk, { preallocateBytes: 0 });
    system.spawn("journal", this.isInMemory ? inMemory : onDisk, BOUNDED);
    const table = clientTable({
      machine: () => node.machine = new ListMachine(this.options.ballast),
      replica: refTo(index, "replica"),
      journal: refTo(index, "journal"),
      peer: (other) => refTo(other, "client-table", clientRequest),
    });
    system.spawn("client-table", table, BOUNDED);
    system.spawn("replica", replica(this.#replicaOptions(index)), BOUNDED);
    const detector = failureDetector({ subscriber: refTo(index, "replica"), heartbeatMs });
    system.spawn("detector", detector);
  }

  #others(index: number): number[] {
    return this.nodes.map((node) => node.index).filter((other) => other !== index);
  }

  #replicaOptions(index: number): VrOptions {
    return {
      retainEntries: 5,
      ...this.options,
      replica: index,
      replicaCount: this.size,
      peer: (other) => refTo(other, "replica", vrMessage),
      journal: refTo(index, "journal"),
      clientTable: refTo(index, "client-table"),
      detector: refTo(index, "detector"),
    };
  }
}
