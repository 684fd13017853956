/**
 * The ways in which a case can be made smaller: each takes something away, and none gives anything.
 *
 * @module
 */
import { CALM_DISK } from "../disk.ts";
import type { FaultRates, Plan } from "../plan.ts";
import type { RunResult } from "../run.ts";

/** A smaller plan, and what it lacks. */
export interface Reduction {
  readonly name: string;
  readonly plan: Plan;
  /** Whether another seed may stand in for the plan's own, if that fails no more. */
  readonly isForAnySeed: boolean;
}

/** Where faults do their harm, a run with the whole rest of them left out says the most. */
const CHUNKS_MAX = 16;
const CALM_LATENCY = { minMs: 1, tailMs: 0.5 };
const SEGMENT_BYTES = 65_536;
const LINK_CAPACITY = 1_000;

/**
 * All reductions of a plan, those that take the most first.
 *
 * @param result What the plan comes to: says which faults there were, and when it failed.
 */
export function* reductionsOf(plan: Plan, result: RunResult): Generator<Reduction> {
  const forAny = (name: string, changes: Partial<Plan>): Reduction => (
    { name, plan: { ...plan, ...changes }, isForAnySeed: true }
  );
  for (const [name, changes] of kindsOfFaults(plan)) yield forAny(name, changes);
  for (const [name, changes] of sizes(plan)) yield forAny(name, changes);
  for (const [name, changes] of details(plan)) yield forAny(name, changes);
  for (const safetyMs of durations(plan, result)) {
    yield forAny(`${Math.ceil(safetyMs)} ms`, { safetyMs });
  }
  for (const names of chunks(result.faultNames)) {
    const without = [...plan.without, ...names];
    const name = `without ${names.join(", ")}`;
    yield { name, plan: { ...plan, without }, isForAnySeed: false };
  }
}

type Change = readonly [name: string, changes: Partial<Plan>];

/** Without one kind of fault altogether. */
function* kindsOfFaults(plan: Plan): Generator<Change> {
  const { rates, network, disk } = plan;
  const kinds = (Object.keys(rates) as (keyof FaultRates)[]).filter((kind) => rates[kind] > 0);
  if (kinds.length > 1) {
    const none = Object.fromEntries(kinds.map((kind) => [kind, 0]));
    yield ["no faults of nodes", { rates: { ...rates, ...none } }];
  }
  for (const kind of kinds) yield [`no ${kind}`, { rates: { ...rates, [kind]: 0 } }];
  for (const kind of ["loss", "replay", "reorder"] as const) {
    if (network[kind] > 0) yield [`no ${kind}`, { network: { ...network, [kind]: 0 } }];
  }
  if (network.capacity < LINK_CAPACITY) {
    yield ["wide links", { network: { ...network, capacity: LINK_CAPACITY } }];
  }
  for (const kind of ["errors", "misdirected", "garbled"] as const) {
    if (disk[kind] > 0) yield [`no ${kind}`, { disk: { ...disk, [kind]: 0 } }];
  }
  if (plan.forcesRareBranches) yield ["no rare branches", { forcesRareBranches: false }];
  if (plan.clockErrorMs > 0 || plan.clockDrift > 0 || (plan.timerDrift ?? 0) > 0) {
    yield ["right clocks", { clockErrorMs: 0, clockDrift: 0, timerDrift: 0 }];
  }
}

/** Fewer nodes and fewer clients, the fewest first. */
function* sizes({ group, clients, chain, hermes }: Plan): Generator<Change> {
  for (let volumes = 1; volumes < (hermes?.volumes ?? 0); volumes++) {
    yield [`${volumes} volumes`, { hermes: { ...hermes!, volumes } }];
  }
  for (let volumes = 1; volumes < (chain?.volumes ?? 0); volumes++) {
    yield [`${volumes} volumes`, { chain: { ...chain!, volumes } }];
  }
  for (let replicaCount = 1; replicaCount < group.replicaCount; replicaCount++) {
    yield [`${replicaCount} nodes`, { group: { ...group, replicaCount } }];
  }
  for (let count = 1; count < clients.clients; count = count * 2) {
    yield [`${count} clients`, { clients: { ...clients, clients: count } }];
  }
}

/** What makes a run harder to read than it has to be. */
function* details({ group, network, disk, clients, chain, hermes }: Plan): Generator<Change> {
  if (clients.impatient > 0) yield ["patient clients", { clients: { ...clients, impatient: 0 } }];
  if (clients.thinkMs < 50) yield ["fewer operations", { clients: { ...clients, thinkMs: 50 } }];
  if ((clients.bounded ?? 0) > 0) {
    yield ["no bounded reads", { clients: { ...clients, bounded: 0 } }];
  }
  if (chain !== undefined && chain.length !== 0) {
    yield ["chains of all nodes", { chain: { ...chain, length: 0 } }];
  }
  if (hermes !== undefined && hermes.length !== 0) {
    yield ["replicas on all nodes", { hermes: { ...hermes, length: 0 } }];
  }
  if (group.pipeline !== 1) yield ["no pipeline", { group: { ...group, pipeline: 1 } }];
  if (group.requestsMax !== 1) yield ["no batches", { group: { ...group, requestsMax: 1 } }];
  const { snapshotLogBytes, ...withoutSnapshots } = group;
  if (snapshotLogBytes !== undefined) yield ["no snapshots", { group: withoutSnapshots }];
  const { segmentBytes, preallocateBytes } = group.journal;
  if (segmentBytes !== SEGMENT_BYTES || preallocateBytes !== 0) {
    const journal = { ...group.journal, segmentBytes: SEGMENT_BYTES, preallocateBytes: 0 };
    yield ["one file of log", { group: { ...group, journal } }];
  }
  if (network.latency.tailMs !== CALM_LATENCY.tailMs) {
    yield ["an even network", { network: { ...network, latency: CALM_LATENCY } }];
  }
  const { readLatency, writeLatency } = CALM_DISK;
  if (disk.writeLatency.tailMs !== writeLatency.tailMs) {
    yield ["an even disk", { disk: { ...disk, readLatency, writeLatency } }];
  }
}

/** Shorter times of faults: no longer than it took to fail, or a part of it. */
function* durations({ safetyMs }: Plan, { durationMs }: RunResult): Generator<number> {
  if (Math.ceil(durationMs) + 1 < safetyMs) yield Math.ceil(durationMs) + 1;
  for (const share of [0.25, 0.5, 0.8]) {
    if (safetyMs > 200) yield Math.ceil(safetyMs * share);
  }
}

/** All faults, then parts of them, each smaller than the ones before, down to single ones. */
function* chunks(names: readonly string[]): Generator<readonly string[]> {
  for (let count = 1; count <= CHUNKS_MAX && count <= names.length; count *= 2) {
    const size = Math.ceil(names.length / count);
    for (let start = 0; start < names.length; start += size) {
      yield names.slice(start, start + size);
    }
  }
}
