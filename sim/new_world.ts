import type { StateMachine } from "../protocols/state_machine.ts";
import type { Invariant } from "./oracle.ts";
import type { Plan } from "./plan.ts";
import { ChainWorld } from "./chain/chain_world.ts";
import { GossipWorld } from "./gossip/gossip_world.ts";
import { HermesWorld } from "./hermes/hermes_world.ts";
import { VrWorld } from "./vr/vr_world.ts";
import type { World } from "./world.ts";

/** The world of a plan, with the nodes of its protocol. */
export function newWorld(
  plan: Plan,
  scene: { readonly machine: () => StateMachine; readonly invariant: Invariant },
): World {
  const { chain, hermes, gossip, ...common } = plan;
  if (gossip !== undefined) return new GossipWorld({ ...common, ...scene, gossip });
  if (hermes !== undefined) return new HermesWorld({ ...common, ...scene, hermes });
  if (chain !== undefined) return new ChainWorld({ ...common, ...scene, chain });
  return new VrWorld({ ...common, ...scene });
}
