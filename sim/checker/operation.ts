/**
 * What every operation of a history says, whatever it was asked to do.
 *
 * @module
 */

/** What became of an operation. */
export type OperationOutcome =
  /** It took effect between its call and its return, and what it answered is known. */
  | "ok"
  /** It was certainly refused: it never took effect, and never will. */
  | "fail"
  /** Nobody knows: it may take effect at any time after its call, or never. */
  | "unknown";

/** When an operation happened, whose it was, and what became of it. */
export interface Operation {
  /** Who asked for it: drawn as one row. An order of its operations follows from their times alone. */
  readonly client: number;
  /** When it was asked for, in nanoseconds since some moment, at the latest. */
  readonly call: number;
  /**
   * When it was answered, in nanoseconds since that same moment, at the earliest. `null` only if the
   * outcome is unknown, for which it means nothing. An operation precedes another only if it returned
   * before the other was called; at the same nanosecond they are concurrent.
   */
  readonly return: number | null;
  /** What became of it. */
  readonly outcome: OperationOutcome;
}
