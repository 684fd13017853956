import { randomInteger, type RandomStream } from "../../actors/random.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import type { ChainMessage } from "../../protocols/chain/messages.ts";
import type { MasterCommand } from "../../protocols/master/commands.ts";
import { MasterMachine } from "../../protocols/master/machine.ts";
import { MASTER } from "../../protocols/master/names.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import type { VrMessage } from "../../protocols/vr/messages.ts";
import { quorumSize } from "../../protocols/vr/quorum.ts";
import { volumeOf } from "../../protocols/volumes.ts";
import { CLIENT_NODE } from "../clients.ts";
import { oneOf, shuffled } from "../distributions.ts";
import type { SentMessage } from "../network.ts";
import { Oracle } from "../oracle.ts";
import type { SimNode } from "../processes.ts";
import { Promises } from "../vr/promises.ts";
import type { GroupOptions } from "../vr/vr_group.ts";
import { type Route, World, type WorldOptions } from "../world.ts";
import type { Ask } from "../workloads/workload.ts";
import { ChainAccount } from "./chain_account.ts";
import { ChainNode } from "./chain_node.ts";
import type { ChainSetup } from "./chain_setup.ts";
import { actorNames, describeChains } from "./chain_words.ts";
import { ChainWatch } from "./chain_watch.ts";
import { Decided, wordsOf } from "./decided.ts";
import { type LeaseHolder, LeaseWatch } from "./lease_watch.ts";
import { Operator } from "./operator.ts";
import { ReadWatch } from "./read_watch.ts";

/** What the world of a chain cluster is made from. */
export interface ChainWorldOptions extends WorldOptions {
  /** The master's group, which has a replica on every node. */
  readonly group: GroupOptions;
  readonly chain: ChainSetup;
}

/** A volume, and who watches over it. */
export interface Volume {
  readonly volume: number;
  readonly names: ReturnType<typeof volumeNames>;
  readonly oracle: Oracle;
  readonly watch: ChainWatch;
}

/** A chain cluster and its world: some volumes, and the master that decides who replicates them. */
export class ChainWorld extends World {
  readonly group: GroupOptions;
  readonly chain: ChainSetup;
  readonly account: ChainAccount;
  readonly decided: Decided;
  readonly volumes: readonly Volume[];
  readonly masterOracle: Oracle;
  readonly promises: Promises;
  readonly reads: ReadWatch;
  override readonly nodes: readonly ChainNode[];
  override readonly actors: readonly string[];
  override readonly beginnings = [
    "startView",
    "startViewChange",
    "update",
    "resume",
    "configured",
    "outdated",
  ];
  override readonly ambushes = [
    "prepareOk",
    "doViewChange",
    "startView",
    "update",
    "update",
    "ack",
    "ack",
    "resume",
    "diverged",
    "checkpointPiece",
    "version",
    "configured",
    "result",
    "result",
  ];
  readonly #operator: Operator;
  /** Executes nothing: it only says what commands and queries are about. */
  readonly #model: StateMachine;
  #isFormed = false;
  #decision = "";

