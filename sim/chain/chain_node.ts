import type { ActorSystem } from "../../actors/system.ts";
import { spawnChainNode } from "../../protocols/chain/chain_node.ts";
import type { ChainFigures } from "../../protocols/chain/replica.ts";
import type { ClientTableMessage } from "../../protocols/client_table.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import { WatchedMachine } from "../machine.ts";
import { MasterNode } from "../master/master_node.ts";
import type { Standing } from "../world_events.ts";
import type { Position } from "./chain_watch.ts";
import type { ChainWorld, Volume } from "./chain_world.ts";

/** A node of a chain cluster. */
export class ChainNode extends MasterNode {
  protected override readonly topic = "replica";
  readonly #world: ChainWorld;

  constructor(world: ChainWorld, index: number) {
    super(world, index);
    this.#world = world;
  }

  override replica(volume: number): ChainFigures | undefined {
    return super.replica(volume) as ChainFigures | undefined;
  }

  /** The hash of the state of a volume; `undefined` if there is none at present. */
  digest(volume: number): string | undefined {
    return this.digestOf(volumeNames(volume).name);
  }

  protected override spawn(system: ActorSystem): void {
    const { chain, volumes, machine } = this.#world;
    const { heartbeatMs } = this;
    spawnChainNode(system, {
      ...this.common,
      chain: { ...chain.replica, reads: chain.reads, heartbeatMs },
      adoptedSessionsMax: chain.adoptedSessionsMax,
      machine: (volume) => {
        const watch = volumes[volume]!.oracle.watch(this.index);
        return this.keep(volumeNames(volume).name, new WatchedMachine(machine(), watch));
      },
    });
  }

  protected override sees(actor: string, message: unknown): void {
    for (const volume of this.#world.volumes) this.#seesOf(volume, actor, message);
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

  protected override saysOf(volume: number): void {
    const { names, watch } = this.#world.volumes[volume]!;
    const figures = this.replica(volume)!;
    watch.published(this.index, positionOf(figures));
    this.stands(this.#world.volumes.length === 1 ? undefined : names.name, standingOf(figures));
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
