/**
 * Clusters of each protocol in the simulator, whose nodes take one message after the other, each for the same
 * time, and nothing else that costs any. What comes of it does not depend on the machine: it says how the
 * messages of a protocol are spread over the nodes, and how many of them an operation has to wait for.
 *
 * @module
 */
import { KvStore } from "../../protocols/kv/store.ts";
import { ChainWorld } from "../../sim/chain/chain_world.ts";
import { CALM_DISK } from "../../sim/disk.ts";
import { HermesWorld } from "../../sim/hermes/hermes_world.ts";
import { CALM_NETWORK } from "../../sim/network.ts";
import { VrWorld } from "../../sim/vr/vr_world.ts";
import type { World } from "../../sim/world.ts";

/** What is compared. */
export type SystemName = "hermes" | "hermesO3" | "craq" | "cr" | "vr";

/** What everything is made of, in milliseconds. */
export interface Costs {
  /** What a message costs the node that takes it. */
  readonly serviceMs: number;
  /** How long it is on its way. */
  readonly latencyMs: number;
  /** Types of messages that cost nothing. */
  readonly free?: readonly string[];
}

/** A cluster that has been formed. */
export interface SimulatedSystem {
  readonly world: World;
  /** The actor of each node that takes what clients ask. */
  readonly table: string;
}

/** Until every member has its first lease. */
const SETTLING_MS = 200;
const NOTHING = { minMs: 0, tailMs: 0 };
const SESSIONS_MAX = 10_000;

/** Each update travels alone, as the papers' do: batches would hide what a message more costs. */
const UNBATCHED = { requestsMax: 1, pipeline: 256 };

/** Starts a cluster, and waits until all of it is of use. */
export function startSystem(name: SystemName, nodes: number, costs: Costs): SimulatedSystem {
  const system = makeSystem(name, nodes, costs);
  const { world } = system;
  world.startAll();
  if (!world.runUntil(() => world.isFormed, 20_000)) throw new Error(world.describe());
  world.runFor(SETTLING_MS);
  return system;
}

function makeSystem(name: SystemName, nodes: number, costs: Costs): SimulatedSystem {
  const common = {
    seed: 1n,
    group: { replicaCount: nodes, journal: {} },
    machine: () => new KvStore(),
    network: {
      ...CALM_NETWORK,
      latency: { minMs: costs.latencyMs, tailMs: 0 },
      service: { ms: costs.serviceMs, nodes, free: costs.free ?? [] },
    },
    disk: { ...CALM_DISK, readLatency: NOTHING, writeLatency: NOTHING },
  };
  const setup = { volumes: 1, length: 0, leaseMs: 2_000, driftBound: 0.01 };
  const table = "volume-0/client-table";
  switch (name) {
    case "hermes":
    case "hermesO3": {
      const replica = { broadcastsAcks: name === "hermesO3" };
      const hermes = { ...setup, sessionsMax: SESSIONS_MAX, replica };
      return { world: new HermesWorld({ ...common, hermes }), table };
    }
    case "craq":
    case "cr": {
      const reads: "any" | "tail" = name === "craq" ? "any" : "tail";
      const replica = { ...UNBATCHED, window: 256 };
      const chain = { ...setup, reads, nodeDataCenters: [], adoptedSessionsMax: 1_000, replica };
      return { world: new ChainWorld({ ...common, chain }), table };
    }
    case "vr": {
      const group = { ...common.group, ...UNBATCHED };
      return { world: new VrWorld({ ...common, group }), table: "client-table" };
    }
  }
}
