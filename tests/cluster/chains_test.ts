import { CHAIN_SCENARIOS } from "./scenarios/chains.ts";
import { testScenarios } from "./scenarios/scenario.ts";

testScenarios(CHAIN_SCENARIOS);
