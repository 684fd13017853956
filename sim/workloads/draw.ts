/**
 * Which workload a seed has.
 *
 * @module
 */
import { randomInteger, randomStream } from "../../actors/random.ts";
import makeBank from "../../examples/bank.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { oneOf } from "../distributions.ts";
import type { Plan } from "../plan.ts";
import type { Scene } from "../scene.ts";
import { BankWorkload } from "./bank.ts";
import { KvWorkload } from "./kv.ts";
import type { Workload } from "./workload.ts";

/** The workloads that there are, by name. */
export const WORKLOADS = ["kv", "bank"] as const;

/** The name of a workload. */
export type WorkloadName = typeof WORKLOADS[number];

/**
 * The name of the workload of a plan. Money is moved between objects, which must be in one volume, and of
 * a protocol that knows how to. What is done to the keys of a gossip cluster its own plan says.
 */
export function drawWorkload(
  { seed, chain, hermes, gossip }: Pick<Plan, "seed" | "chain" | "hermes" | "gossip">,
): WorkloadName {
  if (hermes !== undefined || gossip !== undefined || (chain !== undefined && chain.volumes > 1)) {
    return "kv";
  }
  return oneOf<WorkloadName>(randomStream(seed, "plan/workload"), ["kv", "kv", "kv", "bank"]);
}

/**
 * The workload of a seed.
 *
 * @param name Which one, if it is not to be drawn.
 */
export function drawScene(seed: bigint, name: WorkloadName = drawWorkload({ seed })): Scene {
  switch (name) {
    case "kv":
      return { name: "kv", machine: () => new KvStore(), workload: drawKv(seed) };
    case "bank":
      return { name: "bank", machine: makeBank, workload: drawBank(seed) };
  }
}

function drawKv(seed: bigint): Workload {
  const random = randomStream(seed, "plan/workload/kv");
  return new KvWorkload({
    keys: 1 + randomInteger(random, 6),
    valueBytes: oneOf(random, [0, 0, 50, 800]),
    stale: random() < 0.5 ? 0 : random(),
    mix: {
      get: random(),
      scan: random() * 0.3,
      size: random() * 0.1,
      put: random(),
      delete: random() * 0.5,
      cas: random(),
      conditional: random() * 0.5,
      increment: random() * 0.5,
    },
  });
}

function drawBank(seed: bigint): Workload {
  const random = randomStream(seed, "plan/workload/bank");
  return new BankWorkload({
    accounts: 2 + randomInteger(random, 8),
    stale: random() < 0.5 ? 0 : random(),
    mix: {
      open: random() * 0.3,
      deposit: random() * 0.5,
      transfer: random(),
      balance: random() * 0.5,
      total: random() * 0.3,
    },
  });
}
