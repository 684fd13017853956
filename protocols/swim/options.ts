import { TroupeError } from "../../actors/errors.ts";
import { META_BYTES_MAX } from "./messages.ts";

/**
 * How eagerly a member probes, doubts and tells. All members of a cluster should have the same. The
 * defaults of each are in the presets {@linkcode SWIM_LAN}, {@linkcode SWIM_WAN} and
 * {@linkcode SWIM_LOCAL}; their numbers, where memberlist has them, are memberlist's.
 */
export interface SwimTuning {
  /**
   * Between two probes that a member makes, in milliseconds; each is of one other member. It is stretched
   * by the member's own health: `probeIntervalMs * (score + 1)`. Lower finds failures sooner, and costs
   * every member two messages an interval, whatever the size of the cluster.
   */
  readonly probeIntervalMs: number;
  /**
   * How long a direct answer is waited for before others are asked to probe, in milliseconds; less than
   * `probeIntervalMs`. It should be above the 99th percentile of a round trip. Lower asks others needlessly;
   * higher leaves them less of the interval.
   */
  readonly probeTimeoutMs: number;
  /**
   * How many others are asked to probe a member that does not answer. More finds a way around more broken
   * links, and costs as many messages. 0 leaves it at the direct probe.
   */
  readonly indirectProbes: number;
  /**
   * How long a suspect has, at the least, to contradict:
   * `suspicionMult * max(1, log10(members)) * probeIntervalMs`. Higher bears slower members, and finds
   * failures later. It is also how many others have to confirm for the least to do: `suspicionMult - 2`.
   */
  readonly suspicionMult: number;
  /**
   * How long a suspect has, at the most, as a multiple of the least: while nobody else confirms. The time
   * is `max - log(confirmations + 1) / log(needed + 1) * (max - min)` (Lifeguard IV-B). Higher protects
   * from the suspicions of a member that is itself slow, or cut off; a true failure is soon confirmed.
   */
  readonly suspicionMaxMult: number;
  /**
   * How often a member passes a piece of news on: `retransmitMult * ceil(log10(members + 1))`. Higher
   * makes it likelier that all hear of it without an exchange of lists, and costs bytes.
   */
  readonly retransmitMult: number;
  /** Between two rounds of passing news on, in milliseconds; none is made while there is no news. */
  readonly gossipIntervalMs: number;
  /** To how many members news is passed on in a round. */
  readonly gossipNodes: number;
  /**
   * For how long a dead member is still told the news, in milliseconds: if it is not dead, it hears that
   * it is said to be.
   */
  readonly gossipToDeadMs: number;
  /**
   * Between two exchanges of the whole list with some member, in milliseconds; with more than 32 members,
   * `ceil(log2(members) - 5) + 1` times that. What gossip has missed is put right by then.
   */
  readonly syncIntervalMs: number;
  /**
   * Between two attempts to reach someone who is dead, or a seed that is not a member, in milliseconds.
   * This is what heals a partition that has outlasted `gossipToDeadMs`. Lower heals sooner.
   */
  readonly reconnectIntervalMs: number;
  /**
   * After which time a member that is dead or has left is forgotten, in milliseconds. Longer than any
   * partition, or its sides find each other through seeds only.
   */
  readonly reapMs: number;
  /**
   * The scores of a member's own health: from 0 to `healthMax - 1` (Lifeguard IV-A). A member whose probes
   * fail although others should have answered doubts itself, and probes that much more slowly. 1 turns it
   * off.
   */
  readonly healthMax: number;
  /**
   * Deaths of a member that lie no further apart than this, in milliseconds, make it one that flaps: it
   * has to live for a while before it is trusted again, twice as long each time, and this at the most.
   */
  readonly flapWindowMs: number;
}

/** For members in one data center. */
export const SWIM_LAN: SwimTuning = {
  probeIntervalMs: 1_000,
  probeTimeoutMs: 500,
  indirectProbes: 3,
  suspicionMult: 4,
  suspicionMaxMult: 6,
  retransmitMult: 4,
  gossipIntervalMs: 200,
  gossipNodes: 3,
  gossipToDeadMs: 30_000,
  syncIntervalMs: 30_000,
  reconnectIntervalMs: 30_000,
  reapMs: 86_400_000,
  healthMax: 8,
  flapWindowMs: 60_000,
};

