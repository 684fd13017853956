import type { LogLevel, Supervision } from "../actors/actor.ts";
import { InjectedCrash, toError } from "../actors/errors.ts";
import type { SystemEvent } from "../actors/events.ts";
import type { RandomStream } from "../actors/random.ts";
import { ActorSystem } from "../actors/system.ts";
import { DiskError } from "../storage/disk.ts";
import { type DiskOptions, SimDisk } from "./disk.ts";
import { oneOf } from "./distributions.ts";
import { NodeEnvironment } from "./environment.ts";
import type { CrashKind } from "./file.ts";
import type { WatchedMachine } from "./machine.ts";
import type { WallClock } from "./wall_clock.ts";
import type { World } from "./world.ts";
import type { ProcessChange } from "./world_events.ts";

/** Restarts of actors within ten seconds before the process gives up, and is started again. */
export const RESTARTS_MAX = 10;
/** How long it takes whoever looks after processes to start one again, in milliseconds. */
const RESPAWN_MS = 300;

interface Process {
  readonly system: ActorSystem;
  readonly environment: NodeEnvironment;
  /** The newest state machine of each name. */
  readonly machines: Map<string, WatchedMachine>;
  /** What each actor published last. */
  readonly figures: Map<string, unknown>;
}

/**
 * A node: its disks and its clocks, and one process after the other that uses them. Which actors a process
 * has, and what is held against them, says the class of its protocol.
 */
export abstract class SimNode {
  readonly index: number;
  readonly wallClock: WallClock;
  readonly #world: World;
  readonly #rate: number;
  /** By name: a node has one for each log that it keeps. */
  readonly #disks = new Map<string, SimDisk>();
  /** How often all of them were lost. */
  #wipes = 0;
  #processes = 0;
  #process: Process | undefined;
  /** Whether the process may be started again when it gives up. */
  #isGone = false;

  constructor(world: World, index: number) {
    this.#world = world;
    this.index = index;
    const { wall, rate } = world.clocksOf(index);
    this.wallClock = wall;
    this.#rate = rate;
  }

  // What the protocol says

  /** Whether it keeps anything that outlives its process. */
  abstract get hasDisks(): boolean;
  /** Whether the others have to survive it if this node crashes now. */
  abstract get mayCrash(): boolean;
  /** How the actors at the top of a process are supervised. */
  protected abstract get supervision(): Supervision;
  /** Starts the actors of a process. */
  protected abstract spawn(system: ActorSystem): void;
  /** An actor has begun, for the first time or again. */
  protected abstract began(actor: string): void;
  /** An actor says something of itself. */
  protected abstract published(actor: string, topic: string, detail: unknown): void;
  /** Whether what a disk holds may be harmed now; if so, it is about to be. */
  protected abstract mayHarm(disk: string): boolean;
  /** The process is about to die. */
  protected abstract dying(): void;
  /** All disks are lost. */
  protected abstract lost(): void;

  // What holds of all

  /** One of its disks: an empty one, if nobody has asked for it before. */
  disk(name: string): SimDisk {
    let disk = this.#disks.get(name);
    if (disk === undefined) this.#disks.set(name, disk = this.#newDisk(name));
    return disk;
  }

