/** What can become of a process. */
export type ProcessChange = "starts" | "dies" | "is paused" | "goes on";

/** Where a replica stands, in words and for the eye. */
export interface Standing {
  readonly status: string;
  /** Of which view, or epoch. */
  readonly view: number;
  readonly isLeading: boolean;
  /** All of it but for its log. */
  readonly text: string;
  /** How far its log goes, which alone is no news: messages show it. */
  readonly log: string;
}

/** What observers of a world are told, as it happens. */
export type WorldEvent =
  /** A line of the run's journal: a fault, a node's log, the beginning of a phase. */
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "process"; readonly node: number; readonly what: ProcessChange }
  /** A replica says where it stands. */
  | {
    readonly type: "stands";
    readonly node: number;
    /** The name of the log; `undefined` if there is only one. */
    readonly log: string | undefined;
    readonly standing: Standing;
  }
  /** A replica hands an entry to its client table: it holds it to be committed. */
  | {
    readonly type: "commits";
    readonly node: number;
    /** The name of the log; `undefined` if there is only one. */
    readonly log: string | undefined;
    readonly opNumber: number;
  };
