/**
 * What one seed is going to be for a chain cluster: what {@linkcode drawPlan} draws for every cluster, and
 * how its volumes are laid out.
 *
 * @module
 */
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { between, oneOf } from "../distributions.ts";
import { drawLease, slowed } from "../master/master_plan.ts";
import { drawPlan, type GivenPlan, type Plan } from "../plan.ts";
import type { ChainSetup } from "./chain_setup.ts";

const SIZES = [3, 3, 3, 4, 5, 5, 6, 7] as const;

/** What a seed is going to be, if it is a chain cluster. */
export function drawChainPlan(seed: bigint, given: GivenPlan = {}): Plan {
  const stream = (name: string) => randomStream(seed, `plan/chain/${name}`);
  const nodes = given.nodes ?? oneOf(stream("size"), SIZES);
  const plan = drawPlan(seed, { nodes, durability: "disk" });
  const drawn = drawSetup(stream("setup"), nodes, plan);
  const chain = given.workload === "bank" ? { ...drawn, volumes: 1 } : drawn;
  const clients = stream("clients");
  const rates = stream("rates");
  const drift = stream("drift");
  return {
    ...plan,
    chain,
    clients: { ...plan.clients, bounded: clients() < 0.5 ? 0 : clients() * 0.6 },
    rates: {
      ...slowed(plan.rates, oneOf(stream("pace"), [1, 1, 3])),
      admin: rates() < 0.5 ? 0 : between(rates, 300, 3_000),
    },
    // Two clocks may be off in opposite directions.
    timerDrift: drift() < 0.5 ? 0 : drift() * 0.99 * chain.driftBound / (2 + chain.driftBound),
    // A failure takes about a second: silence, and then leases that run out.
    safetyMs: plan.safetyMs * 1.5,
  };
}

function drawSetup(random: RandomStream, nodes: number, { group, network }: Plan): ChainSetup {
  const volumes = oneOf(random, [1, 1, 2, 3, 4]);
  const length = random() < 0.4 ? 0 : 1 + randomInteger(random, nodes);
  const { snapshotLogBytes, retainEntries, requestsMax } = group;
  return {
    volumes,
    length,
    reads: random() < 0.7 ? "any" : "tail",
    leaseMs: drawLease(random, network),
    driftBound: oneOf(random, [0.01, 0.05, 0.2]),
    ...drawDataCenters(random, nodes),
    adoptedSessionsMax: random() < 0.2 ? 1 + randomInteger(random, 8) : 1_000_000,
    replica: {
      pipeline: oneOf(random, [1, 4, 64]),
      window: oneOf(random, [1, 8, 128]),
      ...(snapshotLogBytes !== undefined && { snapshotLogBytes }),
      ...(retainEntries !== undefined && { retainEntries }),
      ...(requestsMax !== undefined && { requestsMax }),
    },
  };
}

/** Most clusters are in one place. Where updates may be made is left open: a chain that takes none is no use. */
function drawDataCenters(
  random: RandomStream,
  nodes: number,
): Pick<ChainSetup, "nodeDataCenters" | "dataCenters"> {
  if (random() < 0.8) return { nodeDataCenters: [] };
  const nodeDataCenters = Array.from(
    { length: nodes },
    (_, node) => node % 2 === 0 ? "east" : "west",
  );
  const dataCenters = oneOf(random, [1, 2, ["west", "east"], { east: 2, west: 1 }]);
  return { nodeDataCenters, dataCenters };
}
