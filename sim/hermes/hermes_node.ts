import type { ActorSystem } from "../../actors/system.ts";
import type { HermesFigures } from "../../protocols/hermes/figures.ts";
import { spawnHermesNode } from "../../protocols/hermes/hermes_node.ts";
import type { JournalReply, JournalRequest } from "../../protocols/journal.ts";
import { MasterNode } from "../master/master_node.ts";
import type { Standing } from "../world_events.ts";
import type { HermesVolume, HermesWorld } from "./hermes_world.ts";
import { watchAnswered, watchAsked } from "./kept_records.ts";

/** A node of a Hermes cluster. */
export class HermesNode extends MasterNode {
  protected override readonly topic = "hermes";
  readonly #world: HermesWorld;

  constructor(world: HermesWorld, index: number) {
    super(world, index);
    this.#world = world;
  }

  override replica(volume: number): HermesFigures | undefined {
    return super.replica(volume) as HermesFigures | undefined;
  }

  protected override spawn(system: ActorSystem): void {
    const { hermes: { replica, sessionsMax }, objects } = this.#world;
    spawnHermesNode(system, {
      ...this.common,
      hermes: replica,
      sessionsMax,
      machine: () => objects,
    });
  }

  protected override sees(actor: string, message: unknown): void {
    for (const volume of this.#world.volumes) this.#seesOf(volume, actor, message);
  }

  #seesOf({ names, watch }: HermesVolume, actor: string, message: unknown): void {
    if (actor === names.journal) watchAsked(watch, this.index, message as JournalRequest);
    if (actor === names.replica) watchAnswered(watch, this.index, message as JournalReply);
  }

  protected override saysOf(volume: number): void {
    const { names, watch } = this.#world.volumes[volume]!;
    const figures = this.replica(volume)!;
    watch.published(this.index, figures);
    this.stands(this.#world.volumes.length === 1 ? undefined : names.name, standingOf(figures));
  }
}

/** Where a replica stands, for people. */
function standingOf(figures: HermesFigures): Standing {
  const { role, epoch, life, stalled, committed, objects } = figures;
  const details = stalled === null ? "" : `, stalled: ${stalled}`;
  return {
    status: role,
    view: epoch,
    isLeading: false,
    text: `${role}, epoch ${epoch}, life ${life}${details}`,
    log: `${objects} objects, ${committed} committed here`,
  };
}
