import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { threshold } from "../../protocols/vr/quorum.ts";
import { Checker } from "./checker.ts";
import { Clients } from "./client.ts";
import { ACTORS, Cluster } from "./cluster.ts";
import { Workload } from "./workload.ts";

/** What a run came to. */
export interface SwarmResult {
  readonly seed: number;
  readonly replicaCount: number;
  /** The kinds of faults that this seed has, for messages. */
  readonly faults: string;
  readonly violations: readonly string[];
  /** Client operations answered. */
  readonly completed: number;
  /** The history, as a text: the same seed gives the same. */
  readonly history: string;
  /** Where everybody stood at the end. */
  readonly description: string;
}

/** How long the faults go on, in virtual milliseconds. */
const SAFETY_MS = 6_000;
/** How long everything may take to be well again. */
const LIVENESS_MS = 10_000;
const CLIENTS = 4;

/** The faults of one seed: each kind is present in some seeds only, so that no kind hides another. */
class Faults {
  readonly loss: number;
  /** The share of messages that come again, or at last, when they are long forgotten. */
  readonly ghosts: number;
  readonly crashes: boolean;
  readonly blackouts: boolean;
  readonly partitions: boolean;
  readonly actors: boolean;
  readonly wipes: boolean;
  readonly damage: boolean;
  readonly snapshots: boolean;
  readonly fullDisks: boolean;
  readonly slowDisks: boolean;

  constructor(random: RandomStream) {
    const some = (share: number) => random() < share;
    this.loss = some(0.5) ? 0 : random() * 0.1;
    this.ghosts = some(0.6) ? 0 : random() * 0.02;
    this.crashes = some(0.7);
    this.blackouts = some(0.2);
    this.partitions = some(0.6);
    this.actors = some(0.5);
    this.wipes = some(0.4);
    this.damage = some(0.4);
    this.snapshots = some(0.6);
    this.fullDisks = some(0.2);
    this.slowDisks = some(0.3);
  }

  toString(): string {
    return Object.entries(this)
      .filter(([, value]) => value !== false && value !== 0)
      .map(([name, value]) => value === true ? name : `${name} ${value.toFixed(3)}`)
      .join(", ");
  }
}

