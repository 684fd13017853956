import type { Cancel } from "../../actors/actor.ts";
import { InjectedCrash, toError, TroupeError } from "../../actors/errors.ts";
import type { SystemEvent } from "../../actors/events.ts";
import { randomStream } from "../../actors/random.ts";
import { ActorSystem } from "../../actors/system.ts";
import { VirtualClock } from "../../actors/virtual_environment.ts";
import { NodeEnvironment } from "../environment.ts";
import { CALM_NETWORK, type SentFilter, SimNetwork } from "../network.ts";
import { RareBranches } from "../rare_branches.ts";
import { RunHash } from "../run_hash.ts";
import { WallClock } from "../wall_clock.ts";
import { requireOptions } from "./require_options.ts";
import { SimFaults } from "./sim_faults.ts";
import type { SimWorldOptions } from "./sim_world_options.ts";
import { requireSeed } from "./simulate.ts";

const NODES_MAX = 200;
/** How long it takes whoever looks after processes to start one again, in milliseconds. */
const RESPAWN_MS = 300;
/** Lines of the journal that are kept: the newest. */
const NOTES_MAX = 4_000;

interface Process {
  readonly system: ActorSystem;
  readonly environment: NodeEnvironment;
}

/**
 * Nodes with actors of your own, in virtual time and in this thread. The actors are those that run in
 * production; messages between nodes are encoded and decoded on their way. The same seed gives the
 * same run, provided that the actors, as they must anyway, take time, chance and messages from their
 * context alone: promises, timers and random numbers of JavaScript are not under the world's control.
 *
 * @example A counter that two others count on
 * ```ts
 * import { refTo, schema, SimWorld } from "../../mod.ts";
 *
 * const add = schema.struct({ amount: schema.u32 });
 * let total = 0;
 * const world = new SimWorld({
 *   seed: 1,
 *   nodes: 3,
 *   network: { loss: 0.1 },
 *   start: (system) => {
 *     system.expose("counter", add);
 *     system.spawn("counter", () => ({ receive: ({ amount }: { amount: number }) => total += amount }));
 *     system.send(refTo(0, "counter", add), { amount: 1 });
 *   },
 *   invariant: () => total > 3 ? `${total} is more than three` : undefined,
 * });
 * if (!world.runFor(1_000)) throw new Error(world.report);
 * ```
 */
export class SimWorld {
  /** The seed. */
  readonly seed: bigint;
  /** How many nodes there are. */
  readonly nodes: number;
  readonly #options: SimWorldOptions;
  readonly #clock = new VirtualClock();
  readonly #hash = new RunHash();
  readonly #network: SimNetwork;
  readonly #rare: RareBranches;
  readonly #faults: SimFaults;
  readonly #wallClocks: readonly WallClock[];
  readonly #processes = new Map<number, Process>();
  readonly #starts: number[];
  readonly #violations: string[] = [];
  readonly #notes: string[] = [];

