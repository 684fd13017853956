import type { RandomStream } from "../../actors/random.ts";
import { decode } from "../../actors/schema.ts";
import { NodeClock } from "../../protocols/gossip/clock.ts";
import { nodeOf } from "../../protocols/gossip/dot.ts";
import { eventSchema, type PeerMessage } from "../../protocols/gossip/messages.ts";
import { GOSSIP } from "../../protocols/gossip/names.ts";
import { GOSSIP_DEFAULTS } from "../../protocols/gossip/options.ts";
import { digestOf } from "../../protocols/gossip/snapshot.ts";
import type { SwimMessage } from "../../protocols/swim/messages.ts";
import type { ClientPool, ClientsOptions } from "../client_pool.ts";
import { oneOf } from "../distributions.ts";
import type { SentMessage } from "../network.ts";
import type { SimNode } from "../processes.ts";
import type { GroupOptions } from "../vr/vr_group.ts";
import { World, type WorldOptions } from "../world.ts";
import type { Workload } from "../workloads/workload.ts";
import { dotWords, EventTable } from "./event_table.ts";
import { GossipClients } from "./gossip_clients.ts";
import { GossipNode } from "./gossip_node.ts";
import type { GossipSetup } from "./gossip_setup.ts";
import { describeGossip } from "./gossip_words.ts";
import { MailWatch } from "./mail_watch.ts";
import { GossipOperator } from "./operator.ts";
import { GossipPromises } from "./promises.ts";
import { ReplyCheck } from "./reply_check.ts";
import { SwimWatch } from "./swim_watch.ts";

/**
 * In so many rounds of anti-entropy members that hear each other have the same: what was on its way when the last
 * client stopped, repairs in parts, and a transfer of the whole state.
 */
export const ROUNDS_MAX = 20;
/** What it takes before that until all members know of each other, in milliseconds. */
const ACQUAINTED_MS = 20_000;

/** What the world of a gossip cluster is made from. */
export interface GossipWorldOptions extends WorldOptions {
  /** How many nodes there are, and how they store. */
  readonly group: Pick<GroupOptions, "replicaCount" | "durability" | "journal">;
  readonly gossip: GossipSetup;
}

/** A gossip cluster and its world. */
export class GossipWorld extends World {
  readonly setup: GossipSetup;
  readonly group: GossipWorldOptions["group"];
  readonly table = new EventTable();
  readonly promises: GossipPromises;
  readonly mail: MailWatch;
  readonly replies: ReplyCheck;
  override readonly nodes: readonly GossipNode[];
  override readonly actors = Object.values(GOSSIP);
  override readonly beginnings = ["join", "offer", "refused", "reset", "state", "sync", "digest"];
  override readonly ambushes = [
    "mail",
    "mail",
    "stored",
    "stored",
    "digest",
    "repair",
    "getState",
    "state",
    "offer",
    "fetched",
    "written",
    "written",
    "found",
  ];
  readonly #operator: GossipOperator;
  #isFormed = false;
  /** By node: how many members it has known of, and since when. */
  readonly #counts: { readonly at: number; readonly count: number }[][];
  /** The digests of the states that had been equal last, of the same clock. */
  #agreed: { readonly count: number; readonly isSame: boolean } | undefined;

  /** Nothing runs before {@linkcode World.startAll}. */
  constructor(options: GossipWorldOptions) {
    super(options);
    const { gossip, group } = options;
    const { replicaCount } = group;
    this.setup = gossip;
    this.group = group;
    const fail = (what: string) => this.fail(what);
    this.promises = new GossipPromises(fail);
    const { mailAllMax = GOSSIP_DEFAULTS.mailAllMax, fanout = GOSSIP_DEFAULTS.fanout } =
      gossip.tuning;
    const rules = { isToAll: replicaCount <= mailAllMax, fanout };
    this.mail = new MailWatch(rules, this.promises, fail);
    this.replies = new ReplyCheck(this.table, this.promises);
    this.#operator = new GossipOperator(this);
    const swim = new SwimWatch(fail);
    this.network.filter(({ actor, isReplay, message, to }: SentMessage) => {
      if (isReplay) return undefined;
      if (actor === GOSSIP.swim) swim.sent(message as SwimMessage);
      if (actor === GOSSIP.replica) this.mail.sent(message as PeerMessage, to);
      return undefined;
    });
    this.#counts = Array.from({ length: replicaCount }, () => []);
    this.nodes = Array.from({ length: replicaCount }, (_, index) => new GossipNode(this, index));
  }

  /** The nodes that the others find the cluster by. */
  get seeds(): readonly number[] {
    return Array.from({ length: this.setup.seeds }, (_, index) => index);
  }

