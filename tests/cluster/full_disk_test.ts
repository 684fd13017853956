import { testScenarios } from "./scenarios/scenario.ts";
import { FULL_DISK_SCENARIOS } from "./scenarios/full_disk.ts";

testScenarios(FULL_DISK_SCENARIOS);
