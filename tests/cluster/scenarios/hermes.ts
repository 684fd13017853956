/**
 * Hermes clusters whose members die, stand still, lose their disks or are removed.
 *
 * @module
 */
import type { ProcessClusterOptions } from "../processes.ts";
import { HERMES } from "./kinds.ts";
import { memberDiskScenarios } from "./member_disks.ts";
import { killMember, memberScenarios } from "./members.ts";
import { type Scenario, underLoad } from "./scenario.ts";

/** Everything in another way than by default. */
const OTHERWISE: ProcessClusterOptions = {
  config: "protocol: hermes\n" +
    "hermes: { reads: check, broadcasts_acks: true, virtual_ids: 1, spares_validations: false }",
};

/** The scenarios. */
export const HERMES_SCENARIOS: readonly Scenario[] = [
  {
    name: "a Hermes cluster whose nodes are killed in turn serves on and loses nothing",
    run: (form) => underLoad(form, (scene) => killMember(scene, HERMES, scene.round), HERMES.small),
  },
  {
    name: "a Hermes cluster that acknowledges to all and trusts no clock loses nothing either",
    run: (form) => underLoad(form, (scene) => killMember(scene, HERMES, scene.round), OTHERWISE),
  },
  ...memberScenarios(HERMES),
  ...memberDiskScenarios(HERMES),
];
