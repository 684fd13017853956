/**
 * Goal: whatever fails, nobody serves a volume that it was expelled from, no chain is extended whose last
 * member does not know it, and once all is well again every volume has all its members. Method: seeded
 * faults of all kinds against the real master's group and members, the first two checked after every event.
 */
import { assertEquals } from "@std/assert";
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { MASTER, MEMBERSHIP } from "../../protocols/master/names.ts";
import type { Topology } from "../../protocols/master/topology.ts";
import { MasterCluster } from "./cluster.ts";

const SEEDS = 12;
const FAULTS = 25;
const ACTORS = [
  MASTER.journal,
  MASTER.clientTable,
  MASTER.replica,
  MASTER.detector,
  MEMBERSHIP.member,
  MEMBERSHIP.detector,
  `${MEMBERSHIP.member}/session`,
  "volume-0/replica",
] as const;

/** One cluster, and what befalls it. */
class Swarm {
  readonly cluster: MasterCluster;
  readonly #random: RandomStream;
  readonly #undo: (() => void)[] = [];

  constructor(seed: number, topology: Topology) {
    this.#random = randomStream(seed, "swarm");
    const rare = randomStream(seed, "rare");
    this.cluster = MasterCluster.formed({
      seed,
      topology,
      nodeCount: this.#below(2) === 0 ? 3 : 5,
      placement: { volumes: 1 + this.#below(3), length: 2 + this.#below(2) },
      maybe: () => rare() < 0.01,
    });
    for (const { replicas } of this.cluster.nodes) {
      for (const replica of replicas) replica.delayMs = () => this.#below(200);
    }
  }

  run(): void {
    const { cluster } = this;
    for (let fault = 0; fault < FAULTS; fault++) {
      this.#befall(this.#below(cluster.nodes.length));
      cluster.run(this.#below(600));
    }
    for (const undo of this.#undo) undo();
    cluster.network.healAll();
    for (const { index, system } of cluster.nodes) if (system === undefined) cluster.start(index);
    cluster.until(() => this.#isWhole(), 60_000, "the end of all reconfigurations");
    assertEquals(cluster.violations, []);
    assertEquals(cluster.failures, []);
  }

  #befall(index: number): void {
    const { cluster } = this;
    const isUp = cluster.node(index).system !== undefined;
    const other = this.#below(cluster.nodes.length);
    switch (this.#below(10)) {
      case 0:
      case 1:
        return isUp ? cluster.crash(index) : cluster.start(index);
      case 2:
        return this.#wipe(index);
      case 3:
        return cluster.isolate(index);
      case 4:
        return cluster.network.cut(index, other);
      case 5:
        return cluster.network.healAll();
      case 6:
        return void this.#undo.push(cluster.silence(index));
      case 7:
        for (const undo of this.#undo.splice(0)) undo();
        return;
      case 8:
        return this.#crashActor(index, ACTORS[this.#below(ACTORS.length)]!);
      case 9:
        return cluster.deafen(index);
    }
  }

  #crashActor(index: number, name: string): void {
    const figures = this.cluster.node(index).system?.figures() ?? [];
    const isRunning = figures.some((actor) => actor.name === name && actor.state === "running");
    if (isRunning) this.cluster.crashActor(index, name);
  }

  /** Not where nobody else has the data: there is no help for that. */
  #wipe(index: number): void {
    const { cluster } = this;
    const isIndispensable = cluster.decided.volumes.some(({ members }) =>
      members.some(({ node }) => node === index) &&
      !members.some(({ node, birth }) => node !== index && this.#has(node, birth))
    );
    if (isIndispensable) return;
    cluster.crash(index);
    cluster.wipe(index);
  }

  /** Whether a node is there, with the disk that a member is on. */
  #has(index: number, birth: number): boolean {
    const { system, replicas } = this.cluster.node(index);
    return system !== undefined && replicas.some((replica) => replica.birth === birth);
  }

  #isWhole(): boolean {
    const { decided, nodes, placement } = this.cluster;
    const length = Math.min(placement.length, nodes.length);
    return decided.volumes.every(({ volume, epoch, members, joining, leaving }) => {
      // Its last member has lost its disk after it had become the last.
      if (members.length === 1 && !this.#has(members[0]!.node, members[0]!.birth)) return true;
      return members.length === length && joining === null && leaving === null &&
        members.every(({ node }) => {
          const replica = nodes[node]!.replicas[volume]!;
          return replica.volume?.epoch === epoch &&
            replica.mayServe(node, this.cluster.now(node));
        });
    });
  }

  #below(count: number): number {
    return randomInteger(this.#random, count);
  }
}

function runSwarm(topology: Topology): void {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      new Swarm(seed, topology).run();
    } catch (error) {
      throw new Error(`Seed ${seed}`, { cause: error });
    }
  }
}

Deno.test("member() and MasterMachine outlive whatever fails, and let nobody serve who is expelled", () => {
  runSwarm("chain");
});

Deno.test("member() and MasterMachine of a clique outlive whatever fails, and let nobody serve who is expelled", () => {
  runSwarm("clique");
});
