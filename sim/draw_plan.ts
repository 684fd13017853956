import { drawChainPlan } from "./chain/chain_plan.ts";
import { drawGossipPlan } from "./gossip/gossip_plan.ts";
import { drawHermesPlan } from "./hermes/hermes_plan.ts";
import { drawPlan, type GivenPlan, type Plan } from "./plan.ts";

/** What a seed is going to be, with the protocol that is given. */
export function drawPlanOf(seed: bigint, given: GivenPlan = {}): Plan {
  switch (given.protocol ?? "vr") {
    case "vr":
      return drawPlan(seed, given);
    case "chain":
      return drawChainPlan(seed, given);
    case "hermes":
      return drawHermesPlan(seed, given);
    case "gossip":
      return drawGossipPlan(seed, given);
  }
}
