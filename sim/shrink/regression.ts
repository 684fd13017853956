/**
 * Failing runs as files: what is needed to make one again, and what happened then. A file holds the
 * whole plan, so that it means the same when seeds draw something else.
 *
 * @module
 */
import { TroupeError } from "../../actors/errors.ts";
import { CALM_DISK, type DiskOptions } from "../disk.ts";
import { drawPlan, type FaultRates, type Plan, SIM_PROTOCOLS, type SimProtocol } from "../plan.ts";
import { type WorkloadName, WORKLOADS } from "../workloads/draw.ts";
import type { SimCase } from "./case.ts";
import type { Shrunk } from "./shrink.ts";

/** A file that holds no failing run. */
export class BadRegression extends TroupeError {
  /** Says what is wrong with it. */
  constructor(message: string) {
    super("bad_regression", message);
  }
}

/** A failing run, and what went wrong in it. */
export interface Regression {
  /** What went wrong when it was found, without the numbers in it. */
  readonly fired: string;
  readonly found: SimCase;
}

/** The largest clusters that there are runs of. */
const NODES_MAX = 7;
const GOSSIP_NODES_MAX = 9;
/** The protocols whose runs there are files of. */
const PROTOCOLS: readonly string[] = SIM_PROTOCOLS;

function protocolOf({ chain, hermes, gossip }: Plan): SimProtocol {
  if (gossip !== undefined) return "gossip";
  if (hermes !== undefined) return "hermes";
  return chain === undefined ? "vr" : "chain";
}

/** The text of a file, in JSON. */
export function encodeRegression({ failure, found: { plan, workload } }: Shrunk): string {
  const { seed, ...rest } = plan;
  const file = {
    protocol: protocolOf(plan),
    fired: failure,
    seed: String(seed),
    workload,
    plan: rest,
  };
  return JSON.stringify(file, null, 2) + "\n";
}

/** A name for the file, made of what went wrong and the seed. */
export function regressionName({ failure, found: { plan } }: Shrunk): string {
  const words = failure.toLowerCase().match(/[a-z]+/g) ?? [];
  return `${protocolOf(plan)}-${words.slice(0, 6).join("-")}-${plan.seed}.json`;
}

/**
 * Reads the text of a file.
 *
 * @throws {BadRegression} if it is not one.
 */
export function decodeRegression(text: string): Regression {
  const file = parse(text);
  const { protocol, fired, seed, workload, plan } = file;
  if (typeof protocol !== "string" || !PROTOCOLS.includes(protocol)) {
    throw new BadRegression(`Cannot replay the file: its protocol is ${JSON.stringify(protocol)}`);
  }
  if (typeof seed !== "string" || !/^\d{1,20}$/.test(seed)) {
    throw new BadRegression(`Cannot replay the file: its seed is ${JSON.stringify(seed)}`);
  }
  if (!(WORKLOADS as readonly unknown[]).includes(workload)) {
    throw new BadRegression(`Cannot replay the file: its workload is ${JSON.stringify(workload)}`);
  }
  const known = readPlan(BigInt(seed), plan);
  return { fired: String(fired), found: { plan: known, workload: workload as WorkloadName } };
}

function parse(text: string): Record<string, unknown> {
  try {
    const file = JSON.parse(text);
    if (isObject(file)) return file;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new BadRegression("Cannot replay the file: it does not hold an object in JSON");
}

/** A plan, with what such files did not hold when it was written: no faults of a kind not named. */
function readPlan(seed: bigint, plan: unknown): Plan {
  if (!isObject(plan) || !isObject(plan.group) || !isObject(plan.rates)) {
    throw new BadRegression("Cannot replay the file: it holds no plan");
  }
  const nodes = plan.group.replicaCount;
  const max = isObject(plan.gossip) ? GOSSIP_NODES_MAX : NODES_MAX;
  if (!Number.isInteger(nodes) || Number(nodes) < 1 || Number(nodes) > max) {
    const shown = JSON.stringify(nodes);
    throw new BadRegression(`Cannot replay the file: its plan has ${shown} nodes, not 1 to ${max}`);
  }
  const drawn = drawPlan(seed);
  const none = Object.fromEntries(Object.keys(drawn.rates).map((kind) => [kind, 0]));
  const rates = { ...none, ...plan.rates as object } as unknown as FaultRates;
  const disk = { ...CALM_DISK, ...plan.disk as Partial<DiskOptions> };
  return { ...drawn, ...plan as Partial<Plan>, disk, rates, seed };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
