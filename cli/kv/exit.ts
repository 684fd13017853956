import {
  KeyNotFound,
  NoSession,
  Overloaded,
  PreconditionFailed,
  Unavailable,
  UnknownOutcome,
} from "../client.ts";
import { toError, TroupeError } from "../../actors/errors.ts";
import { formatJson } from "../output.ts";

/** What the exit codes of `kv` mean; help prints this table. */
export const EXIT = {
  OK: 0,
  FAILED: 1,
  USAGE: 2,
  NOT_FOUND: 3,
  PRECONDITION_FAILED: 4,
  UNAVAILABLE: 5,
  UNKNOWN_OUTCOME: 6,
  SIBLINGS: 7,
  LEVEL_NOT_REACHED: 8,
  INTERRUPTED: 130,
} as const;

/** One of {@linkcode EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit codes in words. */
export const EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [EXIT.OK, "done"],
  [EXIT.FAILED, "another error, named on stderr"],
  [EXIT.USAGE, "the command line makes no sense"],
  [EXIT.NOT_FOUND, "no such key"],
  [EXIT.PRECONDITION_FAILED, "the condition of a write did not hold, nothing was changed"],
  [EXIT.UNAVAILABLE, "no node could serve the request, nothing was changed"],
  [EXIT.UNKNOWN_OUTCOME, "a write may or may not have been executed; stderr says how to repeat it"],
  [EXIT.SIBLINGS, "a key has several values that nobody has decided between; all were shown"],
  [EXIT.LEVEL_NOT_REACHED, "stored at fewer members than --level wants, and spreading"],
  [EXIT.INTERRUPTED, "interrupted"],
];

/** A command line that makes no sense. */
export class UsageError extends TroupeError {
  /** What help is worth reading, as arguments of `kv help`. */
  readonly topic: string;

  /** @param topic The verb that was meant, as far as it is known. */
  constructor(message: string, topic = "") {
    super("usage", message);
    this.topic = topic;
  }
}

/** The reason that calls are aborted with when the user presses Ctrl-C. */
export class Interrupted extends TroupeError {
  constructor() {
    super("interrupted", "Interrupted");
  }
}

/** The exit code that an error ends in. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError || codeOf(error) === "bad_endpoint") return EXIT.USAGE;
  if (error instanceof KeyNotFound) return EXIT.NOT_FOUND;
  if (error instanceof PreconditionFailed) return EXIT.PRECONDITION_FAILED;
  if (error instanceof Unavailable || error instanceof Overloaded) return EXIT.UNAVAILABLE;
  if (error instanceof Interrupted) return EXIT.INTERRUPTED;
  if (error instanceof UnknownOutcome) {
    return error.cause instanceof Interrupted ? EXIT.INTERRUPTED : EXIT.UNKNOWN_OUTCOME;
  }
  return EXIT.FAILED;
}

function codeOf(error: unknown): string {
  return error instanceof TroupeError ? error.code : "error";
}

/** An error for people; ends with a newline. */
export function describeError(error: unknown): string {
  const lines = [`kv: ${toError(error).message}`];
  if (error instanceof UsageError) lines.push(`Try: kv help ${error.topic}`.trimEnd());
  if (error instanceof UnknownOutcome) {
    const { clientId, requestNumber } = error.id;
    lines.push(
      "Repeat the same command with these flags to learn its result; it will not be executed twice:",
      `  --client-id ${clientId} --request-number ${requestNumber}`,
    );
  }
  if (error instanceof NoSession) {
    lines.push("Whether an earlier attempt under these ids was executed can no longer be learnt.");
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** An error for programs: one line of JSON. */
export function errorAsJson(error: unknown): string {
  return formatJson({
    error: {
      code: codeOf(error),
      message: toError(error).message,
      ...(error instanceof UnknownOutcome ? { outcome: "unknown", ...error.id } : {}),
      ...(error instanceof PreconditionFailed ? { key: error.key, revision: error.revision } : {}),
      ...(error instanceof KeyNotFound ? { key: error.key } : {}),
      exitCode: exitCodeOf(error),
    },
  });
}