  /** The fewest members that any replica has known of since a moment. */
  membersSince(at: number): number {
    const counts = this.#counts.flatMap((ofNode) => {
      const later = ofNode.findIndex((each) => each.at >= at);
      return ofNode.slice(Math.max(0, later < 0 ? ofNode.length - 1 : later - 1));
    });
    return Math.min(this.nodes.length, ...counts.map(({ count }) => count));
  }

  /** The replica of a node knows of so many members. */
  counted(node: number, count: number): void {
    const counts = this.#counts[node]!;
    if (count > 0 && counts.at(-1)?.count !== count) counts.push({ at: this.clock.now, count });
  }

  /** An event is durable at a node. */
  durable(node: number, bytes: Uint8Array): void {
    const wrong = this.table.add(bytes);
    if (wrong !== undefined) this.fail(wrong);
    const { delta: { dot } } = decode(eventSchema, bytes);
    if (nodeOf(dot.replica) === node) this.mail.durable(dot.replica, dot.n);
  }

  /** Whether a node may lose what it has: another seed is left, by which it is let in again. */
  mayHarm(index: number): boolean {
    return this.isFormed && this.seeds.some((seed) => {
      const node = this.nodes[seed]!;
      return seed !== index && node.isUp && !node.isPaused && node.isReady &&
        !node.isForgetting && !this.promises.isHarmed(seed);
    });
  }

  /** All but those that are added later. */
  override startAll(): void {
    const early = this.nodes.length - this.setup.late;
    for (const node of this.nodes.slice(0, early)) node.start();
  }

  override newClients(_workload: Workload, options: ClientsOptions): ClientPool {
    return new GossipClients(this, options);
  }

  override get isFormed(): boolean {
    this.#isFormed ||= this.seeds.every((seed) => this.nodes[seed]!.isReady);
    return this.#isFormed;
  }

  override get isRecoverable(): boolean {
    return true;
  }

  override get committed(): number {
    return this.table.size;
  }

  /** All are equal. */
  override get leaders(): readonly GossipNode[] {
    return this.nodes.filter((node) => node.isUp && node.isReady);
  }

  override describe(): string {
    return describeGossip(this);
  }

  override mayWipe(node: SimNode): boolean {
    return this.mayHarm(node.index);
  }

  /** All of them or, as often, some, and with them a seed that serves. */
  override chooseCore(random: RandomStream): readonly GossipNode[] {
    this.#operator.stop();
    const { nodes, isFormed } = this;
    const useful = this.seeds.map((seed) => nodes[seed]!).filter((node) =>
      node.isReady && node.isUp
    );
    if (!isFormed || useful.length === 0 || random() < 0.6) return nodes;
    const kept = oneOf(random, useful);
    // Whoever starts knows nobody but the seeds: one that is of use must be there.
    return nodes.filter((node) => node === kept || random() < 0.6);
  }

  override get livenessMs(): number {
    const { intervalMs = GOSSIP_DEFAULTS.intervalMs, jitter = GOSSIP_DEFAULTS.jitter } =
      this.setup.tuning;
    return ACQUAINTED_MS + ROUNDS_MAX * intervalMs * (1 + jitter);
  }

  override hasConverged(core: readonly SimNode[]): boolean {
    const nodes = (core as readonly GossipNode[]).filter(({ gossip }) => gossip?.state !== "left");
    const replicas = nodes.flatMap(({ replica, isReady }) =>
      replica !== undefined && isReady ? [replica.data.store] : []
    );
    if (replicas.length < nodes.length) return false;
    const [first, ...others] = replicas;
    if (first === undefined) return true;
    const { count } = first.clock;
    if (others.some(({ clock }) => clock.count !== count)) return false;
    if (this.#agreed?.count === count && this.#agreed.isSame) return true;
    const isSame = others.every(({ clock }) => clock.equals(first.clock));
    this.#agreed = { count, isSame };
    return isSame;
  }

  override agreement(core: readonly SimNode[]): string {
    const ready = (core as readonly GossipNode[]).filter((node) => node.isReady);
    return `the service of ${ready.map(({ index }) => index)}`;
  }

  /** All have the same, byte by byte, and all that anyone of them has promised. */
  override checkStates(core: readonly SimNode[]): void {
    const nodes = (core as readonly GossipNode[]).filter(({ isReady }) => isReady);
    const promised = new NodeClock();
    for (const { clock, replica } of this.promises.snapshot().values()) {
      if (nodes.some((node) => node.replica?.id === replica)) promised.join(clock);
    }
    const digests = new Map<string, number>();
    for (const node of nodes) {
      const { data: { store } } = node.replica!;
      node.look(true);
      const [lost] = promised.minus(store.clock).dots();
      if (lost !== undefined) this.fail(`node ${node.index} lacks ${dotWords(lost)} in the end`);
      digests.set(digestOf(store.freeze()), node.index);
    }
    if (digests.size > 1) this.fail(`nodes ${[...digests.values()]} differ in the end`);
  }

  override partOf(): undefined {
    return undefined;
  }

  override administer(random: RandomStream): string | undefined {
    return this.isFormed ? this.#operator.act(random) : undefined;
  }
}
