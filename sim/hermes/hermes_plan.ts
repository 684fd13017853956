/**
 * What one seed is going to be for a Hermes cluster: what {@linkcode drawPlan} draws for every cluster, and
 * how its volumes are laid out.
 *
 * @module
 */
import { randomInteger, type RandomStream, randomStream } from "../../actors/random.ts";
import { between, oneOf } from "../distributions.ts";
import { drawLease, slowed } from "../master/master_plan.ts";
import { drawPlan, type GivenPlan, type Plan } from "../plan.ts";
import type { HermesSetup } from "./hermes_setup.ts";

const SIZES = [3, 3, 3, 4, 5, 5, 6, 7] as const;
/** With fewer replicas there is nothing to agree on. */
const REPLICAS_MIN = 3;
/** More sessions than there ever are: none is evicted. */
const SESSIONS_MAX = 1_000_000;

/** What a seed is going to be, if it is a Hermes cluster. */
export function drawHermesPlan(seed: bigint, given: GivenPlan = {}): Plan {
  const stream = (name: string) => randomStream(seed, `plan/hermes/${name}`);
  const nodes = given.nodes ?? oneOf(stream("size"), SIZES);
  const plan = drawPlan(seed, { nodes, durability: "disk" });
  const hermes = drawSetup(stream("setup"), nodes, plan);
  const { sessionsMax: _, ...clients } = plan.clients;
  const asked = stream("clients");
  const rates = stream("rates");
  const drift = stream("drift");
  return {
    ...plan,
    hermes,
    clients: { ...clients, bounded: asked() < 0.5 ? 0 : asked() * 0.6 },
    rates: {
      ...slowed(plan.rates, oneOf(stream("pace"), [1, 1, 3])),
      admin: rates() < 0.5 ? 0 : between(rates, 300, 3_000),
    },
    // Two clocks may be off in opposite directions.
    timerDrift: drift() < 0.5 ? 0 : drift() * 0.99 * hermes.driftBound / (2 + hermes.driftBound),
    // A failure takes about a second: silence, and then leases that run out.
    safetyMs: plan.safetyMs * 1.5,
  };
}

function drawSetup(random: RandomStream, nodes: number, { group, network }: Plan): HermesSetup {
  const { snapshotLogBytes, heartbeatMs = 50 } = group;
  const isWhole = nodes <= REPLICAS_MIN || random() < 0.4;
  return {
    volumes: oneOf(random, [1, 1, 2, 3, 5, 8]),
    length: isWhole ? 0 : REPLICAS_MIN + randomInteger(random, nodes - REPLICAS_MIN + 1),
    leaseMs: drawLease(random, network),
    driftBound: oneOf(random, [0.01, 0.05, 0.2]),
    sessionsMax: random() < 0.2 ? 1 + randomInteger(random, 8) : SESSIONS_MAX,
    replica: {
      heartbeatMs,
      reads: random() < 0.7 ? "lease" : "check",
      sparesValidations: random() < 0.7,
      virtualIds: oneOf(random, [1, 2, 16]),
      broadcastsAcks: random() < 0.3,
      mltMs: oneOf(random, [20, 100, 300]),
      chunkBytes: oneOf(random, [1, 300, 262_144]),
      replaysMax: oneOf(random, [1, 1_024]),
      ...(random() < 0.2 && { updatesMax: 1 + randomInteger(random, 4) }),
      ...(random() < 0.2 && { readsMax: 1 + randomInteger(random, 4) }),
      ...(snapshotLogBytes !== undefined && { snapshotLogBytes }),
    },
  };
}
