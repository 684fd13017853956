import { type RandomStream, randomStream } from "../actors/random.ts";
import { lieInWait } from "./ambush.ts";
import { between, exponential, oneOf } from "./distributions.ts";
import type { CrashKind } from "./file.ts";
import { cutOff, partition } from "./partitions.ts";
import type { FaultRates, Plan } from "./plan.ts";
import type { SimNode } from "./processes.ts";
import type { World } from "./world.ts";

const CRASH_KINDS: readonly CrashKind[] = ["lose", "keep", "tear", "scatter"];

/** How long things last, on average, in milliseconds. */
const DOWN_MS = 700;
const PAUSE_MS = 500;
const PARTITION_MS = 2_000;
const CLOG_MS = 500;
const FULL_MS = 1_000;
const SLOW_MS = 1_000;
const JUMP_MS = 60_000;
const DEPOSED_MS = 600;
const HELD_MS = 500;
const ECHO_MS = 300;
/** Messages of an echo. */
const ECHOES = 40;

/**
 * Breaks things, each kind at its own rate, until it is stopped. Each fault has a name, its kind and its
 * number among those of the kind in the order they strike, and a random stream of its own: when one is
 * left out, the others remain what they are.
 */
export class Faults {
  readonly #world: World;
  readonly #without: ReadonlySet<string>;
  readonly #names: string[] = [];
  #isStopped = false;
  #struck = 0;
  /** Counts partitions: only the newest is undone when its time is over. */
  #partitions = 0;

  constructor(world: World, { rates, without }: Pick<Plan, "rates" | "without">) {
    this.#world = world;
    this.#without = new Set(without);
    this.#every("crash", rates, (random) => this.#crash(random));
    this.#every("blackout", rates, (random) => this.#blackout(random));
    this.#every("pause", rates, (random) => this.#pause(random));
    this.#every("actorCrash", rates, (random) => this.#crashActor(random));
    this.#every("wipe", rates, (random) => this.#wipe(random));
    this.#every("bitRot", rates, (random) => this.#rot(random));
    this.#every("fullDisk", rates, (random) => this.#fillDisk(random));
    this.#every("slowDisk", rates, (random) => this.#slowDisk(random));
    this.#every("partition", rates, (random) => this.#partition(random));
    this.#every("clog", rates, (random) => this.#clog(random));
    this.#every("clockJump", rates, (random) => this.#jump(random));
    this.#every("depose", rates, (random) => this.#depose(random));
    this.#every("ambush", rates, (random) => this.#ambush(random));
    this.#every("echo", rates, (random) => this.#echo(random));
    this.#every("admin", rates, (random) => this.#administer(random));
  }

  /** The names of all faults whose time has come, in that order, but for those left out. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** How often something was broken. */
  get struck(): number {
    return this.#struck;
  }

  /** Breaks nothing more; what is broken stays so. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Strikes again and again, the times between exponentially distributed. */
  #every(kind: keyof FaultRates, rates: FaultRates, strike: (random: RandomStream) => void): void {
    const meanMs = rates[kind];
    if (meanMs === 0) return;
    const { clock, seed } = this.#world;
    const times = randomStream(seed, `fault times/${kind}`);
    const next = (number: number) => {
      clock.after(exponential(times, meanMs), () => {
        if (this.#isStopped) return;
        this.#strike(`${kind} ${number}`, strike);
        next(number + 1);
      });
    };
    next(1);
  }

  #strike(name: string, strike: (random: RandomStream) => void): void {
    if (this.#without.has(name)) return;
    const { clock, hash, seed } = this.#world;
    hash.step(clock.now, -1, name);
    this.#names.push(name);
    strike(randomStream(seed, `fault/${name}`));
  }

