import type { LogLevel } from "../actors/actor.ts";
import { InjectedCrash, toError } from "../actors/errors.ts";
import type { SystemEvent } from "../actors/events.ts";
import { ActorSystem } from "../actors/system.ts";
import type { ClientTableFigures } from "../protocols/client_table.ts";
import type { ReplicaFigures } from "../protocols/vr/replica.ts";
import { DiskError } from "../storage/disk.ts";
import { type DiskOptions, SimDisk } from "./disk.ts";
import { NodeEnvironment } from "./environment.ts";
import type { CrashKind } from "./file.ts";
import { WatchedMachine } from "./machine.ts";
import { type ACTORS, spawnVrNode } from "./vr_group.ts";
import type { WallClock } from "./wall_clock.ts";
import type { World } from "./world.ts";
import type { ProcessChange } from "./world_events.ts";

/** Restarts of actors within ten seconds before the process gives up, and is started again. */
const RESTARTS_MAX = 10;
/** How long it takes whoever looks after processes to start one again, in milliseconds. */
const RESPAWN_MS = 300;

interface Process {
  readonly system: ActorSystem;
  readonly environment: NodeEnvironment;
  machine: WatchedMachine | undefined;
  replica: ReplicaFigures | undefined;
  table: ClientTableFigures | undefined;
}

/** A node: its disk and its clock, and one process after the other that uses them. */
export class SimNode {
  readonly index: number;
  readonly wallClock: WallClock;
  readonly #world: World;
  readonly #diskOptions: DiskOptions;
  #disk: SimDisk;
  #disks = 0;
  #processes = 0;
  /** Starts of the replica, whether with its process or by its supervisor. */
  #lives = 0;
  #process: Process | undefined;
  /** Whether the process may be started again when it gives up. */
  #isGone = false;

  constructor(world: World, index: number, wallClock: WallClock, diskOptions: DiskOptions) {
    this.#world = world;
    this.index = index;
    this.wallClock = wallClock;
    this.#diskOptions = diskOptions;
    this.#disk = this.#newDisk();
  }

  get disk(): SimDisk {
    return this.#disk;
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  get isPaused(): boolean {
    return this.#process?.environment.isPaused ?? false;
  }

  /** What the replica last said of itself; `undefined` if it has not spoken since the start. */
  get replica(): ReplicaFigures | undefined {
    return this.#process?.replica;
  }

  get isNormal(): boolean {
    return this.replica?.status === "normal" && this.replica.stalled === null;
  }

  /** Up to where the state machine has executed the log, as far as is known. */
  get executed(): number {
    return this.#process?.table?.executed ?? 0;
  }

  /** The hash of the state; `undefined` if there is none at present. */
  get digest(): string | undefined {
    return this.#process?.machine?.digest();
  }

  /** Whether the group keeps nothing on disks. */
  get #isInMemory(): boolean {
    return this.#world.group.durability === "memory";
  }

  /** Whether the group has to survive it if this node crashes now. */
  get mayCrash(): boolean {
    return !this.#isInMemory || this.#world.account.mayHarm(this.index);
  }

