import { drawChainPlan } from "./chain/chain_plan.ts";
import { drawPlan, type GivenPlan, type Plan } from "./plan.ts";

/** What a seed is going to be, with the protocol that is given. */
export function drawPlanOf(seed: bigint, given: GivenPlan = {}): Plan {
  return given.protocol === "chain" ? drawChainPlan(seed, given) : drawPlan(seed, given);
}
