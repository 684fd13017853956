import type { Environment } from "./environment.ts";
import { toError } from "./errors.ts";

/** A named step of a shutdown. */
export interface ShutdownPhase {
  /** For the log. */
  readonly name: string;
  /** After which the next phase begins all the same, in milliseconds. */
  readonly deadlineMs: number;
  /** Run at once; the phase ends when all have. */
  readonly tasks: readonly (() => Promise<void> | void)[];
}

/**
 * Runs phases one after the other, each until its tasks are done or its deadline is over; a task that
 * fails or hangs is logged and does not keep the next phase from running.
 *
 * @returns Whether everything ended in time and without an error.
 */
export async function shutdown(
  phases: readonly ShutdownPhase[],
  environment: Environment,
): Promise<boolean> {
  let clean = true;
  for (const { name, deadlineMs, tasks } of phases) {
    const { promise: deadline, resolve } = Promise.withResolvers<"late">();
    const cancel = environment.after(deadlineMs, () => resolve("late"));
    const all = Promise.allSettled(tasks.map((task) => Promise.try(task)));
    const ended = await Promise.race([all, deadline]);
    cancel();
    if (ended === "late") {
      clean = false;
      environment.log("warn", "shutdown", `phase "${name}" not over after ${deadlineMs} ms`);
      continue;
    }
    for (const outcome of ended) {
      if (outcome.status === "fulfilled") continue;
      clean = false;
      environment.log("warn", "shutdown", `phase "${name}": ${toError(outcome.reason).message}`);
    }
  }
  return clean;
}