/** For members that are far apart. */
export const SWIM_WAN: SwimTuning = {
  ...SWIM_LAN,
  probeIntervalMs: 5_000,
  probeTimeoutMs: 3_000,
  suspicionMult: 6,
  gossipIntervalMs: 500,
  gossipNodes: 4,
  gossipToDeadMs: 60_000,
  syncIntervalMs: 60_000,
  reconnectIntervalMs: 60_000,
};

/** For processes of one machine. */
export const SWIM_LOCAL: SwimTuning = {
  ...SWIM_LAN,
  probeTimeoutMs: 200,
  indirectProbes: 1,
  suspicionMult: 3,
  retransmitMult: 2,
  gossipIntervalMs: 100,
  gossipToDeadMs: 15_000,
  syncIntervalMs: 15_000,
  reconnectIntervalMs: 15_000,
};

/** Who a member is, and whom it knows before it knows anyone. */
export interface SwimIdentity {
  /** The index of the node, from 0 to 255. */
  readonly node: number;
  /**
   * What the node says of itself, at most 128 bytes: how it is reached, which incarnation of a replica it
   * runs. It travels with the node's record, and SWIM does not read it.
   */
  readonly meta: Uint8Array;
  /**
   * Nodes by which the cluster is found, at most 16; any one of them that is a member does. A node that
   * is the only one, or the first, may have none, or itself.
   */
  readonly seeds: readonly number[];
}

/** Everything that the core of a member takes. */
export interface SwimOptions extends SwimIdentity {
  /** How eagerly it probes, doubts and tells. */
  readonly tuning: SwimTuning;
}

/** Seeds, at most. */
const SEEDS_MAX = 16;
const NODE_MAX = 255;
/** So that it can be written in four bytes, stretched by the worst of all scores. */
const PROBE_INTERVAL_MS_MAX = 3_600_000;
/** The longest of the other times that are waited for by a timer. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Refuses options that make no sense.
 *
 * @throws {TroupeError} `bad_option` if one is out of its range.
 */
export function checkSwimOptions({ node, meta, seeds, tuning }: SwimOptions): void {
  for (const each of [node, ...seeds]) checkInteger("a node", each, 0, NODE_MAX);
  checkInteger("the number of seeds", seeds.length, 0, SEEDS_MAX);
  checkMeta(meta);
  checkInteger("indirectProbes", tuning.indirectProbes, 0, NODE_MAX);
  checkInteger("gossipNodes", tuning.gossipNodes, 1, NODE_MAX);
  checkInteger("healthMax", tuning.healthMax, 1, 100);
  checkNumber("suspicionMult", tuning.suspicionMult, 1, 1_000);
  checkNumber("suspicionMaxMult", tuning.suspicionMaxMult, 1, 1_000);
  checkNumber("retransmitMult", tuning.retransmitMult, 1, 1_000);
  checkNumber("probeIntervalMs", tuning.probeIntervalMs, 1, PROBE_INTERVAL_MS_MAX);
  checkNumber("probeTimeoutMs", tuning.probeTimeoutMs, 1, tuning.probeIntervalMs);
  checkNumber("gossipIntervalMs", tuning.gossipIntervalMs, 1, TIMER_MS_MAX);
  checkNumber("syncIntervalMs", tuning.syncIntervalMs, 1, TIMER_MS_MAX);
  checkNumber("reconnectIntervalMs", tuning.reconnectIntervalMs, 1, TIMER_MS_MAX);
  checkNumber("flapWindowMs", tuning.flapWindowMs, 0, TIMER_MS_MAX);
  checkNumber("gossipToDeadMs", tuning.gossipToDeadMs, 0, Infinity);
  checkNumber("reapMs", tuning.reapMs, 0, Infinity);
}

/**
 * Refuses what is too long for a node to say of itself.
 *
 * @throws {TroupeError} `bad_option` if it is.
 */
export function checkMeta(meta: Uint8Array): void {
  checkInteger("the length of meta", meta.length, 0, META_BYTES_MAX);
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  refuse(name, value, `an integer from ${min} to ${max}`);
}

function checkNumber(name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  refuse(name, value, `from ${min} to ${max}`);
}

function refuse(name: string, value: number, wanted: string): never {
  throw new TroupeError("bad_option", `Cannot run SWIM with ${name} of ${value}: not ${wanted}`);
}
