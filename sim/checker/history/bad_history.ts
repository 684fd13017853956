import { TroupeError } from "../../../actors/errors.ts";

/** What is wrong with a line of a history. */
export type HistoryProblem =
  /** It is not a JSON object. */
  | "not_json"
  /** A field is missing, or is none of what it may be. */
  | "bad_field"
  /** It returned before it was called. */
  | "return_before_call"
  /** Its client had not had its last answer yet. */
  | "overlapping"
  /** The times of the history are too far apart to be told exactly. */
  | "time_range";

/** A history that cannot be read. */
export class BadHistory extends TroupeError {
  /** The line, from 1. */
  readonly line: number;
  /** What is wrong with it, for programs. */
  readonly problem: HistoryProblem;

  /** Takes the line, what is wrong for programs, and the same for people. */
  constructor(line: number, problem: HistoryProblem, what: string) {
    super("bad_history", `Cannot use line ${line} of the history: ${what}`);
    this.line = line;
    this.problem = problem;
  }
}
