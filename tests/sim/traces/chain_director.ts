import { assert } from "@std/assert";
import type { ChainMessage } from "../../../protocols/chain/messages.ts";
import { KvStore } from "../../../protocols/kv/store.ts";
import type { ChainSetup } from "../../../sim/chain/chain_setup.ts";
import { ChainWorld, type ChainWorldOptions } from "../../../sim/chain/chain_world.ts";
import { MasterDirector, NETWORK } from "./master_director.ts";

/** What a scenario begins with. */
export interface ChainDirectorOptions {
  /** @default {3} */
  readonly nodes?: number;
  readonly chain?: Partial<ChainSetup>;
  readonly world?: Partial<ChainWorldOptions>;
  /** @default {["A"]} */
  readonly clients?: readonly string[];
}

/** A chain of one volume, in the order of its nodes, that does what a test says, message by message. */
export class ChainDirector extends MasterDirector<ChainWorld, ChainMessage["type"]> {
  constructor(options: ChainDirectorOptions = {}) {
    const { nodes = 3, chain, world, clients = ["A"] } = options;
    const cluster = new ChainWorld({
      seed: 1n,
      group: { replicaCount: nodes, journal: {} },
      chain: {
        volumes: 1,
        length: 0,
        reads: "any",
        leaseMs: 500,
        driftBound: 0.01,
        adoptedSessionsMax: 1_000,
        ...chain,
      },
      machine: () => new KvStore(),
      network: NETWORK,
      ...world,
    });
    super(cluster, Object.fromEntries(clients.map((name) => [name, 0])));
  }

  /** What the replica of a node says of itself. */
  replica(index: number) {
    const replica = this.world.node(index).replica(0);
    assert(replica !== undefined, `replica ${index} has said nothing yet`);
    return replica;
  }
}
