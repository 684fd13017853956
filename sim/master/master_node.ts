import type { Supervision } from "../../actors/actor.ts";
import type { ClientTableFigures, ClientTableMessage } from "../../protocols/client_table.ts";
import { MasterMachine, type MasterOptions } from "../../protocols/master/machine.ts";
import type { MasterNodeOptions } from "../../protocols/master/master_node.ts";
import { MASTER } from "../../protocols/master/names.ts";
import type { ReplicaFigures } from "../../protocols/vr/replica.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import { journal } from "../../storage/journal.ts";
import { WatchedMachine } from "../machine.ts";
import { RESTARTS_MAX, SimNode } from "../processes.ts";
import { stateWords } from "../vr/vr_node.ts";
import { watched } from "../watched.ts";
import type { Standing } from "../world_events.ts";
import type { MasterWorld } from "./master_world.ts";

/** The name of the log of the master's group, as of the group itself. */
export const MASTER_LOG = "master";

/** As in production: nothing may be lost inside a node. */
const MAILBOX_CAPACITY = 65_536;

/** What a replica of a volume says of itself, whatever its protocol. */
export interface VolumeFigures {
  /** The birth of its disk. */
  readonly birth: number;
  readonly epoch: number;
  readonly leaseUntil: number | null;
}

/** A node of a cluster whose volumes a master looks after. */
export abstract class MasterNode extends SimNode {
  readonly #world: MasterWorld;

  constructor(world: MasterWorld, index: number) {
    super(world, index);
    this.#world = world;
  }

  // What the protocol says

  /** The topic under which replicas of volumes say something of themselves. */
  protected abstract readonly topic: string;
  /** An actor is about to take a message, and it is none of the master's. */
  protected abstract sees(actor: string, message: unknown): void;
  /** A replica of a volume says something of itself. */
  protected abstract saysOf(volume: number): void;

  // What holds of all

  /** What its replica of the master's group last said of itself. */
  get master(): ReplicaFigures | undefined {
    return this.figures(MASTER.replica) as ReplicaFigures | undefined;
  }

  get isMasterNormal(): boolean {
    return this.master?.status === "normal" && this.master.stalled === null;
  }

  /** What its replica of a volume last said of itself. */
  replica(volume: number): VolumeFigures | undefined {
    return this.figures(volumeNames(volume).replica) as VolumeFigures | undefined;
  }

  /** Up to where a log is executed, as far as is known: that of a volume, or the master's. */
  executed(volume?: number): number {
    const name = volume === undefined ? MASTER.clientTable : volumeNames(volume).clientTable;
    return (this.figures(name) as ClientTableFigures | undefined)?.executed ?? 0;
  }

  override get hasDisks(): boolean {
    return true;
  }

  override get mayCrash(): boolean {
    return true;
  }

  protected override get supervision(): Supervision {
    return { strategy: "one-for-one", maxRestarts: RESTARTS_MAX };
  }

  /** What the actors of such a node are started with, watched. */
  protected get common():
    & Omit<MasterNodeOptions, "wrap">
    & Required<Pick<MasterNodeOptions, "wrap">> {
    const { group, setup, masterOracle } = this.#world;
    const { journal: journalOptions, replicaCount: nodeCount, ...master } = group;
    const { leaseMs, driftBound, nodeDataCenters = [] } = setup;
    return {
      nodeCount,
      placement: setup,
      dataCenter: nodeDataCenters[this.index] ?? "",
      master,
      membership: { heartbeatMs: this.heartbeatMs, leaseMs, driftBound },
      mailboxCapacity: MAILBOX_CAPACITY,
      supervision: { maxRestarts: RESTARTS_MAX },
      journal: (log) => journal(this.disk(log), journalOptions),
      masterMachine: (options: MasterOptions) => {
        const watch = masterOracle.watch(this.index);
        return this.keep(MASTER_LOG, new WatchedMachine(new MasterMachine(options), watch));
      },
      wrap: (name, factory) => watched(factory, (message) => this.#sees(name, message)),
    };
  }

  /** Between two signs of life, in milliseconds. */
  protected get heartbeatMs(): number {
    return this.#world.group.heartbeatMs ?? 50;
  }

  #sees(actor: string, message: unknown): void {
    if (actor !== MASTER.clientTable) return this.sees(actor, message);
    const { type } = message as ClientTableMessage;
    if (type !== "execute") return;
    const entry = message as Extract<ClientTableMessage, { type: "execute" }>;
    this.tellCommit(MASTER_LOG, entry.opNumber);
    this.#world.masterOracle.committed(this.index, entry);
  }

  protected override began(actor: string): void {
    const { promises, volumes } = this.#world;
    if (actor === MASTER.replica) return promises.started(this.index);
    for (const { names, watch } of volumes) {
      if (actor === names.replica) watch.started(this.index);
    }
  }

  protected override published(actor: string, topic: string): void {
    if (actor === MASTER.replica) return this.#masterSays(topic);
    const found = this.#world.volumes.find(({ names }) => names.replica === actor);
    if (found === undefined || topic !== this.topic) return;
    const { volume } = found;
    this.saysOf(volume);
    if (this.#isAtWork(volume)) this.#world.account.normal(this.index, volume, this.processes);
  }

  #masterSays(topic: string): void {
    const { promises, account } = this.#world;
    const { master } = this;
    if (topic !== "replica" || master === undefined) return;
    promises.published(this.index, master);
    const { status, view, leading: isLeading, opNumber, commitNumber } = master;
    const log = `log to ${opNumber}, ${commitNumber} committed`;
    this.stands(MASTER_LOG, { status, view, isLeading, text: stateWords(master), log });
    if (master.status === "normal") account.master.normal(this.index, this.processes);
  }

  /** Whether a replica is a member, on the disk that the master knows. */
  #isAtWork(volume: number): boolean {
    const { birth, epoch } = this.replica(volume)!;
    const { members = [] } = this.#world.decided.inEpoch(volume, epoch) ?? {};
    return members.some((member) => member.node === this.index && member.birth === birth);
  }

  /** Tells the observers where a replica stands. */
  protected stands(log: string | undefined, standing: Standing): void {
    this.#world.tell({ type: "stands", node: this.index, log, standing });
  }

  protected override mayHarm(disk: string): boolean {
    const { account, volumes } = this.#world;
    if (disk === MASTER_LOG) {
      if (!account.master.mayHarm(this.index)) return false;
      account.master.harmed(this.index, this.processes);
      return true;
    }
    const { volume } = volumes.find(({ names }) => names.name === disk)!;
    if (!account.mayHarm(this.index, volume)) return false;
    account.harmed(this.index, volume, this.processes);
    return true;
  }

  protected override dying(): void {}

  protected override lost(): void {
    const { account, volumes } = this.#world;
    account.master.harmed(this.index, this.processes);
    for (const { volume, watch } of volumes) {
      account.harmed(this.index, volume, this.processes);
      watch.renewed(this.index);
    }
  }
}
