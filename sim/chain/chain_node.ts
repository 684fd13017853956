import type { Supervision } from "../../actors/actor.ts";
import type { ActorSystem } from "../../actors/system.ts";
import { spawnChainNode } from "../../protocols/chain/chain_node.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import type { ChainFigures } from "../../protocols/chain/replica.ts";
import type { ClientTableFigures, ClientTableMessage } from "../../protocols/client_table.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";
import { MASTER } from "../../protocols/master/names.ts";
import { MasterMachine } from "../../protocols/master/machine.ts";
import type { ReplicaFigures } from "../../protocols/vr/replica.ts";
import { journal } from "../../storage/journal.ts";
import { WatchedMachine } from "../machine.ts";
import { RESTARTS_MAX, SimNode } from "../processes.ts";
import type { Standing } from "../world_events.ts";
import { stateWords } from "../vr/vr_node.ts";
import { watched } from "../watched.ts";
import type { Position } from "./chain_watch.ts";
import type { ChainWorld, Volume } from "./chain_world.ts";

/** The name of the log of the master's group, as of the group itself. */
export const MASTER_LOG = "master";

/** As in production: nothing may be lost inside a node. */
const MAILBOX_CAPACITY = 65_536;

/** A node of a chain cluster. */
export class ChainNode extends SimNode {
  readonly #world: ChainWorld;

  constructor(world: ChainWorld, index: number) {
    super(world, index);
    this.#world = world;
  }

  /** What its replica of the master's group last said of itself. */
  get master(): ReplicaFigures | undefined {
    return this.figures(MASTER.replica) as ReplicaFigures | undefined;
  }

  get isMasterNormal(): boolean {
    return this.master?.status === "normal" && this.master.stalled === null;
  }

  /** What its replica of a volume last said of itself. */
  replica(volume: number): ChainFigures | undefined {
    return this.figures(volumeNames(volume).replica) as ChainFigures | undefined;
  }

  /** Up to where a log is executed, as far as is known: that of a volume, or the master's. */
  executed(volume?: number): number {
    const name = volume === undefined ? MASTER.clientTable : volumeNames(volume).clientTable;
    return (this.figures(name) as ClientTableFigures | undefined)?.executed ?? 0;
  }

  /** The hash of the state of a volume, or of the master; `undefined` if there is none at present. */
  digest(volume?: number): string | undefined {
    return this.digestOf(volume === undefined ? MASTER_LOG : volumeNames(volume).name);
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

  protected override spawn(system: ActorSystem): void {
    const { chain, group, volumes, masterOracle, machine } = this.#world;
    const { journal: journalOptions, replicaCount: nodeCount, ...master } = group;
    const { heartbeatMs = 50 } = group;
    const { leaseMs, driftBound, nodeDataCenters, adoptedSessionsMax } = chain;
    spawnChainNode(system, {
      nodeCount,
      placement: chain,
      dataCenter: nodeDataCenters[this.index] ?? "",
      master,
      membership: { heartbeatMs, leaseMs, driftBound },
      chain: { ...chain.replica, reads: chain.reads, heartbeatMs },
      adoptedSessionsMax,
      mailboxCapacity: MAILBOX_CAPACITY,
      supervision: { maxRestarts: RESTARTS_MAX },
      journal: (log) => journal(this.disk(log), journalOptions),
      machine: (volume) => {
        const watch = volumes[volume]!.oracle.watch(this.index);
        return this.keep(volumeNames(volume).name, new WatchedMachine(machine(), watch));
      },
      masterMachine: (options) => {
        const watch = masterOracle.watch(this.index);
        return this.keep(MASTER_LOG, new WatchedMachine(new MasterMachine(options), watch));
      },
      wrap: (name, factory) => watched(factory, (message) => this.#sees(name, message)),
    });
  }

  /** An actor is about to take a message. */
  #sees(actor: string, message: unknown): void {
    const { masterOracle, volumes } = this.#world;
    if (actor === MASTER.clientTable) {
      const { type } = message as ClientTableMessage;
      if (type !== "execute") return;
      const entry = message as Extract<ClientTableMessage, { type: "execute" }>;
      this.tellCommit(MASTER_LOG, entry.opNumber);
      masterOracle.committed(this.index, entry);
    }
    for (const volume of volumes) this.#seesOf(volume, actor, message);
  }

  #seesOf({ names, oracle, watch }: Volume, actor: string, message: unknown): void {
    switch (actor) {
      case names.journal:
        return watch.asked(this.index, message as JournalRequest);
      case names.replica:
        return watch.answered(this.index, message as JournalReply);
      case names.clientTable: {
        const told = message as ClientTableMessage;
        if (told.type !== "execute") return;
        const isOnly = this.#world.volumes.length === 1;
        this.tellCommit(isOnly ? undefined : names.name, told.opNumber);
        oracle.committed(this.index, told);
        return watch.executes(this.index, told.opNumber);
      }
    }
  }

  protected override began(actor: string): void {
    const { promises, volumes } = this.#world;
    if (actor === MASTER.replica) return promises.started(this.index);
    for (const { names, watch } of volumes) {
      if (actor === names.replica) watch.started(this.index);
    }
  }

  protected override published(actor: string, topic: string): void {
    const { promises, account, volumes } = this.#world;
    const { master } = this;
    if (topic !== "replica") return;
    if (actor === MASTER.replica && master !== undefined) {
      promises.published(this.index, master);
      const { status, view, leading: isLeading, opNumber, commitNumber } = master;
      const log = `log to ${opNumber}, ${commitNumber} committed`;
      this.#stands(MASTER_LOG, { status, view, isLeading, text: stateWords(master), log });
      if (master.status === "normal") account.master.normal(this.index, this.processes);
      return;
    }
    for (const { volume, names, watch } of volumes) {
      if (actor !== names.replica) continue;
      const figures = this.replica(volume)!;
      watch.published(this.index, positionOf(figures));
      this.#stands(volumes.length === 1 ? undefined : names.name, standingOf(figures));
      if (this.#isAtWork(figures)) account.normal(this.index, volume, this.processes);
    }
  }

  /** Whether a replica is a member, on the disk that the master knows. */
  #isAtWork({ volume, birth, epoch }: ChainFigures): boolean {
    const { members = [] } = this.#world.decided.inEpoch(volume, epoch) ?? {};
    return members.some((member) => member.node === this.index && member.birth === birth);
  }

  #stands(log: string | undefined, standing: Standing): void {
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

/** Where a replica stands, as far as it is held against others. */
function positionOf(figures: ChainFigures): Position {
  const { epoch, role, acknowledged, applied, frozen, leaving } = figures;
  return {
    epoch,
    committed: acknowledged,
    sent: applied - acknowledged,
    commits: (role === "tail" || role === "single") && !frozen && !leaving,
  };
}

/** Where a replica stands, for people. */
function standingOf(figures: ChainFigures): Standing {
  const { role, epoch, stalled, frozen, leaving, opNumber, acknowledged } = figures;
  const details = [
    leaving ? ", leaving" : "",
    frozen ? ", frozen" : "",
    stalled === null ? "" : `, stalled: ${stalled}`,
  ];
  return {
    status: role,
    view: epoch,
    isLeading: role === "head" || role === "single",
    text: `${role}, epoch ${epoch}${details.join("")}`,
    log: `log to ${opNumber}, ${acknowledged} committed`,
  };
}