/** One random life of a cluster. */
export class Swarm {
  readonly #seed: number;
  readonly #random: RandomStream;
  readonly #faults: Faults;
  readonly #cluster: Cluster;
  readonly #checker: Checker;
  readonly #workload: Workload;
  /** Replicas whose disk is not what it was, until they are normal again. */
  readonly #mending = new Set<number>();

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = randomStream(seed, "swarm");
    this.#faults = new Faults(randomStream(seed, "faults"));
    const replicaCount = [1, 2, 3, 3, 3, 3, 4, 5, 5, 7][this.#pick(10)]!;
    const { snapshots, slowDisks } = this.#faults;
    this.#cluster = new Cluster({
      seed,
      replicaCount,
      ...(snapshots && { snapshotLogBytes: 3_000 }),
      ...(slowDisks && { diskMs: (random) => random() < 0.02 ? random() * 200 : random() * 4 }),
    });
    this.#checker = new Checker(this.#cluster);
    this.#loseMessages();
    this.#cluster.startAll();
    this.#workload = new Workload(new Clients(this.#cluster), this.#checker, CLIENTS);
  }

  /** Lives it: faults, then none, then rest. */
  run(): SwarmResult {
    const cluster = this.#cluster;
    while (cluster.clock.now < SAFETY_MS && this.#checker.violations.length === 0) {
      this.#runFor(20 + this.#random() * 150);
      this.#breakSomething();
    }
    if (this.#checker.violations.length === 0) this.#recover();
    return {
      seed: this.#seed,
      replicaCount: cluster.size,
      faults: String(this.#faults),
      violations: this.#checker.violations,
      completed: this.#workload.completed,
      history: this.#checker.history.map(({ command, opNumber }) => `${command}@${opNumber}`)
        .join(),
      description: cluster.describe(),
    };
  }

  get log() {
    return this.#cluster.log;
  }

  #pick(count: number): number {
    return randomInteger(this.#random, count);
  }

  #note(text: string): void {
    const at = this.#cluster.clock.now;
    this.#cluster.log.push({ at, node: -1, level: "info", source: "swarm", text });
  }

  #runFor(ms: number): void {
    this.#cluster.run(ms);
    this.#checker.check();
    for (const index of this.#mending) {
      if (this.#cluster.node(index).isNormal) this.#mending.delete(index);
    }
  }

  #loseMessages(): void {
    const { loss, ghosts } = this.#faults;
    const random = randomStream(this.#seed, "loss");
    this.#cluster.network.intercept(() => {
      if (random() < loss) return { copies: 0 };
      if (random() < loss) return { copies: 2, delayMs: random() * 100 };
      if (random() < loss) return { delayMs: random() * 300 };
      return random() < ghosts ? { delayMs: random() * 4_000 } : undefined;
    });
  }

  #breakSomething(): void {
    const faults = this.#faults;
    const chance = (share: number) => this.#random() < share;
    if (faults.crashes && chance(0.3)) this.#crashOrRestart();
    if (faults.blackouts && chance(0.02)) this.#blackout();
    if (faults.partitions && chance(0.08)) this.#cutSomething();
    if (faults.actors && chance(0.3)) this.#crashActor();
    if ((faults.wipes || faults.damage) && chance(0.2)) this.#spoilDisk();
    if (faults.fullDisks && chance(0.1)) this.#fillDisk();
  }

  #crashOrRestart(): void {
    const down = this.#cluster.nodes.filter((node) => !node.isUp);
    const { size } = this.#cluster;
    if (down.length > 0 && this.#random() < 0.5) {
      const { index } = down[this.#pick(down.length)]!;
      this.#note(`start ${index}`);
      return this.#cluster.start(index);
    }
    if (down.length >= Math.max(1, Math.floor((size - 1) / 2))) return;
    const index = this.#pick(size);
    this.#note(`crash ${index}`);
    this.#cluster.crash(index);
  }

  #blackout(): void {
    this.#note("blackout");
    for (const { index } of this.#cluster.nodes) this.#cluster.crash(index);
    for (const { index } of this.#cluster.nodes) {
      this.#cluster.clock.after(this.#random() * 500, () => this.#cluster.start(index));
    }
  }

  /** Cuts a replica off, the primary more often than others, long enough to be missed or not. */
  #cutSomething(): void {
    const cluster = this.#cluster;
    const index = this.#random() < 0.5 ? cluster.primary?.index ?? 0 : this.#pick(cluster.size);
    const kind = this.#pick(4);
    const durationMs = this.#random() * 2_500;
    this.#note(`cut ${index}, kind ${kind}, for ${durationMs.toFixed(0)} ms`);
    if (kind === 0) cluster.isolate(index);
    else if (kind === 1) cluster.mute(index);
    else if (kind === 2) cluster.deafen(index);
    else cluster.cut(index, this.#pick(cluster.size));
    cluster.clock.after(durationMs, () => {
      this.#note("heal");
      cluster.heal();
    });
  }

  #crashActor(): void {
    const index = this.#pick(this.#cluster.size);
    const name = ACTORS[this.#pick(ACTORS.length)]!;
    this.#note(`crash ${name} of ${index}`);
    this.#cluster.crashActor(index, name);
  }

  /** A disk is lost or damaged: as many at once as the group promises to survive. */
  #spoilDisk(): void {
    const { size } = this.#cluster;
    const index = this.#pick(size);
    if (this.#mending.size >= threshold(size) || this.#mending.has(index)) return;
    const isWipe = this.#faults.wipes && (!this.#faults.damage || this.#random() < 0.5);
    this.#note(`${isWipe ? "wipe" : "damage"} ${index}`);
    this.#mending.add(index);
    if (isWipe) this.#cluster.wipe(index);
    else this.#damage(index);
    this.#cluster.clock.after(this.#random() * 500, () => this.#cluster.start(index));
  }

  #damage(index: number): void {
    this.#cluster.crash(index);
    const { disk } = this.#cluster.node(index);
    const files = disk.files.filter((name) => name.startsWith("log-"));
    if (files.length === 0) return;
    const name = files[this.#pick(files.length)]!;
    const contents = disk.contents(name)!;
    if (contents.length === 0) return;
    contents[this.#pick(contents.length)]! ^= 1 << this.#pick(8);
    disk.plant(name, contents);
  }

  #fillDisk(): void {
    const { disk, index } = this.#cluster.node(this.#pick(this.#cluster.size));
    this.#note(`disk of ${index} is full`);
    const used = disk.files.reduce((sum, name) => sum + disk.contents(name)!.length, 0);
    disk.limit(used);
    this.#cluster.clock.after(this.#random() * 3_000, () => disk.limit(Infinity));
  }

  #recover(): void {
    const cluster = this.#cluster;
    this.#note("no more faults");
    cluster.heal();
    for (const { index, disk } of cluster.nodes) {
      disk.limit(Infinity);
      cluster.start(index);
    }
    const before = this.#workload.completed;
    this.#runFor(LIVENESS_MS);
    const served = this.#workload.completed - before;
    if (served < 100) this.#checker.fail(`stuck: ${served} operations in ${LIVENESS_MS} ms`);
    this.#workload.stop();
    this.#runFor(3_000);
    if (!cluster.isConverged) this.#checker.fail("not converged");
    this.#workload.checkHistory();
  }
}
