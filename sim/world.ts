import { type RandomStream, randomStream } from "../actors/random.ts";
import { VirtualClock } from "../actors/virtual_environment.ts";
import type { StateMachine } from "../protocols/state_machine.ts";
import type { ClientPool, ClientsOptions } from "./client_pool.ts";
import { CALM_DISK, type DiskOptions } from "./disk.ts";
import type { Clocks } from "./environment.ts";
import { CALM_NETWORK, type NetworkOptions, SimNetwork } from "./network.ts";
import type { Invariant } from "./oracle.ts";
import type { SimNode } from "./processes.ts";
import { RareBranches } from "./rare_branches.ts";
import { RunHash } from "./run_hash.ts";
import { WallClock } from "./wall_clock.ts";
import type { RecordedOperation, Workload } from "./workloads/workload.ts";
import type { WorldEvent } from "./world_events.ts";

/** What a world is made from, whatever the protocol. */
export interface WorldOptions {
  /** From which everything follows, 0 to 2^64 - 1. */
  readonly seed: bigint;
  /** Makes what is replicated, in its initial state. */
  readonly machine: () => StateMachine;
  /**
   * What must hold of the state after every entry of the log.
   *
   * @default {() => undefined}
   */
  readonly invariant?: Invariant;
  /** @default {CALM_NETWORK} */
  readonly network?: NetworkOptions;
  /** @default {CALM_DISK} */
  readonly disk?: DiskOptions;
  /**
   * How far the wall clocks are off at the start, at most, in milliseconds.
   *
   * @default {0}
   */
  readonly clockErrorMs?: number;
  /**
   * How much too fast or too slow the wall clocks go, at most.
   *
   * @default {0}
   */
  readonly clockDrift?: number;
  /**
   * How much too fast or too slow the monotonic clocks go, at most: those that timers and leases go by.
   *
   * @default {0}
   */
  readonly timerDrift?: number;
  /**
   * Whether rare branches are forced; see {@linkcode RareBranches}.
   *
   * @default {false}
   */
  readonly forcesRareBranches?: boolean;
}

/** How long a healed quorum may take to answer everyone and to agree, in milliseconds. */
const LIVENESS_MS = 30_000;
/** Lines of the journal of a run that are kept: the newest. */
const NOTES_MAX = 4_000;

/**
 * A whole cluster in one thread and in virtual time: nodes with their disks and clocks, the network
 * between them, and whoever watches. Everything in it runs the code that runs in production, and
 * everything that happens follows from the seed.
 *
 * What the nodes run, what must hold of it, and what it has to survive says the class of its protocol.
 */
export abstract class World {
  readonly seed: bigint;
  readonly clock = new VirtualClock();
  readonly hash = new RunHash();
  /** Makes what is replicated, in its initial state. */
  readonly machine: () => StateMachine;
  readonly network: SimNetwork;
  readonly rare: RareBranches;
  /** What went wrong. */
  readonly violations: string[] = [];
  readonly #options: WorldOptions;
  readonly #observers = new Set<(event: WorldEvent) => void>();
  #notes: string[] = [];

  /** Nothing runs before {@linkcode World.startAll}. */
  constructor(options: WorldOptions) {
    const { seed, machine, network = CALM_NETWORK } = options;
    this.#options = options;
    this.seed = seed;
    this.machine = machine;
    this.rare = new RareBranches(seed, options.forcesRareBranches ?? false);
    this.network = new SimNetwork(this.clock, this.hash, seed, network);
  }

  // What the protocol says