  #note(text: string): void {
    this.#struck++;
    this.#world.note(`fault: ${text}`);
  }

  #anyNode(random: RandomStream): SimNode {
    return oneOf(random, this.#world.nodes);
  }

  /** Undoes something later, unless by then everything is undone anyway. */
  #later(delayMs: number, undo: () => void): void {
    this.#world.clock.after(delayMs, () => {
      if (!this.#isStopped) undo();
    });
  }

  #crash(random: RandomStream): void {
    const node = this.#anyNode(random);
    const kind = oneOf(random, CRASH_KINDS);
    if (!node.mayCrash) return;
    this.#note(`crash ${node.index} (${kind})`);
    node.crash(kind);
    this.#later(exponential(random, DOWN_MS), () => node.start());
  }

  #blackout(random: RandomStream): void {
    this.#note("blackout");
    this.#crashAll(random);
  }

  #crashAll(random: RandomStream): void {
    for (const node of this.#world.nodes) {
      node.crash(oneOf(random, CRASH_KINDS));
      this.#later(exponential(random, DOWN_MS), () => node.start());
    }
  }

  #pause(random: RandomStream): void {
    const node = this.#anyNode(random);
    this.#note(`pause ${node.index}`);
    node.pause();
    this.#later(exponential(random, PAUSE_MS), () => node.resume());
  }

  #crashActor(random: RandomStream): void {
    const node = this.#anyNode(random);
    const name = oneOf(random, this.#world.actors);
    if (!node.mayCrash) return;
    this.#note(`crash the ${name} of ${node.index}`);
    node.crashActor(name);
  }

  #wipe(random: RandomStream): void {
    this.#wipeNode(this.#anyNode(random), random);
  }

  #wipeNode(node: SimNode, random: RandomStream): void {
    if (!this.#world.mayWipe(node)) return;
    this.#note(`wipe ${node.index}`);
    node.wipe();
    this.#later(exponential(random, DOWN_MS), () => node.start());
  }

  #rot(random: RandomStream): void {
    const node = this.#anyNode(random);
    const place = node.rot(random);
    if (place !== undefined) this.#note(`bit rot on ${node.index}: ${place}`);
  }

  #fillDisk(random: RandomStream): void {
    const node = this.#anyNode(random);
    this.#note(`the disk of ${node.index} is full`);
    node.behave({ isFull: true });
    this.#later(exponential(random, FULL_MS), () => node.behave({ isFull: false }));
  }

  #slowDisk(random: RandomStream): void {
    const node = this.#anyNode(random);
    const factor = between(random, 5, 100);
    this.#note(`the disk of ${node.index} is ${factor.toFixed(0)} times as slow`);
    node.behave({ slowness: factor });
    this.#later(exponential(random, SLOW_MS), () => node.behave({ slowness: 1 }));
  }

  #partition(random: RandomStream): void {
    const { network, nodes } = this.#world;
    const what = partition(random, network, nodes.map((node) => node.index));
    if (what === undefined) return;
    this.#note(what);
    this.#healLater(exponential(random, PARTITION_MS));
  }

  /** Ends the present partition, unless another has taken its place by then. */
  #healLater(delayMs: number): void {
    const number = ++this.#partitions;
    this.#later(delayMs, () => {
      if (number === this.#partitions) this.#world.network.healAll();
    });
  }

  /** Whoever leads is cut off, and who was cut off before is back, with what it has and others have not. */
  #depose(random: RandomStream): void {
    const { network, nodes, leaders } = this.#world;
    const kind = oneOf(random, ["isolate", "mute", "deafen"] as const);
    if (leaders.length === 0) return;
    const { index } = oneOf(random, leaders);
    cutOff(network, index, nodes.map((node) => node.index), kind);
    this.#note(`depose ${index} (${kind})`);
    this.#healLater(exponential(random, DEPOSED_MS));
  }

  /** The power fails, or a disk is lost, when something was just said that depends on what is on it. */
  #ambush(random: RandomStream): void {
    const type = oneOf(random, this.#world.ambushes);
    const victim = oneOf(random, ["sender", "sender", "sender", "disk", "all"]);
    // What was just said may come late: when who said it has forgotten it, and others have gone on.
    const heldMs = random() < 0.5 ? 0 : exponential(random, HELD_MS);
    lieInWait(this.#world, { type, heldMs }, (sender) => {
      const node = this.#world.nodes[sender]!;
      if (this.#isStopped || !node.mayCrash) return;
      this.#note(`ambush at ${type} of ${sender} (${victim})`);
      if (victim === "all" && node.hasDisks) return this.#crashAll(random);
      if (victim === "disk" && node.hasDisks) this.#wipeNode(node, random);
      node.crash(random() < 0.7 ? "lose" : oneOf(random, CRASH_KINDS));
      this.#later(exponential(random, DOWN_MS), () => node.start());
    });
  }

  /** When a view has begun, much of what was said in earlier ones comes again. */
  #echo(random: RandomStream): void {
    const type = oneOf(random, this.#world.beginnings);
    lieInWait(this.#world, { type, heldMs: 0 }, () => {
      if (this.#isStopped) return;
      this.#note(`echo at ${type}`);
      this.#world.network.echo(random, ECHOES, ECHO_MS);
    });
  }

  #administer(random: RandomStream): void {
    const what = this.#world.administer(random);
    if (what !== undefined) this.#note(what);
  }

  #clog(random: RandomStream): void {
    const from = this.#anyNode(random).index;
    const to = this.#anyNode(random).index;
    if (from === to) return;
    const durationMs = exponential(random, CLOG_MS);
    this.#note(`clog ${from} to ${to}`);
    this.#world.network.clog(from, to, durationMs);
  }

  #jump(random: RandomStream): void {
    const node = this.#anyNode(random);
    const ms = between(random, -JUMP_MS, JUMP_MS);
    this.#note(`the clock of ${node.index} jumps by ${ms.toFixed(0)} ms`);
    node.wallClock.jump(ms);
  }
}