  /** Nothing runs before {@linkcode World.startAll}. */
  constructor(options: ChainWorldOptions) {
    super(options);
    const { group, chain, machine, invariant } = options;
    const { violations } = this;
    const { replicaCount: nodeCount } = group;
    const now = () => this.clock.now;
    this.#model = machine();
    this.group = group;
    this.chain = chain;
    this.decided = new Decided(chain.volumes);
    this.decided.observe(({ volumes }) => this.#noteDecision(volumes.map(wordsOf)));
    const leases = new LeaseWatch({
      holder: (node, volume) => this.#holderOf(node, volume),
      fail: (what) => this.fail(what),
    });
    this.decided.observe((configuration) => leases.decided(configuration));
    this.account = new ChainAccount({
      decided: this.decided,
      nodeCount,
      volumes: chain.volumes,
      isAtWork: (node, volume) => this.#isMemberAtWork(node, volume),
    });
    this.masterOracle = new Oracle(
      () => new MasterMachine({ ...chain, nodeCount }),
      now,
      undefined,
      { violations, name: "master", everyCommand: (master) => this.decided.take(master) },
    );
    this.promises = new Promises(this.masterOracle, nodeCount);
    this.volumes = Array.from({ length: chain.volumes }, (_, volume) => ({
      volume,
      names: volumeNames(volume),
      oracle: new Oracle(machine, now, invariant, {
        violations,
        name: chain.volumes === 1 ? "" : `volume ${volume}`,
        readsByObject: true,
        adoptedSessionsMax: volume === 0 ? undefined : chain.adoptedSessionsMax,
      }),
      watch: new ChainWatch({
        volume,
        decided: this.decided,
        fail: (what) => this.fail(what),
      }),
    }));
    this.reads = new ReadWatch(this.volumes);
    this.#operator = new Operator(this);
    this.network.filter((sent) => this.#see(sent));
    this.nodes = Array.from({ length: nodeCount }, (_, index) => new ChainNode(this, index));
    this.actors = actorNames(chain.volumes);
  }

  /** The node of an index. */
  node(index: number): ChainNode {
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
   * the master may expel that one before it hears of the harm.
   */
  override get isRecoverable(): boolean {
    return this.account.lost.length === 0;
  }

  override get committed(): number {
    return this.volumes.reduce((sum, { oracle }) => sum + oracle.length, 0);
  }

  /** Who leads the master's group, and the heads and tails of all volumes. */
  override get leaders(): readonly ChainNode[] {
    const ends = this.volumes.flatMap(({ volume }) => {
      const { members = [] } = this.decided.volume(volume) ?? {};
      return [members[0], members.at(-1)].flatMap((member) => member?.node ?? []);
    });
    return this.nodes.filter((node) => node.master?.leading || ends.includes(node.index));
  }

  /** The disks of a node may be lost while all others are well. */
  override mayWipe(node: SimNode): boolean {
    const areOthersWell = this.nodes.every((other) =>
      other === node || (other.isMasterNormal && !other.isPaused)
    );
    return this.isFormed && areOthersWell && this.account.mayWipe(node.index);
  }

  /** A majority for the master, and for each volume a member that holds everything, and may stay one. */
  override chooseCore(random: RandomStream): readonly ChainNode[] {
    const { nodes, isFormed, account, leaders } = this;
    if (!isFormed) return [...nodes];
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
    return nodes.filter((node) => chosen.has(node.index));
  }

  override hasConverged(core: readonly SimNode[]): boolean {
    const last = this.masterOracle.length;
    const nodes = core as readonly ChainNode[];
    const leader = nodes.find((node) => node.isMasterNormal && node.master?.leading)?.master;
    const isMasterWell = leader?.opNumber === last &&
      nodes.every((node) =>
        node.isMasterNormal && node.master?.view === leader.view && node.executed() === last
      );
    return isMasterWell && this.volumes.every((volume) => this.#hasVolumeConverged(volume, nodes));
  }

  /** Volumes may well go on to grow. */
  override agreement(core: readonly SimNode[]): string {
    const views = (core as readonly ChainNode[]).map((node) =>
      node.isMasterNormal ? `${node.master?.view}` : "none"
    );
    return `view ${[...new Set(views)].join(" and ")} of the master`;
  }

  override checkStates(): void {
    for (const { volume, oracle } of this.volumes) {
      const expected = oracle.digest();
      for (const { node: index } of this.decided.volume(volume)?.members ?? []) {
        const node = this.node(index);
        if (node.executed(volume) !== oracle.length) {
          oracle.fail(
            `replica ${index} has executed ${node.executed(volume)} of ${oracle.length} entries`,
          );
        } else if (node.digest(volume) !== expected) {
          oracle.fail(`replica ${index} has another state than the model in the end`);
        }
      }
    }
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

  override describe(): string {
    return describeChains(this);
  }

  #volumeOf(ask: Ask | undefined, random: RandomStream): number {
    if (ask === undefined || this.volumes.length === 1) return 0;
    const object = "query" in ask
      ? this.#model.queryObject?.(ask.query)
      : this.#model.commandObject?.(ask.command);
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

  #hasVolumeConverged({ volume, oracle }: Volume, core: readonly ChainNode[]): boolean {
    // What was lost with all of its members nobody can bring back.
    if (this.account.lost.includes(volume)) return true;
    const configuration = this.decided.volume(volume);
    if (configuration === undefined || configuration.leaving !== null) return false;
    // Who is broken for good may look alive enough to be let in, and gets no further.
    if (core.some(({ index }) => index === configuration.joining?.node)) return false;
    if (!this.#isAtWork(volume)) return false;
    return configuration.members.every(({ node }) => {
      const member = core.find(({ index }) => index === node);
      return member !== undefined && member.executed(volume) === oracle.length &&
        member.replica(volume)?.opNumber === oracle.length;
    });
  }

  #see(sent: SentMessage): undefined {
    const { actor, from, to, isReplay } = sent;
    if (actor === MASTER.replica && !isReplay) {
      this.promises.sent(from, sent.message as VrMessage, to);
      return;
    }
    for (const { names, watch } of this.volumes) {
      if (actor === names.replica) return void watch.sent(sent, sent.message as ChainMessage);
    }
    if (from === CLIENT_NODE || to === CLIENT_NODE) this.reads.see(sent);
  }

  #noteDecision(volumes: readonly string[]): void {
    const decision = volumes.join("; ");
    if (decision === this.#decision) return;
    this.#decision = decision;
    this.note(`the master decides: ${decision}`);
  }
}
