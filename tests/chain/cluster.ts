import { randomStream } from "../../actors/random.ts";
import { type Ref, refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import {
  type ClientReply,
  clientReply,
  type ClientRequest,
  clientRequest,
  type QueryConsistency,
} from "../../protocols/client_messages.ts";
import { clientTable, type ClientTableFigures } from "../../protocols/client_table.ts";
import { type ChainMessage, chainMessage } from "../../protocols/chain/messages.ts";
import type { ChainOptions } from "../../protocols/chain/options.ts";
import {
  type ChainFigures,
  type ChainReplicaMessage,
  replica,
} from "../../protocols/chain/replica.ts";
import { objectsChanged } from "../../protocols/objects_changed.ts";
import type { VolumeConfiguration } from "../../protocols/master/configuration.ts";
import type { MembershipEvent, MembershipRequest } from "../../protocols/master/membership.ts";
import { encodeRequest } from "../../protocols/request.ts";
import { journal } from "../../storage/journal.ts";
import { type Fate, MemoryNetwork } from "../../transport/memory.ts";
import { MemoryDisk } from "../storage/memory_disk.ts";
import { bytesOf, textOf } from "../vr/machine.ts";
import { ListsMachine } from "./machine.ts";

/** How a test's cluster differs from the ordinary one. */
export interface ChainClusterOptions extends Partial<ChainOptions> {
  /** Default 3. */
  readonly nodes?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Makes snapshots large: chunks of 256 KiB that mean nothing. Default 0. */
  readonly ballast?: number;
  /** How long a message is on its way, in milliseconds. Default 1. */
  readonly latencyMs?: (random: () => number) => number;
  /** How long a disk operation takes, in milliseconds. Default 0.1. */
  readonly diskMs?: (random: () => number) => number;
  /** Rare branches that are forced. Default: none. */
  readonly maybe?: (label: string) => boolean;
}

/** What the test, as the master, decides; the rest is as usual. */
export type Decision = Partial<
  Pick<VolumeConfiguration, "epoch" | "leaving" | "writable"> & { readonly joining: number | null }
>;

/** The node that clients live on. */
const CLIENT_NODE = 100;
/** Far beyond the end of any test, in milliseconds. */
export const FOREVER = 1e9;

type ReadyRequest = Extract<MembershipRequest, { type: "ready" }>;

/** One node; its disk outlives its processes. */
export class ChainNode {
  readonly index: number;
  disk: MemoryDisk;
  starts = 0;
  system: ActorSystem | undefined;
  machine = new ListsMachine();
  replica: ChainFigures | undefined;
  table: ClientTableFigures | undefined;
  /** What the replica has told the membership, signs of life aside. */
  told: MembershipRequest[] = [];
  /** The replica that has said who it is. */
  ready: ReadyRequest | undefined;
  /** Until when it may read; `undefined` if the test has not said. */
  leaseUntil: number | undefined;

  constructor(index: number, disk: MemoryDisk) {
    this.index = index;
    this.disk = disk;
  }

  get isUp(): boolean {
    return this.system !== undefined;
  }

  get birth(): number {
    return this.ready?.birth ?? 0;
  }

  /** What the replica has said of a kind. */
  toldOf<T extends MembershipRequest["type"]>(type: T): Extract<MembershipRequest, { type: T }>[] {
    return this.told.filter((each) => each.type === type) as never;
  }
}

/** Replies to one request of a client. */
export interface Attempt {
  readonly replies: readonly ClientReply[];
  /** The nodes that they came from. */
  readonly from: readonly number[];
}

/** A chain with everything that is really its own, in virtual time. The test is its master. */
export class ChainCluster {
  readonly clock = new VirtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: readonly ChainNode[];
  /** Why actors failed, crashes asked for aside. */
  readonly failures: string[] = [];
  readonly log: string[] = [];
  readonly options: ChainClusterOptions;
  readonly seed: number;
  /** The newest configuration. */
  configuration: VolumeConfiguration | undefined;
  /** Whether members have a lease for ever, unless the test says otherwise. */
  isLeasing = true;
  readonly #clients: ActorSystem;
  #attempts = 0;
  #attemptsFrom = new Map<string, number[]>();

  constructor(options: ChainClusterOptions = {}) {
    this.options = options;
    this.seed = options.seed ?? 1;
    const random = randomStream(this.seed, "network");
    const { latencyMs = () => 1, nodes = 3 } = options;
    this.network = new MemoryNetwork({ latencyMs: () => latencyMs(random) });
    this.nodes = Array.from({ length: nodes }, (_, index) => new ChainNode(index, this.#newDisk()));
    const environment = new VirtualEnvironment(this.clock, { seed: this.seed, name: "clients" });
    this.#clients = new ActorSystem({ node: CLIENT_NODE, environment });
    this.network.join(this.#clients);
    this.network.intercept(({ from, to }) => {
      this.#attemptsFrom.get(to.name)?.push(from);
      return undefined;
    });
  }

  /** A cluster whose first nodes are a chain, in that order. */
  static of(length: number, options: ChainClusterOptions = {}): ChainCluster {
    const cluster = new ChainCluster({ nodes: length, ...options });
    for (const node of cluster.nodes) cluster.start(node.index);
    cluster.until(() => cluster.nodes.every((node) => node.ready !== undefined), 500, "readiness");
    cluster.assign(Array.from({ length }, (_, index) => index));
    cluster.settle();
    return cluster;
  }

  node(index: number): ChainNode {
    return this.nodes[index]!;
  }

  // The master

  /** Decides who the members are, and tells all nodes, or those given only. */
  assign(members: readonly number[], decision: Decision = {}, tell?: readonly number[]): void {
    const epoch = decision.epoch ?? (this.configuration?.epoch ?? 0) + 1;
    const memberOf = (node: number) => ({ node, birth: this.node(node).birth });
    const { joining = null, leaving = null, writable = true } = decision;
    this.configuration = {
      volume: 0,
      epoch,
      members: members.map(memberOf),
      joining: joining === null ? null : memberOf(joining),
      leaving,
      writable,
    };
    for (const node of tell ?? this.nodes.map(({ index }) => index)) this.tell(node);
  }

  /** Tells a node the newest configuration. */
  tell(index: number): void {
    const { configuration } = this;
    if (configuration === undefined) return;
    this.#say(index, { type: "assigned", volume: configuration });
    if (this.isLeasing) this.lease(index, this.node(index).leaseUntil ?? FOREVER);
  }

  /** Gives a node a lease until then. */
  lease(index: number, until: number): void {
    this.node(index).leaseUntil = until;
    this.#say(index, { type: "lease", until });
  }

  // Time

  run(ms: number): void {
    this.clock.runFor(ms);
  }

  /** Runs for long enough that everything that is under way is done. */
  settle(): void {
    this.run(300);
  }

  until(condition: () => boolean, limitMs = 5_000, what = "the condition"): void {
    if (this.clock.runUntil(condition, limitMs)) return;
    throw new Error(`${what} did not come true within ${limitMs} ms\n${this.describe()}`);
  }

  describe(): string {
    const lines = this.nodes.map(({ index, replica: figures, machine }) =>
      `${index}: ${JSON.stringify(figures)} ${machine.applied.join(" ")}`
    );
    return [`At ${this.clock.now.toFixed(1)} ms`, ...lines, ...this.log.slice(-30)].join("\n");
  }

  // Faults

  start(index: number): void {
    const node = this.node(index);
    if (node.isUp) return;
    const system = this.#newSystem(node);
    node.system = system;
    node.ready = undefined;
    system.events.subscribe((event) => {
      if (event.type === "failed" && !String(event.error).includes("crashed by an operator")) {
        this.failures.push(`node ${index} ${event.actor}: ${String(event.error)}`);
      }
      if (event.type !== "published") return;
      if (event.topic === "replica") node.replica = event.detail as ChainFigures;
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
    this.network.leave(index);
    node.disk.crash(randomStream(this.seed, `crash ${index} ${node.starts}`));
  }

  /** The process dies and is started again; the master says the same as before. */
  restart(index: number): void {
    this.crash(index);
    this.start(index);
    this.until(() => this.node(index).ready !== undefined, 1_000, "readiness");
    this.tell(index);
  }

  /** The process dies, and its disk is replaced by an empty one. */
  wipe(index: number): void {
    this.crash(index);
    this.node(index).disk = this.#newDisk();
  }

  /** One actor of a node fails, and is told the configuration again when it is back. */
  crashActor(index: number, name: "journal" | "client-table" | "replica"): void {
    const node = this.node(index);
    node.ready = undefined;
    node.system!.crash(name);
    this.until(() => node.ready !== undefined, 1_000, "readiness");
    this.tell(index);
  }

  /** Nothing passes between two nodes. */
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
    decide: (message: ChainMessage, from: number, to: number) => Fate | undefined,
  ): () => void {
    return this.network.intercept(({ from, to, message }) =>
      to.name === "replica" ? decide(message as ChainMessage, from, to.node) : undefined
    );
  }

  /** Drops messages of some kinds between replicas; returns what undoes it. */
  drop(...types: ChainMessage["type"][]): () => void {
    return this.onMessage(({ type }) => types.includes(type) ? { copies: 0 } : undefined);
  }

  /** Hands a message to a replica. */
  deliver(index: number, message: ChainReplicaMessage): void {
    this.node(index).system!.send(refTo(index, "replica"), message);
  }

  // Clients

  ask(node: number, request: (replyTo: Ref<ClientReply>) => ClientRequest): Attempt {
    const name = `attempt-${++this.#attempts}`;
    const replies: ClientReply[] = [];
    const from: number[] = [];
    this.#attemptsFrom.set(name, from);
    this.#clients.expose(name, clientReply);
    this.#clients.spawn<ClientReply>(name, () => ({
      receive: (reply) => void replies.push(reply),
    }));
    const replyTo: Ref<ClientReply> = refTo(CLIENT_NODE, name);
    this.#clients.send(refTo(node, "client-table", clientRequest), request(replyTo));
    return { replies, from };
  }

  submit(node: number, clientId: number, requestNumber: number, command: string): Attempt {
    const request = encodeRequest({
      type: "command",
      clientId,
      requestNumber,
      command: bytesOf(command),
    });
    return this.ask(node, (replyTo) => ({ type: "submit", request, forward: true, replyTo }));
  }

  query(
    node: number,
    object: string,
    consistency: QueryConsistency = "linearizable",
  ): Attempt {
    const query = bytesOf(object);
    return this.ask(
      node,
      (replyTo) => ({ type: "query", query, consistency, forward: true, replyTo }),
    );
  }

  /** Opens a session at a node. */
  session(node = 0): number {
    const request = encodeRequest({
      type: "open-session",
      nonce: ++this.#attempts,
      sessionsMax: 100,
    });
    const attempt = this.ask(
      node,
      (replyTo) => ({ type: "submit", request, forward: true, replyTo }),
    );
    const reply = this.answer(attempt);
    if (reply.type !== "session") throw new Error(`no session, but ${reply.type}`);
    return reply.clientId;
  }

  answer(attempt: Attempt): ClientReply {
    this.until(() => attempt.replies.length > 0, 5_000, "an answer");
    return attempt.replies[0]!;
  }

  /** Has commands executed, one after the other, by one client. */
  execute(clientId: number, first: number, commands: readonly string[], node = 0): string[] {
    return commands.map((command, index) =>
      show(this.answer(this.submit(node, clientId, first + index, command)))
    );
  }

  /** Reads an object at a node, linearizably. */
  read(node: number, object: string): string {
    return show(this.answer(this.query(node, object)));
  }

  #say(index: number, event: MembershipEvent): void {
    const node = this.node(index);
    if (node.ready !== undefined) node.system?.send(node.ready.replyTo, event);
  }

  #newDisk(): MemoryDisk {
    const random = randomStream(this.seed, `disk ${this.clock.now} ${this.clock.pending}`);
    const diskMs = this.options.diskMs ?? (() => 0.1);
    return new MemoryDisk({ complete: (run) => this.clock.after(diskMs(random), run) });
  }

  #newSystem(node: ChainNode): ActorSystem {
    const { index } = node;
    const { maybe } = this.options;
    const environment = new VirtualEnvironment(this.clock, {
      seed: this.seed,
      name: `node ${index}, start ${++node.starts}`,
      onLog: (_level, source, text, at) =>
        this.log.push(`${at.toFixed(1)} ${index} ${source}: ${text.split("\n")[0]}`),
      ...(maybe !== undefined && { maybe }),
    });
    return new ActorSystem({
      node: index,
      environment,
      supervision: { strategy: "rest-for-one", maxRestarts: 1_000, backoffMaxMs: 100 },
      onFailure: (error) => this.failures.push(`node ${index}: ${String(error)}`),
    });
  }

  #spawn(node: ChainNode, system: ActorSystem): void {
    const { index } = node;
    const bounded = { mailboxCapacity: 65_536 };
    system.expose("replica", chainMessage);
    system.expose("client-table", clientRequest);
    this.network.join(system);
    system.spawn<MembershipRequest>("membership", () => ({
      receive: (request) => {
        if (request.type === "ready") node.ready = request;
        if (request.type !== "heard") node.told.push(request);
      },
    }));
    system.spawn("journal", journal(node.disk, { preallocateBytes: 0 }), bounded);
    const table = clientTable({
      machine: () => node.machine = new ListsMachine(this.options.ballast),
      replica: refTo(index, "replica"),
      journal: refTo(index, "journal"),
      peer: (other) => refTo(other, "client-table", clientRequest),
      tailReplies: true,
      objectReads: true,
    });
    system.spawn("client-table", table, bounded);
    system.spawn("replica", replica(this.#replicaOptions(index)), bounded);
  }

  #replicaOptions(index: number): ChainOptions {
    const {
      nodes: _nodes,
      seed: _seed,
      ballast: _ballast,
      latencyMs: _latencyMs,
      diskMs: _diskMs,
      maybe: _maybe,
      ...rest
    } = this.options;
    const model = new ListsMachine();
    return {
      retainEntries: 5,
      objectsChanged: (command) => objectsChanged(model, command),
      ...rest,
      volume: 0,
      peer: (other) => refTo(other, "replica", chainMessage),
      journal: refTo(index, "journal"),
      clientTable: refTo(index, "client-table"),
      membership: refTo(index, "membership"),
    };
  }
}

/** A reply as text: the result, or what it is. */
export function show(reply: ClientReply): string {
  return reply.type === "result" ? textOf(reply.result) : reply.type;
}