  abstract readonly nodes: readonly SimNode[];
  /** The actors of a node that may crash. */
  abstract readonly actors: readonly string[];
  /** Messages after which their sender, or somebody else, must remember something; `result` is to a client. */
  abstract readonly ambushes: readonly string[];
  /** Messages with which something new begins, in which old ones must do no harm. */
  abstract readonly beginnings: readonly string[];
  /** Whether all nodes have been of use at the same time: before, no disk may be harmed. */
  abstract get isFormed(): boolean;
  /** Whether what is left of everything that is committed is enough to go on with. */
  abstract get isRecoverable(): boolean;
  /** How many entries are committed, in all logs. */
  abstract get committed(): number;
  /** Who decides at present: to do without it is the hardest. */
  abstract get leaders(): readonly SimNode[];
  /** Where everybody stands. */
  abstract describe(): string;
  /** Whether a node may lose its disk now. */
  abstract mayWipe(node: SimNode): boolean;
  /** Enough nodes to go on without the others, and as many of those as chance will have it. */
  abstract chooseCore(random: RandomStream): readonly SimNode[];
  /** Whether those who were healed agree, and have executed everything. */
  abstract hasConverged(core: readonly SimNode[]): boolean;
  /** What those who have converged have agreed in; it must last. */
  abstract agreement(core: readonly SimNode[]): string;
  /** Complains unless all who have converged have the same state as the model. */
  abstract checkStates(core: readonly SimNode[]): void;
  /** Has clients begin to ask. */
  abstract newClients(workload: Workload, options: ClientsOptions): ClientPool;
  /** To which of several parts of a node an actor belongs; `undefined` if that says nothing. */
  abstract partOf(actor: string): string | undefined;
  /** Has an operator do something; returns what, or `undefined` if there is nothing to be done. */
  abstract administer(random: RandomStream): string | undefined;

  /** How long those who were healed may take to answer everyone and to agree, in milliseconds. */
  get livenessMs(): number {
    return LIVENESS_MS;
  }

  /** A history of clients as it is to be judged. */
  judged(history: readonly RecordedOperation[]): readonly RecordedOperation[] {
    return history;
  }

  // What holds of all

  /** What happened last, line by line. */
  get notes(): readonly string[] {
    return this.#notes.slice(-NOTES_MAX);
  }

  /** How a disk is that nobody has harmed. */
  get diskOptions(): DiskOptions {
    return this.#options.disk ?? CALM_DISK;
  }

  /** Something is wrong. */
  fail(what: string): void {
    this.violations.push(`${this.clock.now.toFixed(3)} ms: ${what}`);
  }

  /** Starts every node that is down. */
  startAll(): void {
    for (const node of this.nodes) node.start();
  }

  /** Runs for some time, or until something is wrong. */
  runFor(durationMs: number): void {
    this.runUntil(() => false, durationMs);
  }

  /** Runs until something holds; `false` if it does not within `limitMs`, or something is wrong. */
  runUntil(condition: () => boolean, limitMs: number): boolean {
    const holds = () => this.violations.length > 0 || condition();
    return this.clock.runUntil(holds, limitMs) && this.violations.length === 0;
  }

  /** Has someone told of everything that happens from now on, but for messages: the network shows those. */
  observe(observer: (event: WorldEvent) => void): void {
    this.#observers.add(observer);
  }

  /** Tells the observers. */
  tell(event: WorldEvent): void {
    for (const observer of this.#observers) observer(event);
  }

  /** Writes a line into the journal of the run. */
  note(text: string): void {
    this.tell({ type: "note", text });
    this.#notes.push(`${this.clock.now.toFixed(3)} ${text}`);
    if (this.#notes.length > NOTES_MAX * 2) this.#notes = this.#notes.slice(-NOTES_MAX);
  }

  /** The clocks of a node. */
  clocksOf(index: number): Clocks {
    const random = randomStream(this.seed, `node ${index}/clock`);
    const { clockErrorMs = 0, clockDrift = 0, timerDrift = 0 } = this.#options;
    const signed = () => random() * 2 - 1;
    const wall = new WallClock(signed() * clockErrorMs, 1 + signed() * clockDrift);
    return { wall, rate: timerDrift === 0 ? 1 : 1 + signed() * timerDrift };
  }
}
