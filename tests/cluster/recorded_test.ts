import { RECORDED_SCENARIOS } from "./scenarios/recorded.ts";
import { testScenarios } from "./scenarios/scenario.ts";

testScenarios(RECORDED_SCENARIOS);
