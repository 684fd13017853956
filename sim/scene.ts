import type { StateMachine } from "../protocols/state_machine.ts";
import type { Workload } from "./workloads/workload.ts";

/** What is replicated in a run, and what clients do with it. */
export interface Scene {
  /** For people. */
  readonly name: string;
  /** Makes what is replicated, in its initial state. */
  readonly machine: () => StateMachine;
  /** What clients do: in this run only, for it may remember. */
  readonly workload: Workload;
}
