import type { LogLevel, Supervision } from "../../actors/actor.ts";
import { randomStream } from "../../actors/random.ts";
import type { Schema } from "../../actors/schema.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { clientRequest } from "../../protocols/client_messages.ts";
import { MemoryNetwork } from "../../transport/memory.ts";
import { MemoryDisk } from "../storage/memory_disk.ts";

/** How the world around a cluster's nodes differs from the ordinary one. */
export interface VirtualOptions {
  /** Default 1. */
  readonly seed?: number;
  /** How long a message is on its way, in milliseconds. Default 1. */
  readonly latencyMs?: (random: () => number) => number;
  /** How long a disk operation takes, in milliseconds. Default 0.1. */
  readonly diskMs?: (random: () => number) => number;
  /** Rare branches that are forced. Default: none. */
  readonly maybe?: (label: string) => boolean;
}

/** One line that a node has logged. */
export interface LogLine {
  readonly at: number;
  readonly node: number;
  readonly level: LogLevel;
  readonly source: string;
  readonly text: string;
}

/** What actors of every test's node may have in their mailboxes. */
export const BOUNDED = { mailboxCapacity: 65_536 };
/** How often an actor may fail before a test's node gives up: never, nearly. */
const RESTARTS_MAX = 1_000;

/** One node of a cluster; its disk outlives its processes. */
export class VirtualNode {
  readonly index: number;
  disk: MemoryDisk;
  /** Processes that there have been. */
  starts = 0;
  /** The living process. */
  system: ActorSystem | undefined;
  /** What its actors have published last, by topic. */
  readonly published = new Map<string, unknown>();

  constructor(index: number, disk: MemoryDisk) {
    this.index = index;
    this.disk = disk;
  }

  get isUp(): boolean {
    return this.system !== undefined;
  }
}

/**
 * Nodes with disks, on one network, in virtual time, and what tests of every protocol do to them. What runs
 * on a node is its protocol's.
 */
export abstract class VirtualCluster<Node extends VirtualNode, Message> {
  readonly clock = new VirtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: readonly Node[];
  readonly log: LogLine[] = [];
  /** Why actors failed, crashes asked for aside. */
  readonly failures: string[] = [];
  readonly seed: number;
  /** What replicas say to each other. */
  protected abstract readonly messages: Schema<Message>;
  readonly #world: VirtualOptions;

  constructor(
    world: VirtualOptions,
    size: number,
    newNode: (index: number, disk: MemoryDisk) => Node,
  ) {
    this.#world = world;
    this.seed = world.seed ?? 1;
    const random = randomStream(this.seed, "network");
    const { latencyMs = () => 1 } = world;
    this.network = new MemoryNetwork({ latencyMs: () => latencyMs(random) });
    this.nodes = Array.from({ length: size }, (_, index) => newNode(index, this.#newDisk()));
  }

  /** Starts the actors of a node. */
  protected abstract spawn(node: Node, system: ActorSystem): void;
  /** Where a node stands, for messages of failed tests. */
  protected abstract standing(node: Node): string;

  /** Who is restarted with an actor that failed. */
  protected get strategy(): NonNullable<Supervision["strategy"]> {
    return "rest-for-one";
  }

  node(index: number): Node {
    return this.nodes[index]!;
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

  /** Where everybody stands, for messages of failed tests. */
  describe(): string {
    const lines = this.nodes.map((node) => `${node.index}: ${this.standing(node)}`);
    const tail = this.log.slice(-40).map(({ at, node, source, text }) =>
      `${at.toFixed(1)} ${node} ${source}: ${text.split("\n").slice(0, 4).join(" | ")}`
    );
    return [`At ${this.clock.now.toFixed(1)} ms`, ...lines, ...tail].join("\n");
  }

  // Faults

  start(index: number): void {
    const node = this.node(index);
    if (node.isUp) return;
    const system = this.#newSystem(node);
    node.system = system;
    system.events.subscribe((event) => {
      if (event.type === "failed" && !String(event.error).includes("crashed by an operator")) {
        this.failures.push(`node ${index} ${event.actor}: ${String(event.error)}`);
      }
      if (event.type === "published") node.published.set(event.topic, event.detail);
    });
    system.expose("replica", this.messages);
    system.expose("client-table", clientRequest);
    this.network.join(system);
    this.spawn(node, system);
  }

  /** The process dies, and with it whatever its disk had not synced. */
  crash(index: number): void {
    const node = this.node(index);
    if (!node.isUp) return;
    node.system!.shutdown();
    node.system = undefined;
    node.published.clear();
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

  /** Nothing passes between two nodes, in either direction. */
  cut(a: number, b: number): void {
    this.network.cut(a, b);
    this.network.cut(b, a);
  }

  /** Nothing passes between a node and the others. */
  isolate(index: number): void {
    for (const { index: other } of this.nodes) if (other !== index) this.cut(index, other);
  }

  heal(): void {
    this.network.healAll();
  }

  #newDisk(): MemoryDisk {
    const random = randomStream(this.seed, `disk ${this.clock.now} ${this.clock.pending}`);
    const { diskMs = () => 0.1 } = this.#world;
    return new MemoryDisk({ complete: (run) => this.clock.after(diskMs(random), run) });
  }

  #newSystem(node: Node): ActorSystem {
    const { index } = node;
    const { maybe } = this.#world;
    const environment = new VirtualEnvironment(this.clock, {
      seed: this.seed,
      name: `node ${index}, start ${++node.starts}`,
      onLog: (level, source, text, at) => this.log.push({ at, node: index, level, source, text }),
      ...(maybe !== undefined && { maybe }),
    });
    return new ActorSystem({
      node: index,
      environment,
      supervision: { strategy: this.strategy, maxRestarts: RESTARTS_MAX, backoffMaxMs: 100 },
      onFailure: (error) => this.failures.push(`node ${index}: ${String(error)}`),
    });
  }
}
