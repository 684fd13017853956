import { randomStream } from "../../actors/random.ts";
import { type Ref, refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import {
  ALL_GUARANTEES,
  type ClientOperation,
  type GossipAsk,
  type GossipReply,
  gossipReply,
  type GossipReplyOf,
  gossipRequest,
  type Level,
  type Requester,
} from "../../protocols/gossip/client_messages.ts";
import type { GossipFigures } from "../../protocols/gossip/figures.ts";
import { spawnGossipNode } from "../../protocols/gossip/gossip_node.ts";
import type { PeerMessage, ReplicaRequest } from "../../protocols/gossip/messages.ts";
import { GOSSIP } from "../../protocols/gossip/names.ts";
import type { CoordinatorTuning, GossipTuning } from "../../protocols/gossip/options.ts";
import type { GossipReplica } from "../../protocols/gossip/replica.ts";
import { digestOf } from "../../protocols/gossip/snapshot.ts";
import { SWIM_LOCAL } from "../../protocols/swim/options.ts";
import { journal } from "../../storage/journal.ts";
import { memoryJournal } from "../../storage/memory_journal.ts";
import { type Fate, MemoryNetwork } from "../../transport/memory.ts";
import { MemoryDisk } from "../storage/memory_disk.ts";
import { bytesOf, STRATEGIES, textOf } from "./support.ts";

/** How a test's cluster differs from the ordinary one. */
export interface GossipClusterOptions {
  /** Default 3. */
  readonly nodes?: number;
  /** Nodes that can be started and are no seeds, after the others. Default 0. */
  readonly spares?: number;
  readonly seed?: number;
  readonly tuning?: GossipTuning;
  readonly coordinator?: CoordinatorTuning;
  /** Whether replicas forget everything with their process. */
  readonly isInMemory?: boolean;
  readonly diskMs?: number;
  /** How far the clock of a node is off, in milliseconds. */
  readonly skewMs?: (node: number) => number;
  readonly maybe?: (label: string) => boolean;
}

export class GossipNode {
  readonly index: number;
  disk: MemoryDisk;
  starts = 0;
  system: ActorSystem | undefined;
  figures: GossipFigures | undefined;
  replica: GossipReplica | undefined;

  constructor(index: number, disk: MemoryDisk) {
    this.index = index;
    this.disk = disk;
  }
}

/** What a client keeps between its requests. */
export interface Client {
  session: string;
}

export interface Attempt {
  readonly replies: GossipReply[];
}

/** How a request differs from the ordinary. */
export interface AskOptions {
  readonly level?: Level;
  readonly client?: Client;
  readonly context?: string;
  readonly requester?: Requester;
  readonly timeoutMs?: number;
  readonly maxStalenessMs?: number;
}

const CLIENT_NODE = 100;

/** Nodes of a gossip cluster with everything that is really their own, in virtual time. */
export class GossipCluster {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork();
  readonly nodes: readonly GossipNode[];
  readonly seeds: readonly number[];
  readonly failures: string[] = [];
  readonly log: string[] = [];
  readonly options: GossipClusterOptions;
  readonly seed: number;
  readonly #clients: ActorSystem;
  #attempts = 0;

  constructor(options: GossipClusterOptions = {}) {
    const { nodes = 3, spares = 0, seed = 1 } = options;
    this.options = options;
    this.seed = seed;
    this.nodes = Array.from(
      { length: nodes + spares },
      (_, index) => new GossipNode(index, this.#newDisk(index)),
    );
    this.seeds = Array.from({ length: nodes }, (_, index) => index);
    const environment = new VirtualEnvironment(this.clock, { seed, name: "clients" });
    this.#clients = new ActorSystem({ node: CLIENT_NODE, environment });
    this.network.join(this.#clients);
  }

  /** A cluster whose members all serve. */
  static of(nodes: number, options: Omit<GossipClusterOptions, "nodes"> = {}): GossipCluster {
    const cluster = new GossipCluster({ ...options, nodes });
    for (const node of cluster.seeds) cluster.start(node);
    cluster.until(() => cluster.seeds.every((node) => cluster.isReady(node)), 20_000, "readiness");
    cluster.run(1_000);
    return cluster;
  }

  node(index: number): GossipNode {
    return this.nodes[index]!;
  }

  replica(index: number): GossipReplica {
    return this.node(index).replica!;
  }

  isReady(index: number): boolean {
    const { system, replica } = this.node(index);
    return system !== undefined && replica?.state === "ready";
  }

  // Time

  run(ms: number): void {
    this.clock.runFor(ms);
  }

  until(condition: () => boolean, limitMs = 10_000, what = "the condition"): void {
    if (this.clock.runUntil(condition, limitMs)) return;
    throw new Error(`${what} did not come true within ${limitMs} ms\n${this.describe()}`);
  }

  describe(): string {
    const lines = this.nodes.map(({ index, figures }) => `${index}: ${JSON.stringify(figures)}`);
    return [`At ${this.clock.now} ms`, ...lines, ...this.failures, ...this.log.slice(-40)].join(
      "\n",
    );
  }

  // Faults

  start(index: number): void {
    const node = this.node(index);
    if (node.system !== undefined) return;
    const { maybe, skewMs = () => 0 } = this.options;
    const environment = new VirtualEnvironment(this.clock, {
      seed: this.seed,
      name: `node ${index}, start ${++node.starts}`,
      wallTimeStart: 1_700_000_000_000 + skewMs(index),
      onLog: (_level, source, text, at) =>
        this.log.push(`${at.toFixed(1)} ${index} ${source}: ${text.split("\n")[0]}`),
      ...(maybe !== undefined && { maybe }),
    });
    const system = new ActorSystem({
      node: index,
      environment,
      onFailure: (error) => this.failures.push(`node ${index}: ${String(error)}`),
    });
    node.system = system;
    system.events.subscribe((event) => {
      if (event.type === "failed" && !String(event.error).includes("crashed by an operator")) {
        const stack = (event.error as Error).stack ?? "";
        this.failures.push(`node ${index} ${event.actor}: ${stack}`);
      }
      if (event.type === "published" && event.topic === "gossip") {
        node.figures = event.detail as GossipFigures;
      }
    });
    this.network.join(system);
    const { tuning, coordinator, isInMemory = false } = this.options;
    spawnGossipNode(system, {
      cluster: "test",
      seeds: this.seeds,
      strategies: STRATEGIES,
      journal: () => isInMemory ? memoryJournal() : journal(node.disk, { preallocateBytes: 0 }),
      mailboxCapacity: 65_536,
      supervision: { maxRestarts: 1_000, backoffMaxMs: 100 },
      swim: SWIM_LOCAL,
      tuning: { retryMs: 100, mailRetryMs: 50, ...tuning },
      ...(coordinator !== undefined && { coordinator }),
      wrap: (name, factory) => (context) => {
        const actor = factory(context);
        if (name === GOSSIP.replica) node.replica = actor as unknown as GossipReplica;
        return actor;
      },
    });
  }

  crash(index: number): void {
    const node = this.node(index);
    node.system?.shutdown();
    node.system = undefined;
    this.network.leave(index);
    node.disk.crash(randomStream(this.seed, `crash ${index} ${node.starts}`));
  }

  restart(index: number): void {
    this.crash(index);
    this.start(index);
    this.until(() => this.isReady(index), 20_000, `readiness of node ${index}`);
  }

  /** The process dies, and its disk is replaced by an empty one. */
  wipe(index: number): void {
    this.crash(index);
    this.node(index).disk = this.#newDisk(index);
  }

  crashActor(index: number, name: string): void {
    this.node(index).system!.crash(name);
  }

  cut(a: number, b: number): void {
    this.network.cut(a, b);
    this.network.cut(b, a);
  }

  isolate(index: number): void {
    for (const { index: other } of this.nodes) if (other !== index) this.cut(index, other);
  }

  heal(): void {
    this.network.healAll();
  }

  /** Decides on the fate of messages between replicas; returns what undoes it. */
  onMessage(
    decide: (message: PeerMessage | ReplicaRequest, from: number, to: number) => Fate | undefined,
  ): () => void {
    return this.network.intercept(({ from, to, message }) =>
      to.name === GOSSIP.replica ? decide(message as PeerMessage, from, to.node) : undefined
    );
  }

  drop(...types: PeerMessage["type"][]): () => void {
    return this.onMessage(({ type }) =>
      types.includes(type as PeerMessage["type"]) ? { copies: 0 } : undefined
    );
  }

  /** Counts the messages between replicas of a kind from now on. */
  count(type: PeerMessage["type"]): { count: number } {
    const counter = { count: 0 };
    this.onMessage((message) => {
      if (message.type === type) counter.count++;
      return undefined;
    });
    return counter;
  }

  // Clients

  ask(node: number, ask: GossipAsk): Attempt {
    const name = `attempt-${++this.#attempts}`;
    const attempt: Attempt = { replies: [] };
    this.#clients.expose(name, gossipReply);
    this.#clients.spawn<GossipReply>(name, () => ({
      receive: (reply) => void attempt.replies.push(reply),
    }));
    const replyTo: Ref<GossipReply> = refTo(CLIENT_NODE, name, gossipReply);
    this.#clients.send(refTo(node, GOSSIP.coordinator, gossipRequest), {
      type: "ask",
      ask,
      replyTo,
    });
    return attempt;
  }

  answer(attempt: Attempt): GossipReply {
    this.until(() => attempt.replies.length > 0, 30_000, "an answer");
    return attempt.replies[0]!;
  }

  begin(node: number, key: string, operation: ClientOperation, options: AskOptions = {}): Attempt {
    const { level = "local", client, requester = null, timeoutMs = 2_000 } = options;
    const session = client === undefined
      ? null
      : { token: client.session, guarantees: ALL_GUARANTEES };
    return this.ask(node, { type: "write", key, operation, level, requester, session, timeoutMs });
  }

  write(
    node: number,
    key: string,
    operation: ClientOperation,
    options: AskOptions = {},
  ): GossipReply {
    const reply = this.answer(this.begin(node, key, operation, options));
    keepSession(reply, options.client);
    return reply;
  }

  put(node: number, key: string, value: string, options: AskOptions = {}): GossipReply {
    const context = options.context ?? null;
    return this.write(node, key, { type: "put", value: bytesOf(value), context }, options);
  }

  delete(node: number, key: string, options: AskOptions = {}): GossipReply {
    return this.write(node, key, { type: "delete", context: options.context ?? null }, options);
  }

  read(node: number, key: string, options: AskOptions = {}): GossipReply {
    const { level = "local", client, maxStalenessMs = null, timeoutMs = 2_000 } = options;
    const session = client === undefined
      ? null
      : { token: client.session, guarantees: ALL_GUARANTEES };
    const reply = this.answer(
      this.ask(node, { type: "read", key, level, session, maxStalenessMs, timeoutMs }),
    );
    keepSession(reply, client);
    return reply;
  }

  /** What a key is at a node, as text; what kind of reply it was, if it was not found. */
  get(node: number, key: string, options: AskOptions = {}): string {
    return show(this.read(node, key, options));
  }

  digest(index: number): string {
    return digestOf(this.replica(index).data.store.freeze());
  }

  /** Runs until all nodes that are up show the same. */
  converge(limitMs = 20_000): void {
    const up = this.nodes.filter(({ system }) => system !== undefined);
    this.until(
      () =>
        up.every(({ replica }) => replica?.state === "ready") &&
        up.every(({ replica }) =>
          replica!.data.store.clock.equals(up[0]!.replica!.data.store.clock)
        ),
      limitMs,
      "convergence",
    );
    const digests = new Set(up.map(({ index }) => this.digest(index)));
    if (digests.size !== 1) throw new Error(`states differ at equal clocks\n${this.describe()}`);
  }

  #newDisk(index: number): MemoryDisk {
    const diskMs = this.options?.diskMs ?? 0.1;
    void index;
    return new MemoryDisk({ complete: (run) => this.clock.after(diskMs, run) });
  }
}

function keepSession(reply: GossipReply, client: Client | undefined): void {
  if (client !== undefined && "session" in reply && reply.session !== null) {
    client.session = reply.session;
  }
}

export function newClient(): Client {
  return { session: "" };
}

/** A reading as text, the values of siblings in order. */
export function show(reply: GossipReply): string {
  if (reply.type !== "found" && reply.type !== "insufficientRead") return reply.type;
  const { reading } = reply;
  switch (reading.type) {
    case "absent":
      return "-";
    case "values":
      return reading.values.map(textOf).sort().join("|");
    case "counter":
      return String(reading.total);
    case "set":
      return `{${reading.elements.map(textOf).join(",")}}`;
  }
}

export function expectReply<T extends GossipReply["type"]>(
  reply: GossipReply,
  type: T,
): GossipReplyOf<T> {
  if (reply.type !== type) throw new Error(`expected ${type}, not ${JSON.stringify(reply)}`);
  return reply as GossipReplyOf<T>;
}
