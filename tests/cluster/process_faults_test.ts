import { PROCESS_SCENARIOS } from "./scenarios/processes.ts";
import { testScenarios } from "./scenarios/scenario.ts";

testScenarios(PROCESS_SCENARIOS);
