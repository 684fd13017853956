import type { Cancel, LogLevel } from "../../actors/actor.ts";
import { randomStream } from "../../actors/random.ts";
import { refTo } from "../../actors/ref.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock, VirtualEnvironment } from "../../actors/virtual_environment.ts";
import { child, group } from "../../protocols/group.ts";
import type { Configuration } from "../../protocols/master/configuration.ts";
import { MasterMachine, type MasterOptions } from "../../protocols/master/machine.ts";
import { spawnMaster, spawnMembership } from "../../protocols/master/master_node.ts";
import type { MembershipFigures } from "../../protocols/master/member.ts";
import type { PeerMessage } from "../../protocols/master/member_messages.ts";
import { MASTER, MEMBERSHIP } from "../../protocols/master/names.ts";
import type { MemberOptions } from "../../protocols/master/options.ts";
import type { Placement } from "../../protocols/master/placement.ts";
import type { MembershipRequest } from "../../protocols/master/membership.ts";
import type { Topology } from "../../protocols/master/topology.ts";
import type { ReplicaFigures } from "../../protocols/vr/replica.ts";
import { journal } from "../../storage/journal.ts";
import { MemoryNetwork } from "../../transport/memory.ts";
import { MemoryDisk } from "../storage/memory_disk.ts";
import { fakeReplica, FakeReplicaState } from "./fake_replica.ts";

/** How a test's cluster differs from the ordinary one. */
export interface MasterClusterOptions {
  /** Default 3. */
  readonly nodeCount?: number;
  /** Default: one volume on all nodes. */
  readonly placement?: Placement;
  /** Default: a chain. */
  readonly topology?: Topology;
  /** Default 1. */
  readonly seed?: number;
  readonly membership?: Partial<
    Pick<MemberOptions, "heartbeatMs" | "leaseMs" | "driftBound" | "staggerMs" | "retryMs">
  >;
  /** How long a message is on its way, in milliseconds. Default: 0.2 to 2. */
  readonly latencyMs?: (random: () => number) => number;
  /** Decides on the rare branches. Default: never taken. */
  readonly maybe?: (label: string) => boolean;
  /** How fast the clocks of the nodes run. Default: 1 each. */
  readonly clockRates?: readonly number[];
}

/** A node whose clock runs at another rate than time does. */
class DriftingEnvironment extends VirtualEnvironment {
  rate = 1;

  override now(): number {
    return super.now() * this.rate;
  }

  override after(delayMs: number, run: () => void): Cancel {
    return super.after(delayMs / this.rate, run);
  }
}

/** One node of a cluster; its disk and its replicas' disks outlive its processes. */
export class MasterNode {
  readonly index: number;
  readonly disk: MemoryDisk;
  readonly replicas: readonly FakeReplicaState[];
  system: ActorSystem | undefined;
  environment: DriftingEnvironment | undefined;
  starts = 0;
  membership: MembershipFigures | undefined;
  vr: ReplicaFigures | undefined;

  constructor(index: number, disk: MemoryDisk, volumes: number) {
    this.index = index;
    this.disk = disk;
    this.replicas = Array.from(
      { length: volumes },
      (_, volume) => new FakeReplicaState(1_000 * (index + 1) + volume),
    );
  }

  get replica(): FakeReplicaState {
    return this.replicas[0]!;
  }
}

/**
 * The master's group and the members of a cluster, with all that is really theirs, in virtual time, and
 * replicas that do as they are told. After every event it is checked that whoever believes that it may
 * serve a volume is a member of it: {@linkcode MasterCluster.violations}.
 */
export class MasterCluster {
  readonly clock = new VirtualClock();
  readonly network: MemoryNetwork;
  readonly nodes: readonly MasterNode[];
  readonly failures: string[] = [];
  readonly violations: string[] = [];
  readonly log: string[] = [];
  readonly placement: Placement;
  readonly #options: MasterClusterOptions;
  readonly #seed: number;
  /** The newest that any replica of the master has decided. */
  #decided: Configuration | undefined;

