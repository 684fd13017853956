import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import type { VirtualClock } from "../../actors/virtual_environment.ts";
import { exponential, oneOf } from "../distributions.ts";
import type { SimNetwork } from "../network.ts";
import { partition } from "../partitions.ts";
import type { SimWorld } from "./sim_world.ts";

/** How often faults of a kind strike: the mean time between two, in milliseconds; 0 for never. */
export interface SimFaultRates {
  /** A process dies, and another starts 700 ms later on average. */
  readonly crash: number;
  /** Any actor of any node fails. */
  readonly actorCrash: number;
  /** A process stops in its tracks, for 500 ms on average. */
  readonly pause: number;
  /** The network is divided, for two seconds on average. */
  readonly partition: number;
  /** Messages from one node to another wait, for half a second on average. */
  readonly clog: number;
}

/** How long things last, on average, in milliseconds. */
const DOWN_MS = 700;
const PAUSE_MS = 500;
const PARTITION_MS = 2_000;
const CLOG_MS = 500;

/** Breaks things, each kind at its own rate and from random streams of its own, until it is stopped. */
export class SimFaults {
  readonly #world: SimWorld;
  readonly #network: SimNetwork;
  readonly #clock: VirtualClock;
  #isStopped = false;
  /** Counts partitions: only the newest is undone when its time is over. */
  #partitions = 0;

  constructor(
    world: SimWorld,
    network: SimNetwork,
    clock: VirtualClock,
    rates: Partial<SimFaultRates>,
  ) {
    this.#world = world;
    this.#network = network;
    this.#clock = clock;
    this.#every("crash", rates, (random) => this.#crash(random));
    this.#every("actorCrash", rates, (random) => this.#crashActor(random));
    this.#every("pause", rates, (random) => this.#pause(random));
    this.#every("partition", rates, (random) => this.#partition(random));
    this.#every("clog", rates, (random) => this.#clog(random));
  }

  /** Breaks nothing more; what is broken stays so. */
  stop(): void {
    this.#isStopped = true;
  }

  #every(
    kind: keyof SimFaultRates,
    rates: Partial<SimFaultRates>,
    strike: (random: RandomStream) => void,
  ): void {
    const meanMs = rates[kind] ?? 0;
    if (meanMs === 0) return;
    const times = randomStream(this.#world.seed, `fault times/${kind}`);
    const random = randomStream(this.#world.seed, `fault/${kind}`);
    const next = () => {
      this.#later(exponential(times, meanMs), () => {
        strike(random);
        next();
      });
    };
    next();
  }

  /** Does something later, unless everything is calm by then. */
  #later(delayMs: number, run: () => void): void {
    this.#clock.after(delayMs, () => {
      if (!this.#isStopped) run();
    });
  }

  #anyNode(random: RandomStream): number {
    return randomInteger(random, this.#world.nodes);
  }

  #crash(random: RandomStream): void {
    const node = this.#anyNode(random);
    this.#world.note(`fault: crash ${node}`);
    this.#world.crash(node);
    this.#later(exponential(random, DOWN_MS), () => this.#world.start(node));
  }

  #crashActor(random: RandomStream): void {
    const node = this.#anyNode(random);
    const actors = this.#world.system(node)?.figures() ?? [];
    if (actors.length === 0) return;
    const { name } = oneOf(random, actors);
    this.#world.note(`fault: crash the ${name} of ${node}`);
    this.#world.crashActor(node, name);
  }

  #pause(random: RandomStream): void {
    const node = this.#anyNode(random);
    this.#world.note(`fault: pause ${node}`);
    this.#world.pause(node);
    this.#later(exponential(random, PAUSE_MS), () => this.#world.resume(node));
  }

  #partition(random: RandomStream): void {
    const nodes = Array.from({ length: this.#world.nodes }, (_, node) => node);
    const what = partition(random, this.#network, nodes);
    if (what === undefined) return;
    this.#world.note(`fault: ${what}`);
    const number = ++this.#partitions;
    this.#later(exponential(random, PARTITION_MS), () => {
      if (number === this.#partitions) this.#network.healAll();
    });
  }

  #clog(random: RandomStream): void {
    const from = this.#anyNode(random);
    const to = this.#anyNode(random);
    if (from === to) return;
    this.#world.note(`fault: clog ${from} to ${to}`);
    this.#network.clog(from, to, exponential(random, CLOG_MS));
  }
}
