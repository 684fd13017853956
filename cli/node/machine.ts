import { TroupeError } from "../../actors/errors.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";

/** A module that cannot serve as a state machine. */
export class BadMachine extends TroupeError {
  constructor(path: string, why: string, options?: ErrorOptions) {
    super("bad_machine", `Cannot run the state machine of "${path}": ${why}`, options);
  }
}

/**
 * Loads a state machine from a module: its default export must be a function that makes one.
 *
 * @throws {BadMachine} if it cannot be loaded, or exports no such function.
 */
export async function loadMachine(path: string): Promise<() => StateMachine> {
  const factory = await load(path);
  if (typeof factory !== "function") {
    throw new BadMachine(path, "its default export is not a function");
  }
  const machine: unknown = factory();
  for (const method of ["apply", "snapshot", "restore"]) {
    if (typeof (machine as Record<string, unknown> | null)?.[method] !== "function") {
      throw new BadMachine(path, `what its default export makes has no method "${method}"`);
    }
  }
  return factory as () => StateMachine;
}

async function load(path: string): Promise<unknown> {
  try {
    const url = new URL(path, `file://${Deno.cwd()}/`);
    const module = await import(url.href);
    return module.default;
  } catch (cause) {
    throw new BadMachine(path, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