  /**
   * Starts all nodes, in the order of their indices. Nothing runs before you say so.
   *
   * @throws {TroupeError} `bad_option` for a seed, a number of nodes, a share of messages or a mean time
   * between faults out of range.
   */
  constructor(options: SimWorldOptions) {
    const { nodes, network, clockErrorMs = 0, forcesRareBranches = false } = options;
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > NODES_MAX) {
      throw new TroupeError(
        "bad_option",
        `Number of nodes is not an integer from 1 to ${NODES_MAX}: ${nodes}`,
      );
    }
    requireOptions(options);
    this.#options = options;
    this.seed = requireSeed(options.seed);
    this.nodes = nodes;
    this.#network = new SimNetwork(this.#clock, this.#hash, this.seed, {
      ...CALM_NETWORK,
      ...network,
    });
    this.#rare = new RareBranches(this.seed, forcesRareBranches);
    this.#starts = Array.from({ length: nodes }, () => 0);
    this.#wallClocks = this.#starts.map((_, node) => {
      const random = randomStream(this.seed, `node ${node}/clock`);
      return new WallClock((random() * 2 - 1) * clockErrorMs, 1);
    });
    for (let node = 0; node < nodes; node++) this.start(node);
    this.#faults = new SimFaults(this, this.#network, this.#clock, options.faults ?? {});
  }

  /** Virtual time, in milliseconds. */
  get now(): number {
    return this.#clock.now;
  }

  /** A hash of every step so far. Two runs with the same one did the same. */
  get hash(): string {
    return this.#hash.value;
  }

  /** What was wrong, each with the virtual time when it was. */
  get violations(): readonly string[] {
    return this.#violations;
  }

  /** The last that happened, and what was wrong: for people. */
  get report(): string {
    return [`seed ${this.seed}`, ...this.#notes, ...this.#violations].join("\n");
  }

  /** The present process of a node; `undefined` while it is down. */
  system(node: number): ActorSystem | undefined {
    return this.#processes.get(node)?.system;
  }

  // Running

  /** Lets time pass; ends at the first violation, and is `false` if there is one. */
  runFor(durationMs: number): boolean {
    this.runUntil(() => false, durationMs);
    return this.#violations.length === 0;
  }

  /** Lets time pass until something holds; `false` if it does not in time, or something is wrong. */
  runUntil(condition: () => boolean, limitMs: number): boolean {
    const isOver = () => !this.#isWell() || condition();
    return this.#clock.runUntil(isOver, limitMs) && this.#violations.length === 0;
  }

  /** Runs something once, after some virtual time. */
  after(delayMs: number, run: () => void): Cancel {
    return this.#clock.after(delayMs, run);
  }

  /** Something is wrong. */
  fail(what: string): void {
    this.#violations.push(`${this.now.toFixed(3)} ms: ${what}`);
  }

  /** Writes a line into the report. */
  note(text: string): void {
    this.#notes.push(`${this.now.toFixed(3)} ${text}`);
    if (this.#notes.length > NOTES_MAX) this.#notes.shift();
  }

  // Processes

  /** Starts a process on a node, unless one is running. */
  start(node: number): void {
    if (this.#processes.has(node)) return;
    const { start, supervision, observe } = this.#options;
    const environment = this.#newEnvironment(node, ++this.#starts[node]!);
    const system = new ActorSystem({
      node,
      environment,
      ...(supervision && { supervision }),
      onFailure: () => this.#clock.after(0, () => this.#gaveUp(process)),
    });
    const process: Process = { system, environment };
    this.#processes.set(node, process);
    system.events.subscribe((event) => {
      if (event.type === "failed") this.#failed(node, event);
      observe?.(node, event);
    });
    this.#network.join(system);
    start(system);
  }

  /** The process of a node dies, with all that it held in memory. */
  crash(node: number): void {
    const process = this.#processes.get(node);
    if (process === undefined) return;
    this.#processes.delete(node);
    process.environment.kill();
    process.system.shutdown();
    this.#network.leave(node);
  }

  /** The process of a node stops in its tracks, as for a collection of garbage. */
  pause(node: number): void {
    this.#processes.get(node)?.environment.pause();
  }

  /** Lets a paused process go on: with all that was due meanwhile. */
  resume(node: number): void {
    this.#processes.get(node)?.environment.resume();
  }

  /** One actor of a node fails, if it is running; its supervisor decides what happens next. */
  crashActor(node: number, name: string): void {
    const system = this.system(node);
    const actor = system?.figures().find((figures) => figures.name === name);
    if (actor?.state === "running") system!.crash(name);
  }

  // The network

  /** Nothing passes from one node to another, in this direction. */
  cut(from: number, to: number): void {
    this.#network.cut(from, to);
  }

  /** Nothing passes between nodes of one side and of the other. */
  partition(side: readonly number[], other: readonly number[]): void {
    for (const a of side) {
      for (const b of other) {
        this.cut(a, b);
        this.cut(b, a);
      }
    }
  }

  /** Undoes every cut. */
  heal(): void {
    this.#network.healAll();
  }

  /** Has a filter asked about every message between nodes; `undefined` leaves it to the network. */
  intercept(filter: SentFilter): Cancel {
    return this.#network.filter(filter);
  }

  /** No faults any more: all nodes are up and reach each other. What is left must get well of itself. */
  calm(): void {
    this.#faults.stop();
    this.#rare.stop();
    this.#network.options = { ...CALM_NETWORK, ...this.#options.network, ...HEALTHY };
    this.#network.healAll();
    this.#network.unclogAll();
    for (let node = 0; node < this.nodes; node++) {
      this.start(node);
      this.resume(node);
    }
  }

  #isWell(): boolean {
    if (this.#violations.length > 0) return false;
    try {
      const wrong = this.#options.invariant?.(this);
      if (wrong !== undefined) this.fail(wrong);
    } catch (error) {
      this.fail(toError(error).message);
    }
    return this.#violations.length === 0;
  }

  #newEnvironment(node: number, number: number): NodeEnvironment {
    return new NodeEnvironment({
      clock: this.#clock,
      hash: this.#hash,
      seed: this.seed,
      node,
      name: `node ${node}/process ${number}`,
      wallTime: (at) => this.#wallClocks[node]!.at(at),
      onLog: (level, source, text) => this.note(`node ${node} ${source}: ${level}: ${text}`),
      maybe: (label) => this.#rare.take(label),
    });
  }

  #failed(node: number, { actor, error }: Extract<SystemEvent, { type: "failed" }>): void {
    const { mayFail = () => false } = this.#options;
    if (error instanceof InjectedCrash || mayFail(error)) return;
    this.fail(`${actor} of node ${node} fails: ${toError(error).message}`);
  }

  #gaveUp(process: Process): void {
    const { node } = process.system;
    if (this.#processes.get(node) !== process) return;
    this.note(`node ${node} gives up`);
    this.crash(node);
    this.#clock.after(RESPAWN_MS, () => this.start(node));
  }
}

/** What a calm network does not do. */
const HEALTHY = { loss: 0, replay: 0, reorder: 0, capacity: Infinity } as const;
