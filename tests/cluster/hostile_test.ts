import { testScenarios } from "./scenarios/scenario.ts";
import { STRANGER_SCENARIOS } from "./scenarios/strangers.ts";

testScenarios(STRANGER_SCENARIOS);
