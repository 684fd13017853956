import { DISK_SCENARIOS } from "./scenarios/disks.ts";
import { testScenarios } from "./scenarios/scenario.ts";

testScenarios(DISK_SCENARIOS);
