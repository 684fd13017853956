import type { Supervision } from "../../actors/actor.ts";
import type { ActorSystem } from "../../actors/system.ts";
import type { ClientTableFigures } from "../../protocols/client_table.ts";
import type { ReplicaFigures } from "../../protocols/vr/replica.ts";
import type { SimDisk } from "../disk.ts";
import { WatchedMachine } from "../machine.ts";
import { RESTARTS_MAX, SimNode } from "../processes.ts";
import { spawnVrNode } from "./vr_group.ts";
import type { VrWorld } from "./vr_world.ts";

/** The only disk, and the only state machine, of a node. */
const ONLY = "";

/** A node of a VR group. */
export class VrNode extends SimNode {
  readonly #world: VrWorld;
  /** Starts of the replica, whether with its process or by its supervisor. */
  #lives = 0;

  constructor(world: VrWorld, index: number) {
    super(world, index);
    this.#world = world;
  }

  /** What the replica last said of itself; `undefined` if it has not spoken since the start. */
  get replica(): ReplicaFigures | undefined {
    return this.figures("replica") as ReplicaFigures | undefined;
  }

  get isNormal(): boolean {
    return this.replica?.status === "normal" && this.replica.stalled === null;
  }

  /** Up to where the state machine has executed the log, as far as is known. */
  get executed(): number {
    return (this.figures("client-table") as ClientTableFigures | undefined)?.executed ?? 0;
  }

  /** The hash of the state; `undefined` if there is none at present. */
  get digest(): string | undefined {
    return this.digestOf(ONLY);
  }

  /** Where its log is. */
  get onlyDisk(): SimDisk {
    return this.disk(ONLY);
  }

  override get hasDisks(): boolean {
    return !this.#isInMemory;
  }

  override get mayCrash(): boolean {
    return !this.#isInMemory || this.#world.account.mayHarm(this.index);
  }

  override crashActor(name: string): void {
    if (this.#isInMemory && this.isRunning(name)) this.#harmed();
    super.crashActor(name);
  }

  protected override get supervision(): Supervision {
    const strategy = this.#isInMemory ? "all-for-one" : "rest-for-one";
    return { strategy, maxRestarts: RESTARTS_MAX };
  }

  protected override spawn(system: ActorSystem): void {
    const { oracle, group, machine } = this.#world;
    spawnVrNode(system, {
      group,
      disk: this.onlyDisk,
      machine: () => this.keep(ONLY, new WatchedMachine(machine(), oracle.watch(this.index))),
      onTableMessage: (message) => {
        if (message.type !== "execute") return;
        this.tellCommit(undefined, message.opNumber);
        oracle.committed(this.index, message);
      },
    });
  }

  protected override began(actor: string): void {
    if (actor !== "replica") return;
    this.#lives++;
    this.#world.promises.started(this.index, this.#isInMemory);
  }

  protected override published(_actor: string, topic: string): void {
    const { replica } = this;
    if (topic !== "replica" || replica === undefined) return;
    const { promises, account } = this.#world;
    const { status, view, leading } = replica;
    const text = stateWords(replica);
    const log = `log to ${replica.opNumber}, ${replica.commitNumber} committed`;
    this.#world.tell({
      type: "stands",
      node: this.index,
      log: undefined,
      standing: { status, view, isLeading: leading, text, log },
    });
    promises.published(this.index, replica);
    if (status === "normal") account.normal(this.index, this.#life);
  }

  protected override mayHarm(): boolean {
    if (!this.#world.account.mayHarm(this.index)) return false;
    this.#harmed();
    return true;
  }

  protected override dying(): void {
    if (this.#isInMemory) this.#harmed();
  }

  protected override lost(): void {
    this.#harmed();
  }

  /** Notes that the node does not hold everything any more. */
  #harmed(): void {
    this.#world.account.harmed(this.index, this.#life);
  }

  /** Whether the group keeps nothing on disks. */
  get #isInMemory(): boolean {
    return this.#world.group.durability === "memory";
  }

  /** What a harm is healed after: a disk is read by the next process, from nothing any replica recovers. */
  get #life(): number {
    return this.#isInMemory ? this.#lives : this.processes;
  }
}

/** Where a replica stands, but for how long its log is. */
export function stateWords(figures: ReplicaFigures): string {
  const { status, view, lastNormalView, leading, stalled } = figures;
  const role = leading ? ", primary" : "";
  const log = lastNormalView === view ? "" : `, log of view ${lastNormalView}`;
  return `${status}, view ${view}${role}${log}${stalled === null ? "" : `, stalled: ${stalled}`}`;
}