  /** Starts a process, unless one is running. */
  start(): void {
    if (this.isUp) return;
    this.#isGone = false;
    const { clock, hash, seed } = this.#world;
    const number = ++this.#processes;
    const environment = new NodeEnvironment({
      clock,
      hash,
      seed,
      node: this.index,
      name: `node ${this.index}/process ${number}`,
      wallTime: (at) => this.wallClock.at(at),
      onLog: (level, source, text) => this.#log(level, source, text),
      maybe: (label) => this.#world.rare.take(label),
    });
    const system = new ActorSystem({
      node: this.index,
      environment,
      supervision: {
        strategy: this.#isInMemory ? "all-for-one" : "rest-for-one",
        maxRestarts: RESTARTS_MAX,
      },
      onFailure: () => clock.after(0, () => this.#gaveUp(process)),
    });
    const process: Process = {
      system,
      environment,
      machine: undefined,
      replica: undefined,
      table: undefined,
    };
    this.#process = process;
    this.#tell("starts");
    this.#spawn(process);
  }

  /** The process dies, and with it whatever its disk had not synced: all, some or none of it. */
  crash(kind: CrashKind): void {
    const process = this.#process;
    this.#isGone = true;
    if (process === undefined) return;
    if (this.#isInMemory) this.harmed();
    this.#process = undefined;
    this.#tell("dies");
    process.environment.kill();
    process.system.shutdown();
    this.#world.network.leave(this.index);
    const garbled = this.#disk.crash(kind);
    if (garbled > 0) this.#world.note(`fault: ${garbled} sectors of ${this.index} hold garbage`);
  }

  /** The process stops in its tracks, as for a collection of garbage or a `kill -STOP`. */
  pause(): void {
    if (!this.isUp || this.isPaused) return;
    this.#tell("is paused");
    this.#process!.environment.pause();
  }

  /** Lets a paused process go on. */
  resume(): void {
    if (!this.isPaused) return;
    this.#tell("goes on");
    this.#process!.environment.resume();
  }

  /** One actor fails. */
  crashActor(name: typeof ACTORS[number]): void {
    const system = this.#process?.system;
    const isRunning = system?.figures()
      .some((actor) => actor.name === name && actor.state === "running");
    if (!isRunning) return;
    if (this.#isInMemory) this.harmed();
    system!.crash(name);
  }

  /** The disk is lost, with the process that used it. An empty one takes its place. */
  wipe(): void {
    this.crash("lose");
    this.harmed();
    this.#disk = this.#newDisk();
  }

  /** Notes that the node does not hold everything any more. */
  harmed(): void {
    this.#world.account.harmed(this.index, this.#life);
  }

  /** What a harm is healed after: a disk is read by the next process, from nothing any replica recovers. */
  get #life(): number {
    return this.#isInMemory ? this.#lives : this.#processes;
  }

  #tell(what: ProcessChange): void {
    this.#world.tell({ type: "process", node: this.index, what });
  }

  #gaveUp(process: Process): void {
    if (this.#process !== process) return;
    this.#world.note(`node ${this.index} gives up`);
    this.crash("keep");
    this.#isGone = false;
    this.#world.clock.after(RESPAWN_MS, () => {
      if (!this.#isGone) this.start();
    });
  }

  #newDisk(): SimDisk {
    const { seed, account, clock } = this.#world;
    const mayHarm = () => {
      if (!this.#world.isFormed || !account.mayHarm(this.index)) return false;
      this.harmed();
      return true;
    };
    const later = (delayMs: number, run: () => void) => {
      // The process that asks: when it is dead, nobody waits for the answer.
      const environment = this.#process?.environment;
      if (environment === undefined) clock.after(delayMs, run);
      else environment.after(delayMs, run);
    };
    const name = `node ${this.index}/disk ${++this.#disks}`;
    return new SimDisk({ seed, name, later, mayHarm }, this.#diskOptions);
  }

  #spawn(process: Process): void {
    const { system } = process;
    const { oracle, network, group, hash, machine } = this.#world;
    system.events.subscribe((event) => this.#observe(process, event));
    network.join(system);
    spawnVrNode(system, {
      group,
      disk: this.#disk,
      machine: () => process.machine = new WatchedMachine(machine(), oracle.watch(this.index)),
      onTableMessage: (message) => {
        if (message.type !== "execute") return;
        this.#world.tell({ type: "commits", node: this.index, opNumber: message.opNumber });
        hash.number(message.opNumber);
        oracle.committed(this.index, message);
      },
    });
  }

  #observe(process: Process, event: SystemEvent): void {
    const { promises, account, oracle } = this.#world;
    switch (event.type) {
      case "started":
      case "restarted":
        if (event.actor !== "replica") return;
        this.#lives++;
        return promises.started(this.index, this.#isInMemory);
      case "failed": {
        const { actor, error } = event;
        if (error instanceof InjectedCrash || error instanceof DiskError) return;
        return oracle.fail(`node ${this.index}: ${actor} fails: ${toError(error).message}`);
      }
      case "published":
        if (event.topic === "client-table") process.table = event.detail as ClientTableFigures;
        if (event.topic !== "replica") return;
        process.replica = event.detail as ReplicaFigures;
        this.#world.tell({ type: "stands", node: this.index, figures: process.replica });
        promises.published(this.index, process.replica);
        if (process.replica.status === "normal") account.normal(this.index, this.#life);
    }
  }

  #log(level: LogLevel, source: string, text: string): void {
    this.#world.note(`node ${this.index} ${source}: ${level}: ${text}`);
  }
}
