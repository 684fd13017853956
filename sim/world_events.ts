import type { ReplicaFigures } from "../protocols/vr/replica.ts";

/** What can become of a process. */
export type ProcessChange = "starts" | "dies" | "is paused" | "goes on";

/** What observers of a world are told, as it happens. */
export type WorldEvent =
  /** A line of the run's journal: a fault, a node's log, the beginning of a phase. */
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "process"; readonly node: number; readonly what: ProcessChange }
  /** A replica says where it stands. */
  | { readonly type: "stands"; readonly node: number; readonly figures: ReplicaFigures }
  /** A replica hands an entry to its client table: it holds it to be committed. */
  | { readonly type: "commits"; readonly node: number; readonly opNumber: number };
