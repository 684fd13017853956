import { toError } from "../../actors/errors.ts";
import type { StateMachine } from "../../protocols/state_machine.ts";
import { KvStore } from "../../protocols/kv/store.ts";
import { LogMachine } from "../../protocols/log/machine.ts";
import { type ClusterConfig, ConfigError } from "../config.ts";

/** The state machine that the configuration names, with its limits. */
export function builtInMachine({ stateMachine, limits }: ClusterConfig): () => StateMachine {
  const { keyBytes, valueBytes, logBytes } = limits;
  switch (stateMachine) {
    case "kv":
      return () => new KvStore({ keyBytesMax: keyBytes, valueBytesMax: valueBytes });
    case "log":
      return () => new LogMachine({ recordBytesMax: valueBytes, logBytesMax: logBytes });
  }
}

/**
 * Loads a state machine from a module: its default export must be a function that makes one.
 *
 * @throws {ConfigError} if it cannot be loaded, or exports no such function.
 */
export async function loadMachine(path: string): Promise<() => StateMachine> {
  const factory = await load(path);
  if (typeof factory !== "function") {
    throw unusable(path, "its default export is not a function");
  }
  const machine = make(path, factory as () => unknown);
  for (const method of ["apply", "snapshot", "restore"]) {
    if (typeof (machine as Record<string, unknown> | null)?.[method] !== "function") {
      throw unusable(path, `what its default export makes has no method "${method}"`);
    }
  }
  return factory as () => StateMachine;
}

function make(path: string, factory: () => unknown): unknown {
  try {
    return factory();
  } catch (error) {
    throw unusable(path, `its default export fails: ${toError(error).message}`);
  }
}

async function load(path: string): Promise<unknown> {
  try {
    const url = new URL(path, `file://${Deno.cwd()}/`);
    const module = await import(url.href);
    return module.default;
  } catch (cause) {
    throw unusable(path, toError(cause).message);
  }
}

function unusable(path: string, why: string): ConfigError {
  const what = `Cannot run the state machine of "${path}": ${why}`;
  return new ConfigError([{ file: null, line: null, field: "--machine", what }]);
}
