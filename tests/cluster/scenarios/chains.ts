/**
 * Chains whose members die, stand still, lose their disks or are removed.
 *
 * @module
 */
import { CHAIN } from "./kinds.ts";
import { memberDiskScenarios } from "./member_disks.ts";
import { killMember, memberScenarios } from "./members.ts";
import { type Scenario, underLoad } from "./scenario.ts";

/** The scenarios. */
export const CHAIN_SCENARIOS: readonly Scenario[] = [
  ...[0, 1, 2].map((turn): Scenario => ({
    name: `a chain whose ${CHAIN.place(turn)} is killed serves on and loses nothing`,
    run: (form) => underLoad(form, (scene) => killMember(scene, CHAIN, turn), CHAIN.small),
  })),
  ...memberScenarios(CHAIN),
  ...memberDiskScenarios(CHAIN),
];
