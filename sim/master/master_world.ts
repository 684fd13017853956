import { randomInteger, type RandomStream } from "../../actors/random.ts";
import type { MasterCommand } from "../../protocols/master/commands.ts";
import { MasterMachine, type MasterOptions } from "../../protocols/master/machine.ts";
import { MASTER } from "../../protocols/master/names.ts";
import type { Placement } from "../../protocols/master/placement.ts";
import type { volumeNames } from "../../protocols/volume_names.ts";
import type { VrMessage } from "../../protocols/vr/messages.ts";
import { quorumSize } from "../../protocols/vr/quorum.ts";
import { volumeOf } from "../../protocols/volumes.ts";
import { CLIENT_NODE } from "../client_pool.ts";
import { oneOf, shuffled } from "../distributions.ts";
import type { SentMessage } from "../network.ts";
import { Oracle } from "../oracle.ts";
import type { SimNode } from "../processes.ts";
import type { Referee } from "../referee.ts";
import { Promises } from "../vr/promises.ts";
import type { GroupOptions } from "../vr/vr_group.ts";
import { type Route, RoutedWorld } from "../routed_world.ts";
import type { WorldOptions } from "../world.ts";
import type { Ask } from "../workloads/workload.ts";
import { Decided, wordsOf } from "./decided.ts";
import { type LeaseHolder, LeaseWatch } from "./lease_watch.ts";
import type { MasterNode } from "./master_node.ts";
import { Operator } from "./operator.ts";
import { VolumeAccount } from "./volume_account.ts";

/** What all nodes of a cluster with a master are configured with, whatever its volumes are replicated by. */
export interface MasterSetup extends Placement, Pick<MasterOptions, "topology"> {
  /** In milliseconds. */
  readonly leaseMs: number;
  /** By how much the clocks of nodes may differ in how fast they go, as far as the cluster knows. */
  readonly driftBound: number;
  /** The data center of each node; none if there is only one. */
  readonly nodeDataCenters?: readonly string[];
}

/** What such a world is made from. */
export interface MasterWorldOptions extends WorldOptions {
  /** The master's group, which has a replica on every node. */
  readonly group: GroupOptions;
}

/** A volume, and who watches over it. */
export interface WatchedVolume {
  readonly volume: number;
  readonly names: ReturnType<typeof volumeNames>;
  readonly oracle: Referee;
  readonly watch: {
    /** A replica begins: it knows what its disk knows. */
    started(node: number): void;
    /** A replica has a new disk, and with it no past. */
    renewed(node: number): void;
    /** A replica answers a linearizable query. */
    answersRead(node: number): void;
    /** A replica sends a message to another one, or to a node that is none. */
    sent(sent: SentMessage, message: unknown): void;
  };
}

/** A cluster of some volumes, and the master that decides who replicates them; and its world. */
export abstract class MasterWorld extends RoutedWorld {
  readonly group: GroupOptions;
  readonly setup: MasterSetup;
  readonly account: VolumeAccount;
  readonly decided: Decided;
  readonly masterOracle: Oracle;
  readonly promises: Promises;
  abstract override readonly nodes: readonly MasterNode[];
  abstract readonly volumes: readonly WatchedVolume[];
  readonly #operator: Operator;
  #isFormed = false;
  /** Those that were healed. */
  #core: readonly MasterNode[] = [];
  #decision = "";

