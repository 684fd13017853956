import { randomStream } from "../actors/random.ts";
import { VirtualClock } from "../actors/virtual_environment.ts";
import type { StateMachine } from "../protocols/state_machine.ts";
import type { VrMessage } from "../protocols/vr/messages.ts";
import { CALM_DISK, type DiskOptions } from "./disk.ts";
import { FaultAccount } from "./fault_account.ts";
import { CALM_NETWORK, type NetworkOptions, SimNetwork } from "./network.ts";
import { type Invariant, Oracle } from "./oracle.ts";
import { SimNode } from "./processes.ts";
import { Promises } from "./promises.ts";
import { RareBranches } from "./rare_branches.ts";
import { RunHash } from "./run_hash.ts";
import type { GroupOptions } from "./vr_group.ts";
import { WallClock } from "./wall_clock.ts";
import type { WorldEvent } from "./world_events.ts";

/** What a world is made from. */
export interface WorldOptions {
  /** From which everything follows, 0 to 2^64 - 1. */
  readonly seed: bigint;
  readonly group: GroupOptions;
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
   * Whether rare branches are forced; see {@linkcode RareBranches}.
   *
   * @default {false}
   */
  readonly forcesRareBranches?: boolean;
}

/** Lines of the journal of a run that are kept: the newest. */
const NOTES_MAX = 4_000;

/**
 * A whole cluster in one thread and in virtual time: nodes with their disks and clocks, the network
 * between them, and whoever watches. Everything in it runs the code that runs in production, and
 * everything that happens follows from the seed.
 */
export class World {
  readonly seed: bigint;
  readonly clock = new VirtualClock();
  readonly hash = new RunHash();
  readonly group: GroupOptions;
  /** Makes what is replicated, in its initial state. */
  readonly machine: () => StateMachine;
  readonly network: SimNetwork;
  readonly account: FaultAccount;
  readonly oracle: Oracle;
  readonly promises: Promises;
  readonly nodes: readonly SimNode[];
  readonly rare: RareBranches;
  readonly #options: WorldOptions;
  readonly #observers = new Set<(event: WorldEvent) => void>();
  #notes: string[] = [];
  #isFormed = false;

  /** Nothing runs before {@linkcode World.startAll}. */
  constructor(options: WorldOptions) {
    const { seed, group, machine, network = CALM_NETWORK, disk = CALM_DISK } = options;
    this.#options = options;
    this.seed = seed;
    this.group = group;
    this.machine = machine;
    this.rare = new RareBranches(seed, options.forcesRareBranches ?? false);
    this.network = new SimNetwork(this.clock, this.hash, seed, network);
    this.account = new FaultAccount(group.replicaCount);
    this.oracle = new Oracle(machine, () => this.clock.now, options.invariant);
    this.promises = new Promises(this.oracle, group.replicaCount);
    this.network.filter(({ actor, from, to, message, isReplay }) => {
      if (actor === "replica" && !isReplay) this.promises.sent(from, message as VrMessage, to);
      return undefined;
    });
    this.nodes = Array.from(
      { length: group.replicaCount },
      (_, index) => new SimNode(this, index, this.#newWallClock(index), disk),
    );
  }

  /** Whether all replicas have been normal at the same time: before, no disk may be harmed. */
  get isFormed(): boolean {
    this.#isFormed ||= this.nodes.every((node) => node.isNormal);
    return this.#isFormed;
  }

  /** What went wrong. */
  get violations(): readonly string[] {
    return this.oracle.violations;
  }

  /** What happened last, line by line. */
  get notes(): readonly string[] {
    return this.#notes.slice(-NOTES_MAX);
  }

  /** The node of an index. */
  node(index: number): SimNode {
    return this.nodes[index]!;
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

  /** Where everybody stands. */
  describe(): string {
    return this.nodes.map((node) => {
      const { index, replica, executed } = node;
      const state = !node.isUp ? "down" : node.isPaused ? "paused" : "up";
      if (replica === undefined) return `node ${index}: ${state}`;
      const { status, view, lastNormalView, opNumber, commitNumber, stalled } = replica;
      return `node ${index}: ${state}, ${status} in view ${view} (${lastNormalView}), log to ` +
        `${opNumber}, committed ${commitNumber}, executed ${executed}` +
        (stalled === null ? "" : `, stalled: ${stalled}`);
    }).join("\n");
  }

  #newWallClock(index: number): WallClock {
    const random = randomStream(this.seed, `node ${index}/clock`);
    const { clockErrorMs = 0, clockDrift = 0 } = this.#options;
    const signed = () => random() * 2 - 1;
    return new WallClock(signed() * clockErrorMs, 1 + signed() * clockDrift);
  }
}