  /** All of its disks. */
  get disks(): readonly SimDisk[] {
    return [...this.#disks.values()];
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  get isPaused(): boolean {
    return this.#process?.environment.isPaused ?? false;
  }

  /** How many processes there have been. */
  get processes(): number {
    return this.#processes;
  }

  /** Time as the present process sees it, which monotonic clocks of other nodes need not agree with. */
  get time(): number {
    return this.#world.clock.now * this.#rate;
  }

  /** What an actor of the present process last said of itself; `undefined` if it has not spoken. */
  figures(actor: string): unknown {
    return this.#process?.figures.get(actor);
  }

  /** The hash of the state of a machine; `undefined` if there is none at present. */
  digestOf(machine: string): string | undefined {
    return this.#process?.machines.get(machine)?.digest();
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
      rate: this.#rate,
      onLog: (level, source, text) => this.#log(level, source, text),
      maybe: (label) => this.#world.rare.take(label),
    });
    const system = new ActorSystem({
      node: this.index,
      environment,
      supervision: this.supervision,
      onFailure: () => clock.after(0, () => this.#gaveUp(process)),
    });
    const process: Process = { system, environment, machines: new Map(), figures: new Map() };
    this.#process = process;
    this.#tell("starts");
    system.events.subscribe((event) => this.#observe(process, event));
    this.#world.network.join(system);
    this.spawn(system);
  }

  /** The process dies, and with it whatever its disks had not synced: all, some or none of it. */
  crash(kind: CrashKind): void {
    const process = this.#process;
    this.#isGone = true;
    if (process === undefined) return;
    this.dying();
    this.#process = undefined;
    this.#tell("dies");
    process.environment.kill();
    process.system.shutdown();
    this.#world.network.leave(this.index);
    const garbled = this.disks.reduce((sum, disk) => sum + disk.crash(kind), 0);
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
  crashActor(name: string): void {
    if (!this.isRunning(name)) return;
    this.#process!.system.crash(name);
  }

  /** The disks are lost, with the process that used them. Empty ones take their places. */
  wipe(): void {
    this.crash("lose");
    this.lost();
    this.#disks.clear();
    this.#wipes++;
  }

  /** Something in what one of the disks holds changes of itself; returns what, if there is anything. */
  rot(random: RandomStream): string | undefined {
    return this.#disks.size === 0 ? undefined : oneOf(random, this.disks).rot();
  }

  /** All disks behave like this from now on. */
  behave(change: { isFull?: boolean; slowness?: number; options?: DiskOptions }): void {
    for (const disk of this.disks) Object.assign(disk, change);
  }

  /** Whether an actor of the present process is running. */
  protected isRunning(name: string): boolean {
    const actors = this.#process?.system.figures() ?? [];
    return actors.some((actor) => actor.name === name && actor.state === "running");
  }

  /** The present process has a new state machine of a name. */
  protected keep(name: string, machine: WatchedMachine): WatchedMachine {
    this.#process!.machines.set(name, machine);
    return machine;
  }

  /** A client table is about to execute an entry of a log. */
  protected tellCommit(log: string | undefined, opNumber: number): void {
    this.#world.tell({ type: "commits", node: this.index, log, opNumber });
    this.#world.hash.number(opNumber);
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

  #newDisk(name: string): SimDisk {
    const { seed, clock, diskOptions } = this.#world;
    const later = (delayMs: number, run: () => void) => {
      // The process that asks: when it is dead, nobody waits for the answer.
      const environment = this.#process?.environment;
      if (environment === undefined) clock.after(delayMs, run);
      else environment.after(delayMs, run);
    };
    const path = [`node ${this.index}`, `disk ${this.#wipes + 1}`, name].filter((each) =>
      each !== ""
    );
    const mayHarm = () => this.#world.isFormed && this.mayHarm(name);
    return new SimDisk({ seed, name: path.join("/"), later, mayHarm }, diskOptions);
  }

  #observe(process: Process, event: SystemEvent): void {
    switch (event.type) {
      case "started":
      case "restarted":
        return this.began(event.actor);
      case "failed": {
        const { actor, error } = event;
        if (error instanceof InjectedCrash || error instanceof DiskError) return;
        return this.#world.fail(`node ${this.index}: ${actor} fails: ${toError(error).message}`);
      }
      case "published":
        process.figures.set(event.actor, event.detail);
        return this.published(event.actor, event.topic, event.detail);
    }
  }

  #log(level: LogLevel, source: string, text: string): void {
    this.#world.note(`node ${this.index} ${source}: ${level}: ${text}`);
  }
}