  /** Nothing runs before {@linkcode World.startAll}. */
  constructor(options: MasterWorldOptions, setup: MasterSetup) {
    super(options);
    const { group } = options;
    const { replicaCount: nodeCount } = group;
    this.group = group;
    this.setup = setup;
    this.decided = new Decided(setup.volumes);
    this.decided.observe(({ volumes }) => this.#noteDecision(volumes.map(wordsOf)));
    const leases = new LeaseWatch({
      holder: (node, volume) => this.#holderOf(node, volume),
      fail: (what) => this.fail(what),
    });
    this.decided.observe((configuration) => leases.decided(configuration));
    this.account = new VolumeAccount({
      decided: this.decided,
      nodeCount,
      volumes: setup.volumes,
      isAtWork: (node, volume) => this.#isMemberAtWork(node, volume),
    });
    this.masterOracle = new Oracle(
      () => new MasterMachine({ ...setup, nodeCount }),
      () => this.clock.now,
      undefined,
      {
        violations: this.violations,
        name: "master",
        everyCommand: (master) => this.decided.take(master),
      },
    );
    this.promises = new Promises(this.masterOracle, nodeCount);
    this.#operator = new Operator(this);
    this.network.filter((sent) => this.#see(sent));
  }

  // What the protocol says

  /** A message of clients, or to them. */
  protected abstract seesClients(sent: SentMessage): void;
  /** Whether the members of a volume agree and have nothing left to do; those of its newest epoch. */
  protected abstract hasSettled(volume: number, members: readonly number[]): boolean;
  /** The only object that a request is about; `undefined` if there are several, or none. */
  protected abstract objectOf(ask: Ask): string | undefined;

  // What holds of all

  /** The node of an index. */
  node(index: number): MasterNode {
    return this.nodes[index]!;
  }

  /** Whether the master has formed the volumes, and all of their members have been at work. */
  override get isFormed(): boolean {
    this.#isFormed ||= this.decided.configuration?.formed === true &&
      this.nodes.every((node) => node.isMasterNormal) &&
      this.volumes.every(({ volume }) => this.#isAtWork(volume));
    return this.#isFormed;
  }

  /**
   * The account sees to it that a member that holds everything is left whenever another one is harmed; but
   * the master may expel that one before it hears of the harm. So it is with who is broken for good: it may
   * have said right before that it does not hear the others, and its word counts until a majority has noticed
   * its silence. If by then they are expelled, nobody is left who could go on.
   */
  override get isRecoverable(): boolean {
    const isLeft = (volume: number) =>
      this.decided.volume(volume)?.members.some(({ node }) => this.#core.includes(this.node(node)));
    return this.account.lost.length === 0 &&
      this.volumes.every(({ volume }) => isLeft(volume) !== false);
  }

  /** The disks of a node may be lost while all others are well. */
  override mayWipe(node: SimNode): boolean {
    const areOthersWell = this.nodes.every((other) =>
      other === node || (other.isMasterNormal && !other.isPaused)
    );
    return this.isFormed && areOthersWell && this.account.mayWipe(node.index);
  }

  /** A majority for the master, and for each volume a member that holds everything, and may stay one. */
  override chooseCore(random: RandomStream): readonly MasterNode[] {
    const { nodes, isFormed, account, leaders } = this;
    if (!isFormed) return this.#core = [...nodes];
    const leads = (index: number) => leaders.includes(nodes[index]!) ? 1 : 0;
    const whole = shuffled(random, account.master.whole);
    // To do without those who decide is the hardest.
    if (random() < 0.5) whole.sort((a, b) => leads(a) - leads(b));
    const quorum = quorumSize(nodes.length);
    const chosen = new Set(
      whole.slice(0, quorum + randomInteger(random, whole.length - quorum + 1)),
    );
    for (const { volume } of this.volumes) {
      const members = account.whole(volume);
      // Whoever is to be expelled may be gone before the master hears that the others are.
      const lasting = members.filter((node) => !this.decided.isToBeExpelled(node));
      if (lasting.length === 0) {
        for (const node of members) chosen.add(node);
      } else if (!lasting.some((node) => chosen.has(node))) {
        chosen.add(oneOf(random, lasting));
      }
    }
    for (const { index } of nodes) {
      if (!account.master.whole.includes(index) && random() < 0.7) chosen.add(index);
    }
    return this.#core = nodes.filter((node) => chosen.has(node.index));
  }

  override hasConverged(core: readonly SimNode[]): boolean {
    const last = this.masterOracle.length;
    const nodes = core as readonly MasterNode[];
    const leader = nodes.find((node) => node.isMasterNormal && node.master?.leading)?.master;
    const isMasterWell = leader?.opNumber === last &&
      nodes.every((node) =>
        node.isMasterNormal && node.master?.view === leader.view && node.executed() === last
      );
    return isMasterWell &&
      this.volumes.every(({ volume }) => this.#hasVolumeConverged(volume, nodes));
  }

  /** Volumes may well go on to grow. */
  override agreement(core: readonly SimNode[]): string {
    const views = (core as readonly MasterNode[]).map((node) =>
      node.isMasterNormal ? `${node.master?.view}` : "none"
    );
    return `view ${[...new Set(views)].join(" and ")} of the master`;
  }

  /** An object is in its volume; what is of no object is asked for in any. Sessions are opened in the first. */
  override route(ask: Ask | undefined, random: RandomStream): Route {
    const { names, oracle } = this.volumes[this.#volumeOf(ask, random)]!;
    return { actor: names.clientTable, oracle };
  }

  override partOf(actor: string): string | undefined {
    const end = actor.indexOf("/");
    const part = end < 0 ? undefined : actor.slice(0, end);
    return this.volumes.length === 1 && part === this.volumes[0]!.names.name ? undefined : part;
  }

  override administer(random: RandomStream): string | undefined {
    return this.isFormed ? this.#operator.act(random) : undefined;
  }

  /** Has the master execute a command of an operator. */
  submit(command: MasterCommand): void {
    this.#operator.submit(command);
  }

  #volumeOf(ask: Ask | undefined, random: RandomStream): number {
    if (ask === undefined || this.volumes.length === 1) return 0;
    const object = this.objectOf(ask);
    const { length } = this.volumes;
    return object === undefined ? randomInteger(random, length) : volumeOf(object, length);
  }

  /** Whether all members of a volume are in its newest epoch. */
  #isAtWork(volume: number): boolean {
    const { epoch, members = [] } = this.decided.volume(volume) ?? {};
    return members.length > 0 &&
      members.every(({ node }) => this.node(node).replica(volume)?.epoch === epoch);
  }

  #holderOf(index: number, volume: number): LeaseHolder | undefined {
    const node = this.node(index);
    const figures = node.replica(volume);
    return figures && { ...figures, time: node.time };
  }

  #isMemberAtWork(index: number, volume: number): boolean {
    const node = this.node(index);
    const { epoch } = this.decided.volume(volume) ?? {};
    return node.isUp && !node.isPaused && node.replica(volume)?.epoch === epoch;
  }

  #hasVolumeConverged(volume: number, core: readonly MasterNode[]): boolean {
    // What was lost with all of its members nobody can bring back.
    if (this.account.lost.includes(volume)) return true;
    const configuration = this.decided.volume(volume);
    if (configuration === undefined || configuration.leaving !== null) return false;
    // Who is broken for good may look alive enough to be let in, and gets no further.
    if (core.some(({ index }) => index === configuration.joining?.node)) return false;
    if (!this.#isAtWork(volume)) return false;
    const members = configuration.members.map(({ node }) => node);
    return members.every((node) => core.some(({ index }) => index === node)) &&
      this.hasSettled(volume, members);
  }

  #see(sent: SentMessage): undefined {
    const { actor, from, to, isReplay } = sent;
    if (actor === MASTER.replica && !isReplay) {
      this.promises.sent(from, sent.message as VrMessage, to);
      return;
    }
    for (const { names, watch } of this.volumes) {
      if (actor === names.replica) return void watch.sent(sent, sent.message);
    }
    if (from === CLIENT_NODE || to === CLIENT_NODE) this.seesClients(sent);
  }

  #noteDecision(volumes: readonly string[]): void {
    const decision = volumes.join("; ");
    if (decision === this.#decision) return;
    this.#decision = decision;
    this.note(`the master decides: ${decision}`);
  }
}
