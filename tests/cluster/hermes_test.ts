import { HERMES_SCENARIOS } from "./scenarios/hermes.ts";
import { testScenarios } from "./scenarios/scenario.ts";

testScenarios(HERMES_SCENARIOS);
