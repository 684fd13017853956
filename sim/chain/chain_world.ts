import type { StateMachine } from "../../protocols/state_machine.ts";
import { volumeNames } from "../../protocols/volume_names.ts";
import { actorNames } from "../master/master_words.ts";
import { MasterWorld, type MasterWorldOptions } from "../master/master_world.ts";
import { ReadWatch } from "../master/read_watch.ts";
import type { SentMessage } from "../network.ts";
import { Oracle } from "../oracle.ts";
import type { Ask } from "../workloads/workload.ts";
import { ChainNode } from "./chain_node.ts";
import type { ChainSetup } from "./chain_setup.ts";
import { ChainWatch } from "./chain_watch.ts";
import { describeChains } from "./chain_words.ts";

/** What the world of a chain cluster is made from. */
export interface ChainWorldOptions extends MasterWorldOptions {
  readonly chain: ChainSetup;
}

/** A volume, and who watches over it. */
export interface Volume {
  readonly volume: number;
  readonly names: ReturnType<typeof volumeNames>;
  readonly oracle: Oracle;
  readonly watch: ChainWatch;
}

/** A chain cluster and its world: some volumes, and the master that decides who replicates them. */
export class ChainWorld extends MasterWorld {
  readonly chain: ChainSetup;
  override readonly volumes: readonly Volume[];
  override readonly nodes: readonly ChainNode[];
  override readonly actors: readonly string[];
  override readonly beginnings = [
    "startView",
    "startViewChange",
    "update",
    "resume",
    "configured",
    "outdated",
  ];
  override readonly ambushes = [
    "prepareOk",
    "doViewChange",
    "startView",
    "update",
    "update",
    "ack",
    "ack",
    "resume",
    "diverged",
    "checkpointPiece",
    "version",
    "configured",
    "result",
    "result",
  ];
  readonly #reads: ReadWatch;
  /** Executes nothing: it only says what commands and queries are about. */
  readonly #model: StateMachine;

  /** Nothing runs before {@linkcode World.startAll}. */
  constructor(options: ChainWorldOptions) {
    super(options, options.chain);
    const { chain, machine, invariant } = options;
    const { violations } = this;
    this.#model = machine();
    this.chain = chain;
    this.volumes = Array.from({ length: chain.volumes }, (_, volume) => ({
      volume,
      names: volumeNames(volume),
      oracle: new Oracle(machine, () => this.clock.now, invariant, {
        violations,
        name: chain.volumes === 1 ? "" : `volume ${volume}`,
        readsByObject: true,
        adoptedSessionsMax: volume === 0 ? undefined : chain.adoptedSessionsMax,
      }),
      watch: new ChainWatch({
        volume,
        decided: this.decided,
        fail: (what) => this.fail(what),
      }),
    }));
    this.#reads = new ReadWatch(this.volumes);
    const { replicaCount } = options.group;
    this.nodes = Array.from({ length: replicaCount }, (_, index) => new ChainNode(this, index));
    this.actors = actorNames(chain.volumes);
  }

  override node(index: number): ChainNode {
    return this.nodes[index]!;
  }

  override get committed(): number {
    return this.volumes.reduce((sum, { oracle }) => sum + oracle.length, 0);
  }

  /** Who leads the master's group, and the heads and tails of all volumes. */
  override get leaders(): readonly ChainNode[] {
    const ends = this.volumes.flatMap(({ volume }) => {
      const { members = [] } = this.decided.volume(volume) ?? {};
      return [members[0], members.at(-1)].flatMap((member) => member?.node ?? []);
    });
    return this.nodes.filter((node) => node.master?.leading || ends.includes(node.index));
  }

  override checkStates(): void {
    for (const { volume, oracle } of this.volumes) {
      const expected = oracle.digest();
      for (const { node: index } of this.decided.volume(volume)?.members ?? []) {
        const node = this.node(index);
        if (node.executed(volume) !== oracle.length) {
          oracle.fail(
            `replica ${index} has executed ${node.executed(volume)} of ${oracle.length} entries`,
          );
        } else if (node.digest(volume) !== expected) {
          oracle.fail(`replica ${index} has another state than the model in the end`);
        }
      }
    }
  }

  override describe(): string {
    return describeChains(this);
  }

  protected override seesClients(sent: SentMessage): void {
    this.#reads.see(sent);
  }

  protected override hasSettled(volume: number, members: readonly number[]): boolean {
    const { length } = this.volumes[volume]!.oracle;
    return members.every((index) => {
      const node = this.node(index);
      return node.executed(volume) === length && node.replica(volume)?.opNumber === length;
    });
  }

  protected override objectOf(ask: Ask): string | undefined {
    return "query" in ask
      ? this.#model.queryObject?.(ask.query)
      : this.#model.commandObject?.(ask.command);
  }
}
