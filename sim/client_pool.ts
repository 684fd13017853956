import type { RecordedOperation } from "./workloads/workload.ts";

/** The clients of a world. */
export interface ClientPool {
  /** Operations answered. */
  readonly answered: number;
  /** Operations under way. */
  readonly busy: number;
  /** What is to be judged in the end, for each log apart. */
  readonly histories: readonly (readonly RecordedOperation[])[];
  /** Nothing new is begun any more. */
  stop(): void;
}
