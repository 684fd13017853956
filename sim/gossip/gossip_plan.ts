/**
 * What one seed is going to be for a gossip cluster: what {@linkcode drawPlan} draws for every cluster, and how
 * it spreads and repairs.
 *
 * @module
 */
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { SWIM_LOCAL, type SwimTuning } from "../../protocols/swim/options.ts";
import { between, oneOf } from "../distributions.ts";
import { slowed } from "../master/master_plan.ts";
import { drawPlan, type GivenPlan, type Plan } from "../plan.ts";
import { drawWork } from "./gossip_draws.ts";
import type { GossipSetup } from "./gossip_setup.ts";

const SIZES = [2, 3, 3, 3, 4, 5, 5, 6, 7, 8, 9] as const;
/** Clocks may be set wrong by a minute, several times. */
const DRIFT_MS_MAX = 600_000;

/** What a seed is going to be, if it is a gossip cluster. */
export function drawGossipPlan(seed: bigint, given: GivenPlan = {}): Plan {
  const stream = (name: string) => randomStream(seed, `plan/gossip/${name}`);
  const nodes = given.nodes ?? oneOf(stream("size"), SIZES);
  const { durability } = given;
  const plan = drawPlan(seed, { nodes, ...(durability !== undefined && { durability }) });
  const { sessionsMax: _, ...clients } = plan.clients;
  const rates = stream("rates");
  const gossip = drawSetup(stream("setup"), nodes, plan);
  const isStrict = (gossip.hybridClock.maxDriftMs ?? 0) < DRIFT_MS_MAX;
  return {
    ...plan,
    gossip,
    clients: { ...clients, impatient: 0 },
    rates: {
      ...slowed(plan.rates, oneOf(stream("pace"), [1, 2, 4])),
      // Whose clock is further ahead than that is not listened to, for so long.
      ...(isStrict && { clockJump: 0 }),
      admin: rates() < 0.5 ? 0 : between(rates, 500, 4_000),
    },
    safetyMs: plan.safetyMs * 1.5,
  };
}

function drawSetup(random: RandomStream, nodes: number, { group }: Plan): GossipSetup {
  const { snapshotLogBytes } = group;
  const intervalMs = oneOf(random, [50, 150, 400]);
  const seeds = Math.min(nodes, 2 + randomInteger(random, 2));
  const late = random() < 0.6 ? 0 : randomInteger(random, nodes - seeds + 1);
  const some = <T>(share: number, value: T) => random() < share ? value : undefined;
  return {
    seeds,
    late,
    spread: oneOf(random, ["local", "round-robin"]),
    hybridClock: {
      maxDriftMs: random() < 0.7 ? DRIFT_MS_MAX : 15_000,
      leaseMs: oneOf(random, [200, 2_000, 10_000]),
    },
    swim: drawSwim(random),
    work: drawWork(random),
    tuning: defined({
      intervalMs,
      retryMs: oneOf(random, [50, 200]),
      mailRetryMs: oneOf(random, [40, 100, 250]),
      syncFanout: oneOf(random, [1, 2, 3]),
      mailAllMax: oneOf(random, [16, 16, 2]),
      fanout: oneOf(random, [1, 2, 3]),
      scrubMs: oneOf(random, [100, 1_000]),
      repairBytes: oneOf(random, [1, 300, 262_144]),
      collectMax: oneOf(random, [1, 10_000]),
      hintsMax: some(0.3, 1 + randomInteger(random, 5)),
      hintsBytesMax: some(0.2, 300),
      hintsMaxAgeMs: some(0.2, 500),
      indexMax: some(0.3, oneOf(random, [5, 50])),
      requestersMax: some(0.2, 2),
      waitingMax: some(0.2, 3),
      snapshotLogBytes,
    }),
  };
}

/** Failures are noticed within about a second. */
function drawSwim(random: RandomStream): SwimTuning {
  const probeIntervalMs = oneOf(random, [100, 200]);
  return {
    ...SWIM_LOCAL,
    probeIntervalMs,
    probeTimeoutMs: probeIntervalMs * 0.4,
    suspicionMaxMult: 3,
    gossipIntervalMs: 40,
    gossipToDeadMs: 2_000,
    syncIntervalMs: 1_000,
    reconnectIntervalMs: 500,
    flapWindowMs: oneOf(random, [1, 1_000]),
    healthMax: oneOf(random, [1, 4]),
  };
}

/** What is left out has its default. */
function defined<T extends object>(values: T): { [K in keyof T]: NonNullable<T[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: NonNullable<T[K]> };
}
