/**
 * Hermes clusters whose members die, stand still, lose their disks or are removed.
 *
 * @module
 */
import { HERMES, HERMES_OTHERWISE } from "./kinds.ts";
import { memberDiskScenarios } from "./member_disks.ts";
import { killMember, memberScenarios } from "./members.ts";
import { type Scenario, underLoad } from "./scenario.ts";

/** The scenarios. */
export const HERMES_SCENARIOS: readonly Scenario[] = [
  {
    name: "a Hermes cluster whose nodes are killed in turn serves on and loses nothing",
    run: (form) => underLoad(form, (scene) => killMember(scene, HERMES, scene.round), HERMES.small),
  },
  {
    name: "a Hermes cluster that acknowledges to all and trusts no clock loses nothing either",
    run: (form) =>
      underLoad(form, (scene) => killMember(scene, HERMES, scene.round), HERMES_OTHERWISE),
  },
  ...memberScenarios(HERMES),
  ...memberDiskScenarios(HERMES),
];