  constructor(options: MasterClusterOptions = {}) {
    this.#options = options;
    this.#seed = options.seed ?? 1;
    const { nodeCount = 3, latencyMs = (draw) => 0.2 + draw() * 1.8 } = options;
    this.placement = options.placement ?? { volumes: 1, length: 0 };
    const random = randomStream(this.#seed, "network");
    this.network = new MemoryNetwork({ latencyMs: () => latencyMs(random) });
    this.nodes = Array.from(
      { length: nodeCount },
      (_, index) => new MasterNode(index, this.#newDisk(index), this.placement.volumes),
    );
  }

  /** A cluster all of whose replicas have their place and a lease. */
  static formed(options: MasterClusterOptions = {}): MasterCluster {
    const cluster = new MasterCluster(options);
    for (const { index } of cluster.nodes) cluster.start(index);
    const isReady = () =>
      cluster.nodes.every(({ replicas, index }) =>
        replicas.every((replica) =>
          replica.volume !== undefined && (replica.mayServe(index, cluster.now(index)) ||
            !replica.volume.members.some(({ node }) => node === index))
        )
      );
    cluster.until(isReady, 5_000, "the formation");
    return cluster;
  }

  node(index: number): MasterNode {
    return this.nodes[index]!;
  }

  /** The newest that anybody has decided. */
  get decided(): Configuration {
    return this.#decided!;
  }

  /** The nodes of a volume, as it was decided. */
  order(volume = 0): number[] {
    return this.decided.volumes[volume]!.members.map(({ node }) => node);
  }

  /** The clock of a node. */
  now(index: number): number {
    return this.node(index).environment?.now() ?? Infinity;
  }

  /** The node that leads the master's group. */
  get primary(): number | undefined {
    return this.nodes
      .filter(({ vr }) => vr?.leading)
      .sort((a, b) => b.vr!.view - a.vr!.view)[0]?.index;
  }

  // Time

  run(ms: number): void {
    this.clock.runUntil(() => this.#check(), ms);
  }

  /** Runs until something holds; fails the test if it does not in time. */
  until(condition: () => boolean, limitMs = 10_000, what = "the condition"): void {
    if (this.clock.runUntil(() => this.#check() || condition(), limitMs)) return;
    throw new Error(
      `${what} did not come true within ${limitMs} ms: ${JSON.stringify(this.#decided)}\n` +
        this.log.slice(-40).join("\n"),
    );
  }

  // Faults

  start(index: number): void {
    const node = this.node(index);
    const environment = new DriftingEnvironment(this.clock, {
      seed: this.#seed,
      name: `node ${index}, start ${++node.starts}`,
      ...(this.#options.maybe === undefined ? {} : { maybe: this.#options.maybe }),
      onLog: (level, source, text, at) => this.#note(index, level, source, text, at),
    });
    environment.rate = this.#options.clockRates?.[index] ?? 1;
    const system = new ActorSystem({ node: index, environment });
    node.environment = environment;
    node.system = system;
    system.events.subscribe((event) => {
      if (event.type === "failed" && !String(event.error).includes("crashed by an operator")) {
        this.failures.push(`node ${index} ${event.actor}: ${String(event.error)}`);
      }
      if (event.type !== "published") return;
      if (event.topic === "membership") node.membership = event.detail as MembershipFigures;
      if (event.actor === MASTER.replica && event.topic === "replica") {
        node.vr = event.detail as ReplicaFigures;
      }
    });
    this.network.join(system);
    this.#spawn(node, system);
  }

  /** The process dies. */
  crash(index: number): void {
    const node = this.node(index);
    node.system?.shutdown();
    node.system = undefined;
    node.environment = undefined;
    node.membership = undefined;
    node.vr = undefined;
    this.network.leave(index);
    node.disk.crash(randomStream(this.#seed, `crash ${index} ${node.starts}`));
  }

  crashActor(index: number, name: string): void {
    this.node(index).system!.crash(name);
  }

  /** Nothing passes between a node and the others. */
  isolate(index: number): void {
    for (const { index: other } of this.nodes) {
      this.network.cut(index, other);
      this.network.cut(other, index);
    }
  }

  /** Nothing arrives at a node. */
  deafen(index: number): void {
    for (const { index: other } of this.nodes) this.network.cut(other, index);
  }

  /** Puts another disk into a node that is down: its replicas have lost what they had. */
  wipe(index: number): void {
    for (const replica of this.node(index).replicas) replica.birth += 100;
  }

  /** Drops what one node's member sends to the others; returns what undoes it. */
  silence(index: number): () => void {
    return this.network.intercept(({ from, to }) =>
      from === index && to.name === MEMBERSHIP.member ? { copies: 0 } : undefined
    );
  }

  /** Says something to a node's member, as a replica of it or another member would. */
  tell(index: number, message: MembershipRequest | PeerMessage): void {
    this.node(index).system!.send(
      refTo<MembershipRequest | PeerMessage>(index, MEMBERSHIP.member),
      message,
    );
  }

  // What it is made of

  #newDisk(index: number): MemoryDisk {
    const random = randomStream(this.#seed, `disk ${index}`);
    return new MemoryDisk({ complete: (run) => this.clock.after(0.05 + random() * 0.15, run) });
  }

  #note(index: number, level: LogLevel, source: string, text: string, at: number): void {
    this.log.push(`${at.toFixed(1)} ${index} ${level} ${source}: ${text.split("\n")[0]}`);
  }

  #spawn(node: MasterNode, system: ActorSystem): void {
    const { membership, nodeCount = 3, topology = "chain" } = this.#options;
    const supervision = { maxRestarts: 1_000, backoffMaxMs: 100 };
    const options = {
      nodeCount,
      placement: this.placement,
      topology,
      dataCenter: "",
      membership: membership ?? {},
      journal: () => journal(node.disk, { preallocateBytes: 0 }),
      mailboxCapacity: 65_536,
      supervision,
      masterMachine: (layout: MasterOptions) => this.#watched(layout),
    };
    spawnMaster(system, options);
    for (const [volume, state] of node.replicas.entries()) {
      const speaker = refTo<MembershipRequest>(node.index, MEMBERSHIP.member);
      const replica = fakeReplica(volume, speaker, state, topology);
      system.spawn(`volume-${volume}`, group([child("replica", replica)]), { supervision });
    }
    spawnMembership(system, options, (volume) => `volume-${volume}/replica`);
  }

  #watched(layout: MasterOptions): MasterMachine {
    const observe = (machine: MasterMachine) => this.#observe(machine.configuration);
    class Watched extends MasterMachine {
      override apply(bytes: Uint8Array): Uint8Array {
        const result = super.apply(bytes);
        observe(this);
        return result;
      }
    }
    return new Watched(layout);
  }

  /** The first replica of the master to execute a command is when it counts. */
  #observe(configuration: Configuration): void {
    const before = this.#decided;
    if (configuration.version <= (before?.version ?? 0)) return;
    this.#decided = configuration;
    for (const { volume, members, joining, epoch } of before?.volumes ?? []) {
      const isExtended = joining !== null &&
        configuration.volumes[volume]!.members.some(({ node }) => node === joining.node);
      if (isExtended) this.#checkFrozen(members.at(-1)!.node, volume, epoch);
    }
  }

  /** The last member of a chain must have known that it no longer is, unless it is dead. */
  #checkFrozen(index: number, volume: number, epoch: number): void {
    if (this.#options.topology === "clique") return;
    const replica = this.node(index).replicas[volume]!;
    if (replica.volume?.epoch !== epoch || replica.frozenIn === epoch) return;
    this.violations.push(`${this.clock.now} ms: node ${index} still commits ${volume} alone`);
  }

  /** Never true, so that time goes on. */
  #check(): false {
    for (const { index, replicas } of this.nodes) {
      for (const [volume, replica] of replicas.entries()) {
        if (!replica.mayServe(index, this.now(index))) continue;
        const { birth, leaseUntil } = replica;
        const isMember = this.decided.volumes[volume]!.members
          .some((member) => member.node === index && member.birth === birth);
        if (isMember) continue;
        const left = leaseUntil - this.now(index);
        this.violations.push(
          `${this.clock.now} ms: node ${index} is gone from ${volume}, with a lease of ${left} ms`,
        );
      }
    }
    return false;
  }
}
